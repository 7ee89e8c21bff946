"""Each check is there to see one fault: planted, it fails that check and no other; without it, none fails."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from expectations import catalogue
from expectations.runner import run_suite, run_suites, sql
from expectations.suites import SUITES

_spec = importlib.util.spec_from_file_location("expectation_faults", Path(__file__).with_name("faults.py"))
assert _spec is not None and _spec.loader is not None
faults = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(faults)


@pytest.fixture
def warehouse(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as c:
        c.execute("insert into app.tenants (slug, name) values ('one', 'One')")
        c.execute(
            "insert into app.shows (show_id, tenant_id, title, feed_url) values (%s, 1, 'S', 'https://f.example')", [faults.SHOW]
        )
        c.execute("insert into app.sponsors (sponsor_id, tenant_id, name) values (%s, 1, 'S')", [faults.SPONSOR])
        c.execute(
            "insert into app.sites (site_id, tenant_id, sponsor_id, name, domain, write_key) "
            "values (%s, 1, %s, 'S', 's.example', %s)",
            [faults.SITE, faults.SPONSOR, "k" * 16],
        )
        yield c


def plant(c: psycopg.Connection[Any], table: str, *changes: dict[str, Any]) -> None:
    for change in changes:
        row = {**faults.SOUND[table], **change}
        c.execute(f"insert into raw.{table} ({', '.join(row)}) values ({', '.join(['%s'] * len(row))})", list(row.values()))


def planted(c: psycopg.Connection[Any], table: str, check: str) -> list[tuple[str, ...]]:
    """What the rows that were planted for a check are called in its samples."""
    suite = SUITES[table]
    judged = sql(suite, f"run_id = '{check}'")
    rows = c.execute(f"select {', '.join(suite.ids)} from ({judged}) as judged".encode()).fetchall()
    return [tuple(str(value) for value in row) for row in rows]


def test_every_check_has_its_planted_fault() -> None:
    assert {(table, name) for table, named in faults.FAULTS.items() for name in named} == {
        (spec.table, spec.name) for spec in catalogue()
    }


@pytest.mark.slow
@pytest.mark.parametrize("table", faults.DISTINCT)
def test_each_planted_fault_fails_its_check_and_no_other(warehouse: psycopg.Connection[Any], database_url: str, table: str) -> None:
    """All faults lie in the table at once beside a sound row, and each check names the rows of its own."""
    plant(warehouse, table, {})
    for number, (name, change) in enumerate(faults.FAULTS[table].items(), start=1):
        rows = [{}, *change] if isinstance(change, list) else [change]
        plant(warehouse, table, *({**faults.DISTINCT[table](number), **row, "run_id": name} for row in rows))
    for result in run_suite(database_url, table):
        own = planted(warehouse, table, result.name)
        assert not result.success, f"{result.name} did not see its fault"
        assert result.unexpected_count in range(1, len(own) + 1), (result.name, result.observed)
        assert result.samples, "a sample names the row"
        assert {tuple(sample.values()) for sample in result.samples} <= set(own), f"{result.name} took another's row for its fault"
        assert result.reason and result.expected
        assert all(secret not in str(result.samples) for secret in ("203.0.113", "a-1", "user_agent"))


@pytest.mark.slow
def test_too_much_in_quarantine_and_a_row_without_a_reason_are_two_checks(
    warehouse: psycopg.Connection[Any], database_url: str
) -> None:
    """One judges the table as a whole: its fault and the other's cannot lie there at once."""
    for name, change in faults.FAULTS["quarantine"].items():
        warehouse.execute("truncate raw.quarantine")
        plant(warehouse, "quarantine", *([{}, *change] if isinstance(change, list) else [change]))
        assert [result.name for result in run_suite(database_url, "quarantine") if not result.success] == [name]


@pytest.mark.slow
def test_sound_rows_pass_and_what_a_published_build_holds_is_not_judged_again(
    warehouse: psycopg.Connection[Any], database_url: str
) -> None:
    for table in faults.SOUND:
        plant(warehouse, table, {})
    results = run_suites(database_url)
    assert [(result.table, result.name, result.severity) for result in results] == [
        (s.table, s.name, s.severity) for s in catalogue()
    ]
    assert [result.name for result in results if not result.success] == []
    plant(warehouse, "collector_events", {"message_id": " "})
    judged = {result.name: result for result in run_suite(database_url, "collector_events")}
    assert not judged["events_have_a_message_id"].success
    assert (judged["events_have_a_message_id"].unexpected_count, judged["events_have_a_message_id"].observed[:6]) == (1, "1 of 2")
    warehouse.execute(
        "insert into marts.builds (build_id, mode, from_xact, to_xact, started_at) "
        "values (gen_random_uuid(), 'full', '0', pg_snapshot_xmin(pg_current_snapshot()), now())"
    )
    assert all(result.success for result in run_suite(database_url, "collector_events"))
    assert not all(result.success for result in run_suite(database_url, "collector_events", where="true"))


def test_the_catalogue_costs_no_import_of_great_expectations() -> None:
    program = (
        "import sys, expectations; expectations.catalogue(); "
        "sys.exit('great_expectations' in sys.modules or 'dagster' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
