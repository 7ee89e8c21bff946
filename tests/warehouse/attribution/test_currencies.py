"""Conversions in another currency than their campaign's: which rate, what becomes of cents, and what stands apart."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

T = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MODELS = ("first_touch", "last_touch", "linear", "time_decay", "position_based")


def rate(t: Any, pair: str, value: str, days_before: int = 0) -> None:
    """`pair` as EURUSD: one EUR is worth `value` USD on the day `days_before` the purchase's."""
    t.execute(
        "insert into app.currency_rates (tenant_id, from_currency, to_currency, rate_date, rate, run_id) "
        "values (%s, %s, %s, %s, %s, 't') "
        "on conflict (tenant_id, from_currency, to_currency, rate_date) do update set rate = excluded.rate",
        t.tenant_id, pair[:3], pair[3:], T.date() - timedelta(days=days_before), value,
    )  # fmt: skip


def sale(t: Any, total: str = "100.00", currency: str = "EUR", touches: int = 1, campaign_currency: str = "USD") -> None:
    t.campaign("a", currency=campaign_currency)
    for days in range(touches, 0, -1):
        t.click("a", T - days * DAY)
    t.purchase(T, total=total, properties={"currency": currency})


def refund(t: Any, at: datetime, total: str) -> None:
    t.event("Order Refunded", at, properties={"order_id": "o1", "total": total, "currency": "EUR"})


def of_the_day(t: Any) -> None:
    rate(t, "EURUSD", "1.1")
    rate(t, "EURUSD", "1.2", days_before=1)
    sale(t)


def latest_earlier_one_never_a_later(t: Any) -> None:
    rate(t, "EURUSD", "1.3", days_before=-1)
    rate(t, "EURUSD", "1.2", days_before=3)
    rate(t, "EURUSD", "1.1", days_before=4)
    sale(t)


def at_the_limit_of_age(t: Any) -> None:
    rate(t, "EURUSD", "1.1", days_before=31)
    sale(t)


def beyond_the_limit_of_age(t: Any) -> None:
    rate(t, "EURUSD", "1.1", days_before=32)
    sale(t)


def limit_of_age_of_the_tenant(t: Any) -> None:
    t.settings(rate_max_age_days=0)
    rate(t, "EURUSD", "1.1", days_before=1)
    sale(t)


def inverse(t: Any) -> None:
    # Three USD a EUR the other way round: a third is no finite decimal, and 100.00 USD are 300.00 all the same.
    rate(t, "USDEUR", "3")
    sale(t, total="300.00", currency="EUR")


def given_before_inverse_of_one_day(t: Any) -> None:
    rate(t, "USDEUR", "2")
    rate(t, "EURUSD", "1.1")
    sale(t)


def newer_inverse_before_older_given(t: Any) -> None:
    rate(t, "USDEUR", "2")
    rate(t, "EURUSD", "1.1", days_before=1)
    sale(t)


def over_one_common_currency(t: Any) -> None:
    rate(t, "EURJPY", "160", days_before=2)
    rate(t, "EURUSD", "1.2")
    sale(t, total="1600", currency="JPY")


def over_the_fresher_common_currency(t: Any) -> None:
    rate(t, "GBPCHF", "1", days_before=1)
    rate(t, "CHFUSD", "9", days_before=4)
    rate(t, "GBPEUR", "1.2", days_before=2)
    rate(t, "USDEUR", "0.8", days_before=2)
    sale(t, currency="GBP")


def over_two_is_too_far(t: Any) -> None:
    rate(t, "GBPCHF", "1")
    rate(t, "CHFEUR", "1")
    rate(t, "EURUSD", "1")
    sale(t, currency="GBP")


def three_touches_of_few_cents(t: Any) -> None:
    rate(t, "EURUSD", "1.1")
    sale(t, total="0.05", touches=3)


def of_three_decimals(t: Any) -> None:
    rate(t, "KWDUSD", "3.25")
    sale(t, total="1.234", currency="KWD")


def refunds_in_thirds(t: Any) -> None:
    # 10.00 EUR are 11.05 USD; three refunds of 3.33, 3.33 and 3.34 EUR take back 11.05 USD, by the order's rate and no later one.
    rate(t, "EURUSD", "1.105")
    rate(t, "EURUSD", "9", days_before=-1)
    sale(t, total="10.00", touches=3)
    for days, total in ((1, "3.33"), (2, "3.33"), (3, "3.34")):
        refund(t, T + days * DAY, total)


def two_campaign_currencies(t: Any) -> None:
    rate(t, "EURUSD", "1.5")
    t.campaign("dollars", currency="USD")
    t.campaign("euros", currency="EUR")
    t.click("dollars", T - 2 * DAY)
    t.click("euros", T - DAY)
    t.purchase(T, total="0.05", properties={"currency": "EUR"})


