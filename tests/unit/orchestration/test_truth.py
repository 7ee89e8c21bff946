import csv
import io
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from orchestration.cli.screen import show_truth
from orchestration.truth import Comparison, MeasuredLift, People, TruthReport, _lines
from orchestration.truth_queries import COMPARED, LATER_TABLES, TABLES
from simulation.oracle.write import HEADERS

EQUAL = TruthReport(
    comparisons=(Comparison("verdicts", "equal", 3184, 0, ()), Comparison("messages", "admitted once each", 453, 0, ())),
    people=People(listens=983, repeats=386, missed=56, machines=50),
    newer_requests=0,
    newer_events=0,
)


def printed(report: TruthReport) -> list[str]:
    screen = io.StringIO()
    show_truth(Console(file=screen, width=160, highlight=False), report)
    return screen.getvalue().splitlines()


def test_what_is_counted_is_what_people_did_with_what_is_missed_repeated_and_mechanical() -> None:
    assert EQUAL.people.counted == 983 - 56 + 386 + 50


def test_equal_figures_are_said_in_a_line_each() -> None:
    assert EQUAL.is_equal
    assert printed(EQUAL) == [
        "truth        3,184 verdicts equal",
        "             453 messages admitted once each",
        "             983 listens of people were counted as 1,363 downloads: 56 missed, 386 repeated, 50 by machines",
    ]


def test_a_difference_is_said_with_its_examples_as_they_are() -> None:
    # A GUID may look like the screen's markup.
    example = "guid[/red] 2026-01-02: the truth has 2, found nothing"
    report = replace(EQUAL, comparisons=(Comparison("daily counts", "equal", 34784, 7, (example,)),))
    assert not report.is_equal
    assert printed(report)[:2] == ["truth        failed 7 of 34,784 daily counts differ, such as", f"             {example}"]


def test_the_rules_that_reject_are_named_with_their_counts() -> None:
    report = replace(EQUAL, rejected=(("bot", 1200), ("volume", 31)))
    assert "             of the verdicts 1,231 reject: bot 1,200, volume 31" in printed(report)


def test_what_came_later_is_counted() -> None:
    assert printed(replace(EQUAL, newer_events=12))[-1] == "             0 requests and 12 events are newer than the truth"


def test_the_tables_have_the_columns_that_the_simulation_writes() -> None:
    for name, columns in {**TABLES, **LATER_TABLES}.items():
        assert tuple(column.split()[0].strip('"') for column in columns.split(", ")) == HEADERS[name], name


def test_each_figure_is_compared_once() -> None:
    names = [name for name, _, _ in COMPARED]
    assert len(names) == len(set(names)) == 6


def test_a_line_is_found_by_the_bytes_before_it(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "logs" / "a").mkdir(parents=True)
    (tmp_path / "logs" / "a" / "b.jsonl").write_bytes("é\n\nlonger\nlast".encode())
    with (tmp_path / "truth" / "requests.csv").open("w", encoding="utf-8") as file:
        csv.writer(file).writerows([["log_file", "line"], ["a/b.jsonl", 0], ["a/b.jsonl", 2]])
    assert list(_lines(tmp_path)) == [("a/b.jsonl", 0, 0), ("a/b.jsonl", 1, 3), ("a/b.jsonl", 2, 4), ("a/b.jsonl", 3, 11)]


def test_a_measured_lift_is_said_beside_the_truth_and_its_placebo() -> None:
    """A run that measured what is not there must not read as one that did."""
    held = MeasuredLift("meridian Launch", 1.01, 0.96, 0.3, 1.96, 0.05, -0.3, 0.6)
    missed = replace(held, truth=2.5, placebo=None, placebo_low=None, placebo_high=None)
    lines = printed(replace(EQUAL, lifts=(held, missed)))
    assert "             lift of meridian Launch: 96% (30% to 196%), the truth is 101%, 5% before any ad" in lines
    assert "             lift of meridian Launch: 96% (30% to 196%), the truth is 250%, outside" in lines
