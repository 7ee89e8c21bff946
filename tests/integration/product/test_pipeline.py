"""`hostread run` on the world `tiny` as a person starts it: the first run, the second, and one with a bad row among the good.

The three runs follow each other in one home, so these tests share a worker. Each run is kept as it was seen when it ended.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from benchmarks.loop import free_port
from orchestration.local import ensure_server, remove_server
from orchestration.truth import Comparison, OtherWorldError, TruthReport, compare

pytestmark = pytest.mark.xdist_group("product")
RUN = [sys.executable, "-c", "from orchestration.cli import main; main()", "run", "--no-serve", "--world", "tiny"]
SECONDS = 600
# What depends on the clock (flat prices by day, time watched) speaks of one moment in all runs, midnight or not.
PRESENT = datetime.now(UTC).isoformat()
# A row that the expectation `request_prefixes_are_truncated` refuses: a whole address where a prefix belongs.
BAD_ROW = """
insert into raw.logs_requests (
    tenant_id, log_source_id, requested_at, method, status, url, media_key, user_agent, user_agent_kind, user_agent_list_version,
    is_watch, household_hash, key_epoch, ip_class, ip_prefix, ip_list_version, file_offset, run_id
)
select
    tenant_id, log_source_id, requested_at, method, status, url, media_key, user_agent, user_agent_kind, user_agent_list_version,
    is_watch, household_hash, key_epoch, ip_class, '203.0.113.9/32', ip_list_version, 1000000000 + file_offset, 'planted'
