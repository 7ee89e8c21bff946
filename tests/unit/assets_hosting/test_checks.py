"""The checks of each host, and the month that a run re-reads."""

from datetime import date

import pytest

from assets.hosting.assets import by_source, days_of
from assets.hosting.checks import hosting_sources, judge_volume
from assets.hosting.connectors.registry import CONNECTORS
from assets.hosting.statistics import AccountResult, HostingSummary


def test_each_host_has_its_two_checks_and_none_blocks() -> None:
    specs = list(hosting_sources.check_specs)
    assert len(specs) == 2 * len(CONNECTORS) and not any(spec.blocking for spec in specs)
    assert {spec.name for spec in specs} >= {f"{host}_was_read_lately" for host in CONNECTORS}


@pytest.mark.parametrize(
    ("last", "is_usual"), [(1_000, True), (500, True), (499, False), (2_000, True), (2_001, False), (0, False)]
)
def test_a_week_of_half_or_twice_the_usual_is_told(last: int, is_usual: bool) -> None:
    # One week of four that was odd moves the median of the others little.
    assert judge_volume({0: last, 1: 1_000, 2: 1_000, 3: 90_000, 4: 1_000})[0] is is_usual


def test_too_little_says_nothing_of_a_change() -> None:
    assert judge_volume({})[0] and judge_volume({0: 0, 1: 99, 2: 99, 3: 99, 4: 99})[0]


def test_a_month_is_its_days() -> None:
    assert days_of("2026-02-01") == (date(2026, 2, 1), date(2026, 2, 28))


def test_a_run_tells_each_source_in_a_line() -> None:
    summary = HostingSummary()
    for result in (
        AccountResult("op3 a", "op3", 5, "landed"), AccountResult("op3 b", "op3", 1, "failed", "OP3 answered 503"),
        AccountResult("podbean c", "podbean", 0, "waiting"),
    ):  # fmt: skip
        summary = summary.with_result(result)
    said = by_source(summary).value
    assert "| op3 | 1 landed, 1 failed | 6 | OP3 answered 503 |" in said
    assert "| podbean | 1 waiting | 0 |  |" in said
