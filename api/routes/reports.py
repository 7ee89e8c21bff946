"""Reports: requested, followed, downloaded."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.auth.dependencies import PrincipalDep, ServicesDep
from api.campaigns.reports import (
    Format,
    Report,
    ReportEntry,
    get_file,
    get_report,
    list_reports,
    request_report,
)
from api.reports.figures import KindName
from api.routes.answers import Page, PageDep, is_known
from api.success.overview import cost_of

router = APIRouter(prefix="/v1")
FILE_ANSWER = {
    200: {
        "description": "The file.",
        "content": {
            "application/pdf": {},
            "text/csv": {},
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {},
        },
    }
}


class ReportPage(Page):
    items: list[Report]


@router.post("/reports", status_code=202, tags=["reports"], operation_id="reports_request", summary="Request a report")
def post_report(entry: ReportEntry, principal: PrincipalDep, found: ServicesDep, response: Response) -> Report:
    """One report is queued; follow it at its Location. A campaign's is final where its flight has ended; a network summary is of
    all campaigns within a period, and a value review of the account as well."""
    with found.database.tenant(principal.tenant_id) as c:
        report = request_report(c, principal, entry, cost_of(found))
    response.headers["Location"] = f"/v1/reports/{report.report_id}"
    return report


@router.get("/reports", tags=["reports"], operation_id="reports_list", summary="List reports")
def get_reports(
    principal: PrincipalDep,
    found: ServicesDep,
    page: PageDep,
    request: Request,
    response: Response,
    campaign_id: Annotated[UUID | None, Query(description="Only this campaign's.")] = None,
    kind: Annotated[KindName | None, Query(description="Only this kind.")] = None,
) -> ReportPage:
    """One row per report, the latest request first."""
    with found.database.tenant(principal.tenant_id) as c:
        items = list_reports(c, principal, page.after, page.limit, campaign_id, kind)
    return ReportPage(items=items, next_cursor=page.cut(request, response, items, "report_id", "requested_at"))


@router.get("/reports/{report_id}", tags=["reports"], operation_id="reports_read", summary="Read a report's status")
def read_report(report_id: UUID, principal: PrincipalDep, found: ServicesDep) -> Report:
    """One report: its status, the build behind its figures, and the formats that can be downloaded."""
    with found.database.tenant(principal.tenant_id) as c:
        return get_report(c, principal, report_id)


@router.get(
    "/reports/{report_id}/files/{file_format}",
    tags=["reports"],
    operation_id="reports_download",
    summary="Download a report's file",
    response_class=Response,
    responses={**FILE_ANSWER},  # type: ignore[dict-item]  # FastAPI takes int keys too
)
def download_report(
    report_id: UUID, file_format: Format, principal: PrincipalDep, found: ServicesDep, request: Request
) -> Response:
    """One file of a finished report. Writes `report.downloaded`, once an hour."""
    with found.database.tenant(principal.tenant_id) as c:
        file = get_file(c, principal, report_id, file_format)
    headers = {
        "ETag": f'"{file["sha256"]}"',
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="{safe_filename(file["filename"])}"',
    }
    if is_known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(file["content"], media_type=file["media_type"], headers=headers)


def safe_filename(name: str) -> str:
    """ASCII without quotes, separators and control characters: what a header may hold."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    return kept.strip(" .")[:120] or "report"