from raw.logs_requests
where status = 206
limit 1
"""
Figures = dict[str, list[str]]


@dataclass(frozen=True)
class Home:
    """One installation: where it lies, and its ports."""

    path: Path
    ports: dict[str, str]

    @property
    def url(self) -> str:
        return ensure_server(self.path)

    @property
    def world(self) -> Path:
        return next((self.path / "worlds").glob("tiny-*"))


@dataclass(frozen=True)
class Run:
    """What one run printed, and the marts that it left."""

    status: int
    screen: str
    errors: str
    marts: Figures
    builds: list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, in_memory: Callable[[Path], Path]) -> Iterator[Home]:
    path = in_memory(tmp_path_factory.mktemp("home"))
    names = ("API", "COLLECTOR", "DAGSTER", "SIMULATION")
    yield Home(path, {f"HOSTREAD_{name}_PORT": str(free_port()) for name in names})
    remove_server(path)


@pytest.fixture(scope="module")
def first(home: Home) -> Run:
    return run(home)


@pytest.fixture(scope="module")
def truth(home: Home, first: Run) -> TruthReport:
    assert first.status == 0, first.screen + first.errors
    return compare(home.url, home.world)


@pytest.fixture(scope="module")
def second(home: Home, truth: TruthReport) -> Run:
    return run(home)


@pytest.fixture(scope="module")
def held(home: Home, second: Run) -> Run:
    with psycopg.connect(home.url) as connection:
        assert connection.execute(BAD_ROW).rowcount == 1
    return run(home)


def run(home: Home) -> Run:
    others = {name: value for name, value in os.environ.items() if not name.startswith("HOSTREAD_")}
    done = subprocess.run(
        RUN,
        env={**others, **home.ports, "HOSTREAD_HOME": str(home.path), "HOSTREAD_BUILD_AS_OF": PRESENT},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    with psycopg.connect(home.url) as connection:
        builds = connection.execute("select build_id, mode from marts.builds order by published_at").fetchall()
        names = "select table_name from information_schema.tables where table_schema = 'marts' and table_name <> 'builds'"
        tables = [name for (name,) in connection.execute(names)]
        marts = {
            name: [row for (row,) in connection.execute(f"select to_jsonb(t)::text from marts.{name} as t order by 1".encode())]
            for name in tables
        }
    return Run(done.returncode, done.stdout, done.stderr, marts, builds)


def test_the_first_run_ends_well_and_says_what_it_did(first: Run) -> None:
    assert first.status == 0, first.screen + first.errors
    for line in (
        r"pipeline finished in [\d.]+ s",
        r"landed +\d+ feeds items, [\d,]+ hosting downloads, [\d,]+ logs requests, \d+ collector events, \d+ campaigns orders",
        r"quarantined +\d+ rows \(hostread quarantine\)",
        r"counted +[\d,]+ downloads from [\d,]+ requests, \d+ rejected by rule",
        r"checks +\d+ passed, 0 failed, \d+ warned",
        r"total( +[\d,.]+){5}",
        r"conversions +[1-9]\d*",
        r"reports +[1-9]\d* rendered",
        r"build +[0-9a-f-]{36}",
        r"truth +[\d,]+ daily counts equal the truth in all three windows",
    ):
        assert re.search(line, first.screen), f"no line like {line} in:\n{first.screen}"
    assert "Traceback" not in first.screen + first.errors
    assert "failed[" not in first.screen


# No tenant of the world makes a model of its own, sells in a campaign's foreign currency, or waits for the fit, a run of its own;
# and no home of it has more devices than a home has.
EMPTY = {
    "crowded_households",
    "attribution_custom_credits",
    "attribution_models_preview",
    "attribution_credits_converted",
    "attribution_values",
    "data_driven_attribution",
    "data_driven_attribution_live",
    # Filled by the daily fits, which follow the first build.
    "budget_advice",
    "campaign_forecast",
    "campaign_lift",
}


def test_every_mart_has_rows(first: Run) -> None:
    # Nobody in the world refunds or gives up within so few weeks that a mart could be empty.
    assert {name for name, rows in first.marts.items() if not rows} == EMPTY


def test_the_figures_equal_the_truth(truth: TruthReport) -> None:
    assert not {part.name: part.examples for part in truth.comparisons if part.mismatched}
    assert {part.name for part in truth.comparisons if part.compared} == {
        "daily counts", "host counts", "verdicts", "placements", "messages", "conversions",
    }  # fmt: skip
    assert (truth.newer_requests, truth.newer_events) == (0, 0)


@pytest.mark.parametrize(
    ("name", "fault", "said"),
    [
        ("daily counts", "update marts.episode_downloads_daily set downloads = downloads + 1 where ctid = {one_count}", "calendar"),
        ("daily counts", "delete from marts.episode_downloads_daily where ctid = {one_count}", "found nothing"),
        ("verdicts", "update intermediate.int_requests_judged set rejected_by = 'bot' where ctid = {one_judged}", "found bot"),
        (
            "verdicts",
            "insert into intermediate.int_requests_judged select * from intermediate.int_requests_judged where ctid = {one_judged}",
            "survives+survives",
        ),
        ("placements", "delete from marts.campaign_delivery_daily where ads_delivered > 0", "found nothing"),
        ("messages", "delete from intermediate.int_events_admitted where ctid = {one_event}", "found nothing"),
        (
            "messages",
            "update intermediate.int_events_admitted set message_id = 'invented' where ctid = {one_event}",
            "invented: the truth has nothing",
        ),
        (
            "conversions",
            "update marts.attribution_credits set linear_minor = linear_minor + 1 where ctid = {one_credit}",
            "/1000000000",
        ),
    ],
)
def test_a_figure_that_differs_is_found_and_shown(home: Home, second: Run, name: str, fault: str, said: str) -> None:
    places = {
        "one_count": "(select min(ctid) from marts.episode_downloads_daily where counting_window = 'calendar' and downloads > 0)",
        "one_judged": "(select min(ctid) from intermediate.int_requests_judged where rejected_by is null)",
        "one_event": "(select min(ctid) from intermediate.int_events_admitted)",
        "one_credit": "(select min(ctid) from marts.attribution_credits)",
    }
    found = compare_spoilt(home, fault.format(**places))
    assert {part.name for part in found.comparisons if part.mismatched} == {name}
    differing = part_of(found, name)
    assert not found.is_equal
    assert differing.mismatched >= len(differing.examples) > 0
    assert said in " ".join(differing.examples)


def test_live_traffic_is_told_apart_from_a_difference(home: Home, second: Run) -> None:
    live = (
        "update intermediate.int_events_admitted set message_id = 'live', occurred_at = now() + interval '1 day' "
        "where ctid = (select min(ctid) from intermediate.int_events_admitted)"
    )
    found = compare_spoilt(home, live)
    assert found.newer_events == 1
    # The message whose place it took is missed; the live one is no difference.
    assert [part.mismatched for part in found.comparisons if part.name == "messages"] == [1]


def test_another_world_is_refused_with_what_to_do(home: Home, truth: TruthReport, tmp_path: Path) -> None:
    other = tmp_path / "tiny-7"
    other.symlink_to(home.world)
    with pytest.raises(OtherWorldError, match=r"expected the network tiny-7.*hostread reset"):
        compare(home.url, other)


def test_a_second_run_is_incremental_and_changes_no_figure(first: Run, second: Run) -> None:
    assert second.status == 0, second.screen + second.errors
    assert [mode for _, mode in second.builds] == ["incremental", "incremental"]
    changed = {
        name: sorted(set(second.marts[name]) ^ set(rows))[:4] for name, rows in first.marts.items() if second.marts[name] != rows
    }
    assert not changed
    assert summary(second) == summary(first)


def test_a_bad_row_holds_the_build_and_is_named(second: Run, held: Run) -> None:
    assert held.status == 1
    assert "failed raw/logs_requests: request_prefixes_are_truncated" in held.screen
    assert re.search(r"checks +\d+ passed, 1 failed", held.screen)
    assert held.builds == second.builds
    assert held.marts == second.marts
    assert "Traceback" not in held.screen + held.errors


def summary(done: Run) -> list[str]:
    """The lines of figures, without the build's id and what was warned of."""
    printed = done.screen.split("pipeline finished", 1)[1].splitlines()[1:]
    return [line for line in printed if not line.startswith(("build ", "checks ", "             warned"))]


def part_of(report: TruthReport, name: str) -> Comparison:
    return next(part for part in report.comparisons if part.name == name)


def compare_spoilt(home: Home, fault: str) -> TruthReport:
    """Compare a copy of the database in which `fault` was done."""
    base, name = home.url.rsplit("/", 1)
    with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
        connection.execute(f'create database spoilt template "{name}"'.encode())
        try:
            with psycopg.connect(f"{base}/spoilt") as spoilt:
                assert spoilt.execute(fault.encode()).rowcount > 0
            return compare(f"{base}/spoilt", home.world)
        finally:
            connection.execute("drop database if exists spoilt with (force)")
