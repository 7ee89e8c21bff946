"""Sponsors' sites: each with its write key, and the snippet that sends its visits and orders to the collector."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import WRITERS
from api.campaigns.accounts import Site, SiteEntry, SponsorEntry, create_site, create_sponsor, list_rows
from api.campaigns.paging import After
from api.dashboard.access import Form, FormDep, FormViewerDep, NetworkViewerDep, ServicesDep, Viewer
from api.dashboard.rendering import environment, page
from api.dashboard.submissions import field_errors
from api.errors import Problem, not_found
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
    """One site: what to paste where."""
    with found.database.tenant(viewer.principal.tenant_id) as c:
        rows = list_rows(c, "sites", "site_id", After(), LISTED)
        sponsors = {row["sponsor_id"]: row["name"] for row in list_rows(c, "sponsors", "sponsor_id", After(), LISTED)}
    site = next((Site(**row) for row in rows if row["site_id"] == site_id), None)
    if site is None:
        raise not_found("site", site_id)
    values = {"collector": found.settings.collector_base_url, "write_key": site.write_key}
    return page(
        "site.html",
        viewer,
        "sites",
        site=site,
        sponsor_name=sponsors.get(site.sponsor_id, ""),
        snippet=_code("parts/snippet.js", values),
        order=_code("parts/order.js", values),
        server=_code("parts/server.html", values),
    )


def _code(template: str, values: dict[str, str]) -> str:
    """Code to copy; the page escapes it as the text it is."""
    return environment().get_template(template).render(values).strip()


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
