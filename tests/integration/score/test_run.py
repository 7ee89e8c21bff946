"""`python -m benchmarks.score` on two tiny worlds: it measures, keeps what is done, and writes both files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.score.__main__ import write
from benchmarks.score.runs import kept_seeds, measure
from benchmarks.score.sheet import summary

SEEDS = (1, 2)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, list[Any]]]:
    home = tmp_path_factory.mktemp("score")
    folder = home / "tiny"
    yield home, folder, measure("tiny", SEEDS, folder, home, lambda line: None)


def pooled(done: list[Any], figure: str, group: str = "all", model: str = "owner") -> tuple[float, float]:
    found = [t for one in done for t in one.tallies if (t.figure, t.group, t.model) == (figure, group, model)]
    return sum(t.met for t in found), sum(t.of for t in found)


def test_two_tiny_worlds_are_measured_against_their_truth(run: tuple[Path, Path, list[Any]]) -> None:
    _, _, done = run
    assert [one.seed for one in done] == list(SEEDS)
    credited, caused = pooled(done, "caused_credited")
    assert 0.4 < credited / caused < 1
    # Every model divides the same conversions up.
    assert {pooled(done, "caused_credited", model=model)[1] for model in ("first_touch", "last_touch", "linear")} == {caused}
    missed, as_many = pooled(done, "caused_unattributed")
    assert as_many == caused
    assert credited + missed <= caused
    right, owned = pooled(done, "deterministic_right")
    assert owned > 10
    assert right / owned > 0.9
    matched, pairs = pooled(done, "match_precision", model="")
    assert pairs > 10
    assert matched / pairs > 0.9
    recalled, possible = pooled(done, "match_recall", model="")
    reasons = {t.group for one in done for t in one.tallies if t.figure == "match_missed"}
    assert recalled + sum(pooled(done, "match_missed", reason, "")[0] for reason in reasons) == possible


def test_what_is_done_is_kept_and_not_measured_again(run: tuple[Path, Path, list[Any]]) -> None:
    home, folder, done = run
    said: list[str] = []
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.json")}
    assert measure("tiny", SEEDS, folder, home, said.append) == done == kept_seeds(folder, SEEDS)
    assert {path.name: path.stat().st_mtime_ns for path in folder.glob("*.json")} == before
    assert said == ["2 of 2 seeds are done already"]


def test_both_files_are_written(run: tuple[Path, Path, list[Any]], tmp_path: Path) -> None:
    about = {
        "world": "tiny", "measured_on": "2026-01-01", "commit": "c", "code_digest": "d", "versions": {}, "orders": 1,
        "organic_share": 0.4,
    }  # fmt: skip
    sheet = summary({one.seed: one.tallies for one in run[2]}, about)
    write(sheet, tmp_path / "sheet.json")
    assert json.loads((tmp_path / "sheet.json").read_text("utf-8")) == sheet
    page = (tmp_path / "sheet.md").read_text("utf-8")
    assert all(figure["title"] in page for figure in sheet["figures"].values())
