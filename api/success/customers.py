"""Customers as a person or key sees them: app.customer_rows answers for those alone that it looks after; nothing else is asked."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from api.auth.principals import OWNERS, WRITERS, Principal
from api.campaigns.accounts import Timezone
from api.campaigns.events import record_audit
from api.campaigns.models import Currency, Entry, Price, Text
from api.database import AppDatabase, Row, Writer
from api.errors import FieldProblem, Problem, not_found
from api.marts.models import Money
from api.marts.money import to_minor
from api.success.economics import Cost, month_economics
from api.success.figures import onboarding, sentiment
from api.success.models import Customer, CustomerAlert, Feedback, MonthEconomics

Kind = Literal["customers", "figures", "weeks", "months", "feedback", "alerts"]


class FormerCost(Entry):
    """What the customer paid a month before, and in which currency; both null: not stated."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"former_monthly_cost": "900.00", "former_cost_currency": "USD"}]}
    )

    former_monthly_cost: Price | None = Field(None, description="All in: what the tools and services before cost a month.")
    former_cost_currency: Currency | None = Field(None, description="ISO 4217; null: the account's.")

    @model_validator(mode="after")
    def _has_an_amount(self) -> Self:
        if self.former_cost_currency is not None and self.former_monthly_cost is None:
            raise ValueError("found a currency without former_monthly_cost, expected both or none")
        return self


class CustomerEntry(FormerCost):
    """A customer whose account is opened for it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"organisation": "Day Network", "currency": "EUR", "timezone": "Europe/Berlin", "former_monthly_cost": "900.00"}
            ]
        },
    )

    organisation: Text = Field(max_length=200)
    currency: Currency = "USD"
    timezone: Timezone = "UTC"


@dataclass(frozen=True)
class Reach:
    """One customer, and what the principal is there. `member_role`: null for who only runs the platform."""

    tenant_id: int
    customer_id: UUID
    member_role: str | None
    # Who the principal is there; null for a key, and for who only runs the platform.
    member_id: UUID | None
    is_operator: bool

    @property
    def may_write(self) -> bool:
        return self.is_operator or self.member_role in WRITERS

    @property
    def may_administer(self) -> bool:
        return self.is_operator or self.member_role in OWNERS


def rows_of(c: Writer, who: Principal, kind: Kind, customer_id: UUID | None = None) -> list[Row]:
    """Rows of one kind of every customer that the principal looks after, or of one. A key has its own account alone."""
    found = c.execute("select app.customer_rows(%s, %s, %s) as row", [_person(who), kind, customer_id]).fetchall()
    return [row["row"] for row in found]


def reach(database: AppDatabase, who: Principal, customer_id: UUID) -> Reach:
    """Raises `not-found`, the same for one that is nobody's and one that somebody else looks after."""
    with database.tenant(who.tenant_id) as c:
        row = c.execute("select * from app.find_customer(%s, %s)", [_person(who), customer_id]).fetchone()
    if row is None:
        raise not_found("customer", customer_id)
    role = who.role if row["tenant_id"] == who.tenant_id else row["member_role"]
    return Reach(row["tenant_id"], customer_id, role, row["member_id"], bool(row["is_operator"]))


def require(allowed: bool) -> None:
    if not allowed:
        raise Problem(
            "forbidden", "found somebody who reads this customer, expected one who may change it: ask an owner of its account"
        )


def customers(c: Writer, who: Principal, now: datetime, customer_id: UUID | None = None) -> list[Customer]:
    """All of them by name, or the one."""
    figures = {row["customer_id"]: row for row in rows_of(c, who, "figures", customer_id)}
    alerts = Counter(row["customer_id"] for row in rows_of(c, who, "alerts", customer_id) if row["closed_at"] is None)
    found = [_customer(row, figures.get(row["customer_id"]), alerts, now) for row in rows_of(c, who, "customers", customer_id)]
    return sorted(found, key=lambda customer: (customer.name, customer.customer_id))


