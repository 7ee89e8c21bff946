"""Published figures that a later build changed: before, after and why."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from api.dashboard.access import NetworkViewerDep, ServicesDep
from api.dashboard.pictures.downloads import WINDOW_NAMES
from api.dashboard.pictures.quality import source_name
from api.dashboard.rendering import page
from api.marts.builds import current_build
from api.marts.keyset import Window
from api.marts.lists import recounts
from api.marts.models.restatements import Cause
from api.marts.restatements import restatements

router = APIRouter()
SHOWS = "select show_id, title from app.shows order by title, show_id"
CAUSE_NAMES: dict[Cause, str] = {
    "late_requests": "Requests came late",
    "recount": "Recount",
    "decision": "Decision on an anomaly",
    "settings": "Counting rules changed",
    "feed": "Feed corrected",
    "host": "Host restated",
    "full_build": "Built anew",
}
ROWS = 200


@router.get("/restatements")
def restatements_page(
    viewer: NetworkViewerDep,
    found: ServicesDep,
    show: Annotated[str | None, Query(max_length=36)] = None,
    cause: Annotated[str | None, Query(max_length=20)] = None,
    after: Annotated[str | None, Query(max_length=600)] = None,
) -> HTMLResponse:
    """The newest 200 of the account, of one show or one cause; `after` goes on to older ones."""
    named = next((name for name in CAUSE_NAMES if name == cause), None)
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        build = current_build(c)
        shows = c.execute(SHOWS).fetchall()
        chosen: UUID | None = next((row["show_id"] for row in shows if str(row["show_id"]) == show), None)
        seen = restatements(c, show_id=chosen, cause=named, page=Window(after, ROWS))
        asked = recounts(c).items
    return page(
        "restatements.html", viewer, "reconciliation", build=build, shows=shows, chosen=chosen, cause=named, seen=seen,
        recounts=asked, cause_names=CAUSE_NAMES, window_names=WINDOW_NAMES, source_name=source_name,
    )  # fmt: skip
