"""Customer success by hand: the clock, scores over several customers, a month's economics, and targets with nothing behind them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from api.marts.models import Money
from api.success.economics import Cost, month_economics, totals
from api.success.figures import onboarding, onboarding_figures, sentiment, weeks
from api.success.models import Customer, Onboarding
from api.success.targets import customer_targets, last_whole_month, score_targets, service_targets

NOW = datetime(2026, 3, 11, tzinfo=UTC)


def customer(number: int = 1, clock: Onboarding | None = None, **changes: Any) -> Customer:
    values: dict[str, Any] = {
        "customer_id": UUID(int=number), "slug": f"c{number}", "name": f"C{number}", "currency": "USD", "timezone": "UTC",
        "created_at": datetime(2026, 1, 1, tzinfo=UTC), "former_monthly_cost": None, "onboarding": clock, "sentiment": None,
        "accepted_events": None, "campaigns": None, "reported_campaigns": None, "last_feedback_at": None, "open_alerts": 0,
    }  # fmt: skip
    return Customer(**(values | changes))


def clock(minutes: float | None, *, waited: float = 60, is_error: bool = False) -> Onboarding:
    account_at = NOW - timedelta(minutes=waited)
    event_at = account_at + timedelta(minutes=minutes) if minutes is not None else None
    row = {
        "account_at": account_at.isoformat(), "first_event_at": event_at.isoformat() if event_at else None,
        "onboarding_s": minutes * 60 if minutes is not None else None, "is_data_error": is_error,
    }  # fmt: skip
    return onboarding(row, NOW)


def answers(**counts: int) -> dict[str, Any]:
    return {
        "nps_answers": 0, "promoters": 0, "detractors": 0, "satisfaction_answers": 0, "satisfaction_sum": 0, "technical_issues": 0,
    } | counts  # fmt: skip


def test_the_clock_waits_five_minutes_before_it_judges() -> None:
    """Exactly five minutes counted as under five, a customer that still waits left out or judged at once, a negative time shown."""
    assert clock(4.99).is_within_target is True and clock(5).is_within_target is False
    assert clock(None, waited=4).is_within_target is None and clock(None, waited=5).is_within_target is False
    assert clock(-3, is_error=True).minutes is None and clock(-3, is_error=True).is_within_target is None
    three = [
        customer(n, one) for n, one in enumerate((clock(1), clock(9), clock(None), clock(None, waited=1), clock(-1, is_error=True)))
    ]
    found = onboarding_figures([*three, customer(9)])
    assert (found.customers, found.onboarded, found.judged, found.within_target, found.data_errors) == (6, 2, 3, 1, 1)
    assert found.within_target_rate == pytest.approx(1 / 3) and found.median_minutes == 9
    waiting = onboarding_figures([customer(n, one) for n, one in enumerate((clock(1), clock(None), clock(None)))])
    assert waiting.median_minutes is None, "more than half wait"


def test_scores_over_customers_are_of_the_sums_and_never_a_mean_of_means() -> None:
    rows = [answers(nps_answers=9, promoters=9), answers(nps_answers=1, detractors=1, satisfaction_answers=1, satisfaction_sum=3)]
    found = sentiment(rows)
    assert (found.nps, found.satisfaction) == (80, 3)
    assert sentiment([]).nps is None and sentiment([]).satisfaction is None


def test_a_week_of_two_customers_is_one_row() -> None:
    work = {"accepted_count": 5, "active_users": 1, "created_campaigns": 0, "generated_reports": 2, **answers()}
    rows = [
        {"week": week, "customer_id": who, **work} for week, who in (("2026-03-09", "b"), ("2026-03-02", "a"), ("2026-03-02", "b"))
    ]
    assert [(week.week.isoformat(), week.customers, week.accepted_events) for week in weeks(rows)] == [
        ("2026-03-02", 2, 10), ("2026-03-09", 1, 5),
    ]  # fmt: skip


def test_a_month_costs_its_share_of_the_time_that_is_over() -> None:
    """The whole month's cost on its tenth day, a former cost before the customer was there, and division by no event."""
    paid = Money(amount=Decimal("310.00"), currency="USD")
    one = customer(former_monthly_cost=paid, created_at=datetime(2026, 3, 6, tzinfo=UTC))
    found = month_economics(one, {"month": "2026-03-01", "accepted_count": 500, "share": 0.25}, Cost(Decimal(124), "USD"), NOW)
    assert found.infrastructure_cost is not None and found.infrastructure_cost.amount == Decimal("10.00")
    assert found.former_cost is not None and found.former_cost.amount == Decimal("50.00"), "five of 31 days"
    assert found.cost_per_1000_events == Decimal("20.000000")
    assert found.saving is not None and (found.saving.amount, found.saving_rate) == (Decimal("40.00"), 0.8)
    loss = month_economics(one, {"month": "2026-03-01", "accepted_count": 9, "share": 1.0}, Cost(Decimal(1_240), "USD"), NOW)
    assert loss.saving is not None and loss.saving.amount == Decimal("-350.00"), "a loss is told as one"
    assert month_economics(one, {"month": "2026-03-01", "accepted_count": 9, "share": 1.0}, None, NOW).saving is None


def test_totals_save_over_those_alone_that_stated_a_cost() -> None:
    paid = Money(amount=Decimal("100.00"), currency="USD")
    rows = []
    for who in (customer(1, former_monthly_cost=paid), customer(2)):
        row = {"month": "2026-02-01", "accepted_count": 10, "share": 0.5}
        rows.append((who, month_economics(who, row, Cost(Decimal(80), "USD"), NOW)))
    month = totals(rows, last_whole_month(NOW.date()))
    assert month is not None and month.saving is not None and month.former_cost is not None
    assert (month.customers, month.infrastructure_cost.amount, month.saving.amount) == (2, Decimal("80.00"), Decimal("60.00"))
    assert totals(rows, NOW.date().replace(day=1)) is None


def test_what_was_not_measured_has_no_figure() -> None:
    """A zero, or a met target, where nothing stands behind it."""
    found = [*score_targets(None), *service_targets(None), *customer_targets(onboarding_figures([]), sentiment([]), None, 0)]
    assert len(found) == 8
    for target in found:
        assert (target.verdict, target.actual, target.numerator, target.denominator) == ("not_measured", None, None, None), (
            target.name
        )
        assert target.measured, "it says why"


def test_p95_is_met_below_its_limit_and_uptime_from_it_on() -> None:
    row = {"request_count": 1_000, "failed_count": 1, "within_count": 950, "p95_ms": 100.0, "first_minute_at": NOW}
    p95, uptime = service_targets(row)
    assert (p95.verdict, p95.numerator, p95.denominator) == ("missed", 950, 1_000)
    assert (uptime.verdict, uptime.actual) == ("met", 0.999)
