"""A return with its multiverse, what a sponsor and a placement say of money, and what was tried in vain, as they are answered."""

import uuid
from decimal import Decimal
from typing import Any

import httpx
import pytest

MODELS = ("first_touch", "last_touch", "linear", "time_decay", "position_based")


@pytest.fixture
def returned(account: Any, stranger: Any, published: str, database_url: str, tools: Any) -> str:
    """Two accounts of one show each, whose ROI is 0.5, between -0.2 and 0.8 under linear and less under a model of their own."""
    for owner in (account, stranger):
        ids = {"tenant_id": owner.tenant_id, "campaign_id": owner.campaign_id, "currency": "USD"}
        for model in MODELS:
            tools.insert(
                database_url, "marts.campaign_roi", **ids, sponsor_id=owner.sponsor_id, model=model, spend_minor=10_000,
                revenue_minor=30_000, conversions_ppb=1_500_000_000, margin_rate=Decimal("0.5"), roi=0.5, roas=3.0,
                cpa_minor=6_666.7, aov_minor=20_000.0, verdict="known", new_customers_ppb=1_000_000_000, cac_minor=10_000.0,
                visits=8, cpv_minor=1_250.0, break_even_revenue_minor=20_000.0, break_even_roas=2.0, break_even_conversions=1.0,
                lifetime_value_minor=None, lifetime_roi=None, lowest_roi=-0.2 if model == "linear" else 0.1, highest_roi=0.8,
                lowest_roas=1.6, highest_roas=3.6,
            )  # fmt: skip
            for days in (7, 14, 30, 60):
                for ip_classes in ("all", "household"):
                    tools.insert(
                        database_url, "marts.campaign_roi_multiverse", **ids, window_days=days, ip_classes=ip_classes, model=model,
                        spend_minor=10_000, revenue_minor=1_000 * days, conversions_ppb=1_000_000_000, roi=0.1, roas=days / 10,
                    )  # fmt: skip
        own = {"tenant_id": owner.tenant_id, "model_id": str(uuid.uuid4()), "name": "Clicks <b>twice</b>"}
        tools.insert(database_url, "app.attribution_models", **own)
        own_model = {
            **ids,
            "model": f"custom:{own['model_id']}",
            "spend_minor": 10_000,
            "revenue_minor": 2_000,
            "roi": -0.9,
            "roas": 0.2,
        }
        tools.insert(
            database_url, "marts.campaign_roi", **own_model, sponsor_id=owner.sponsor_id, conversions_ppb=0, verdict="known",
            margin_rate=Decimal("0.5"), lowest_roi=-0.95, highest_roi=-0.7, lowest_roas=0.1, highest_roas=0.6,
        )  # fmt: skip
        tools.insert(
            database_url, "marts.campaign_roi_multiverse", **own_model, window_days=7, ip_classes="all", conversions_ppb=500_000_000
        )
        tools.insert(
            database_url, "marts.show_ranking_flips", **ids, show_id=owner.show_id, spend_minor=10_000, revenue_minor=30_000,
            roas=3.0, headline_rank=1, best_rank=1, worst_rank=2, lowest_roas=0.5, highest_roas=4.0, flips_with=1,
        )  # fmt: skip
        for basis, revenue in (("conversion_date", 0), ("exposure_date", 30_000)):
            tools.insert(
                database_url, "marts.campaign_roi_cohorts", **ids, basis=basis, cohort_week="2026-03-02", model="linear",
                spend_minor=10_000, conversions_ppb=0, revenue_minor=revenue, roi=-1.0, roas=0.0, is_mature=False,
            )  # fmt: skip
    return published


