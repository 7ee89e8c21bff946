"""Sealing a day: what is counted is what a reader with the same watermark finds, also while others commit."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import psycopg
import pytest

from assets.pixels.assets import DAYS, collector_events
from assets.pixels.sealing import ensure_partitions, seal_day

DAY = date(2026, 1, 31)
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def plant(connection: psycopg.Connection[tuple[object, ...]], received_at: datetime, kind: str = "track") -> None:
    connection.execute(
        "insert into raw.collector_events "
        "(tenant_id, site_id, received_at, message_id, kind, event_name, user_id, body_sha256, run_id)"
        " values (1, gen_random_uuid(), %s, 'm', %s, 'a | b', 'secret-person', '\\x00', 'r')",
        [received_at, kind],
    )


def collector(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url, options="-c role=hostread_collector")


def test_a_day_is_counted_from_midnight_to_midnight_utc(database_url: str) -> None:
    with collector(database_url) as c:
        for at in (NOON - timedelta(hours=12, microseconds=1), NOON - timedelta(hours=12), NOON, NOON + timedelta(hours=12)):
            plant(c, at)
        plant(c, NOON, "page")
        c.execute("insert into raw.collector_refusals values (1, null, %s, 'x', 7, 'r')", [NOON])
    sealed = seal_day(database_url, DAY, "run-1", now=NOON)
    assert (sealed.row_count, sealed.rows_by_kind, sealed.refused_count) == (3, {"page": 1, "track": 2}, 7)
    assert not sealed.is_over
    again = seal_day(database_url, DAY, "run-2", now=NOON + timedelta(days=1))
    assert again.is_over and again.watermark >= sealed.watermark
    with psycopg.connect(database_url) as c:
        assert c.execute("select source, day, row_count, watermark::text, run_id from ops.seals").fetchall() == [
            ("collector_events", DAY, 3, str(again.watermark), "run-2")
        ]


def test_a_row_that_is_still_being_committed_is_counted_the_next_time(database_url: str) -> None:
    with collector(database_url) as open_transaction:
        plant(open_transaction, NOON)
        with collector(database_url) as other:
            plant(other, NOON)  # a later transaction that commits first
        first = seal_day(database_url, DAY, "run-1")
        assert first.row_count == 0, "rows at or after the watermark of an open transaction are not sealed yet"
    second = seal_day(database_url, DAY, "run-2")
    assert second.row_count == 2 and second.watermark > first.watermark
    with psycopg.connect(database_url) as c:
        for sealed in (first, second):
            found = c.execute(
                "select count(*) from raw.collector_events where xact < %s::text::xid8", [str(sealed.watermark)]
            ).fetchone()
            assert found == (sealed.row_count,)


def test_partitions_are_made_ahead_once_and_rows_go_into_them(database_url: str) -> None:
    assert ensure_partitions(database_url, DAY) == 8
    assert ensure_partitions(database_url, DAY) == 0
    with collector(database_url) as c:
        plant(c, NOON + timedelta(days=7))
        assert c.execute("select tableoid::regclass::text from raw.collector_events").fetchall() == [
            ("raw.collector_events_20260207",)
        ]


@pytest.mark.slow
def test_the_asset_seals_the_days_of_its_partitions_and_shows_no_person(database_url: str, tmp_path: Path) -> None:
    with collector(database_url) as c:
        plant(c, NOON)
    resources = {"warehouse": SimpleNamespace(url=database_url, secret_key="", allow_private_urls=True)}
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as instance:
        result = dg.materialize([collector_events], partition_key="2026-01-31", resources=resources, instance=instance)
    metadata = result.asset_materializations_for_node("raw__collector_events")[0].metadata
    assert metadata["dagster/partition_row_count"].value == 1
    assert metadata["rows_by_kind"].value == {"track": 1}
    assert "secret-person" not in str(metadata) and "a \\| b" in str(metadata["preview"].value)
    assert {column.name for column in metadata["dagster/column_schema"].value.columns} >= {"message_id", "xact"}
    assert DAYS.get_last_partition_key() == datetime.now(UTC).date().isoformat(), "the day that runs now can be sealed"
