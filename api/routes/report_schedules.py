"""Schedules of reports, what they sent, and who gets nothing any more."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import BaseModel

from api.auth.dependencies import OwnerDep, ServicesDep, TenantReaderDep, WriterDep
from api.campaigns.events import record_audit
from api.campaigns.report_issues import (
    Issue,
    Suppression,
    SuppressionEntry,
    add_suppression,
    correct_issue,
    get_issue,
    lift_suppression,
    list_issues,
    list_suppressions,
)
from api.campaigns.report_previews import Preview, preview
from api.campaigns.report_schedules import (
    change_schedule,
    create_schedule,
    delete_schedule,
    get_schedule,
    list_schedules,
)
from api.campaigns.schedule_sending import Sending, send_to_me
from api.campaigns.schedule_shapes import Schedule, ScheduleChange, ScheduleEntry
from api.errors import Problem
from api.mail.returned import NotReturnedError, read_returned
from api.mail.suppressions import mark_returned
from api.routes.answers import Page, PageDep

router = APIRouter(prefix="/v1", tags=["report_schedules"])
BOUNCE = "\r\n".join(
    [
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b", "", "--b",
        "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.acme.com", "",
        "Final-Recipient: rfc822; jane@acme.com", "Action: failed", "Status: 5.1.1", "", "--b",
        "Content-Type: text/rfc822-headers", "",
        "Message-ID: <hostread.0123456789abcdef0123456789abcdef01234567@example.com>", "", "--b--", "",
    ]
)  # fmt: skip


class SchedulePage(Page):
    items: list[Schedule]


class IssuePage(Page):
    items: list[Issue]


class SuppressionPage(Page):
    items: list[Suppression]


class Noted(BaseModel):
    """What a returned message changed."""

    kind: str
    status: str
    is_suppressed: bool


@router.post("/report-schedules", status_code=201, operation_id="report_schedules_create", summary="Schedule reports")
def post_schedule(entry: ScheduleEntry, principal: WriterDep, found: ServicesDep) -> Schedule:
    """One sponsor's reports are mailed to the recipients: each week, each month, or once at the end of each of its campaigns."""
    with found.database.tenant(principal.tenant_id) as c:
        return create_schedule(c, principal, entry, is_mail_on=found.postman.is_on)


@router.get("/report-schedules", operation_id="report_schedules_list", summary="List report schedules")
def get_schedules(
    principal: TenantReaderDep, found: ServicesDep, page: PageDep, request: Request, response: Response
) -> SchedulePage:
    """One row per schedule of this account, newest first."""
    with found.database.tenant(principal.tenant_id) as c:
        items = list_schedules(c, page.after, page.limit)
    return SchedulePage(items=items, next_cursor=page.cut(request, response, items, "schedule_id"))


@router.get("/report-schedules/{schedule_id}", operation_id="report_schedules_read", summary="Read a report schedule")
def read_schedule(schedule_id: UUID, principal: TenantReaderDep, found: ServicesDep) -> Schedule:
    """One schedule, with what it sends next and when."""
    with found.database.tenant(principal.tenant_id) as c:
        return get_schedule(c, schedule_id)


@router.patch(
    "/report-schedules/{schedule_id}", operation_id="report_schedules_change", summary="Change or pause a report schedule"
)
def patch_schedule(schedule_id: UUID, change: ScheduleChange, principal: WriterDep, found: ServicesDep) -> Schedule:
    """One schedule with what is named changed. A pause stops what waits, and what falls due meanwhile is not sent afterwards."""
    with found.database.tenant(principal.tenant_id) as c:
        return change_schedule(c, principal, schedule_id, change, is_mail_on=found.postman.is_on)


@router.delete(
    "/report-schedules/{schedule_id}", status_code=204, operation_id="report_schedules_delete", summary="Delete a report schedule"
)
def remove_schedule(schedule_id: UUID, principal: WriterDep, found: ServicesDep) -> None:
    """One schedule less; what waits is not sent, and what was sent stays in the history."""
    with found.database.tenant(principal.tenant_id) as c:
        delete_schedule(c, principal, schedule_id)


@router.get("/report-schedules/{schedule_id}/preview", operation_id="report_schedules_preview", summary="Preview the next message")
def get_preview(schedule_id: UUID, principal: TenantReaderDep, found: ServicesDep) -> Preview:
    """One message as it would be now, by the build that is served; nothing is sent and nothing kept."""
    with found.database.tenant(principal.tenant_id) as c, found.warehouse.tenant(principal.tenant_id) as reader:
        return preview(c, reader, principal, get_schedule(c, schedule_id), found.settings.mail_from)


