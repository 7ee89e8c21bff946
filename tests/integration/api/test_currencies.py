"""Rates are read by the account that loaded them; what no rate converts stands apart, with its count, in every answer."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

ZERO = UUID(int=0)


@pytest.fixture
def apart(account: Any, published: str, database_url: str, tools: Any) -> str:
    """One conversion in dollars and one in yen that no rate turns into dollars."""
    ids: dict[str, Any] = {"tenant_id": account.tenant_id, "campaign_id": account.campaign_id, "sponsor_id": account.sponsor_id}
    for currency, minor, is_unconverted in (("USD", 10_000, False), ("JPY", 700, True)):
        tools.insert(
            database_url, "marts.campaign_attribution_daily", **ids, placement_id=ZERO, day="2026-03-02", model="linear",
            basis="conversion_date", currency=currency, conversions_ppb=1_000_000_000, revenue_minor=minor,
            is_unconverted=is_unconverted,
        )  # fmt: skip
    tools.insert(
        database_url, "marts.campaign_roi", **ids, currency="USD", model="linear", spend_minor=5_000, revenue_minor=10_000,
        conversions_ppb=2_000_000_000, margin_rate=Decimal(1), roi=1.0, roas=2.0, cpa_minor=2500.0, aov_minor=10_000.0,
    )  # fmt: skip
    tools.insert(
        database_url, "marts.campaign_performance", **ids, currency="USD", status="active", flight_start="2026-03-01",
        flight_end="2026-04-30", contracted_ads=0, ads_delivered=0, flight_elapsed_rate=0.5, make_good_ads=0, spend_minor=5_000,
        visits=0, conversions=2, revenue_minor=10_000, verified_revenue_minor=0, exposure_conversions=0, click_conversions=2,
        vanity_conversions=0, code_conversions=0, unconverted='{"JPY": {"conversions": 1, "amount_minor": 700}}',
    )  # fmt: skip
    return published


def test_what_no_rate_converts_stands_apart_in_every_answer(account: Any, apart: str) -> None:
    assert apart
    said = [{"conversions": "1", "amount": {"amount": "700", "currency": "JPY"}}]
    performance = account.http.get(f"/v1/campaigns/{account.campaign_id}/analytics").json()["performance"]
    assert (performance["conversions"], performance["revenue"]["amount"]) == (2, "100.00")
    assert performance["unconverted"] == said
    (roi,) = account.http.get(f"/v1/campaigns/{account.campaign_id}/roi").json()["rows"]
    assert (roi["revenue"]["amount"], roi["unconverted"]) == ("100.00", said)
    attribution = account.http.get(f"/v1/campaigns/{account.campaign_id}/attribution").json()
    assert [(m["revenue"]["currency"], m["is_unconverted"]) for m in attribution["models"]] == [("USD", False), ("JPY", True)]
    (total,) = account.http.get("/v1/overview").json()["totals"]
    assert (total["revenue"]["amount"], total["unconverted"]) == ("100.00", said)


def test_rates_are_listed_newest_first_and_to_their_own_account_alone(
    account: Any, stranger: Any, database_url: str, tools: Any
) -> None:
    for day, pair, rate in (("2026-03-01", "EURUSD", "1.08"), ("2026-03-02", "EURUSD", "1.09"), ("2026-03-02", "GBPUSD", "1.3")):
        tools.insert(
            database_url, "app.currency_rates", tenant_id=account.tenant_id, from_currency=pair[:3], to_currency=pair[3:],
            rate_date=day, rate=rate, run_id="t",
        )  # fmt: skip
    rows = account.http.get("/v1/currency-rates").json()["items"]
    assert [(row["rate_date"], row["from_currency"], row["rate"]) for row in rows] == [
        ("2026-03-02", "EUR", "1.09"), ("2026-03-02", "GBP", "1.3"), ("2026-03-01", "EUR", "1.08"),
    ]  # fmt: skip
    assert len(account.http.get("/v1/currency-rates?from_currency=EUR&last=2026-03-01").json()["items"]) == 1
    assert account.http.get("/v1/currency-rates?from_currency=euro").status_code == 422
    assert stranger.http.get("/v1/currency-rates").json()["items"] == []


def test_a_rate_loaded_between_two_builds_is_another_answer(account: Any, apart: str, database_url: str, tools: Any) -> None:
    assert apart
    path = f"/v1/campaigns/{account.campaign_id}/analytics"
    known = {"If-None-Match": account.http.get(path).headers["etag"]}
    assert account.http.get(path, headers=known).status_code == 304
    tools.insert(
        database_url, "app.currency_rates", tenant_id=account.tenant_id, from_currency="JPY", to_currency="USD",
        rate_date="2026-03-01", rate="0.0067", run_id="t",
    )  # fmt: skip
    assert account.http.get(path, headers=known).status_code == 200