def test_a_return_has_its_range_and_every_universe(account: Any, returned: str) -> None:
    body = account.http.get(f"/v1/campaigns/{account.campaign_id}/roi").json()
    assert body["build"]["build_id"] == returned
    linear = next(row for row in body["rows"] if row["model"] == "linear")
    assert linear["cost_per_new_customer"] == {"amount": "100.00", "currency": "USD"}
    assert (linear["visits"], linear["cost_per_visit"]["amount"], linear["new_customers"]) == (8, "12.50", "1")
    assert (linear["break_even_revenue"]["amount"], linear["lifetime_value"], linear["verdict"]) == ("200.00", None, "known")
    found = body["multiverse"]
    assert (found["headline_model"], found["roi"], found["roi_span"]) == ("linear", 0.5, {"lowest": -0.95, "highest": 0.8})
    assert found["is_sign_sure"] is False, "a range with 0 in it says neither gain nor loss"
    assert linear["roi_span"] == {"lowest": -0.2, "highest": 0.8}
    (own,) = body["custom_models"]
    assert (own["name"], own["roi_span"], own["roas_span"]["lowest"]) == (
        "Clicks <b>twice</b>",
        {"lowest": -0.95, "highest": -0.7},
        0.1,
    )
    assert len(found["universes"]) == 41
    assert [(one["model"], one["roi"]) for one in found["universes"] if one["model"].startswith("custom:")] == [
        (own["model"], -0.9)
    ]
    assert found["universes"][5]["model"] == own["model"], "after the built-in models of its window"
    assert found["universes"][0] | {"roi": 0} == {
        "window_days": 7, "ip_classes": "all", "model": "first_touch", "conversions": "1", "roi": 0, "roas": 0.7,
        "revenue": {"amount": "70.00", "currency": "USD"},
    }  # fmt: skip
    (show,) = found["shows"]
    assert (show["best_rank"], show["worst_rank"], show["flips_with"]) == (1, 2, 1)
    assert found["is_ranking_sure"] is None, "one show cannot change places"


def test_cohorts_name_their_basis(account: Any, returned: str) -> None:
    assert returned
    for basis, revenue in (("conversion_date", "0.00"), ("exposure_date", "300.00")):
        body = account.http.get(f"/v1/campaigns/{account.campaign_id}/roi/cohorts?basis={basis}").json()
        assert (body["basis"], body["rows"][0]["revenue"]["amount"], body["rows"][0]["is_mature"]) == (basis, revenue, False)


def test_a_strangers_return_is_not_there(account: Any, stranger: Any, returned: str) -> None:
    assert returned
    for path in ("roi", "roi/cohorts"):
        assert account.http.get(f"/v1/campaigns/{stranger.campaign_id}/{path}").status_code == 404


def test_a_campaign_newer_than_the_build_has_no_multiverse(account: Any, published: str) -> None:
    assert published
    assert account.http.get(f"/v1/campaigns/{account.campaign_id}/roi").json()["multiverse"] is None


def test_a_sponsor_says_what_a_customer_is_worth(account: Any) -> None:
    path = f"/v1/sponsors/{account.sponsor_id}"
    changed = account.http.patch(path, json={"margin_rate": "0.25", "lifetime_value": "420.50"}).json()
    assert (changed["margin_rate"], changed["lifetime_value"]) == ("0.250000", {"amount": "420.50", "currency": "USD"})
    assert account.http.patch(path, json={"name": "New name"}).json()["lifetime_value"]["amount"] == "420.50", "left out, it stays"
    assert account.http.get("/v1/sponsors").json()["items"][0]["lifetime_value"]["amount"] == "420.50"
    assert account.http.patch(path, json={"lifetime_value": None}).json()["lifetime_value"] is None
    for wrong in ({"lifetime_value": "0.001"}, {"lifetime_value": "0"}, {"margin_rate": None}, {"lifetime_value_currency": "EUR"}):
        assert account.http.patch(path, json=wrong).status_code == 422, wrong


def test_a_revenue_share_has_a_rate_and_no_price(account: Any, tools: Any) -> None:
    def created(**placement: Any) -> Any:
        entry = {"show_id": account.show_id, **placement}
        return account.http.post(
            "/v1/campaigns", json=tools.campaign_entry(account.sponsor_id, account.show_id, utm_campaign=None, placements=[entry])
        )

    answer = created(price_model="revenue_share", share_rate="0.15")
    assert answer.status_code == 201, answer.text
    (placement,) = answer.json()["placements"]
    assert (placement["price_model"], placement["share_rate"], placement["price"]["amount"]) == (
        "revenue_share",
        "0.150000",
        "0.00",
    )
    assert created(price_model="revenue_share").status_code == 422
    assert created(price_model="revenue_share", share_rate="0.15", price="10.00").status_code == 422
    assert created(price_model="flat", share_rate="0.15", price="10.00").status_code == 422


