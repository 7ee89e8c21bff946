"""Saturation of shows by sponsor, verdicts that changed, and where the same budget would bring more."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.auth.dependencies import PrincipalDep, ServicesDep, WriterDep
from api.campaigns.budget_limits import BudgetLimit, BudgetLimits, BudgetLimitsEntry, change_limits, list_limits
from api.campaigns.verdicts import mark_seen
from api.errors import not_found
from api.marts.keyset import Order
from api.marts.models.saturation import BudgetAdvice, Saturation, SaturationAlert
from api.marts.saturation import budget_advice, saturation, saturation_alerts
from api.routes.answers import Page, PageDep, read_marts

router = APIRouter(prefix="/v1", tags=["saturation"])
SponsorQuery = Annotated[UUID | None, Query(description="Only this sponsor's.")]


class BudgetLimitPage(Page):
    """A sponsor's limits by currency and show."""

    items: list[BudgetLimit]


class SaturationAlerts(Page):
    """Verdicts that changed: those that still hold first, then the newest."""

    items: list[SaturationAlert]


@router.get("/saturation", operation_id="saturation_read", summary="Read the saturation of shows", response_model=Saturation)
def get_saturation(
    principal: PrincipalDep,
    found: ServicesDep,
    request: Request,
    response: Response,
    sponsor_id: SponsorQuery = None,
    show_id: Annotated[UUID | None, Query(description="Only this show's.")] = None,
    windows: Annotated[
        Literal["stacked", "all"], Query(description="`stacked`: the one curve that verdicts stand on; `all`: each window's too.")
    ] = "stacked",
) -> Any:
    """One row per sponsor, show, account of the money and currency: today's spend on the last fitted curve, its verdict with the
    reason, the return of the next unit of spend with intervals, and the curve with its bands. Too little data is a verdict."""
    return read_marts(
        request, response, found, principal,
        lambda c: saturation(
            c, seen=principal.sees_sponsor, sponsor_id=sponsor_id, show_id=show_id, all_windows=windows == "all"
        ),
    )  # fmt: skip


@router.get("/saturation/alerts", operation_id="saturation_list_alerts", summary="List the verdicts that changed")
def get_saturation_alerts(
    principal: PrincipalDep,
    found: ServicesDep,
    page: PageDep,
    sponsor_id: SponsorQuery = None,
    is_open: Annotated[bool, Query(description="Only those that still hold.")] = False,
) -> SaturationAlerts:
    """One row per change of a verdict, as the build saw it that judged the spend of its day; it holds until the next change."""
    with found.warehouse.tenant(principal.tenant_id) as c:
        alerts = saturation_alerts(c, seen=principal.sees_sponsor, sponsor_id=sponsor_id, only_open=is_open, window=page.window)
    return SaturationAlerts(**page.show(alerts))


@router.post(
    "/saturation/alerts/{verdict_id}/seen",
    status_code=204,
    operation_id="saturation_mark_seen",
    summary="Mark a changed verdict as seen",
)
def post_seen(verdict_id: UUID, principal: WriterDep, found: ServicesDep) -> None:
    """One alert that no banner shows any more; it stays in the list, with who saw it and when. Twice changes nothing."""
    with found.database.tenant(principal.tenant_id) as c:
        mark_seen(c, principal, verdict_id)


@router.get("/budget-advice", operation_id="saturation_advice", summary="Read the advice on budgets", response_model=BudgetAdvice)
def get_advice(
    principal: PrincipalDep, found: ServicesDep, request: Request, response: Response, sponsor_id: SponsorQuery = None
) -> Any:
    """One row per sponsor with one per show: the return of the next unit of spend, and the same budget moved within the sponsor's
    limits, with its expected gain and the chance that it is a loss. Nothing is advised where a curve is not identifiable."""
    return read_marts(
        request, response, found, principal, lambda c: budget_advice(c, seen=principal.sees_sponsor, sponsor_id=sponsor_id)
    )


@router.get("/sponsors/{sponsor_id}/budget-limits", operation_id="saturation_list_limits", summary="List a sponsor's budget limits")
def get_limits(sponsor_id: UUID, principal: PrincipalDep, found: ServicesDep, page: PageDep) -> BudgetLimitPage:
    """One row per show with a limit on its weekly spend."""
    if not principal.may_see_sponsor(sponsor_id):
        raise not_found("sponsor", sponsor_id)
    with found.database.tenant(principal.tenant_id) as c:
        return BudgetLimitPage(**page.of(list_limits(c, sponsor_id), Order("changed_at timestamptz desc", "show_id uuid desc")))


@router.put(
    "/sponsors/{sponsor_id}/budget-limits", operation_id="saturation_change_limits", summary="Change a sponsor's budget limits"
)
def put_limits(sponsor_id: UUID, entry: BudgetLimitsEntry, principal: WriterDep, found: ServicesDep) -> BudgetLimits:
    """All limits of the sponsor in one currency: what is not in it is gone. Advice keeps within them from the next fit on."""
    with found.database.tenant(principal.tenant_id) as c:
        return BudgetLimits(items=change_limits(c, principal, sponsor_id, entry))