def economics(
    c: Writer, who: Principal, those: Sequence[Customer], cost: Cost | None, now: datetime
) -> dict[UUID, list[MonthEconomics]]:
    """The months of each of them, newest first."""
    known = {str(customer.customer_id): customer for customer in those}
    only = those[0].customer_id if len(those) == 1 else None
    found: dict[UUID, list[MonthEconomics]] = defaultdict(list)
    for row in sorted(rows_of(c, who, "months", only), key=lambda row: str(row["month"]), reverse=True):
        customer = known.get(row["customer_id"])
        if customer is not None:
            found[customer.customer_id].append(month_economics(customer, row, cost, now))
    return found


def alerts(c: Writer, who: Principal, those: Sequence[Customer], *, only_open: bool = False) -> list[CustomerAlert]:
    """Those that stand first, then the newest."""
    names = {str(customer.customer_id): customer.name for customer in those}
    only = those[0].customer_id if len(those) == 1 else None
    found = [
        CustomerAlert(customer_name=names[row["customer_id"]], **CustomerAlert.fields_of(row))
        for row in rows_of(c, who, "alerts", only)
        if row["customer_id"] in names and not (only_open and row["closed_at"])
    ]
    return sorted(found, key=lambda alert: (alert.closed_at is not None, -alert.opened_at.timestamp(), alert.alert_id))


def feedback(c: Writer, who: Principal, those: Sequence[Customer]) -> list[Feedback]:
    """Every answer of these customers, newest first."""
    names = {str(customer.customer_id): customer.name for customer in those}
    only = those[0].customer_id if len(those) == 1 else None
    opened = {row["feedback_id"]: row["alert_id"] for row in rows_of(c, who, "alerts", only) if row["feedback_id"]}
    found = [
        Feedback(
            customer_name=names[row["customer_id"]], alert_id=opened.get(row["feedback_id"]), **Feedback.fields_of(row)
        )
        for row in rows_of(c, who, "feedback", only)
        if row["customer_id"] in names
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.created_at, one.feedback_id), reverse=True)


def state_former_cost(c: Writer, who: Principal, there: Reach, entry: FormerCost) -> None:
    """In a transaction of the customer's own account."""
    account = c.execute("select currency from app.tenants").fetchone() or {}
    currency = (entry.former_cost_currency or account["currency"]) if entry.former_monthly_cost is not None else None
    c.execute(
        "update app.tenants set former_cost_minor = %s, former_cost_currency = %s where tenant_id = %s",
        [_minor(entry.former_monthly_cost, currency), currency, there.tenant_id],
    )
    record_audit(c, who, "state_former_cost", "customer", there.customer_id)


def _minor(amount: Decimal | None, currency: str | None) -> int | None:
    if amount is None or currency is None:
        return None
    try:
        return to_minor(amount, currency)
    except ValueError as error:
        field = FieldProblem(pointer="/body/former_monthly_cost", message=str(error))
        raise Problem("invalid", f"{error}: round it", errors=[field]) from error


def _person(who: Principal) -> UUID | None:
    # What a key's maker is a member of elsewhere is no business of the key.
    return who.user_id if who.session_id is not None else None


def _customer(row: Row, figures: Row | None, alerts: Counter[str], now: datetime) -> Customer:
    cost = row["former_cost_minor"]
    known: dict[str, Any] = figures or {}
    return Customer(
        **{name: row[name] for name in ("customer_id", "slug", "name", "currency", "timezone", "created_at")},
        former_monthly_cost=Money.of(cost, row["former_cost_currency"]) if cost is not None else None,
        onboarding=onboarding(figures, now) if figures else None,
        sentiment=sentiment([figures]) if figures else None,
        accepted_events=known.get("accepted_count"),
        campaigns=known.get("campaigns"),
        reported_campaigns=known.get("reported_campaigns"),
        last_feedback_at=known.get("last_feedback_at"),
        open_alerts=alerts[row["customer_id"]],
    )
