"""Imported spend as it is answered: by sponsor and show, and what no rate turns beside it with its days."""

from typing import Any

import pytest


@pytest.fixture
def booked(account: Any, stranger: Any, published: str, database_url: str, tools: Any) -> str:
    days = (
        ("2026-03-02", "USD", 10_000, 20_000, 10_000, 20_000), ("2026-03-03", "EUR", 1_100, 0, 1_000, 0),
        ("2026-03-04", "JPY", None, None, 700, 90), ("2026-03-05", "JPY", None, None, 11, 0),
    )  # fmt: skip
    for owner in (account, stranger):
        for day, currency, spend, revenue, own_spend, own_revenue in days:
            tools.insert(
                database_url, "marts.imported_spend_daily", tenant_id=owner.tenant_id, sponsor_id=owner.sponsor_id,
                show_id=owner.show_id, day=day, currency="USD", spend_minor=spend, revenue_minor=revenue, ads_delivered=5,
                conversion_count=2, from_currency=currency, from_spend_minor=own_spend, from_revenue_minor=own_revenue,
            )  # fmt: skip
    return published


def test_spend_without_a_rate_stands_beside_with_its_days(account: Any, booked: str) -> None:
    body = account.http.get("/v1/spend").json()
    assert body["build"]["build_id"] == booked
    (row,) = body["rows"]
    assert (row["sponsor_id"], row["show_id"]) == (str(account.sponsor_id), str(account.show_id))
    assert (row["spend"], row["revenue"]) == ({"amount": "111.00", "currency": "USD"}, {"amount": "200.00", "currency": "USD"})
    assert (row["days"], row["ads_delivered"], row["conversions"]) == (4, 20, 8), "what has no rate counts"
    assert (row["first_day"], row["last_day"]) == ("2026-03-02", "2026-03-05")
    assert row["unconverted"] == [
        {"days": 2, "spend": {"amount": "711", "currency": "JPY"}, "revenue": {"amount": "90", "currency": "JPY"}}
    ]


def test_days_are_asked_for_with_both_ends(account: Any, booked: str) -> None:
    assert booked
    (row,) = account.http.get("/v1/spend?first_day=2026-03-03&last_day=2026-03-04").json()["rows"]
    assert (row["days"], row["spend"]["amount"], row["unconverted"][0]["days"]) == (2, "11.00", 1)
    assert account.http.get("/v1/spend?first_day=2026-04-01").json()["rows"] == []
    assert account.http.get("/v1/spend?first_day=2026-03-03&last_day=2026-03-02").status_code == 422
