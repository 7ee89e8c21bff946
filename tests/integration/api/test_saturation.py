"""Saturation, alerts of changed verdicts, advice and limits, through the real API: only to whom it may be told."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

CURVE = {
    "curve_spend": [0.0, 100_000.0, 200_000.0], "curve_response": [0.0, 150_000.0, 200_000.0],
    "curve_low_80": [0.0, 140_000.0, 180_000.0], "curve_high_80": [0.0, 160_000.0, 220_000.0],
    "curve_low_95": [0.0, 130_000.0, 170_000.0], "curve_high_95": [0.0, 170_000.0, 230_000.0], "curve_marginal": [2.0, 1.0, 0.25],
}  # fmt: skip


def channel_of(account: Any, **changes: Any) -> dict[str, Any]:
    return {
        "tenant_id": account.tenant_id, "sponsor_id": account.sponsor_id, "show_id": account.show_id, "basis": "books",
        "currency": "USD", **changes,
    }  # fmt: skip


def add_curves(tools: Any, url: str, account: Any, **changes: Any) -> None:
    """One saturated show with a curve of each of two windows and of the stack."""
    said = {
        "verdict": "saturated", "reason": "the next unit of spend returns less than it costs with probability 0.93",
        "spend_minor": 180_000, "judged_to_day": "2026-06-01", "margin_rate": 0.5, "marginal_return": 0.4,
        "marginal_return_low": 0.2, "marginal_return_high": 0.7, "saturated_probability": 0.93, "unsaturated_probability": 0.01,
        "fitted_verdict": "saturating", "reference_minor": 100_000, "week_count": 104, "level_count": 97, "spend_ratio": 6.5,
        "has_drifted": False, "model_version": "saturation-1", "seed": 7, "fit_day": "2026-06-01", **changes,
    }  # fmt: skip
    for name, weight, weeks in (("26", 0.25, 26), ("104", 0.75, 104), ("stacked", 1.0, 104)):
        parameters = {"adstock": [0.3, 0.2, 0.4], "slope": [1.2, 1.0, 1.5]} if name != "stacked" else {}
        tools.insert(
            url, "marts.saturation_curves", **channel_of(account), window_name=name, weight=weight, observed_weeks=weeks,
            **said, **parameters, **CURVE,
        )  # fmt: skip


def add_alert(url: str, account: Any, previous: str | None = "saturating", **changes: Any) -> str:
    verdict_id = str(uuid4())
    row = channel_of(account) | {
        "verdict_id": verdict_id, "verdict": "saturated", "previous_verdict": previous, "reason": "it pays no more",
        "spend_minor": 180_000, "previous_spend_minor": 90_000, "build_id": str(uuid4()), **changes,
    }  # fmt: skip
    with psycopg.connect(url) as owner:
        owner.execute(
            f"insert into ops.saturation_verdicts ({', '.join(row)}) values ({', '.join(['%s'] * len(row))})".encode(),
            list(row.values()),
        )
    return verdict_id


@pytest.fixture
def world(account: Any, stranger: Any, published: str, database_url: str, tools: Any) -> Any:
    for owner in (account, stranger):
        add_curves(tools, database_url, owner)
        moved = {"is_advised": True, "reason": "", "spend_minor": 180_000, "advised_minor": 120_000, "change_minor": -60_000}
        tools.insert(
            database_url, "marts.budget_advice", **channel_of(owner), **moved, least_minor=0, most_minor=250_000,
            marginal_return=0.2, marginal_return_low=0.1, marginal_return_high=0.35, budget_minor=300_000, gain_minor=41_250,
            gain_low_minor=-3_000, gain_high_minor=80_000, loss_probability=0.12, budget_reason="", model_version="saturation-1",
            seed=7, fit_day="2026-06-01",
        )  # fmt: skip
        add_alert(database_url, owner, previous=None, closed_at="2026-05-01T00:00:00Z")
        owner.alert = add_alert(database_url, owner)
    return account


def test_a_channel_has_its_verdict_its_reason_and_its_curve_with_bands(world: Any) -> None:
    (channel,) = world.http.get("/v1/saturation").json()["channels"]
    assert (channel["sponsor_name"], channel["show_title"], channel["verdict"]) == ("ours sponsor", "ours show", "saturated")
    assert channel["reason"].endswith("with probability 0.93")
    assert channel["spend"] == {"amount": "1800.00", "currency": "USD"}
    assert (channel["marginal_return"], channel["marginal_return_low"], channel["margin_rate"]) == (0.4, 0.2, 0.5)
    (stacked,) = channel["windows"]
    assert (stacked["window_name"], stacked["adstock"]) == ("stacked", None)
    assert stacked["curve"][1] == {
        "spend": {"amount": "1000.00", "currency": "USD"}, "revenue": {"amount": "1500.00", "currency": "USD"},
        "low_80": {"amount": "1400.00", "currency": "USD"}, "high_80": {"amount": "1600.00", "currency": "USD"},
        "low_95": {"amount": "1300.00", "currency": "USD"}, "high_95": {"amount": "1700.00", "currency": "USD"},
        "marginal_return": 1.0,
    }  # fmt: skip


def test_each_window_is_given_when_it_is_asked_for(world: Any) -> None:
    (channel,) = world.http.get("/v1/saturation?windows=all").json()["channels"]
    assert [(one["window_name"], one["weight"]) for one in channel["windows"]] == [("stacked", 1.0), ("26", 0.25), ("104", 0.75)]
    assert channel["windows"][1]["adstock"] == {"mean": 0.3, "low": 0.2, "high": 0.4}
    assert world.http.get(f"/v1/saturation?show_id={uuid4()}").json()["channels"] == []


def test_advice_has_its_gain_and_its_chance_of_a_loss(world: Any) -> None:
    (budget,) = world.http.get("/v1/budget-advice").json()["budgets"]
    assert (budget["budget"]["amount"], budget["gain"]["amount"], budget["gain_low"]["amount"]) == ("3000.00", "412.50", "-30.00")
    assert (budget["loss_probability"], budget["shows"][0]["change"]["amount"]) == (0.12, "-600.00")
    assert budget["shows"][0]["marginal_return_high"] == 0.35


def test_a_changed_verdict_is_listed_until_it_is_seen_and_after(world: Any, stranger: Any) -> None:
    """The first verdict of a channel is no change; another account's alert can be neither read nor marked."""
    (alert,) = world.http.get("/v1/saturation/alerts?is_open=true").json()["items"]
    assert (alert["verdict_id"], alert["previous_verdict"], alert["verdict"]) == (world.alert, "saturating", "saturated")
    assert (alert["previous_spend"]["amount"], alert["seen_at"]) == ("900.00", None)
    assert world.http.post(f"/v1/saturation/alerts/{stranger.alert}/seen").status_code == 404
    for _ in range(2):
        assert world.http.post(f"/v1/saturation/alerts/{world.alert}/seen").status_code == 204
    (seen,) = world.http.get("/v1/saturation/alerts").json()["items"]
    assert seen["seen_at"] and seen["seen_by"]
    assert stranger.http.get("/v1/saturation/alerts").json()["items"][0]["seen_at"] is None


