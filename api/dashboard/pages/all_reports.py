"""All reports of the account: found, downloaded, and seen before they are made; a network summary is asked for here."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.campaigns.accounts import list_rows
from api.campaigns.campaigns import require_campaign
from api.campaigns.paging import After
from api.campaigns.report_settings import look_of
from api.campaigns.reports import (
    Format,
    Report,
    ReportEntry,
    get_file,
    list_reports,
    request_report,
    require_account,
    summed_sponsor,
)
from api.dashboard.access import Form, FormDep, FormViewerDep, ServicesDep, Viewer, ViewerDep
from api.dashboard.pages.reports import UNDER_WAY, file_answer
from api.dashboard.rendering import page
from api.dashboard.submissions import field_errors
from api.database import Writer
from api.errors import Problem
from api.marts.figures import CampaignFigures, NetworkFigures, campaign_figures, network_figures
from api.reports.figures import KINDS, KindName, build_document
from api.reports.formats import shown
from api.reports.look import Language, looking
from api.services import Services
from api.success.overview import cost_of
from api.success.review import review_figures

router = APIRouter()
SHOWN = 50
LISTED = 500
LANGUAGES = (("en", "English"), ("de", "Deutsch"), ("es", "Español"))
KIND_NAMES = {name: kind.title for name, kind in KINDS.items()}
PERIOD = ("first_day", "last_day", "sponsor_id")


@router.get("/reports")
def reports_page(viewer: ViewerDep, found: ServicesDep) -> HTMLResponse:
    """The newest reports of every kind."""
    return _reports(viewer, found)


@router.get("/reports/list")
def reports_list_part(viewer: ViewerDep, found: ServicesDep) -> HTMLResponse:
    """The list alone: what the page polls while a report is made."""
    with found.database.tenant(viewer.principal.tenant_id) as c:
        return page("parts/all_reports.html", viewer, **_listed(c, viewer))


@router.post("/reports")
def request_summary_page(viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """Queue a network summary."""
    filled = {name: form[name] for name in (*PERIOD, "language") if form.get(name)}
    try:
        entry = ReportEntry.model_validate({"kind": "network", **filled})
        with found.database.tenant(viewer.principal.tenant_id) as c:
            request_report(c, viewer.principal, entry)
    except ValidationError as error:
        # A fault of the period as a whole stands beside its end.
        problems = {name: words for name, words in field_errors(error).items() if name in (*PERIOD, "language")}
        return _reports(viewer, found, values=form, errors=problems or {"last_day": _sentence(error)}, status=422)
    except Problem as problem:
        return _reports(viewer, found, values=form, errors={"last_day": problem.detail}, status=problem.status)
    return RedirectResponse("/reports", 303)


@router.get("/reports/preview")
def preview_page(
    viewer: ViewerDep,
    found: ServicesDep,
    kind: KindName = "campaign",
    campaign_id: UUID | None = None,
    sponsor_id: Annotated[UUID | str | None, Query(max_length=36)] = None,
    first_day: date | None = None,
    last_day: date | None = None,
    language: Language | None = None,
) -> HTMLResponse:
    """What a report would say now, as a page; nothing is made or stored."""
    sponsor = sponsor_id if isinstance(sponsor_id, UUID) else None
    try:
        entry = ReportEntry(
            kind=kind, campaign_id=campaign_id, sponsor_id=sponsor, first_day=first_day, last_day=last_day, language=language
        )
    except ValidationError as error:
        raise Problem("invalid", _sentence(error)) from error
    with found.database.tenant(viewer.principal.tenant_id) as c:
        look = look_of(c, language)
        if entry.campaign_id is not None:
            require_campaign(c, viewer.principal, entry.campaign_id)
        else:
            require_account(viewer.principal, kind)
            sponsor = summed_sponsor(c, viewer.principal, entry.sponsor_id)
    with found.warehouse.tenant(viewer.principal.tenant_id) as reader:
        figures: CampaignFigures | NetworkFigures
        if entry.campaign_id is not None:
            figures = campaign_figures(reader, entry.campaign_id)
        else:
            assert entry.first_day is not None and entry.last_day is not None  # noqa: S101  # the entry has no other
            if kind == "value_review":
                figures = review_figures(reader, entry.first_day, entry.last_day, cost_of(found))
            else:
                figures = network_figures(reader, entry.first_day, entry.last_day, sponsor_id=sponsor)
    # Rendered under the look: numbers and dates are written in its language.
    with looking(look):
        document = build_document(figures, kind=kind)
        return page(
            "report_preview.html", viewer, "reports", document=document, look=look, shown=shown, kinds=KIND_NAMES, entry=entry,
            languages=LANGUAGES, build=figures.build,
        )  # fmt: skip


@router.post("/reports/preview")
def show_preview(viewer: FormViewerDep, form: FormDep) -> Response:
    """The preview of what the form holds: an address without the form's token."""
    chosen = {name: form[name] for name in (*PERIOD, "language") if form.get(name)}
    return RedirectResponse(f"/reports/preview?{urlencode({'kind': 'network', **chosen})}", 303)


@router.get("/reports/{report_id}/{file_format}")
def download_any(report_id: UUID, file_format: Format, viewer: ViewerDep, found: ServicesDep) -> Response:
    """One file of a finished report, as it was rendered then."""
    with found.database.tenant(viewer.principal.tenant_id) as c:
        return file_answer(get_file(c, viewer.principal, report_id, file_format), file_format)


def _reports(
    viewer: Viewer, found: Services, *, values: Form | None = None, errors: dict[str, str] | None = None, status: int = 200
) -> HTMLResponse:
    with found.database.tenant(viewer.principal.tenant_id) as c:
        context = _listed(c, viewer)
        sponsors = list_rows(c, "sponsors", "sponsor_id", After(), LISTED) if viewer.sees_tenant else []
        language = look_of(c).language
    last = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
    month = {"first_day": last.replace(day=1).isoformat(), "last_day": last.isoformat(), "language": language}
    return page(
        "reports.html", viewer, "reports", http_status=status, values=values or month, errors=errors or {}, languages=LANGUAGES,
        sponsors=[("", "All sponsors"), *((str(row["sponsor_id"]), row["name"]) for row in sponsors)], **context,
    )  # fmt: skip


def _listed(c: Writer, viewer: Viewer) -> dict[str, Any]:
    reports = list_reports(c, viewer.principal, After(), SHOWN)
    ids = list({r.campaign_id for r in reports if r.campaign_id})
    named = c.execute("select campaign_id, name from app.campaigns where campaign_id = any(%s)", [ids]).fetchall()
    names = {row["campaign_id"]: row["name"] for row in named}
    return {
        "reports": reports, "kinds": KIND_NAMES, "subjects": {r.report_id: _subject(r, names) for r in reports},
        "is_report_pending": any(r.status in UNDER_WAY for r in reports),
    }  # fmt: skip


def _subject(report: Report, names: dict[UUID, str]) -> str:
    if report.campaign_id:
        return names.get(report.campaign_id, "")
    return f"{report.period_start} to {report.period_end}"


def _sentence(error: ValidationError) -> str:
    return "; ".join(str(fault["msg"]).removeprefix("Value error, ") for fault in error.errors())