def unattributed(t: Any) -> None:
    rate(t, "EURUSD", "1.1")
    t.campaign("a", currency="GBP")
    t.purchase(T, total="100.00", properties={"currency": "EUR"})


def one_with_a_rate_and_one_without(t: Any) -> None:
    rate(t, "EURUSD", "1.1")
    sale(t)
    t.click("a", T + DAY / 4)
    t.purchase(T + DAY / 2, order="o2", total="7.00", properties={"currency": "GBP"})
    t.click("a", T + DAY)
    t.purchase(T + DAY, order="o3", total="5.00", properties={"currency": "USD"})


def beyond_what_fits(t: Any) -> None:
    rate(t, "EURUSD", "999999999999")
    sale(t, total="90000000.00")


WHOLE = True
CASES = [
    of_the_day, latest_earlier_one_never_a_later, at_the_limit_of_age, beyond_the_limit_of_age, limit_of_age_of_the_tenant, inverse,
    given_before_inverse_of_one_day, newer_inverse_before_older_given, over_one_common_currency, over_the_fresher_common_currency,
    over_two_is_too_far, three_touches_of_few_cents, of_three_decimals, refunds_in_thirds, two_campaign_currencies, unattributed,
    one_with_a_rate_and_one_without, beyond_what_fits,
]  # fmt: skip


def converted(t: Any) -> list[dict[str, Any]]:
    """Converted credits by conversion, in path order."""
    rows: list[dict[str, Any]] = t.execute(
        "select v.*, c.path_position, c.converted_at from marts.attribution_credits_converted as v "
        "inner join marts.attribution_credits as c using (tenant_id, conversion_id, touch_id) "
        "where v.tenant_id = %s order by c.converted_at, c.conversion_id, c.path_position",
        t.tenant_id,
    )
    return rows


@pytest.mark.parametrize(
    ("case", "value", "days", "via"),
    [
        ("of_the_day", 11_000, 0, None),
        ("latest_earlier_one_never_a_later", 12_000, 3, None),
        ("at_the_limit_of_age", 11_000, 31, None),
        ("inverse", 10_000, 0, None),
        ("given_before_inverse_of_one_day", 11_000, 0, None),
        ("newer_inverse_before_older_given", 5_000, 0, None),
        ("over_one_common_currency", 1_200, 2, "EUR"),
        ("over_the_fresher_common_currency", 15_000, 2, "EUR"),
        ("of_three_decimals", 401, 0, None),
    ],
)
def test_the_rate_is_that_of_the_day_or_the_latest_before(
    cases: dict[str, Any], case: str, value: int, days: int, via: str | None
) -> None:
    (row,) = converted(cases[case])
    assert (row["value_minor"], row["via_currency"]) == (value, via)
    assert row["rate_date"] == date(2026, 6, 15) - timedelta(days=days)
    (figures,) = cases[case].performance().values()
    assert (figures["revenue_minor"], figures["unconverted"]) == (value, {})


@pytest.mark.parametrize(
    ("case", "currency", "amount"),
    [
        ("beyond_the_limit_of_age", "EUR", 10_000),
        ("limit_of_age_of_the_tenant", "EUR", 10_000),
        ("over_two_is_too_far", "GBP", 10_000),
        ("beyond_what_fits", "EUR", 9_000_000_000),
    ],
)
def test_without_a_rate_the_amount_stands_apart(cases: dict[str, Any], case: str, currency: str, amount: int) -> None:
    tenant = cases[case]
    (row,) = converted(tenant)
    assert (row["value_minor"], row["exchange_rate"], row["linear_minor"]) == (None, None, None)
    (figures,) = tenant.performance().values()
    assert (figures["conversions"], figures["revenue_minor"]) == (1, 0)
    assert figures["unconverted"] == {currency: {"conversions": 1, "amount_minor": amount}}
    daily = [row for row in tenant.rows("marts.campaign_attribution_daily") if row["model"] == "linear"]
    assert {(row["currency"], row["revenue_minor"], row["is_unconverted"]) for row in daily} == {(currency, amount, True)}
    roi = [row for row in tenant.rows("marts.campaign_roi") if row["model"] == "linear"]
    assert [(row["revenue_minor"], row["conversions_ppb"]) for row in roi] == [(0, 1_000_000_000)]


def test_converted_cents_are_split_by_cumulative_rounding(cases: dict[str, Any]) -> None:
    rows = converted(cases["three_touches_of_few_cents"])
    # 0.05 EUR are 0.055 USD, rounded 0.06: 2, 2, 2; and the credits in euros stay 2, 1, 2.
    assert [row["linear_minor"] for row in rows] == [2, 2, 2]
    assert [row["linear_minor"] for row in cases["three_touches_of_few_cents"].credits()] == [2, 1, 2]


