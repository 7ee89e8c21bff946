"""The list of campaigns, newest first."""

from typing import Annotated, get_args

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from api.campaigns.paging import read_cursor, write_cursor
from api.dashboard.access import ServicesDep, ViewerDep
from api.dashboard.listing import campaign_lines
from api.dashboard.rendering import page
from api.marts.builds import find_build
from api.marts.campaigns import list_campaigns
from api.marts.models import Status
from api.marts.roi import tenant_roi

router = APIRouter()
PER_PAGE = 25
STATUSES: tuple[str, ...] = get_args(Status)


@router.get("/campaigns")
def campaigns_page(
    viewer: ViewerDep, found: ServicesDep, status: Annotated[str, Query()] = "", after: Annotated[str | None, Query()] = None
) -> HTMLResponse:
    """One page of campaigns; a status that does not exist shows all."""
    chosen = status if status in STATUSES else None
    position = read_cursor(after)
    start = (position.at, position.identifier) if position.at and position.identifier else None
    sponsor_id = viewer.principal.sees_sponsor
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        build = find_build(c)
        rows = list_campaigns(c, start, PER_PAGE + 1, sponsor_id=sponsor_id, status=chosen)
        returns = tenant_roi(c, sponsor_id=sponsor_id).campaigns if build else []
    shown = rows[:PER_PAGE]
    next_href = ""
    if len(rows) > PER_PAGE:
        last = shown[-1].campaign
        next_href = f"/campaigns?status={chosen or ''}&after={write_cursor(last.created_at, last.campaign_id)}"
    return page(
        "campaigns.html",
        viewer,
        "campaigns",
        build=build,
        rows=campaign_lines(shown, returns),
        status=chosen or "",
        statuses=STATUSES,
        next_href=next_href,
    )
