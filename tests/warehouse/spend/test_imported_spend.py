"""Imported spend: turned by the rate of its day into the account's currency, or apart; what goes in comes out, to the cent."""

import hashlib
import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from orchestration import dbt_command

DAY = date(2026, 3, 2)
MODELS = ("+imported_spend_daily",)
DAILY = (
    "select day, from_currency, from_spend_minor, spend_minor, revenue_minor, rate_date, via_currency "
    "from candidate.imported_spend_daily where tenant_id = %s order by day"
)


@pytest.fixture(scope="module")
def booked(warehouse: Any) -> Any:
    """A tenant in dollars whose books are in four currencies, and another whose rate is nobody else's."""
    tenant, stranger, sponsor = warehouse.add_tenant(), warehouse.add_tenant(), uuid.uuid4()
    warehouse.rows("update app.tenants set currency = 'USD' where tenant_id in (%s, %s) returning 1", tenant, stranger)
    show = warehouse.add_show(tenant)
    rates = (
        (tenant, "EUR", "USD", 0, "1.1"), (tenant, "USD", "GBP", 2, "0.8"), (tenant, "EUR", "CHF", 0, "0.95"),
        (stranger, "JPY", "USD", 0, "0.007"),
    )  # fmt: skip
    for owner, source, target, days, rate in rates:
        warehouse.insert("app.currency_rates", [{
            "tenant_id": owner, "from_currency": source, "to_currency": target, "rate_date": DAY + timedelta(days=days),
            "rate": rate, "run_id": "t",
        }])  # fmt: skip
    books = (("USD", 1_000, 2_001), ("EUR", 333, 667), ("GBP", 1_000, 0), ("CHF", 9_500, 950), ("JPY", 12_345, 1), ("EUR", 7, 0))
    for number, (currency, spend, revenue) in enumerate(books):
        warehouse.insert("raw.campaigns_spend", [{
            "tenant_id": tenant, "sponsor_id": sponsor, "show_id": show, "spend_date": DAY + timedelta(days=number),
            "content_sha256": hashlib.sha256(str(number).encode()).digest(), "currency": currency, "spend_minor": spend,
            "ads_delivered": 10, "conversion_count": 1, "revenue_minor": revenue, "run_id": "t",
        }])  # fmt: skip
    warehouse.build(select=MODELS)
    return warehouse, tenant


def test_each_day_has_its_rate_or_stands_apart(booked: Any) -> None:
    """EUR one way, GBP turned round, CHF over the euro, JPY by no rate of this tenant's: a stranger's rate turns nothing."""
    warehouse, tenant = booked
    assert warehouse.rows(DAILY, tenant) == [
        (DAY, "USD", 1_000, 1_000, 2_001, None, None),
        (DAY + timedelta(days=1), "EUR", 333, 366, 734, DAY, None),
        (DAY + timedelta(days=2), "GBP", 1_000, 1_250, 0, DAY + timedelta(days=2), None),
        (DAY + timedelta(days=3), "CHF", 9_500, 11_000, 1_100, DAY, "EUR"),
        (DAY + timedelta(days=4), "JPY", 12_345, None, None, None, None),
        (DAY + timedelta(days=5), "EUR", 7, 8, 0, DAY, None),
    ]


def test_a_lost_day_fails_the_build(booked: Any) -> None:
    """The invariant blocks: what is in the books and not in the mart is found, as is an amount in the account's own currency
    that was changed."""
    warehouse, _ = booked
    faults = (
        "delete from candidate.imported_spend_daily where from_currency = 'JPY' returning 1",
        "update candidate.imported_spend_daily set spend_minor = spend_minor + 1 where from_currency = 'USD' returning 1",
        "update candidate.imported_spend_daily set spend_minor = null where from_currency = 'GBP' returning 1",
    )
    for fault in faults:
        warehouse.build(select=MODELS)
        assert warehouse.rows(fault) == [(1,)]
        arguments = ["test", "--select", "spend_in_is_spend_shown", "--quiet"]
        assert not dbt_command.invoke_parsed([*arguments, *dbt_command.global_arguments(warehouse.target)], {}).success, fault


def test_its_unit_test_passes(booked: Any) -> None:
    warehouse, _ = booked
    arguments = ["test", "--select", "imported_spend_daily,test_type:unit", "--quiet"]
    outcome = dbt_command.invoke_parsed([*arguments, *dbt_command.global_arguments(warehouse.target)], {})
    results = {result.node.name: str(result.status) for result in getattr(outcome.result, "results", [])}
    assert outcome.success and len(results) == 1, results or outcome.exception