def test_the_refunds_of_an_order_take_back_what_it_brought(cases: dict[str, Any]) -> None:
    tenant = cases["refunds_in_thirds"]
    rows = converted(tenant)
    values = [row["value_minor"] for row in rows[::3]]
    assert (values[0], sum(values)) == (1105, 0)
    assert {row["exchange_rate"] for row in rows} == {rows[0]["exchange_rate"]}
    for model in MODELS:
        for value, start in zip(values, range(0, 12, 3), strict=True):
            assert sum(row[f"{model}_minor"] for row in rows[start : start + 3]) == value
    (figures,) = tenant.performance().values()
    assert (figures["revenue_minor"], figures["conversions"]) == (0, 1)


def test_each_campaign_counts_in_its_own_currency(cases: dict[str, Any]) -> None:
    tenant = cases["two_campaign_currencies"]
    # 0.05 EUR: 3 and 2 cents in euros; 0.075 USD, rounded 0.08, of which the first half is 4.
    assert [(row["currency"], row["linear_minor"]) for row in converted(tenant)] == [("USD", 4)]
    daily = {
        row["currency"]: row["revenue_minor"]
        for row in tenant.rows("marts.campaign_attribution_daily")
        if row["model"] == "linear" and row["basis"] == "conversion_date"
    }
    assert daily == {"USD": 4, "EUR": 2}


def test_what_no_touch_explains_counts_in_the_accounts_currency(cases: dict[str, Any]) -> None:
    (row,) = converted(cases["unattributed"])
    assert (row["currency"], row["linear_minor"], row["value_minor"]) == ("USD", 11_000, 11_000)


def test_one_without_a_rate_takes_no_other_along(cases: dict[str, Any]) -> None:
    (figures,) = cases["one_with_a_rate_and_one_without"].performance().values()
    assert (figures["conversions"], figures["revenue_minor"]) == (3, 11_500)
    assert figures["unconverted"] == {"GBP": {"conversions": 1, "amount_minor": 700}}


def test_nothing_in_its_own_currency_is_converted(tenant: Any, build: Callable[..., Any]) -> None:
    rate(tenant, "EURUSD", "1.1")
    sale(tenant, currency="USD")
    build()
    assert converted(tenant) == [] and tenant.rows("marts.attribution_values") == []


def test_a_restated_rate_reopens_what_it_touches(tenant: Any, build: Callable[..., Any]) -> None:
    rate(tenant, "EURUSD", "1.1")
    sale(tenant)
    build()
    rate(tenant, "EURUSD", "1.2")
    build()
    (figures,) = tenant.performance().values()
    assert figures["revenue_minor"] == 12_000
    assert [row["linear_minor"] for row in converted(tenant)] == [12_000]
    restated = {row["revenue_minor"] for row in tenant.rows("marts.campaign_roi") if row["model"] == "linear"}
    assert restated == {12_000}


def test_the_live_view_says_what_the_build_says(tenant: Any, build: Callable[..., Any]) -> None:
    """An order with refunds before and after the build, one whose rate leads over a common currency, and one without a rate."""
    rate(tenant, "EURUSD", "1.105")
    rate(tenant, "EURJPY", "160", days_before=2)
    sale(tenant, total="10.00", touches=3)
    refund(tenant, T + DAY, "3.33")
    tenant.click("a", T + DAY)
    tenant.purchase(T + DAY, order="gone", total="1.00", properties={"currency": "GBP"})
    build()
    refund(tenant, T + 2 * DAY, "3.33")
    refund(tenant, T + 3 * DAY, "3.34")
    tenant.purchase(T + 4 * DAY, order="yen", total="1601", properties={"currency": "JPY"}, person="bea")
    for order, person in (("yen", "carl"), ("pounds", "dora")):
        tenant.click("a", T + DAY, person=person)
        tenant.purchase(
            T + 4 * DAY, order=f"{order}-{person}", total="7", properties={"currency": "JPY" if order == "yen" else "GBP"},
            person=person,
        )  # fmt: skip
    (live,) = tenant.performance(live=True).values()
    credit = tenant.credited(live=True)
    build()
    (built,) = tenant.performance().values()
    assert tenant.credited() == credit
    assert live.pop("is_live") is True
    assert live == built
    assert built["unconverted"] == {"GBP": {"conversions": 2, "amount_minor": 800}}
    # The order and its refunds come to nothing; 7 JPY over EUR are 7 x 1.105 / 160 = 0.048 USD.
    assert built["revenue_minor"] == 5
