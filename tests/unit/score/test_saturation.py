"""The saturation part of the score in ten worlds of each kind, its bars, and that no world is measured twice."""

import json
from pathlib import Path

import pytest

from assets.estimates.saturation.shapes import MODEL_VERSION
from benchmarks.score.saturation import SHARES, digest, plan, rows_of
from benchmarks.score.saturation_sheet import _rate, is_missed, section, summary

SHEET = Path(__file__).parents[3] / "docs" / "score-sheet.json"


@pytest.mark.slow
def test_ten_worlds_of_each_kind_give_a_part_of_the_sheet() -> None:
    """Far from the bars of 2,000 worlds; a fit that lost its scale, its base or its evidence would still miss these."""
    rows = [row for kind in SHARES for row in rows_of(kind, range(90_001, 90_011 if kind != "public" else 90_003))]
    part = {"about": {"version": MODEL_VERSION, "code_digest": digest()}, **json.loads(json.dumps(summary(rows)))}
    found = {figure["title"].partition(" (")[0]: figure["found"] for figure in part["figures"]}
    assert found["Curve accuracy as a share of the oracle's, median"] > 0.85
    assert found["Mean accuracy above a straight line's"] > 0
    assert found["False `saturated` where spend has no effect"] <= 0.2
    assert part["counts"] == {"accuracy": 10, "coverage": 10, "nothing": 10, "public": 2, "short": 10}
    assert set(is_missed(part)) <= {figure["title"] for figure in part["figures"]}
    assert "| the public simulator | 2 |" in "\n".join(section(part))


@pytest.mark.parametrize(
    ("met", "of", "is_met"),
    [(1_735, 2_000, True), (1_745, 2_000, False), (1_460, 2_000, True), (1_440, 2_000, False), (9, 10, True)],
)
def test_a_bar_on_a_rate_is_missed_only_beyond_chance(met: int, of: int, is_met: bool) -> None:
    """80 % intervals have to cover 75 to 85 %: 1,738 of 2,000 are seen once in a hundred times at 85 %."""
    assert _rate("", [True] * met + [False] * (of - met), least=0.75, most=0.85)["is_met"] is is_met


def test_every_world_is_planned_once_and_enough_of_them() -> None:
    worlds = [("general" if kind in ("accuracy", "coverage") else kind, seed) for kind, seeds in plan(2_000) for seed in seeds]
    assert len(set(worlds)) == len(worlds)
    assert sum(kind == "general" for kind, _ in worlds) == sum(kind == "nothing" for kind, _ in worlds) == 2_000
    assert sum(len(seeds) for kind, seeds in plan(2_000) if kind == "accuracy") >= 200


def test_the_committed_sheet_is_of_the_fits_of_the_code() -> None:
    """Fits whose rules changed have another version: their old accuracy is nobody's. Run `make score`."""
    part = json.loads(SHEET.read_text("utf-8")).get("saturation")
    assert part is None or part["about"]["version"] == MODEL_VERSION, "stale: run `make score`"
