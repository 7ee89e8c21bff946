"""A campaign's reports: requested with a button, watched while they are made, downloaded."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.campaigns.campaigns import require_campaign
from api.campaigns.paging import After
from api.campaigns.reports import Format, ReportEntry, get_file, get_report, list_reports, request_report
from api.dashboard.access import FormDep, FormViewerDep, ServicesDep, Viewer, ViewerDep
from api.dashboard.rendering import page
from api.database import Row, Writer
from api.errors import not_found
from api.reports.figures import KindName

router = APIRouter()
SHOWN = 20
UNDER_WAY = ("requested", "running")


def report_context(c: Writer, viewer: Viewer, campaign_id: UUID) -> dict[str, Any]:
    """What `parts/reports.html` needs: the newest reports, and whether one is under way."""
    reports = list_reports(c, viewer.principal, After(), SHOWN, campaign_id)
    return {"reports": reports, "is_report_pending": any(r.status in UNDER_WAY for r in reports)}


@router.get("/campaigns/{campaign_id}/reports")
def reports_part(campaign_id: UUID, viewer: ViewerDep, found: ServicesDep) -> HTMLResponse:
    """The block of reports alone: what the page polls while a report is made."""
    with found.database.tenant(viewer.principal.tenant_id) as c:
        campaign = require_campaign(c, viewer.principal, campaign_id)
        context = report_context(c, viewer, campaign_id)
    return page("parts/reports.html", viewer, campaign=campaign, **context)


@router.post("/campaigns/{campaign_id}/reports")
def request_page(campaign_id: UUID, request: Request, viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """Queue a report; htmx gets the block, a browser without scripts the page."""
    kind: KindName = "post_campaign" if form.get("kind") == "post_campaign" else "campaign"
    with found.database.tenant(viewer.principal.tenant_id) as c:
        request_report(c, viewer.principal, ReportEntry(kind=kind, campaign_id=campaign_id))
        campaign = require_campaign(c, viewer.principal, campaign_id)
        context = report_context(c, viewer, campaign_id)
    if request.headers.get("hx-request") == "true":
        return page("parts/reports.html", viewer, campaign=campaign, **context)
    return RedirectResponse(f"/campaigns/{campaign_id}#reports", 303)


@router.get("/campaigns/{campaign_id}/reports/{report_id}/{file_format}")
def download(campaign_id: UUID, report_id: UUID, file_format: Format, viewer: ViewerDep, found: ServicesDep) -> Response:
    """One file of a finished report, as it was rendered then."""
    with found.database.tenant(viewer.principal.tenant_id) as c:
        if get_report(c, viewer.principal, report_id).campaign_id != campaign_id:
            raise not_found("report", report_id)
        return file_answer(get_file(c, viewer.principal, report_id, file_format), file_format)


def file_answer(row: Row, file_format: Format) -> Response:
    """The bytes, under a name that any header and any file system carries."""
    name = "".join(letter for letter in row["filename"] if letter.isascii() and (letter.isalnum() or letter in "._- "))
    return Response(
        bytes(row["content"]),
        media_type=row["media_type"],
        headers={
            "Content-Disposition": f'attachment; filename="{name or f"report.{file_format}"}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
