"""The log of events, and the ways that led to a campaign's conversions."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from api.auth.dependencies import PrincipalDep, ServicesDep, TenantReaderDep
from api.campaigns.event_log import LoggedEvent, list_events
from api.marts.paths import ConversionPaths, campaign_paths
from api.routes.answers import Page, PageDep, read_marts
from api.routes.visibility import require_visible

router = APIRouter(prefix="/v1")
Instant = Annotated[AwareDatetime | None, Query(description="ISO 8601 with an offset; when the collector received it.")]


class EventPage(Page):
    """Events, newest first."""

    items: list[LoggedEvent]


@router.get("/events", tags=["sites"], operation_id="sites_events", summary="List events")
def get_events(
    principal: TenantReaderDep,
    found: ServicesDep,
    page: PageDep,
    response: Response,
    site_id: Annotated[UUID | None, Query(description="Only this site's.")] = None,
    event_name: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="Only of this name.")] = None,
    message_id: Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$", description="Only this message.")] = None,
    first_at: Instant = None,
    last_at: Instant = None,
) -> EventPage:
    """One row per event that was accepted, newest first, as soon as it is acknowledged, with what is wrong with it; repeated
    deliveries stand here each, and count once. What was refused or quarantined is in `GET /v1/sites/{site_id}/arrivals`."""
    response.headers["Cache-Control"] = "no-store"
    with found.database.tenant(principal.tenant_id) as c:
        events = list_events(
            c, page.window, site_id=site_id, event_name=event_name, message_id=message_id, first_at=first_at, last_at=last_at
        )
    return EventPage(**page.show(events))


@router.get(
    "/campaigns/{campaign_id}/paths", tags=["analytics"], operation_id="analytics_paths", summary="List a campaign's paths",
    response_model=ConversionPaths,
)  # fmt: skip
def get_paths(
    campaign_id: UUID, principal: PrincipalDep, found: ServicesDep, page: PageDep, request: Request, response: Response
) -> Any:
    """One row per sequence of touches that led to a conversion, the most frequent first: which kinds, in which order, whether of
    this campaign or another one of its sponsor, and what they brought."""
    require_visible(found.warehouse, principal, campaign_id)
    return read_marts(request, response, found, principal, lambda c: campaign_paths(c, campaign_id, page.window), page=page)
