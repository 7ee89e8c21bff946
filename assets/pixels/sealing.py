"""Seal a day of raw.collector_events: say how many rows it holds and up to which transaction that was counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg

from assets.lib.warehouse import connect

SOURCE = "collector_events"
TABLE = "raw.collector_events"
PARTITIONS_AHEAD_DAYS = 7
PREVIEW_ROWS = 5
# Nothing of a person: no id, no address, no property, no page.
PREVIEW_COLUMNS = ("received_at", "kind", "event_name", "ip_class", "has_consent")


@dataclass(frozen=True)
class SealedDay:
    """One UTC day as it was sealed. `is_over`: no row can join it any more, since received_at is the collector's clock."""

    day: date
    row_count: int
    rows_by_kind: Mapping[str, int]
    quarantined_count: int
    refused_count: int
    watermark: int
    is_over: bool
    preview: tuple[tuple[Any, ...], ...]


def seal_day(url: str, day: date, run_id: str, now: datetime | None = None) -> SealedDay:
    """Count the day's committed rows and record it in ops.seals; sealing a day again records the newer count.

    The count is of `xact < watermark`: what any later reader with that bound finds again, whatever is still being committed.
    """
    now = now or datetime.now(UTC)
    ensure_partitions(url, now.date())
    start = datetime.combine(day, time(), UTC)
    bounds = {"from": start, "to": start + timedelta(days=1)}
    with connect(url, "ingest") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        watermark = int(_one(connection, "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))
        kinds = dict(
            connection.execute(
                "select kind, count(*) from raw.collector_events where received_at >= %(from)s and received_at < %(to)s "
                "and xact < %(watermark)s::text::xid8 group by kind order by kind",
                {**bounds, "watermark": str(watermark)},
            ).fetchall()
        )
        quarantined = _one(
            connection,
            "select count(*) from raw.quarantine "
            "where source = 'collector' and quarantined_at >= %(from)s and quarantined_at < %(to)s",
            bounds,
        )
        refused = _one(
            connection,
            "select coalesce(sum(refused_count), 0)::bigint from raw.collector_refusals "
            "where minute_at >= %(from)s and minute_at < %(to)s",
            bounds,
        )
        preview = connection.execute(
            f"select {', '.join(PREVIEW_COLUMNS)} from raw.collector_events "  # noqa: S608  # constants of this module
            "where received_at >= %(from)s and received_at < %(to)s order by received_at desc limit %(limit)s",
            {**bounds, "limit": PREVIEW_ROWS},
        ).fetchall()
        row_count = sum(kinds.values())
        connection.execute(
            "insert into ops.seals as s (source, day, row_count, watermark, run_id) values (%s, %s, %s, %s::text::xid8, %s) "
            "on conflict (source, day) do update set row_count = excluded.row_count, watermark = excluded.watermark, "
            "run_id = excluded.run_id, sealed_at = now() where s.watermark <= excluded.watermark",
            [SOURCE, day, row_count, str(watermark), run_id],
        )
    is_over = now >= bounds["to"]
    return SealedDay(day, row_count, kinds, int(quarantined), int(refused), watermark, is_over, tuple(preview))


def ensure_partitions(url: str, today: date) -> int:
    """Make the day partitions from today to a week ahead; returns how many were missing. Their owner is the collector.

    It needs a lock that every writer of the default partition holds against it, and that would hold up all that come after: it
    gives up after a second and leaves it to the next run, a week before anyone misses a partition.
    """
    with connect(url, "collector", autocommit=True) as connection:
        connection.execute("set lock_timeout = '1s'")
        until = today + timedelta(days=PARTITIONS_AHEAD_DAYS)
        try:
            return int(_one(connection, "select raw.ensure_day_partitions(%s, %s, %s)", [TABLE, today, until]))
        except psycopg.errors.LockNotAvailable:
            return 0


def columns_of(url: str, table: str = TABLE) -> list[tuple[str, str, bool]]:
    """The table's columns as (name, type, may be null), in their order."""
    with connect(url, "ingest") as connection:
        return connection.execute(
            "select attname::text, format_type(atttypid, atttypmod), not attnotnull from pg_attribute "
            "where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
            [table],
        ).fetchall()


def _one(connection: psycopg.Connection[Any], query: str, values: Any = None) -> Any:
    row = connection.execute(query, values).fetchone()
    if row is None:
        raise LookupError(f"found no row, expected one, for: {query}")
    return row[0]
