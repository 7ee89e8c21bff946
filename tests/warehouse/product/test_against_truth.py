"""Time to first value and completion of the simulated world `tiny`, against its truth."""

import csv
from pathlib import Path
from typing import Any

import pytest

from orchestration.world import load_app
from simulation.world import make_world

NOW = "2026-10-01T12:00:00+00:00"
PRODUCT = ("+path:models/marts/product",)
SECRET = "cf2Lr1QwYqhJ1a0YQvfyN5TjJrG6mC4vQeYb3b1x0VY="


@pytest.fixture(scope="module")
def world(warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worlds") / "tiny-7"
    make_world("tiny", 7, NOW, folder)
    load_app(warehouse.url, folder, SECRET)
    warehouse.build(select=PRODUCT, variables={"build_as_of": NOW})
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


def test_friction_is_the_truths(warehouse: Any, world: Path) -> None:
    """Each kind and step hits whom the world says it hit: an event counted twice, or by campaign where people are meant, fails."""
    expected: dict[tuple[str, ...], set[str]] = {}
    for row in truth(world, "friction"):
        expected.setdefault((row["tenant"], row["kind"], row["step"]), set()).add(row["subject_id"])
    found = {
        (slug, kind, step): affected
        for slug, kind, step, affected in warehouse.rows(
            "select t.slug, f.kind, f.step, f.affected from candidate.friction_points as f "
            "inner join app.tenants as t using (tenant_id) where f.kind <> 'stop' or f.step = 'user_registered'"
        )
    }
    assert found == {key: len(subjects) for key, subjects in expected.items()}
    assert {kind for _, kind, _ in found} == {"stop", "repeat", "fail"}


def test_stops_are_what_the_funnel_loses_and_ranks_follow_what_they_hit(warehouse: Any, world: Path) -> None:
    """No campaign stops at two steps, and the first of the ranking hits most."""
    for tenant, stopped, campaigns in warehouse.rows(
        "select f.tenant_id, sum(f.affected), (select count(*) from candidate.campaign_completion as c "
        "where c.tenant_id = f.tenant_id and not c.is_completed) "
        "from candidate.friction_points as f where f.kind = 'stop' and f.step <> 'user_registered' group by f.tenant_id"
    ):
        assert 0 < stopped <= campaigns
        hit = warehouse.rows("select affected from candidate.friction_points where tenant_id = %s order by friction_rank", tenant)
        assert [row[0] for row in hit] == sorted((row[0] for row in hit), reverse=True)


def test_rates_are_those_of_the_events(warehouse: Any, world: Path) -> None:
    """Restated from the events alone: who tried, what was generated, and what of it failed for a fault of ours."""
    for row in warehouse.rows(
        "select tenant_id, core_loop_attempts, core_loop_errors, core_loop_refusals, generated_reports, error_rate, "
        "registered_users, creating_users, report_success_rate from candidate.product_rates"
    ):
        tenant, attempts, errors, refusals, generated, rate, users, creating, success = row
        events = warehouse.rows(
            "select event_name, user_id, properties ->> 'status' from app.product_events where tenant_id = %s", tenant
        )
        loop = [name for name, _, _ in events if name.split(".")[0] in ("campaign", "analytics", "report")]
        loop = [name for name in loop if name not in ("campaign.activated", "campaign.completed")]
        assert attempts == len(loop) > 0
        assert errors == sum(status == "500" for _, _, status in events)
        assert refusals == sum(status == "422" for _, _, status in events)
        assert generated == loop.count("report.generated") > 0
        assert (rate, success) == (errors / attempts, 1)
        registered = {user for name, user, _ in events if name == "user.registered"}
        assert (users, creating) == (len(registered), len({u for n, u, _ in events if n == "campaign.created"} & registered))


def test_the_curve_is_the_one_of_the_quantiles(warehouse: Any, world: Path) -> None:
    """At 15 minutes the curve says what the share within 15 minutes says, of as many at risk; its band holds it."""
    rows = warehouse.rows(
        "select c.waiting_rate, c.waiting_low, c.waiting_high, c.at_risk, o.within_15_min_rate, o.at_risk_15_min "
        "from candidate.ttfv_curve as c inner join candidate.ttfv_overall as o using (tenant_id) where c.moment_s = 900"
    )
    assert rows
    for waiting, low, high, at_risk, within, overall_at_risk in rows:
        assert waiting == pytest.approx(1 - within)
        assert at_risk == overall_at_risk
        assert low <= waiting <= high


def test_the_clock_alone_changes_no_row(warehouse: Any, world: Path) -> None:
    """Three minutes and then three weeks later, nothing having come: a wait counts up to what a figure asks for, and no further."""
    before = warehouse.rows("select * from candidate.ttfv order by user_id")
    warehouse.build(select=PRODUCT, variables={"build_as_of": "2026-10-01T12:03:00+00:00"})
    assert warehouse.rows("select * from candidate.ttfv order by user_id") == before
    figures = warehouse.rows("select * from candidate.ttfv_overall order by tenant_id")
    warehouse.build(select=PRODUCT, variables={"build_as_of": "2026-10-22T12:00:00+00:00"})
    assert warehouse.rows("select * from candidate.ttfv_overall order by tenant_id") == figures
