"""Sponsors' sites: each with its write key, what it embeds, and a live test that shows its events arriving."""

import hashlib
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import WRITERS
from api.campaigns.accounts import Site, SiteEntry, create_site, get_site, list_rows
from api.campaigns.arrivals import Arrivals, find_arrivals
from api.campaigns.paging import After
from api.campaigns.snippets import set_up
from api.campaigns.sponsors import SponsorEntry, create_sponsor, get_sponsor
from api.dashboard.access import Form, FormDep, FormViewerDep, NetworkViewerDep, ServicesDep, Viewer
from api.dashboard.guide import Guide, find_guide
from api.dashboard.rendering import page
from api.dashboard.sentences import alert_line
from api.dashboard.submissions import field_errors
from api.errors import Problem
from api.marts.alerts import collection_alerts
from api.services import Services

router = APIRouter()
NEW = "new"
LISTED = 500


@router.get("/sites")
def sites_page(viewer: NetworkViewerDep, found: ServicesDep) -> Response:
    """The sites, and the form of a new one."""
    return _sites(viewer, found, {}, {}, "")


@router.post("/sites")
def create_site_page(viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """A site with a fresh write key; on to its snippet."""
    require_role(viewer.principal, WRITERS)
    filled = {name: value for name, value in form.items() if value}
    try:
        with found.database.tenant(viewer.principal.tenant_id) as c:
            if filled.get("sponsor_id") == NEW:
                sponsor = create_sponsor(
                    c,
                    viewer.principal,
                    SponsorEntry.model_validate({"name": filled.get("sponsor_name")} if filled.get("sponsor_name") else {}),
                )
                filled["sponsor_id"] = str(sponsor.sponsor_id)
            fields = {name: filled[name] for name in ("sponsor_id", "name", "domain") if name in filled}
            site = create_site(c, viewer.principal, SiteEntry.model_validate(fields))
    except ValidationError as error:
        return _sites(viewer, found, form, field_errors(error), "", 422)
    except Problem as problem:
        return _sites(viewer, found, form, {}, problem.detail, problem.status)
    return RedirectResponse(f"/sites/{site.site_id}", 303)


@router.get("/sites/{site_id}")
def site_page(site_id: UUID, viewer: NetworkViewerDep, found: ServicesDep) -> Response:
    """One site: what to paste where, and what of it arrives."""
    with found.database.tenant(viewer.principal.tenant_id) as c:
        site = get_site(c, site_id)
        sponsor = get_sponsor(c, site.sponsor_id)
        arrivals, guide = find_arrivals(c, site_id), find_guide(c, viewer, is_mail_on=found.postman.is_on)
    with found.warehouse.tenant(viewer.principal.tenant_id) as reader:
        alerts = [alert_line(alert) for alert in collection_alerts(reader, only_open=True, site_id=site_id).items]
    return page(
        "site.html",
        viewer,
        "sites",
        site=site,
        sponsor_name=sponsor.name,
        set_up=set_up(site.write_key, found.settings.collector_base_url, viewer.currency),
        arrivals=arrivals,
        alerts=alerts,
        guide=guide,
        seen=_seen(arrivals, guide),
    )


@router.get("/sites/{site_id}/arrivals")
def arrivals_part(site_id: UUID, viewer: NetworkViewerDep, found: ServicesDep, seen: Annotated[str, Query()] = "") -> Response:
    """The live test alone: what the page asks for again and again while it is in sight; 204 where it has `seen` that already."""
    with found.database.tenant(viewer.principal.tenant_id) as c:
        site = get_site(c, site_id)
        arrivals, guide = find_arrivals(c, site_id), find_guide(c, viewer, is_mail_on=found.postman.is_on)
    now = _seen(arrivals, guide)
    if seen == now:
        return Response(status_code=204, headers={"Cache-Control": "private, no-store"})
    return page("parts/arrivals.html", viewer, site=site, arrivals=arrivals, guide=guide, seen=now)


def _seen(arrivals: Arrivals, guide: Guide | None) -> str:
    """A digest of what the live test shows; another with each minute, since it says how long ago things were."""
    shown = f"{datetime.now(UTC):%H:%M} {arrivals.model_dump_json()} {guide}"
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def _sites(viewer: Viewer, found: Services, values: Form, errors: dict[str, str], problem: str, status: int = 200) -> Response:
    with found.database.tenant(viewer.principal.tenant_id) as c:
        sites = [Site(**row) for row in list_rows(c, "sites", "site_id", After(), LISTED)]
        names = {row["sponsor_id"]: row["name"] for row in list_rows(c, "sponsors", "sponsor_id", After(), LISTED)}
    choices = [
        *sorted(((str(key), name) for key, name in names.items()), key=lambda choice: choice[1].lower()),
        (NEW, "New sponsor …"),
    ]
    return page(
        "sites.html",
        viewer,
        "sites",
        http_status=status,
        sites=sites,
        sponsor_names=names,
        sponsors=choices,
        errors=errors,
        problem=problem,
        values={"sponsor_id": choices[0][0]} | values,
    )