def test_limits_are_put_as_a_whole_and_read_back(world: Any, stranger: Any, database_url: str) -> None:
    path = f"/v1/sponsors/{world.sponsor_id}/budget-limits"
    entry = {"limits": [{"show_id": world.show_id, "least": "500", "most": "4000.50"}]}
    (limit,) = world.http.put(path, json=entry).json()["items"]
    assert (limit["least"], limit["most"]["amount"]) == ({"amount": "500.00", "currency": "USD"}, "4000.50")
    assert world.http.get(path).json()["items"] == [limit]
    with psycopg.connect(database_url) as owner:
        kept = owner.execute("select detail from app.audit_log where subject_kind = 'budget_limits'").fetchall()
    assert [row[0]["after"][0]["most"]["amount"] for row in kept] == ["4000.50"]
    assert world.http.put(path, json={"limits": []}).json()["items"] == []
    assert world.http.put(path, json={"limits": [{"show_id": stranger.show_id, "most": "1"}]}).status_code == 404
    assert world.http.put(f"/v1/sponsors/{stranger.sponsor_id}/budget-limits", json=entry).status_code == 404


@pytest.mark.parametrize(
    "limits",
    [
        [{"least": "5", "most": "4"}], [{}], [{"most": "1.005"}], [{"least": "-1"}], [{"most": "1"}, {"most": "2"}],
    ],
    ids=["least above most", "neither", "half a cent", "negative", "a show twice"],
)  # fmt: skip
def test_limits_that_cannot_be_are_refused(world: Any, limits: list[dict[str, str]]) -> None:
    entry = {"limits": [{"show_id": world.show_id, **limit} for limit in limits]}
    answer = world.http.put(f"/v1/sponsors/{world.sponsor_id}/budget-limits", json=entry)
    assert answer.status_code == 422, answer.text


def test_before_the_first_build_and_before_the_first_fit_nothing_is_made_up(account: Any, database_url: str) -> None:
    assert account.http.get("/v1/saturation").status_code == 503
    assert account.http.get("/v1/saturation/alerts").json()["items"] == []
