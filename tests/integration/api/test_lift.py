"""Lift, delivery, forecasts and holdouts through the real API: figures with their placebo, verdicts without a number."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

FIT = {"model_version": "lift-1", "seed": 7, "fitted_build_id": str(uuid4()), "fitted_at": "2026-06-01T00:00:00Z"}
COUNTS = {"exposed_count": 1000, "matched_count": 900, "control_count": 1500, "exposed_conversions": 60, "control_conversions": 50}
FOUND = {
    "verdict": "estimated", "reason": "", "exposed_rate": 0.06, "control_rate": 0.03, "lift": 1.0, "lift_low": 0.4,
    "lift_high": 1.9, "detectable_lift": 0.5, "incremental_conversions": 27.0, "incremental_low": 11.0, "incremental_high": 43.0,
}  # fmt: skip
NOTHING = {"verdict": "too_little_power", "reason": "a lift below 240% would go unseen", "detectable_lift": 2.4}


@pytest.fixture
def world(account: Any, stranger: Any, published: str, database_url: str, tools: Any) -> Any:
    assert published
    for owner in (account, stranger):
        ids = {"tenant_id": owner.tenant_id, "campaign_id": owner.campaign_id, "sponsor_id": owner.sponsor_id}
        for weeks, said in {
            (0, 4): FOUND,
            (0, 1): NOTHING,
            (-4, 0): {**FOUND, "lift": 0.02, "lift_low": -0.3, "lift_high": 0.5},
        }.items():
            tools.insert(
                database_url, "marts.campaign_lift", **ids, week_from=weeks[0], week_to=weeks[1], is_placebo=weeks[1] <= 0,
                is_headline=weeks[1] - weeks[0] > 1, design="matched", split_tests=40, split_tests_positive=2, placebo_tests=4,
                placebo_tests_positive=0, **COUNTS, **said, **FIT,
            )  # fmt: skip
        tools.insert(
            database_url, "marts.campaign_delivery", **ids, status="active", flight_start="2026-05-01", flight_end="2026-07-31",
            contracted_ads=10_000, ads_delivered=4_000, due_ads=5_000, under_delivered_ads=1_000, flight_elapsed_rate=0.5,
            forecast_verdict="estimated", forecast_reason="", forecast_ads=9_000.0, forecast_low_ads=8_000.0,
            forecast_high_ads=10_500.0, guarantee_probability=0.2, expected_make_good_ads=1_000, household_count=2_000,
            listener_count=2_500, frequency=2.0, flags=["heard_after_flight"], make_good_ads=0, once_count=1_200, twice_count=500,
            often_count=300, tail_ads=12, silent_placements=0,
        )  # fmt: skip
        tools.insert(
            database_url, "marts.campaign_forecast", **ids, figure="conversions", verdict="too_little_data",
            reason="found 3 days to learn from, expected at least 14", as_of_date="2026-06-01", until_date="2026-07-31",
            so_far_count=3, backtest_count=0, **{name: value for name, value in FIT.items() if name != "seed"},
        )  # fmt: skip
    return account


def test_lift_stands_beside_its_placebo_and_measured_false_positives(world: Any) -> None:
    lift = world.http.get(f"/v1/campaigns/{world.campaign_id}/lift").json()
    assert (lift["verdict"], lift["design"], lift["headline"]["lift"]) == ("estimated", "matched", 1.0)
    assert lift["placebo"]["lift_low"] < 0 < lift["placebo"]["lift_high"]
    assert lift["split_tests"] == {"tests": 40, "positive": 2, "rate": 0.05}
    (week,) = lift["weeks"]
    assert (week["verdict"], week["lift"], week["detectable_lift"]) == ("too_little_power", None, 2.4)


def test_a_campaign_without_a_study_says_that_there_is_none(account: Any, published: str) -> None:
    assert published
    lift = account.http.get(f"/v1/campaigns/{account.campaign_id}/lift").json()
    assert (lift["verdict"], lift["headline"], lift["weeks"]) == ("not_run", None, [])
    assert account.http.get(f"/v1/campaigns/{account.campaign_id}/forecast").json()["forecasts"] == []
    delivery = account.http.get(f"/v1/campaigns/{account.campaign_id}/delivery").json()
    assert (delivery["forecast_verdict"], delivery["guarantee_probability"], delivery["reach"]["households"]) == (
        "not_run",
        None,
        0,
    )


def test_delivery_has_its_chance_and_its_reach(world: Any) -> None:
    found = world.http.get(f"/v1/campaigns/{world.campaign_id}/delivery").json()
    assert (found["guarantee_probability"], found["expected_make_good_ads"], found["under_delivered_ads"]) == (0.2, 1000, 1000)
    assert found["reach"]["households"] == 2000
    assert found["flags"] == ["heard_after_flight"]
    (forecast,) = world.http.get(f"/v1/campaigns/{world.campaign_id}/forecast").json()["forecasts"]
    assert (forecast["verdict"], forecast["expected_count"], forecast["so_far_count"]) == ("too_little_data", None, 3)


def test_nobody_reads_or_marks_anothers(world: Any, stranger: Any) -> None:
    for path in ("lift", "delivery", "forecast", "lift-holdouts"):
        assert world.http.get(f"/v1/campaigns/{stranger.campaign_id}/{path}").status_code == 404
    entry = {"kind": "time", "starts_on": "2026-06-08", "ends_on": "2026-06-14"}
    assert world.http.post(f"/v1/campaigns/{stranger.campaign_id}/lift-holdouts", json=entry).status_code == 404


def test_a_holdout_is_marked_audited_and_withdrawn_without_being_deleted(world: Any, database_url: str) -> None:
    path = f"/v1/campaigns/{world.campaign_id}/lift-holdouts"
    entry = {"kind": "geo", "show_id": world.show_id, "starts_on": "2026-06-08", "ends_on": "2026-06-14", "note": "North only"}
    made = world.http.post(path, json=entry)
    assert made.status_code == 201, made.text
    assert world.http.delete(f"{path}/{made.json()['holdout_id']}").status_code == 204
    assert world.http.delete(f"{path}/{made.json()['holdout_id']}").status_code == 204
    (held,) = world.http.get(path).json()["items"]
    assert held["withdrawn_at"] is not None
    with psycopg.connect(database_url) as owner:
        done = owner.execute("select action from app.audit_log where subject_kind = 'lift_holdout' order by occurred_at").fetchall()
    assert [row[0] for row in done] == ["create", "withdraw"]


def test_a_holdout_is_ended_when_the_ad_is_on_again(world: Any, database_url: str) -> None:
    """Withdrawn instead, the days that were held out would be compared with nothing."""
    path = f"/v1/campaigns/{world.campaign_id}/lift-holdouts"
    entry = {"kind": "time", "starts_on": "2026-06-08", "ends_on": "2026-06-30"}
    one = f"{path}/{world.http.post(path, json=entry).json()['holdout_id']}"
    ended = world.http.patch(one, json={"ends_on": "2026-06-11"})
    assert (ended.status_code, ended.json()["ends_on"], ended.json()["withdrawn_at"]) == (200, "2026-06-11", None)
    assert world.http.patch(one, json={"ends_on": "2026-06-11"}).status_code == 200
    before = world.http.patch(one, json={"ends_on": "2026-06-07"})
    assert (before.status_code, "before starts_on 2026-06-08" in before.text) == (422, True)
    assert world.http.patch(f"{path}/{uuid4()}", json={"ends_on": "2026-06-11"}).status_code == 404
    assert world.http.delete(one).status_code == 204
    assert world.http.patch(one, json={"ends_on": "2026-06-12"}).status_code == 409
    (held,) = world.http.get(path).json()["items"]
    assert held["ends_on"] == "2026-06-11"
    with psycopg.connect(database_url) as owner:
        done = owner.execute("select action from app.audit_log where subject_kind = 'lift_holdout' order by occurred_at").fetchall()
    assert [row[0] for row in done] == ["create", "end", "withdraw"]


def test_nobody_ends_anothers(world: Any, stranger: Any) -> None:
    entry = {"kind": "time", "starts_on": "2026-06-08", "ends_on": "2026-06-30"}
    made = stranger.http.post(f"/v1/campaigns/{stranger.campaign_id}/lift-holdouts", json=entry).json()
    for campaign in (stranger.campaign_id, world.campaign_id):
        path = f"/v1/campaigns/{campaign}/lift-holdouts/{made['holdout_id']}"
        assert world.http.patch(path, json={"ends_on": "2026-06-11"}).status_code == 404


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ends_on": "2026-06-01"}, "before starts_on"),
        ({"kind": "geo"}, "without a show_id"),
        ({"show_id": str(uuid4())}, "no show"),
    ],
)
def test_a_holdout_that_names_nobody_is_refused(world: Any, changes: dict[str, Any], says: str) -> None:
    entry = {"kind": "time", "starts_on": "2026-06-08", "ends_on": "2026-06-14", **changes}
    answer = world.http.post(f"/v1/campaigns/{world.campaign_id}/lift-holdouts", json=entry)
    assert answer.status_code in (404, 422)
    assert says in answer.text
