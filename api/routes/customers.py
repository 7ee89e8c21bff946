"""Customers: the accounts that somebody looks after, how they fare and what they say of us."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.auth.dependencies import PrincipalDep, ServicesDep, TenantReaderDep, WriterDep
from api.auth.principals import WRITERS, Principal
from api.auth.registration import add_account
from api.campaigns.reports import Report, ReportEntry, request_report
from api.errors import Problem, not_found
from api.marts.keyset import Order
from api.routes.answers import Page, PageDep
from api.services import Services
from api.success.answers import FeedbackEntry, Given, close_alert, give_feedback
from api.success.customers import CustomerEntry, FormerCost, customers, feedback, reach, require, state_former_cost
from api.success.models import Customer, CustomerAlert, CustomerWeek, Feedback, MonthEconomics
from api.success.overview import cost_of, read_success

router = APIRouter(prefix="/v1/customers", tags=["customers"])
BY_NAME = Order("name text", "customer_id uuid")
REVIEW_DAYS = 14
NEWEST = Order("created_at timestamptz desc", "feedback_id uuid desc")


class CustomerList(Page):
    items: list[Customer]


class FeedbackList(Page):
    items: list[Feedback]


class CustomerMetrics(BaseModel):
    """One customer: its figures, its weeks and months, and what is wrong with it."""

    customer: Customer
    weeks: list[CustomerWeek] = Field(description="Oldest first.")
    months: list[MonthEconomics] = Field(description="Newest first.")
    alerts: list[CustomerAlert]


class Closed(BaseModel):
    alert_id: UUID


@router.get("", operation_id="customers_list", summary="List customers")
def get_customers(principal: TenantReaderDep, found: ServicesDep, page: PageDep) -> CustomerList:
    """One row per account that who asks looks after, by name: a key its own, a person those of its login, an operator of the
    platform all."""
    with found.database.tenant(principal.tenant_id) as c:
        return CustomerList(**page.of(customers(c, principal, datetime.now(UTC)), BY_NAME))


@router.post("", status_code=201, operation_id="customers_create", summary="Open a customer's account")
def post_customer(entry: CustomerEntry, principal: PrincipalDep, found: ServicesDep) -> Customer:
    """One more account, owned by the login that asks, which invites the customer's people to it. It needs a session: a key belongs
    to its own account."""
    if principal.session_id is None:
        raise Problem("conflict", "found an API key, expected a person: sign in with POST /v1/sessions and send the cookie")
    return open_customer(found, principal, entry)


@router.get("/{customer_id}", operation_id="customers_read", summary="Read a customer")
def get_customer(customer_id: UUID, principal: TenantReaderDep, found: ServicesDep) -> Customer:
    """One account that who asks looks after."""
    return read_customer(found, principal, customer_id)


@router.patch("/{customer_id}", operation_id="customers_change", summary="State a customer's former cost")
def patch_customer(customer_id: UUID, entry: FormerCost, principal: WriterDep, found: ServicesDep) -> Customer:
    """One customer with what it paid a month before, by an owner of its account or who runs the platform."""
    change_former_cost(found, principal, customer_id, entry)
    return read_customer(found, principal, customer_id)


@router.get("/{customer_id}/metrics", operation_id="customers_metrics", summary="Read a customer's metrics")
def get_metrics(customer_id: UUID, principal: TenantReaderDep, found: ServicesDep) -> CustomerMetrics:
    """One customer: onboarding, sentiment, what it measures by week, and its unit economics by month."""
    success = read_success(found, principal, customer_id)
    if not success.customers:
        raise not_found("customer", customer_id)
    return CustomerMetrics(
        customer=success.customers[0], weeks=success.weeks, months=success.months.get(customer_id, []), alerts=success.alerts
    )


@router.get("/{customer_id}/feedback", operation_id="customers_list_feedback", summary="List a customer's feedback")
def get_feedback(customer_id: UUID, principal: TenantReaderDep, found: ServicesDep, page: PageDep) -> FeedbackList:
    """One row per answer, newest first."""
    with found.database.tenant(principal.tenant_id) as c:
        these = customers(c, principal, datetime.now(UTC), customer_id)
        if not these:
            raise not_found("customer", customer_id)
        return FeedbackList(**page.of(feedback(c, principal, these), NEWEST))


@router.post("/{customer_id}/feedback", status_code=201, operation_id="customers_give_feedback", summary="Give feedback")
def post_feedback(customer_id: UUID, entry: FeedbackEntry, principal: WriterDep, found: ServicesDep) -> Given:
    """One answer of a customer. A technical issue opens an alert to the operators at once; scores count from the next build on."""
    there = reach(found.database, principal, customer_id)
    require(there.may_write)
    with found.database.tenant(there.tenant_id) as c:
        return give_feedback(c, principal, entry, "api")


@router.post("/{customer_id}/alerts/{alert_id}/close", operation_id="customers_close_alert", summary="Close a technical issue")
def post_close(customer_id: UUID, alert_id: UUID, principal: WriterDep, found: ServicesDep) -> Closed:
    """One technical issue that is done with. Alerts of satisfaction and NPS close by themselves."""
    close_issue(found, principal, customer_id, alert_id)
    return Closed(alert_id=alert_id)


@router.post(
    "/{customer_id}/value-review", status_code=202, operation_id="customers_review", summary="Request a customer's value review"
)
def post_review(customer_id: UUID, principal: WriterDep, found: ServicesDep) -> Report:
    """One report of the customer's last two whole weeks beside the two before: what was delivered, paid and brought, what it
    said of us, what it cost and saved. It is the account's own, and downloaded there."""
    return request_review(found, principal, customer_id)


