"""A campaign in one short form; a new sponsor or show is entered in the same step."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import WRITERS
from api.campaigns.accounts import ShowEntry, create_show, list_rows
from api.campaigns.campaigns import create_campaign
from api.campaigns.paging import After
from api.campaigns.sponsors import SponsorEntry, create_sponsor
from api.dashboard.access import Form, FormDep, FormViewerDep, ServicesDep, Viewer, ViewerDep
from api.dashboard.rendering import page
from api.dashboard.submissions import campaign_entry, field_errors
from api.database import Writer
from api.errors import Problem
from api.failures import record_failure
from api.services import Services

router = APIRouter()
NEW = "new"
# More than these are searched for by the API; a menu of more helps nobody.
LISTED = 500
DEFAULTS = {
    "position": "mid_roll", "insertion": "dynamic", "price_model": "cpm", "ad_start_s": "600", "ad_duration_s": "60",
}  # fmt: skip


@router.get("/campaigns/new")
def new_campaign_page(viewer: ViewerDep, found: ServicesDep) -> Response:
    """The empty form."""
    require_role(viewer.principal, WRITERS)
    return _form(viewer, found, DEFAULTS | {"currency": viewer.currency}, {}, "")


@router.post("/campaigns/new")
def create_campaign_page(viewer: FormViewerDep, found: ServicesDep, form: FormDep, request: Request) -> Response:
    """The campaign with all its parts in one transaction, or the form again with what is wrong."""
    require_role(viewer.principal, WRITERS)
    try:
        with found.database.tenant(viewer.principal.tenant_id) as c:
            made = create_campaign(c, viewer.principal, campaign_entry(form | _named(c, viewer, form)))
    except ValidationError as error:
        record_failure(request, Problem("invalid", "found values that cannot be"))
        return _form(viewer, found, form, field_errors(error), "", 422)
    except Problem as problem:
        record_failure(request, problem)
        return _form(viewer, found, form, {}, problem.detail, problem.status)
    return RedirectResponse(f"/campaigns/{made.campaign_id}", 303)


def _named(c: Writer, viewer: Viewer, form: Form) -> dict[str, str]:
    """The ids of a sponsor and a show that this form brings along; made in the campaign's transaction."""
    ids: dict[str, UUID] = {}
    if form.get("sponsor_id") == NEW:
        entry = SponsorEntry.model_validate(_renamed(form, {"sponsor_name": "name"}))
        ids["sponsor_id"] = create_sponsor(c, viewer.principal, entry).sponsor_id
    if form.get("show_id") == NEW:
        show = ShowEntry.model_validate(_renamed(form, {"show_title": "title", "feed_url": "feed_url"}))
        ids["show_id"] = create_show(c, viewer.principal, show).show_id
    return {name: str(value) for name, value in ids.items()}


def _renamed(form: Form, names: dict[str, str]) -> dict[str, str]:
    return {names[name]: value for name, value in form.items() if name in names and value}


def _form(viewer: Viewer, found: Services, values: Form, errors: dict[str, str], problem: str, status: int = 200) -> Response:
    with found.database.tenant(viewer.principal.tenant_id) as c:
        sponsors = _choices(list_rows(c, "sponsors", "sponsor_id", After(), LISTED), "sponsor_id", "name", "New sponsor …")
        shows = _choices(list_rows(c, "shows", "show_id", After(), LISTED), "show_id", "title", "New show …")
    chosen = {"sponsor_id": sponsors[0][0], "show_id": shows[0][0]} | values
    return page(
        "campaign_new.html",
        viewer,
        "campaigns",
        http_status=status,
        sponsors=sponsors,
        shows=shows,
        values=chosen,
        errors=errors,
        problem=problem,
    )


def _choices(rows: list[dict[str, Any]], key: str, label: str, new: str) -> list[tuple[str, str]]:
    listed = sorted(((str(row[key]), str(row[label])) for row in rows), key=lambda choice: choice[1].lower())
    return [*listed, (NEW, new)]