@router.post(
    "/report-schedules/{schedule_id}/send-to-me", status_code=202, operation_id="report_schedules_send_to_me",
    summary="Send the next message to me",
)  # fmt: skip
def post_send_to_me(schedule_id: UUID, principal: WriterDep, found: ServicesDep) -> Sending:
    """One message with its reports, marked as a preview, to the address of who asks and to nobody else."""
    with found.database.tenant(principal.tenant_id) as c:
        return send_to_me(c, principal, schedule_id, is_mail_on=found.postman.is_on)


@router.get("/report-deliveries", operation_id="report_schedules_deliveries_list", summary="List what was sent")
def get_issues(
    principal: TenantReaderDep,
    found: ServicesDep,
    page: PageDep,
    request: Request,
    response: Response,
    schedule_id: Annotated[UUID | None, Query(description="Only this schedule's.")] = None,
) -> IssuePage:
    """One row per message of a sponsor, period and version, newest first, with each recipient's mail and what came back."""
    with found.database.tenant(principal.tenant_id) as c:
        items = list_issues(c, page.after, page.limit, schedule_id)
    return IssuePage(items=items, next_cursor=page.cut(request, response, items, "issue_id"))


@router.get("/report-deliveries/{issue_id}", operation_id="report_schedules_deliveries_read", summary="Read one message's state")
def read_issue(issue_id: UUID, principal: TenantReaderDep, found: ServicesDep) -> Issue:
    """One message: held or out, with each recipient's mail."""
    with found.database.tenant(principal.tenant_id) as c:
        return get_issue(c, issue_id)


@router.post(
    "/report-deliveries/{issue_id}/corrections", status_code=202, operation_id="report_schedules_deliveries_correct",
    summary="Send a corrected version",
)  # fmt: skip
def post_correction(issue_id: UUID, principal: WriterDep, found: ServicesDep) -> Issue:
    """One message's next version, with its reports made anew, to the schedule's recipients of today."""
    with found.database.tenant(principal.tenant_id) as c:
        return correct_issue(c, principal, issue_id, is_mail_on=found.postman.is_on)


@router.get("/mail-suppressions", operation_id="report_schedules_suppressions_list", summary="List addresses that get no reports")
def get_suppressions(
    principal: TenantReaderDep, found: ServicesDep, page: PageDep, request: Request, response: Response
) -> SuppressionPage:
    """One row per address that gets no report of this account, newest first."""
    with found.database.tenant(principal.tenant_id) as c:
        items = list_suppressions(c, page.after, page.limit)
    return SuppressionPage(items=items, next_cursor=page.cut(request, response, items, "suppression_id"))


@router.post(
    "/mail-suppressions", status_code=201, operation_id="report_schedules_suppressions_create", summary="Stop mail to an address"
)
def post_suppression(entry: SuppressionEntry, principal: WriterDep, found: ServicesDep) -> Suppression:
    """One address that gets no report from now on."""
    with found.database.tenant(principal.tenant_id) as c:
        return add_suppression(c, principal, entry)


@router.delete(
    "/mail-suppressions/{suppression_id}",
    status_code=204,
    operation_id="report_schedules_suppressions_delete",
    summary="Allow mail again",
)
def delete_suppression(suppression_id: UUID, principal: WriterDep, found: ServicesDep) -> None:
    """One address that bounced, or was entered by hand, gets reports again; who unsubscribed or complained undoes it alone."""
    with found.database.tenant(principal.tenant_id) as c:
        lift_suppression(c, principal, suppression_id)


@router.post("/mail-bounces", operation_id="report_schedules_bounces_create", summary="Hand in a bounce or a complaint")
def post_bounce(
    content: Annotated[bytes, Body(media_type="message/rfc822", openapi_examples={"bounce": {"value": BOUNCE}})],
    principal: OwnerDep,
    found: ServicesDep,
) -> Noted:
    """One returned message (RFC 3464 or RFC 5965) as it came: its delivery is marked, and its address suppressed where it is bad or
    complained. `not-found` where it is of no mail of this account."""
    try:
        returned = read_returned(content)
    except NotReturnedError as error:
        raise Problem("invalid", str(error)) from error
    with found.database.tenant(principal.tenant_id) as c:
        row = c.execute(
            "select delivery_id, recipient from ops.deliveries where message_id = %s", [returned.message_key]
        ).fetchone()
        if row is None:
            raise Problem(
                "not-found", "found no mail of this account with the Message-ID that was returned, expected one: check whose it is"
            )
        is_suppressed = mark_returned(c, row["delivery_id"], row["recipient"], returned)
        record_audit(c, principal, "note_returned", "delivery", row["delivery_id"], status=returned.status)
    return Noted(kind=returned.kind, status=returned.status, is_suppressed=is_suppressed)
