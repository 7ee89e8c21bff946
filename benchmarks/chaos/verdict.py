"""The ledger against the database: what was acknowledged and is not there, what is there twice."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.chaos.load import ACKNOWLEDGED
from benchmarks.chaos.world import World

DRAIN_SECONDS = 120
Event = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the ledger."""

    event: Event
    attempts: int
    kind: str
    is_acknowledged: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts of events. `lost`: acknowledged and not stored, or not admitted; `doubled`: admitted more than once, or stored more
    than once though it was sent once; `orders_wrong`: acknowledged orders that are not one conversion each (None: not built)."""

    sent: int
    acknowledged: int
    lost: int
    doubled: int
    stored: int
    received_is_accounted_for: bool
    spools_left: int
    orders_wrong: int | None

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.spools_left or self.orders_wrong) and self.received_is_accounted_for

    def row(self) -> dict[str, Any]:
        return asdict(self)


def wait_until_drained(world: World) -> None:
    """Return when no spool holds anything, or after two minutes: what is left then is the verdict's."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while world.spooled() and time.monotonic() < deadline:
        time.sleep(0.2)


def judge(world: World, ledger: Path, is_built: bool) -> Verdict:
    """`is_built`: hold the build's tables against the ledger; else the live tail, which admits as the build does."""
    entries = list(read_ledger(ledger))
    acknowledged = {entry.event for entry in entries if entry.is_acknowledged}
    with psycopg.connect(world.url) as connection:
        stored = _count(connection, "select tenant_id, message_id from raw.collector_events")
        admitted = _count(
            connection,
            f"select tenant_id, message_id from {'intermediate.int_events_admitted' if is_built else 'raw.collector_tail()'}",
        )
        received, accounted = _one(
            connection,
            "select (select coalesce(sum(received_count), 0) from raw.collector_receipts)::bigint, "
            "(select count(*) from raw.collector_events) + (select count(*) from raw.quarantine where reason_code = 'no_identity')",
        )
        orders = _count(connection, "select tenant_id, order_id from marts.attribution_conversions") if is_built else None
    sent_once = {entry.event for entry in entries if entry.attempts == 1}
    doubled = {event for event, count in admitted.items() if count > 1}
    doubled |= {event for event, count in stored.items() if count > 1 and event in sent_once}
    wrong = None
    if orders is not None:
        sold = [entry.event for entry in entries if entry.is_acknowledged and entry.kind == "order"]
        wrong = sum(orders[(tenant, f"order-{message}")] != 1 for tenant, message in sold)
    return Verdict(
        sent=len(entries),
        acknowledged=len(acknowledged),
        lost=len(acknowledged - stored.keys()) + len(acknowledged & stored.keys() - admitted.keys()),
        doubled=len(doubled),
        stored=sum(stored.values()),
        received_is_accounted_for=received == accounted,
        spools_left=len(world.spooled()),
        orders_wrong=wrong,
    )


def read_ledger(path: Path) -> Iterator[Entry]:
    with path.open(encoding="utf-8") as ledger:
        for line in ledger:
            if not line.endswith("\n"):
                return  # it is being written
            tenant, message_id, attempts, kind, outcome = line.split()
            yield Entry((int(tenant), message_id), int(attempts), kind, outcome == ACKNOWLEDGED)


def _count(connection: psycopg.Connection[Any], query: str) -> Counter[Event]:
    counts: Counter[Event] = Counter()
    with connection.cursor(name="counted") as cursor:
        cursor.itersize = 50_000
        cursor.execute(query)
        for tenant_id, name in cursor:
            counts[(tenant_id, name)] += 1
    return counts


def _one(connection: psycopg.Connection[Any], query: str) -> tuple[int, int]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0], row[1]
