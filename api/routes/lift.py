"""Lift of a campaign, and the holdouts that its owner marks."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.auth.dependencies import PrincipalDep, ServicesDep, TenantReaderDep, WriterDep
from api.campaigns.holdouts import Holdout, HoldoutEnd, HoldoutEntry, add_holdout, end_holdout, list_holdouts, withdraw_holdout
from api.campaigns.views import record_view
from api.marts.keyset import Order
from api.marts.lift import campaign_lift
from api.marts.models.lift import CampaignLift
from api.routes.answers import Page, PageDep, read_marts
from api.routes.visibility import require_visible

router = APIRouter(prefix="/v1/campaigns/{campaign_id}", tags=["lift"])


class Holdouts(Page):
    """All holdouts of a campaign."""

    items: list[Holdout]


@router.get("/lift", operation_id="lift_read", summary="Read a campaign's lift", response_model=CampaignLift)
def get_lift(campaign_id: UUID, principal: PrincipalDep, found: ServicesDep, request: Request, response: Response) -> Any:
    """One row per span of weeks since exposure: exposed against unexposed households like them, with 95 % intervals.

    Beside it the placebo weeks before the exposure and the measured false positives. Too little power is a verdict and no number.
    """
    require_visible(found.warehouse, principal, campaign_id)
    answer = read_marts(request, response, found, principal, lambda c: campaign_lift(c, campaign_id))
    record_view(found.database, principal, campaign_id)
    return answer


@router.get("/lift-holdouts", operation_id="lift_list_holdouts", summary="List a campaign's holdouts")
def get_holdouts(campaign_id: UUID, principal: TenantReaderDep, found: ServicesDep, page: PageDep) -> Holdouts:
    """One row per holdout, oldest first; one that was withdrawn says when."""
    require_visible(found.warehouse, principal, campaign_id)
    with found.database.tenant(principal.tenant_id) as c:
        return Holdouts(**page.of(list_holdouts(c, campaign_id), Order("created_at timestamptz", "holdout_id uuid")))


@router.post("/lift-holdouts", status_code=201, operation_id="lift_add_holdout", summary="Mark a holdout")
def post_holdout(campaign_id: UUID, entry: HoldoutEntry, principal: WriterDep, found: ServicesDep) -> Holdout:
    """One holdout: from the next daily run on, the campaign's exposed households are compared with those that were held out."""
    with found.database.tenant(principal.tenant_id) as c:
        return add_holdout(c, principal, campaign_id, entry)


@router.patch("/lift-holdouts/{holdout_id}", operation_id="lift_end_holdout", summary="End a holdout")
def patch_holdout(campaign_id: UUID, holdout_id: UUID, entry: HoldoutEnd, principal: WriterDep, found: ServicesDep) -> Holdout:
    """One holdout with another last day: its days up to it stay held out, from the next daily run on."""
    with found.database.tenant(principal.tenant_id) as c:
        return end_holdout(c, principal, campaign_id, holdout_id, entry)


@router.delete("/lift-holdouts/{holdout_id}", status_code=204, operation_id="lift_withdraw_holdout", summary="Withdraw a holdout")
def delete_holdout(campaign_id: UUID, holdout_id: UUID, principal: WriterDep, found: ServicesDep) -> None:
    """One holdout that no later study uses; its row stays. Twice changes nothing."""
    with found.database.tenant(principal.tenant_id) as c:
        withdraw_holdout(c, principal, campaign_id, holdout_id)
