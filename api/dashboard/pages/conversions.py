"""A campaign's conversions, and one conversion explained."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from api.campaigns.paging import read_cursor, write_cursor
from api.dashboard import formats
from api.dashboard.access import ServicesDep, ViewerDep, require_sponsor
from api.dashboard.pictures import conversion as pictures
from api.dashboard.rendering import page
from api.marts.builds import current_build
from api.marts.campaigns import get_campaign
from api.marts.conversions import list_conversions
from api.marts.explanation import explain_conversion

router = APIRouter()
ROWS = 50


@router.get("/campaigns/{campaign_id}/conversions")
def conversions_page(
    campaign_id: UUID, viewer: ViewerDep, found: ServicesDep, after: Annotated[str | None, Query(max_length=300)] = None
) -> HTMLResponse:
    """One row per conversion with a touch of the campaign, newest first."""
    start = read_cursor(after)
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        campaign = get_campaign(c, campaign_id)
        require_sponsor(viewer, campaign.sponsor_id, "campaign", campaign_id)
        build = current_build(c)
        rows = list_conversions(c, campaign_id, (start.at, start.identifier), ROWS)
    more = urlencode({"after": write_cursor(rows[-1].converted_at, rows[-1].conversion_id)}) if len(rows) == ROWS else None
    return page(
        "conversions.html", viewer, "campaigns", campaign=campaign, build=build, rows=rows, is_first=after is None,
        next_href=f"/campaigns/{campaign_id}/conversions?{more}" if more else None, pictures=pictures,
    )  # fmt: skip


@router.get("/conversions/{conversion_id}")
def conversion_page(conversion_id: UUID, viewer: ViewerDep, found: ServicesDep) -> HTMLResponse:
    """Why the conversion is credited as it is."""
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        said = explain_conversion(c, conversion_id, sponsor_id=viewer.principal.sees_sponsor)
    title = f"Order {said.conversion.order_id}" if said.conversion.order_id else formats.words(said.conversion.conversion_kind)
    return page(
        "conversion.html", viewer, "campaigns", said=said, build=said.build, title=title, pictures=pictures,
        time_line=pictures.time_line(said), key_figures=pictures.key_figures(said), totals=pictures.totals(said),
    )  # fmt: skip
