"""Customers: who they are, how they fare, what they say, and what is wrong."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.principals import WRITERS
from api.dashboard import formats
from api.dashboard.access import Form, FormDep, FormViewerDep, NetworkViewerDep, ServicesDep, Viewer
from api.dashboard.pictures import success as pictures
from api.dashboard.rendering import page
from api.dashboard.submissions import field_errors
from api.errors import Problem, not_found
from api.routes.customers import change_former_cost, close_issue, open_customer, request_review
from api.routes.success import feedback_dashboard
from api.services import Services
from api.success.customers import CustomerEntry, FormerCost, reach
from api.success.figures import onboarding_figures, sentiment
from api.success.overview import read_success

router = APIRouter(prefix="/customers")
SHOWN_ALERTS = 20
SAID = {
    "opened": "The account is open. Invite the customer's people under Settings, Members, there.",
    "stated": "The former cost is stated.",
    "closed": "The issue is closed.",
    "asked": "The value review is being made: it is among the reports of the customer's account.",
}
Said = Annotated[str, Query(max_length=20)]


@router.get("")
def customers_page(viewer: NetworkViewerDep, found: ServicesDep, said: Said = "") -> Response:
    """Every customer that the viewer looks after, with what matters over all of them."""
    return _customers(viewer, found, notice=SAID.get(said, ""))


@router.post("")
def open_customer_page(viewer: FormViewerDep, form: FormDep, found: ServicesDep) -> Response:
    """A customer's account, owned by the viewer's login."""
    try:
        made = open_customer(
            found, viewer.principal, CustomerEntry.model_validate(_filled(form, "organisation", "currency", "former_monthly_cost"))
        )
    except ValidationError as error:
        return _customers(viewer, found, values=form, errors=field_errors(error), status=422)
    except Problem as problem:
        return _customers(viewer, found, values=form, errors={"organisation": problem.detail}, status=problem.status)
    return RedirectResponse(f"/customers/{made.customer_id}?said=opened", 303)


@router.get("/{customer_id}")
def customer_page(customer_id: UUID, viewer: NetworkViewerDep, found: ServicesDep, said: Said = "") -> Response:
    """One customer."""
    return _customer(customer_id, viewer, found, notice=SAID.get(said, ""))


@router.post("/{customer_id}/former-cost")
def former_cost_page(customer_id: UUID, viewer: FormViewerDep, form: FormDep, found: ServicesDep) -> Response:
    """What the customer paid a month before."""
    try:
        names = ("former_monthly_cost", "former_cost_currency") if form.get("former_monthly_cost") else ()
        entry = FormerCost.model_validate(_filled(form, *names))
        change_former_cost(found, viewer.principal, customer_id, entry)
    except ValidationError as error:
        return _customer(customer_id, viewer, found, values=form, errors=field_errors(error), status=422)
    except Problem as problem:
        if problem.kind == "not-found":
            raise
        said = {"former_monthly_cost": problem.detail}
        return _customer(customer_id, viewer, found, values=form, errors=said, status=problem.status)
    return RedirectResponse(f"/customers/{customer_id}?said=stated#economics", 303)


@router.post("/{customer_id}/alerts/{alert_id}/close")
def close_page(customer_id: UUID, alert_id: UUID, viewer: FormViewerDep, found: ServicesDep) -> Response:
    """A technical issue that is done with; one that somebody else closed just now is done with too."""
    try:
        close_issue(found, viewer.principal, customer_id, alert_id)
    except Problem as problem:
        if problem.kind != "conflict":
            raise
    return RedirectResponse(f"/customers/{customer_id}?said=closed", 303)


@router.post("/{customer_id}/value-review")
def review_page(customer_id: UUID, viewer: FormViewerDep, found: ServicesDep) -> Response:
    """The report of the last two whole weeks, queued in the customer's account."""
    request_review(found, viewer.principal, customer_id)
    return RedirectResponse(f"/customers/{customer_id}?said=asked", 303)


def _filled(form: Form, *names: str) -> Form:
    return {name: form[name] for name in names if form.get(name)}


def _customers(
    viewer: Viewer, found: Services, *, values: Form | None = None, errors: dict[str, str] | None = None, notice: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    success = read_success(found, viewer.principal)
    said = feedback_dashboard(success)
    return page(
        "customers.html",
        viewer,
        "customers",
        http_status=status,
        customers=[
            (one, pictures.onboarding_line(one), pictures.nps(one.sentiment.nps if one.sentiment else None))
            for one in success.customers
        ],
        tiles_of_all=pictures.success_tiles(
            onboarding_figures(success.customers), said.sentiment, success.totals(is_current=False)
        ),
        targets=pictures.target_lines(success.targets),
        alerts=[(alert, pictures.ALERTS[alert.kind]) for alert in success.alerts if alert.closed_at is None][:SHOWN_ALERTS],
        satisfaction=pictures.satisfaction_by_week(success.weeks),
        nps_scores=pictures.scores([(s.given, s.answers) for s in said.nps_scores], "nps-scores", "Would you recommend us?"),
        newest=success.feedback[:5],
        values={"currency": viewer.currency} | (values or {}),
        errors=errors or {},
        notice=notice,
    )


def _customer(
    customer_id: UUID, viewer: Viewer, found: Services, *, values: Form | None = None, errors: dict[str, str] | None = None,
    notice: str = "", status: int = 200,
) -> Response:  # fmt: skip
    success = read_success(found, viewer.principal, customer_id)
    if not success.customers:
        raise not_found("customer", customer_id)
    customer, there = success.customers[0], reach(found.database, viewer.principal, customer_id)
    cost = customer.former_monthly_cost
    shown = {
        "former_monthly_cost": str(cost.amount) if cost else "",
        "former_cost_currency": cost.currency if cost else customer.currency,
    }
    return page(
        "customer.html",
        viewer,
        "customers",
        http_status=status,
        customer=customer,
        tiles_of_one=[
            *pictures.onboarding_tiles(customer),
            *pictures.sentiment_tiles(sentiment(success.figures)),
        ],
        events=pictures.events_by_week(success.weeks),
        satisfaction=pictures.satisfaction_by_week(success.weeks),
        months=success.months.get(customer_id, []),
        alerts=[(alert, pictures.ALERTS[alert.kind]) for alert in success.alerts][:SHOWN_ALERTS],
        feedback=success.feedback[:50],
        may_administer=there.may_administer,
        may_review=there.member_role in WRITERS,
        values=values or shown,
        errors=errors or {},
        notice=notice,
        dash=formats.NONE,
    )
