"""The lift and forecast parts of the sheet on ten worlds of each kind: they are measured, summed up, and spelled."""

import json
from pathlib import Path

from benchmarks.score.campaigns import measure_campaigns
from benchmarks.score.campaigns_sheet import _stated, is_missed, section


def test_ten_worlds_of_each_kind_are_measured_once(tmp_path: Path) -> None:
    said: list[str] = []
    part = measure_campaigns(tmp_path, said.append, worlds=10, workers=2)
    assert part["counts"] == {"effect": 10, "nothing": 10, "hidden": 10, "forecast": 10}
    assert len(part["figures"]) == 16
    assert json.loads(json.dumps(part)) == part, "a truth value of numpy is none of JSON's: the sheet could not be written"
    page = "\n".join(section(part))
    assert all(figure["title"] in page for figure in part["figures"])
    said.clear()
    assert measure_campaigns(tmp_path, said.append, worlds=10) == part
    assert said == ["lift and forecasts: 4 of 4 handfuls of worlds are done already"]


def test_a_rate_is_held_to_what_is_stated_by_an_exact_test() -> None:
    """Of 2,000 intervals 1,880 may hold by chance where 1,900 should; 1,860 may not, and neither may all of them."""
    assert [_stated("held", [place < held for place in range(2000)], 0.95)["is_met"] for held in (1880, 1860, 2000)] == [
        True, False, False,
    ]  # fmt: skip
    assert is_missed({"figures": [{"title": "a", "is_met": False}, {"title": "b", "is_met": None}]}) == ["a"]