def request_review(found: Services, who: Principal, customer_id: UUID) -> Report:
    """The value review of the last two whole weeks (Monday to Sunday, UTC), in the customer's account. Raises `forbidden` for
    who is no member there."""
    there = reach(found.database, who, customer_id)
    require(there.member_role in WRITERS)
    last_day = datetime.now(UTC).date() - timedelta(days=datetime.now(UTC).weekday() + 1)
    entry = ReportEntry(kind="value_review", first_day=last_day - timedelta(days=REVIEW_DAYS - 1), last_day=last_day)
    with found.database.tenant(there.tenant_id) as c:
        return request_report(
            c, replace(who, tenant_id=there.tenant_id, user_id=there.member_id or who.user_id), entry, cost_of(found)
        )


def read_customer(found: Services, who: Principal, customer_id: UUID) -> Customer:
    """Raises `not-found`."""
    with found.database.tenant(who.tenant_id) as c:
        these = customers(c, who, datetime.now(UTC), customer_id)
    if not these:
        raise not_found("customer", customer_id)
    return these[0]


def open_customer(found: Services, who: Principal, entry: CustomerEntry) -> Customer:
    """The account of a customer, as POST /v1/accounts opens one, with its former cost."""
    found.rates.hit(found.settings.registration_rate, "account", who.email or "")
    tenant_id, _, _ = add_account(
        found.database, who, organisation=entry.organisation, currency=entry.currency, timezone=entry.timezone
    )
    with found.database.tenant(tenant_id) as c:
        made = c.execute("select customer_id from app.tenants").fetchone()
    assert made is not None  # noqa: S101  # the account was made just now
    if entry.former_monthly_cost is not None:
        change_former_cost(found, who, made["customer_id"], entry)
    return read_customer(found, who, made["customer_id"])


def change_former_cost(found: Services, who: Principal, customer_id: UUID, entry: FormerCost) -> None:
    """Raises `not-found`, and `forbidden` for who only reads there."""
    there = reach(found.database, who, customer_id)
    require(there.may_administer)
    with found.database.tenant(there.tenant_id) as c:
        state_former_cost(c, who, there, entry)


def close_issue(found: Services, who: Principal, customer_id: UUID, alert_id: UUID) -> None:
    """Raises `not-found`, `forbidden` and `conflict`."""
    there = reach(found.database, who, customer_id)
    require(there.may_administer)
    with found.database.tenant(there.tenant_id) as c:
        if not close_alert(c, who, alert_id):
            raise not_found("alert", alert_id)
