"""Campaigns: create, read, change, and their status."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.auth.dependencies import PrincipalDep, ServicesDep, WriterDep
from api.campaigns.campaigns import change_campaign, create_campaign, get_detail, list_page, list_status_changes
from api.campaigns.models import (
    Campaign,
    CampaignChange,
    CampaignDetail,
    CampaignEntry,
    PlacementView,
    PromoCode,
    StatusChange,
    StatusEntry,
)
from api.campaigns.status import change_status
from api.marts.keyset import Order
from api.marts.models import Status
from api.routes.answers import Page, PageDep

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])


class CampaignPage(Page):
    items: list[Campaign]


class PlacementPage(Page):
    items: list[PlacementView]


class PromoCodePage(Page):
    items: list[PromoCode]


class StatusHistory(Page):
    items: list[StatusChange]


@router.post("", status_code=201, operation_id="campaigns_create", summary="Create a campaign")
def post_campaign(entry: CampaignEntry, principal: WriterDep, found: ServicesDep, response: Response) -> CampaignDetail:
    """One campaign with its placements and promo codes, all or nothing. Writes `campaign.created`.

    A code that the same show has in overlapping days is a conflict that names the other campaign.
    """
    with found.database.tenant(principal.tenant_id) as c:
        campaign = create_campaign(c, principal, entry)
    response.headers["Location"] = f"/v1/campaigns/{campaign.campaign_id}"
    return campaign


@router.get("", operation_id="campaigns_list", summary="List campaigns")
def get_campaigns(
    principal: PrincipalDep,
    found: ServicesDep,
    page: PageDep,
    request: Request,
    response: Response,
    status: Annotated[Status | None, Query(description="Only campaigns of this status.")] = None,
) -> CampaignPage:
    """One row per campaign, newest first; a sponsor sees its own."""
    with found.database.tenant(principal.tenant_id) as c:
        items = list_page(c, page.after, page.limit, sponsor_id=principal.sees_sponsor, status=status)
    return CampaignPage(items=items, next_cursor=page.cut(request, response, items, "campaign_id"))


@router.get("/{campaign_id}", operation_id="campaigns_read", summary="Read a campaign")
def get_campaign(campaign_id: UUID, principal: PrincipalDep, found: ServicesDep) -> CampaignDetail:
    """One campaign as entered, with its placements and promo codes."""
    with found.database.tenant(principal.tenant_id) as c:
        return get_detail(c, principal, campaign_id)


@router.get("/{campaign_id}/placements", operation_id="campaigns_placements", summary="List a campaign's placements")
def get_placements(campaign_id: UUID, principal: PrincipalDep, found: ServicesDep, page: PageDep) -> PlacementPage:
    """One row per placement as entered, in the order of their flights."""
    with found.database.tenant(principal.tenant_id) as c:
        placements = get_detail(c, principal, campaign_id).placements
    return PlacementPage(**page.of(placements, Order("flight_start date", "placement_id uuid")))


@router.get("/{campaign_id}/promo-codes", operation_id="campaigns_promo_codes", summary="List a campaign's promo codes")
def get_promo_codes(campaign_id: UUID, principal: PrincipalDep, found: ServicesDep, page: PageDep) -> PromoCodePage:
    """One row per promo code with its show, its placement and its days."""
    with found.database.tenant(principal.tenant_id) as c:
        codes = get_detail(c, principal, campaign_id).promo_codes
    return PromoCodePage(**page.of(codes, Order("code_normalized text", "code_id uuid")))


@router.patch("/{campaign_id}", operation_id="campaigns_change", summary="Change a campaign")
def patch_campaign(campaign_id: UUID, change: CampaignChange, principal: WriterDep, found: ServicesDep) -> CampaignDetail:
    """One campaign: fields sent are set, placements and codes sent are added. Writes `campaign.updated`."""
    with found.database.tenant(principal.tenant_id) as c:
        return change_campaign(c, principal, campaign_id, change)


@router.post("/{campaign_id}/status", operation_id="campaigns_change_status", summary="Change a campaign's status")
def post_status(campaign_id: UUID, entry: StatusEntry, principal: WriterDep, found: ServicesDep) -> CampaignDetail:
    """One step of a campaign's life: draft to active; active to paused and back; any of them to cancelled.

    `completed` comes by itself when the flight has ended and the final report is done.
    """
    with found.database.tenant(principal.tenant_id) as c:
        return change_status(c, principal, campaign_id, entry)


@router.get("/{campaign_id}/status-history", operation_id="campaigns_status_history", summary="List a campaign's status changes")
def get_status_history(campaign_id: UUID, principal: PrincipalDep, found: ServicesDep, page: PageDep) -> StatusHistory:
    """One row per change of status, the first first."""
    with found.database.tenant(principal.tenant_id) as c:
        changes = list_status_changes(c, principal, campaign_id)
    return StatusHistory(**page.of(changes, Order("changed_at timestamptz", "change_id bigint")))
