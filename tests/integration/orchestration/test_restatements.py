"""A count that changes after it was published says what it was, what it is and why."""

import uuid
from datetime import date

import psycopg
import pytest

from orchestration.restatements import record_restatements

SHOW = uuid.UUID(int=1)
COLUMNS = (
    "(tenant_id integer, show_id uuid, episode_guid text, day date, source text, counting_window text, downloads bigint, "
    "primary key (tenant_id, show_id, episode_guid, day, source, counting_window))"
)
Row = tuple[str, date, str, str, int]


@pytest.fixture
def attempt(database_url: str) -> tuple[str, uuid.UUID]:
    """A database with a published build that spoke of March 10th, and a running one."""
    build_id = uuid.uuid4()
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into app.tenants (slug, name) values ('one', 'One')")
        for schema in ("marts", "candidate"):
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(f"create table {schema}.episode_downloads_daily {COLUMNS}")
        connection.execute(
            "insert into marts.builds (build_id, mode, from_xact, to_xact, started_at, as_of) "
            "values (gen_random_uuid(), 'full', '0', '1', now(), '2026-03-10 12:00Z')"
        )
        connection.execute(
            "insert into ops.build_attempts (build_id, mode, status, from_xact, to_xact, run_id) "
            "values (%s, 'incremental', 'running', '1', '9223372036854775807', 'test')",
            [build_id],
        )
    return database_url, build_id


def fill(url: str, schema: str, rows: list[Row]) -> None:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.executemany(
            f"insert into {schema}.episode_downloads_daily values (1, '{SHOW}', %s, %s, %s, %s, %s)",
            rows,
        )


def recorded(url: str, build_id: uuid.UUID) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        record_restatements(connection, build_id)
        return connection.execute(
            "select episode_guid, day, source, downloads_before, downloads_after, cause from ops.counting_restatements "
            "order by 1, 2, 3"
        ).fetchall()


def test_only_over_days_that_were_published_are_restated(attempt: tuple[str, uuid.UUID]) -> None:
    """Fails where today's growth, a first import or an unchanged figure is called a restatement, or a vanished one is not."""
    url, build_id = attempt
    late, today = date(2026, 3, 8), date(2026, 3, 10)
    fill(url, "marts", [
        ("same", late, "logs", "first_touch", 5), ("late", late, "logs", "first_touch", 5),
        ("gone", late, "logs", "first_touch", 3), ("late", today, "logs", "first_touch", 1),
        ("host", late, "buzzsprout", "host", 9),
    ])  # fmt: skip
    fill(url, "candidate", [
        ("same", late, "logs", "first_touch", 5), ("late", late, "logs", "first_touch", 7), ("new", late, "logs", "first_touch", 2),
        ("late", today, "logs", "first_touch", 4), ("host", late, "buzzsprout", "host", 8),
        # A source that had no figures yet.
        ("late", late, "prefix", "first_touch", 6),
    ])  # fmt: skip
    assert recorded(url, build_id) == [
        ("gone", late, "logs", 3, 0, "late_requests"),
        ("host", late, "buzzsprout", 9, 8, "host"),
        ("late", late, "logs", 5, 7, "late_requests"),
        ("new", late, "logs", 0, 2, "late_requests"),
    ]


def test_a_tenant_that_chose_other_rules_is_the_cause(attempt: tuple[str, uuid.UUID]) -> None:
    url, build_id = attempt
    with psycopg.connect(url) as connection:
        connection.execute("insert into app.counting_settings (tenant_id, rejects_datacenters) values (1, false)")
    fill(url, "marts", [("one", date(2026, 3, 8), "logs", "calendar", 5)])
    fill(url, "candidate", [("one", date(2026, 3, 8), "logs", "calendar", 6)])
    assert [row[-1] for row in recorded(url, build_id)] == ["settings"]


def test_before_anything_was_published_nothing_is_restated(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert record_restatements(connection, uuid.uuid4()) == 0
