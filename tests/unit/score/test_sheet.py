"""The score sheet: its page says what its JSON holds, it names the versions of the code, and its arithmetic is right."""

import json
from pathlib import Path

import pytest

from benchmarks.score.figures import FIGURES, Tally
from benchmarks.score.sheet import exact_interval, markdown, summary
from benchmarks.score.versions import code_digest, model_versions

DOCS = Path(__file__).parents[3] / "docs"
ABOUT = {
    "world": "score", "measured_on": "2026-01-01", "commit": "abc", "code_digest": "0", "versions": {"built-in models": "1"},
    "orders": 30, "organic_share": 0.4,
}  # fmt: skip


def test_the_committed_page_is_made_of_the_committed_json() -> None:
    """A figure changed by hand, in either file, is one that no run measured."""
    sheet = json.loads((DOCS / "score-sheet.json").read_text("utf-8"))
    assert (DOCS / "score-sheet.md").read_text("utf-8") == markdown(sheet)


def test_the_committed_sheet_is_of_the_models_of_the_code() -> None:
    """A model whose rules changed has another version: its old accuracy is nobody's. Run `make score`."""
    sheet = json.loads((DOCS / "score-sheet.json").read_text("utf-8"))
    assert sheet["about"]["versions"] == dict(model_versions()), "the score sheet is stale: run `make score`"
    assert len(sheet["about"]["seeds"]) >= 20
    assert sheet["figures"].keys() <= FIGURES.keys()


def test_ratios_are_the_seeds_own_and_the_pooled_one_weighs_by_cases() -> None:
    seeds = {
        1: [Tally("match_precision", "all", "", 9, 10)],
        2: [Tally("match_precision", "all", "", 100, 100)],
        3: [Tally("match_precision", "all", "", 0, 0)],
    }
    row = summary(seeds, ABOUT)["figures"]["match_precision"]["rows"][0]
    assert (row["seeds"], row["median"], row["p10"], row["p90"]) == (2, 0.95, 0.91, 0.99)
    assert row["pooled"] == pytest.approx(109 / 110, abs=1e-6)
    assert row["interval"] == pytest.approx([0.9504, 0.9998], abs=1e-4)


@pytest.mark.parametrize(("right", "is_met"), [(990, True), (989, False)])
def test_a_bar_is_met_or_it_is_said_that_it_is_not(right: int, is_met: bool) -> None:
    sheet = summary({1: [Tally("deterministic_right", "all", "owner", right, 1_000)]}, ABOUT)
    assert sheet["figures"]["deterministic_right"]["rows"][0]["is_met"] is is_met
    assert (": met with" in markdown(sheet)) is is_met
    assert ("**not met**" in markdown(sheet)) is not is_met


def test_the_exact_interval_is_clopper_and_pearsons() -> None:
    """None in ten: 1 - 0.025^(1/10); all in ten mirrors it; 5 in 10 as published tables have it."""
    assert exact_interval(0, 10) == pytest.approx((0, 1 - 0.025**0.1))
    assert exact_interval(10, 10) == pytest.approx((0.025**0.1, 1))
    assert exact_interval(5, 10) == pytest.approx((0.1871, 0.8129), abs=1e-4)


def test_what_is_not_measured_is_said() -> None:
    sheet = summary({1: [Tally("match_recall", "all", "", 1, 2)]}, ABOUT, ["Nothing of the kind is measured."])
    assert "- Nothing of the kind is measured." in markdown(sheet)
    assert "revenue_error" not in sheet["figures"]


def test_kept_seeds_are_of_the_code_that_measured_them(tmp_path: Path) -> None:
    """A seed is measured anew once anything that its figures depend on has changed, and not for a word in the page."""
    model = tmp_path / "dbt_project" / "models" / "one.sql"
    model.parent.mkdir(parents=True)
    model.write_text("select 1")
    before = code_digest(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "score.md").write_text("words")
    assert code_digest(tmp_path) == before
    model.write_text("select 2")
    assert code_digest(tmp_path) != before
