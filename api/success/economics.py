"""Unit economics of one customer's month, out of measured volumes and stated costs: pure, in exact decimals.

The installation's monthly cost is a setting. A customer's part is its share of the events that the installation accepted in that
month; of the current month as much of the cost as of the month is over. A saving is told in one currency alone: nothing is
converted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from api.marts.models import Money
from api.marts.money import exponent
from api.success.models import CostTotals, Customer, MonthEconomics

NO_COST = "the installation's cost is not stated: set HOSTREAD_INFRASTRUCTURE_COST"
NO_FORMER = "the former cost is not stated: PATCH /v1/customers/{customer_id}, or the page Customers"
SIX_DIGITS = Decimal("0.000001")


@dataclass(frozen=True)
class Cost:
    """What the installation costs a month, all in."""

    amount: Decimal
    currency: str


class Payer(Protocol):
    """What is needed of a customer: since when it is one, and what it says it paid a month before."""

    @property
    def created_at(self) -> datetime: ...
    @property
    def former_monthly_cost(self) -> Money | None: ...


def month_economics(customer: Payer, row: Mapping[str, Any], cost: Cost | None, now: datetime) -> MonthEconomics:
    """One month of a customer. `row`: `month` (its first day), `accepted_count`, and `share` of the installation's events."""
    month, events = date.fromisoformat(str(row["month"])), int(row["accepted_count"])
    own = cost.amount * _elapsed(month, None, now) * Decimal(repr(row["share"])) if cost and row["share"] is not None else None
    former = customer.former_monthly_cost
    before = former.amount * _elapsed(month, customer.created_at, now) if former else None
    why = _why_not(cost, former)
    saving = before - own if before is not None and own is not None and why is None else None
    return MonthEconomics(
        month=month,
        accepted_events=events,
        infrastructure_cost=_money(own, cost.currency) if cost else None,
        cost_per_1000_events=_per_1000(own, events),
        former_cost=_money(before, former.currency) if former else None,
        saving=_money(saving, former.currency) if former else None,
        saving_rate=float(saving / before) if saving is not None and before else None,
        why_not=why,
    )


def totals(months: Iterable[tuple[Customer, MonthEconomics]], month: date) -> CostTotals | None:
    """One month over customers; the saving over those alone for which both sides are known. None without any cost."""
    known = [(customer, m) for customer, m in months if m.month == month and m.infrastructure_cost is not None]
    if not known:
        return None
    currency = next(m.infrastructure_cost.currency for _, m in known if m.infrastructure_cost)
    cost = sum((m.infrastructure_cost.amount for _, m in known if m.infrastructure_cost), Decimal(0))
    events = sum(m.accepted_events for _, m in known)
    compared = [m for _, m in known if m.saving is not None and m.former_cost is not None]
    before = sum((m.former_cost.amount for m in compared if m.former_cost), Decimal(0))
    saving = sum((m.saving.amount for m in compared if m.saving), Decimal(0))
    return CostTotals(
        month=month,
        currency=currency,
        customers=len(known),
        accepted_events=events,
        infrastructure_cost=Money(amount=cost, currency=currency),
        cost_per_1000_events=_per_1000(cost, events),
        former_cost=Money(amount=before, currency=currency) if compared else None,
        saving=Money(amount=saving, currency=currency) if compared else None,
        saving_rate=float(saving / before) if before else None,
    )


def _why_not(cost: Cost | None, former: Money | None) -> str | None:
    if cost is None:
        return NO_COST
    if former is None:
        return NO_FORMER
    if former.currency != cost.currency:
        return f"the former cost is in {former.currency}, the installation's in {cost.currency}: state both in one currency"
    return None


def _elapsed(month: date, since: datetime | None, now: datetime) -> Decimal:
    """The share of a month that is over and, of a customer that came within it, that it was there for."""
    start = datetime(month.year, month.month, 1, tzinfo=UTC)
    following = start + timedelta(days=32)
    end = datetime(following.year, following.month, 1, tzinfo=UTC)
    begun = max(start, since) if since else start
    seconds = max((min(end, now) - begun).total_seconds(), 0.0)
    return Decimal(repr(seconds)) / Decimal(repr((end - start).total_seconds()))


def _money(amount: Decimal | None, currency: str) -> Money | None:
    if amount is None:
        return None
    return Money(amount=amount.quantize(Decimal(1).scaleb(-exponent(currency)), ROUND_HALF_UP), currency=currency)


def _per_1000(amount: Decimal | None, events: int) -> Decimal | None:
    return (amount * 1000 / events).quantize(SIX_DIGITS, ROUND_HALF_UP) if amount is not None and events else None
