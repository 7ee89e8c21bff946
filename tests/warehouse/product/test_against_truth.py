"""Time to first value and completion of the simulated world `tiny`, against its truth."""

import csv
from pathlib import Path
from typing import Any

import pytest

from orchestration.world import load_app
from simulation.world import make_world

NOW = "2026-10-01T12:00:00+00:00"
SECRET = "cf2Lr1QwYqhJ1a0YQvfyN5TjJrG6mC4vQeYb3b1x0VY="


@pytest.fixture(scope="module")
def world(warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worlds") / "tiny-7"
    make_world("tiny", 7, NOW, folder)
    load_app(warehouse.url, folder, SECRET)
    warehouse.build(select=("+path:models/marts/product",), variables={"build_as_of": NOW})
    return folder


def truth(world: Path, name: str) -> list[dict[str, str]]:
    with (world / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_users_time_to_first_value_is_the_truths(warehouse: Any, world: Path) -> None:
    expected = {row["user_id"]: float(row["ttfv_s"]) if row["ttfv_s"] else None for row in truth(world, "users")}
    assert {str(user): ttfv for user, ttfv in warehouse.rows("select user_id, ttfv_s from candidate.ttfv")} == expected
    assert any(value is None for value in expected.values())
    assert any(value is not None for value in expected.values())


def test_each_campaigns_completion_is_the_truths(warehouse: Any, world: Path) -> None:
    completed = {
        str(campaign): (is_completed, report)
        for campaign, is_completed, report in warehouse.rows(
            "select campaign_id, is_completed, to_char(final_report_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') "
            "from candidate.campaign_completion"
        )
    }
    expected = {
        row["campaign_id"]: (row["is_completed"] == "1", row["final_report_at"] or None) for row in truth(world, "campaigns")
    }
    assert completed == expected
    assert {done for done, _ in expected.values()} == {True, False}


def test_kaplan_meier_is_that_of_the_definition(warehouse: Any, world: Path) -> None:
    """The product-limit estimate restated user by user, over all users of each tenant."""
    for tenant, median, p75, rate in warehouse.rows(
        "select tenant_id, median_s, p75_s, within_15_min_rate from candidate.ttfv_overall"
    ):
        users = warehouse.rows(
            "select observed_s, is_censored from candidate.ttfv where tenant_id = %s and not is_data_error order by observed_s",
            tenant,
        )
        survival, quantiles, within = 1.0, {0.5: None, 0.25: None}, 0.0
        for moment in sorted({observed for observed, is_censored in users if not is_censored}):
            at_risk = sum(observed >= moment for observed, _ in users)
            reached = sum(observed == moment and not is_censored for observed, is_censored in users)
            survival *= 1 - reached / at_risk
            within = 1 - survival if moment <= 900 else within
            quantiles = {q: found if found is not None or survival > q + 1e-9 else moment for q, found in quantiles.items()}
        assert (median, p75) == (quantiles[0.5], quantiles[0.25])
        assert rate == pytest.approx(within)
