"""A campaign's holdouts: listening that its owner kept the ad from, marked, ended and withdrawn."""

from datetime import UTC, date, datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import WRITERS
from api.campaigns.accounts import list_rows
from api.campaigns.campaigns import require_campaign
from api.campaigns.holdouts import Holdout, HoldoutEnd, HoldoutEntry, add_holdout, end_holdout, list_holdouts, withdraw_holdout
from api.campaigns.paging import After
from api.dashboard.access import Form, FormDep, FormViewerDep, NetworkViewerDep, ServicesDep, Viewer
from api.dashboard.formats import flight
from api.dashboard.rendering import page
from api.dashboard.submissions import field_errors
from api.database import Writer
from api.services import Services

router = APIRouter()
KIND_NAMES = {"time": "Days on which the ad was off", "geo": "A region's own edition that the ad left out"}
FIELDS = ("kind", "show_id", "starts_on", "ends_on", "note")
EVERY_SHOW = "All of the campaign's own shows"
MOST_SHOWS = 500


@router.get("/campaigns/{campaign_id}/holdouts")
def holdouts_page(campaign_id: UUID, viewer: NetworkViewerDep, found: ServicesDep) -> Response:
    """The campaign's holdouts, oldest first, and a form for another."""
    return _page(viewer, found, campaign_id, {"kind": "time"}, {})


@router.post("/campaigns/{campaign_id}/holdouts")
def mark_page(campaign_id: UUID, viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """One more holdout, or what is wrong with it."""
    require_role(viewer.principal, WRITERS)
    try:
        entry = HoldoutEntry.model_validate({name: form[name] for name in FIELDS if form.get(name)})
        with found.database.tenant(viewer.principal.tenant_id) as c:
            add_holdout(c, viewer.principal, campaign_id, entry)
    except ValidationError as error:
        return _page(viewer, found, campaign_id, form, field_errors(error))
    return _back(campaign_id)


@router.post("/campaigns/{campaign_id}/holdouts/{holdout_id}/end")
def end_page(campaign_id: UUID, holdout_id: UUID, viewer: FormViewerDep, found: ServicesDep) -> Response:
    """The ad is on again: today was the last day."""
    require_role(viewer.principal, WRITERS)
    with found.database.tenant(viewer.principal.tenant_id) as c:
        end_holdout(c, viewer.principal, campaign_id, holdout_id, HoldoutEnd(ends_on=datetime.now(UTC).date()))
    return _back(campaign_id)


@router.post("/campaigns/{campaign_id}/holdouts/{holdout_id}/withdraw")
def withdraw_page(campaign_id: UUID, holdout_id: UUID, viewer: FormViewerDep, found: ServicesDep) -> Response:
    """Marked by mistake: no study uses it any more."""
    require_role(viewer.principal, WRITERS)
    with found.database.tenant(viewer.principal.tenant_id) as c:
        withdraw_holdout(c, viewer.principal, campaign_id, holdout_id)
    return _back(campaign_id)


def holdout_sentences(c: Writer, campaign_id: UUID) -> list[str]:
    """Each holdout in use, in words, for the campaign's own page."""
    names = _show_names(c)
    return [
        f"{names.get(str(held.show_id), EVERY_SHOW)}, {flight(held.starts_on, held.ends_on)}"
        for held in list_holdouts(c, campaign_id)
        if held.withdrawn_at is None
    ]


def _back(campaign_id: UUID) -> Response:
    return RedirectResponse(f"/campaigns/{campaign_id}/holdouts", 303)


def _page(viewer: Viewer, found: Services, campaign_id: UUID, values: Form, errors: dict[str, str]) -> Response:
    today = datetime.now(UTC).date()
    with found.database.tenant(viewer.principal.tenant_id) as c:
        campaign = require_campaign(c, viewer.principal, campaign_id)
        shows = _show_names(c)
        rows = [(held, shows.get(str(held.show_id), EVERY_SHOW), _may_end(held, today)) for held in list_holdouts(c, campaign_id)]
    return page(
        "holdouts.html", viewer, "campaigns", http_status=422 if errors else 200, campaign=campaign, rows=rows, values=values,
        errors=errors, kinds=KIND_NAMES, shows=[("", EVERY_SHOW), *shows.items()],
    )  # fmt: skip


def _may_end(held: Holdout, today: date) -> bool:
    return held.withdrawn_at is None and held.starts_on <= today < held.ends_on


def _show_names(c: Writer) -> dict[str, str]:
    return {str(row["show_id"]): row["title"] for row in list_rows(c, "shows", "show_id", After(), MOST_SHOWS)}
