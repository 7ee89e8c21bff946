"""Schedules of reports: who gets them and when, what was sent, what is held and why, and who gets nothing any more."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import WRITERS
from api.campaigns.paging import After
from api.campaigns.report_issues import (
    SuppressionEntry,
    add_suppression,
    correct_issue,
    lift_suppression,
    list_issues,
    list_suppressions,
)
from api.campaigns.report_previews import preview
from api.campaigns.report_schedules import (
    change_schedule,
    create_schedule,
    delete_schedule,
    get_schedule,
    list_schedules,
)
from api.campaigns.schedule_sending import send_to_me
from api.campaigns.schedule_shapes import KINDS_OF, ScheduleChange, ScheduleEntry
from api.dashboard.access import Form, FormDep, FormViewerDep, NetworkViewerDep, ServicesDep, Viewer
from api.dashboard.pictures import schedules as pictures
from api.dashboard.rendering import page
from api.dashboard.submissions import field_errors
from api.database import Writer
from api.errors import Problem
from api.mail.periods import Cadence
from api.services import Services

router = APIRouter(prefix="/settings/schedules")
HOME = "/settings/schedules"
SHOWN = 100
SENT_SHOWN = 30
SAID = {
    "created": "The schedule is set.", "changed": "The schedule is changed.", "deleted": "The schedule is gone.",
    "sent": "A preview is on its way to you.", "corrected": "The corrected message goes out as soon as its reports are made.",
    "lifted": "The address gets reports again.", "stopped": "The address gets no more reports.",
}  # fmt: skip


@router.get("")
def schedules_page(viewer: NetworkViewerDep, found: ServicesDep, said: str = "") -> Response:
    """All schedules, the newest messages, and the addresses that get nothing."""
    return _page(viewer, found, notice=SAID.get(said, ""))


@router.post("")
def create_page(viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """A new schedule."""
    require_role(viewer.principal, WRITERS)
    names = ("sponsor_id", "cadence", "timezone", "send_hour", "days_after_end")
    try:
        cadence: Cadence = next((name for name in KINDS_OF if name == form.get("cadence")), "weekly")
        chosen = {"kinds": pictures.kinds_of(cadence, form.get("carried", ""))} | _recipients(form)
        entry = ScheduleEntry.model_validate({name: form[name] for name in names if form.get(name)} | chosen)
        with found.database.tenant(viewer.principal.tenant_id) as c:
            create_schedule(c, viewer.principal, entry, is_mail_on=found.postman.is_on)
    except ValidationError as error:
        return _page(viewer, found, values=form, errors=_errors(error), status=422)
    except Problem as problem:
        return _page(viewer, found, values=form, problem=problem.detail or "", status=problem.status)
    return _back("created")


@router.post("/{schedule_id}")
def change_page(schedule_id: UUID, viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """Other recipients or times, a pause (`is_active` false) or its end."""
    require_role(viewer.principal, WRITERS)
    names = ("timezone", "send_hour", "days_after_end", "is_active")
    try:
        change = ScheduleChange.model_validate({name: form[name] for name in names if form.get(name)} | _recipients(form))
        with found.database.tenant(viewer.principal.tenant_id) as c:
            change_schedule(c, viewer.principal, schedule_id, change, is_mail_on=found.postman.is_on)
    except ValidationError as error:
        return _page(viewer, found, problem="; ".join(_errors(error).values()), status=422)
    except Problem as problem:
        return _page(viewer, found, problem=problem.detail or "", status=problem.status)
    return _back("changed")


@router.post("/{schedule_id}/delete")
def delete_page(schedule_id: UUID, viewer: FormViewerDep, found: ServicesDep) -> Response:
    """One schedule less; what waits is not sent."""
    require_role(viewer.principal, WRITERS)
    with found.database.tenant(viewer.principal.tenant_id) as c:
        delete_schedule(c, viewer.principal, schedule_id)
    return _back("deleted")


@router.get("/{schedule_id}/preview")
def preview_page(schedule_id: UUID, viewer: NetworkViewerDep, found: ServicesDep) -> Response:
    """The next message as it would be now."""
    with found.database.tenant(viewer.principal.tenant_id) as c, found.warehouse.tenant(viewer.principal.tenant_id) as reader:
        schedule = get_schedule(c, schedule_id)
        shown = preview(c, reader, viewer.principal, schedule, found.settings.mail_from)
    return page(
        "schedule_preview.html", viewer, "settings", schedule=schedule, preview=shown, is_mail_on=found.postman.is_on,
        pictures=pictures,
    )  # fmt: skip


@router.post("/{schedule_id}/send-to-me")
def send_to_me_page(schedule_id: UUID, viewer: FormViewerDep, found: ServicesDep) -> Response:
    """The same as a mail, to who asks."""
    return _done(viewer, found, "sent", lambda c: send_to_me(c, viewer.principal, schedule_id, is_mail_on=found.postman.is_on))


@router.post("/messages/{issue_id}/correct")
def correct_page(issue_id: UUID, viewer: FormViewerDep, found: ServicesDep) -> Response:
    """The next version of a message that went out."""
    return _done(viewer, found, "corrected", lambda c: correct_issue(c, viewer.principal, issue_id, is_mail_on=found.postman.is_on))


@router.post("/suppressions/add")
def stop_page(viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """No more reports to an address."""
    require_role(viewer.principal, WRITERS)
    try:
        entry = SuppressionEntry.model_validate({name: form[name] for name in ("address", "detail") if form.get(name)})
    except ValidationError as error:
        return _page(viewer, found, values=form, errors=field_errors(error), status=422)
    with found.database.tenant(viewer.principal.tenant_id) as c:
        add_suppression(c, viewer.principal, entry)
    return _back("stopped")


@router.post("/suppressions/{suppression_id}/lift")
def lift_page(suppression_id: UUID, viewer: FormViewerDep, found: ServicesDep) -> Response:
    """Reports to an address again."""
    return _done(viewer, found, "lifted", lambda c: lift_suppression(c, viewer.principal, suppression_id))


def _done(viewer: Viewer, found: Services, said: str, act: Callable[[Writer], object]) -> Response:
    """Back to the list once it is done; where it cannot be, the list with the reason."""
    require_role(viewer.principal, WRITERS)
    try:
        with found.database.tenant(viewer.principal.tenant_id) as c:
            act(c)
    except Problem as problem:
        return _page(viewer, found, problem=problem.detail or "", status=problem.status)
    return _back(said)


def _page(
    viewer: Viewer,
    found: Services,
    *,
    values: Form | None = None,
    errors: dict[str, str] | None = None,
    problem: str = "",
    notice: str = "",
    status: int = 200,
) -> Response:
    with found.database.tenant(viewer.principal.tenant_id) as c:
        schedules = list_schedules(c, After(), SHOWN)
        issues = list_issues(c, After(), SENT_SHOWN)
        suppressions = list_suppressions(c, After(), SHOWN)
        sponsors = c.execute("select sponsor_id, name from app.sponsors order by name, sponsor_id").fetchall()
        account = c.execute("select timezone from app.tenants").fetchone() or {}
    defaults = {
        "cadence": "weekly",
        "carried": "each",
        "send_hour": "6",
        "days_after_end": "0",
        "timezone": account.get("timezone", "UTC"),
    }
    return page(
        "schedules.html", viewer, "settings", http_status=status, schedules=schedules, issues=issues, suppressions=suppressions,
        sponsors=[(str(row["sponsor_id"]), row["name"]) for row in sponsors],
        names={row["sponsor_id"]: row["name"] for row in sponsors},
        values=defaults | (values or {}), errors=errors or {}, problem=problem, notice=notice, pictures=pictures,
        is_mail_on=found.postman.is_on,
    )  # fmt: skip


def _recipients(form: Form) -> dict[str, Any]:
    """The addresses of the form's field, one a line or between commas."""
    named = form.get("recipients", "").replace(",", " ").split()
    return {"recipients": named} if named or "cadence" in form else {}


def _errors(error: ValidationError) -> dict[str, str]:
    """One sentence per field; an address that is wrong stands under all of them."""
    said: dict[str, str] = {}
    for fault in error.errors():
        name = next((str(part) for part in fault["loc"] if isinstance(part, str)), "recipients")
        said.setdefault(name, f"{fault['input']}: not an address." if name == "recipients" and fault["input"] else fault["msg"])
    return said


def _back(said: str) -> Response:
    return RedirectResponse(f"{HOME}?said={said}", 303)