def test_what_was_tried_in_vain_is_noted_once_a_minute(account: Any, tools: Any, database_url: str) -> None:
    """A refusal is an event with its code; who looks for what is not there has not failed at anything."""
    for _ in range(2):
        assert account.http.post("/v1/campaigns", json={"name": ""}).status_code == 422
    assert account.http.patch(f"/v1/campaigns/{account.campaign_id}", json={"name": None}).status_code == 422
    assert account.http.patch("/v1/campaigns/00000000-0000-0000-0000-000000000001", json={"name": "x"}).status_code == 404
    assert tools.failures(database_url, account.tenant_id) == [
        ("campaign.change_failed", account.campaign_id, "invalid", "422"), ("campaign.create_failed", None, "invalid", "422"),
    ]  # fmt: skip


def test_rates_and_friction_are_empty_before_anything_was_done(account: Any, published: str, database_url: str, tools: Any) -> None:
    assert account.http.get("/v1/metrics/rates").json() | {"build": None} == {"build": None, "overall": None, "weekly": []}
    tools.insert(
        database_url, "marts.friction_points", tenant_id=account.tenant_id, kind="stop", step="user_registered", reached=8,
        affected=2, affected_rate=0.25, occurrences=2, last_at="2026-03-02T00:00:00Z", friction_rank=1,
    )  # fmt: skip
    body = account.http.get("/v1/metrics/friction").json()
    assert body["build"]["build_id"] == published
    assert [(point["kind"], point["affected"], point["affected_rate"]) for point in body["points"]] == [("stop", 2, 0.25)]


def test_the_pages_show_the_range_the_curve_and_the_friction(
    account: Any, returned: str, base_url: str, database_url: str, tools: Any
) -> None:
    """Every picture of these figures is drawn from what the API gives: a name that a template lacks would be a page that breaks."""
    assert returned
    for moment, waiting in ((60, 0.9), (900, 0.25)):
        tools.insert(
            database_url, "marts.ttfv_curve", tenant_id=account.tenant_id, moment_s=moment, at_risk=8, users_with_value=2,
            waiting_rate=waiting, waiting_low=waiting - 0.1, waiting_high=waiting + 0.05,
        )  # fmt: skip
    tools.insert(
        database_url, "marts.friction_points", tenant_id=account.tenant_id, kind="repeat", step="change_campaign", reached=8,
        affected=2, affected_rate=0.25, occurrences=6, last_at="2026-03-02T00:00:00Z", friction_rank=1,
    )  # fmt: skip
    counts = ("registered_users", "creating_users", "created_campaigns", "reported_campaigns", "requested_reports")
    more = ("generated_reports", "failed_reports", "core_loop_attempts", "core_loop_errors", "core_loop_refusals")
    tools.insert(
        database_url, "marts.product_rates", tenant_id=account.tenant_id, **dict.fromkeys((*counts, *more), 100), error_rate=0.0125
    )
    with httpx.Client(base_url=base_url, timeout=60, follow_redirects=True) as browser:
        browser.post("/v1/sessions", json={"email": account.email, "password": tools.PASSWORD})
        campaign = browser.get(f"/campaigns/{account.campaign_id}")
        assert campaign.status_code == 200, campaign.text
        assert 'id="range-table"' in campaign.text and "All 41 universes" in campaign.text
        assert campaign.text.count("Clicks &lt;b&gt;twice&lt;/b&gt; (own)</th>") == 2, "a row of ranges and a column of universes"
        assert "over 41 other rules" in campaign.text
        assert "Gain or loss depends on the rule one takes." in campaign.text
        assert 'id="show-rank-table"' in campaign.text and 'id="cohorts"' in campaign.text
        product = browser.get("/product")
        assert product.status_code == 200, product.text
        assert "Repeat changing a campaign" in product.text and "2 of 8 (" in product.text
        assert "Still without a campaign" in product.text and "Errors of the core loop" in product.text
        refused = browser.get("/campaigns/new")
        assert "revenue_share" in refused.text
