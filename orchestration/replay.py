"""What lies in raw.quarantine, tried again after a fix: each row that can be used now lands, once, and is marked; the others stay.

A collected event is read from its original bytes and keeps the time of its receipt; its address is gone: it matches no household.
A log's line is read from its file again, at its place, since the address in the quarantined copy is cut.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import psycopg

from api.collector.body import parse
from api.collector.events import MADE_ID, Event, read_event
from api.collector.protocol import BATCH, FaultError, RefusalError
from api.collector.rows import COLUMNS, Household, copy_row

AT_ONCE = 500
# What the build found wrong with rows that are in raw.collector_events already: nothing is to be sent again.
FOUND_BY_BUILD = ("message_id_conflict", "row_check_failed")
WAITING = (
    "select quarantine_id, tenant_id, original, context, quarantined_at from raw.quarantine "
    "where source = %(source)s and replayed_at is null and tenant_id is not null and reason_code <> all(%(except)s) "
    "and quarantine_id > %(after)s and (%(tenant)s::integer is null or tenant_id = %(tenant)s) "
    "order by quarantine_id limit %(limit)s for update skip locked"
)


@dataclass
class Replayed:
    """One source's rows of the quarantine: how many landed, and why the others stay, by reason."""

    source: str
    landed: int = 0
    stayed: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Waiting:
    """One row of raw.quarantine that was never replayed; `at` is when it came (UTC)."""

    quarantine_id: int
    tenant_id: int
    original: bytes
    context: dict[str, Any]
    at: datetime


def waiting(connection: psycopg.Connection[Any], source: str, tenant_id: int | None, after: int) -> list[Waiting]:
    """The next rows of a source behind `after`, locked until the transaction ends; what another replay holds is left to it."""
    rows = connection.execute(
        WAITING, {"source": source, "tenant": tenant_id, "after": after, "limit": AT_ONCE, "except": list(FOUND_BY_BUILD)}
    )
    return [Waiting(int(row[0]), int(row[1]), bytes(row[2]), row[3], row[4]) for row in rows]


def mark(connection: psycopg.Connection[Any], quarantine_id: int) -> None:
    connection.execute("update raw.quarantine set replayed_at = now() where quarantine_id = %s", [quarantine_id])


def replay_collector(url: str, run_id: str, tenant_id: int | None = None) -> Replayed:
    """Land the collected events that can be read now. Raises psycopg.OperationalError where the warehouse is away."""
    done, after = Replayed("collector"), 0
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as connection:
        while True:
            with connection.transaction():
                rows = waiting(connection, "collector", tenant_id, after)
                for row in rows:
                    after = row.quarantine_id
                    _replay_event(connection, row, run_id, done)
            if not rows:
                return done


def _replay_event(connection: psycopg.Connection[Any], row: Waiting, run_id: str, done: Replayed) -> None:
    try:
        events = list(_events(row))
        site = (str(row.tenant_id), str(row.context["site_id"]))
        lines = [copy_row(event, site, row.at.isoformat(), Household(), None, run_id) for event in events]
        with connection.transaction(), connection.cursor() as cursor:
            with cursor.copy(f"copy raw.collector_events ({', '.join(COLUMNS)}) from stdin") as copy:
                copy.write(b"".join(lines))
            mark(connection, row.quarantine_id)
    except (FaultError, RefusalError) as fault:
        done.stayed[fault.code] += 1
    except (psycopg.DataError, psycopg.IntegrityError):
        done.stayed["refused_by_database"] += 1
    except KeyError:
        done.stayed["not_an_event"] += 1
    else:
        done.landed += len(events)


def _events(row: Waiting) -> Iterator[Event]:
    """The events in a quarantined original: one as a rule, several in a body that could not be told apart."""
    kind, shared = row.context.get("kind"), dict(row.context.get("shared") or {})
    if row.context.get("format") == "copy":
        raise FaultError("refused_by_database", "found a line of COPY that the database refused, expected an event")
    is_batch = kind is None and isinstance(_loaded(row.original), dict) and "batch" in _loaded(row.original)
    envelope = parse(row.original, BATCH if is_batch else kind or "track")
    if is_batch:
        shared = envelope.shared
    for place, item in enumerate(envelope.items):
        if item.fault is not None:
            raise item.fault
        assert item.message is not None  # noqa: S101
        size = len(row.original) if not is_batch else len(orjson.dumps(item.message))
        event = read_event(item.message, kind, shared, size, "")
        # Without an id of its own it gets one that the next replay would give it too.
        made = event.message_id.startswith(MADE_ID)
        yield event._replace(message_id=f"quarantine-{row.quarantine_id}-{place}") if made else event


def _loaded(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
