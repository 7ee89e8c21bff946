"""What schedules sent, what is held and why, corrected versions of it, and the addresses that get nothing any more."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, EmailStr, Field

from api.auth.principals import Principal
from api.campaigns.events import record_audit
from api.campaigns.models import Entered, Entry
from api.campaigns.paging import After, page_clause
from api.campaigns.report_schedules import get_schedule
from api.campaigns.schedule_shapes import ScheduledKind
from api.campaigns.senders import require_confirmed
from api.database import Writer
from api.errors import Problem, not_found
from api.mail.issues import Subject, add_recipients, ensure_issue
from api.mail.periods import Cadence, Period
from api.mail.suppressions import Reason, suppress

PAGE = """
select
    i.issue_id, i.schedule_id, i.sponsor_id, s.name as sponsor_name, i.cadence, i.period_start, i.period_end, i.campaign_id,
    i.version, i.is_preview, i.status, i.held_reason, i.created_at, i.ready_at,
    coalesce((
        select jsonb_agg(jsonb_build_object(
            'recipient', d.recipient, 'status', d.status, 'attempt_count', d.attempt_count, 'reason', d.last_error,
            'answer', d.answer, 'sent_at', d.sent_at, 'link_used_at', d.link_used_at, 'message_id', d.message_id
        ) order by d.recipient)
        from ops.deliveries as d
        where d.tenant_id = i.tenant_id and d.issue_id = i.issue_id
    ), '[]') as mails,
    coalesce((
        select jsonb_agg(
            jsonb_build_object('kind', n.kind, 'campaign_id', n.campaign_id, 'report_id', n.report_id)
            order by n.campaign_id, n.kind
        )
        from ops.issue_reports as n
        where n.tenant_id = i.tenant_id and n.issue_id = i.issue_id
    ), '[]') as reports
from ops.report_issues as i
inner join app.sponsors as s on s.tenant_id = i.tenant_id and s.sponsor_id = i.sponsor_id
where
    (%(issue_id)s::uuid is null or i.issue_id = %(issue_id)s)
    and (%(schedule_id)s::uuid is null or i.schedule_id = %(schedule_id)s)
    and (%(after_at)s::timestamptz is null or (i.created_at, i.issue_id) < (%(after_at)s, %(after_id)s::uuid))
order by i.created_at desc, i.issue_id desc
limit %(limit)s
"""
NEXT_VERSION = """
select coalesce(max(version), 0) + 1 as version
from ops.report_issues
where sponsor_id = %s and cadence = %s and period_start = %s and campaign_id is not distinct from %s and not is_preview
"""
SUPPRESSION = "suppression_id, address, reason, detail, created_at"


class Mailed(Entered):
    """One recipient of a message. `answer`: the status code of what came back, or the kind of a complaint."""

    recipient: str
    status: Literal["pending", "sent", "failed", "held", "bounced", "complained", "suppressed"]
    attempt_count: int
    reason: str | None
    answer: str | None
    sent_at: datetime | None
    link_used_at: datetime | None
    message_id: str = Field(description="The left part of its Message-ID.")


class Carried(Entered):
    """One report in a message; `report_id` is null until it is asked for."""

    kind: ScheduledKind
    campaign_id: UUID | None = Field(description="null: of a network summary.")
    report_id: UUID | None


class Issue(Entered):
    """One message of a sponsor and period, or its corrected version, with everyone it goes to."""

    issue_id: UUID
    schedule_id: UUID | None
    sponsor_id: UUID
    sponsor_name: str
    cadence: Cadence
    period_start: date
    period_end: date
    campaign_id: UUID | None
    version: int
    is_preview: bool
    status: Literal["open", "held", "ready", "empty"]
    held_reason: str | None
    created_at: datetime
    ready_at: datetime | None
    mails: list[Mailed]
    reports: list[Carried]


class SuppressionEntry(Entry):
    model_config = ConfigDict(json_schema_extra={"examples": [{"address": "left@acme.com", "detail": "has left the company"}]})

    address: EmailStr
    detail: Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")] | None = None


class Suppression(Entered):
    """One address that gets no report of this account."""

    suppression_id: UUID
    address: str
    reason: Reason
    detail: str | None
    created_at: datetime


def list_issues(c: Writer, after: After, limit: int, schedule_id: UUID | None = None) -> list[Issue]:
    """One row per message, the newest first."""
    known = {**after.parameters, "limit": limit, "schedule_id": schedule_id, "issue_id": None}
    return [Issue(**row) for row in c.execute(PAGE, known).fetchall()]


def get_issue(c: Writer, issue_id: UUID) -> Issue:
    row = c.execute(PAGE, {**After().parameters, "limit": 1, "schedule_id": None, "issue_id": issue_id}).fetchone()
    if row is None:
        raise not_found("message", issue_id)
    return Issue(**row)


def correct_issue(c: Writer, who: Principal, issue_id: UUID, *, is_mail_on: bool) -> Issue:
    """The next version of a message that went out: its reports are made anew, and it says that it corrects the one before. Raises
    `conflict` for one that has not gone out, or whose schedule is gone or paused."""
    require_confirmed(c, who, is_mail_on=is_mail_on)
    issue = get_issue(c, issue_id)
    if issue.status != "ready" or issue.is_preview:
        raise Problem(
            "conflict", f"found a message that is {issue.status}, expected one that went out: it goes with what is right by then"
        )
    if issue.schedule_id is None:
        raise Problem("conflict", "found a message without a schedule, expected one: schedule the sponsor's reports")
    schedule = get_schedule(c, issue.schedule_id)
    if not schedule.is_active:
        raise Problem("conflict", "found a paused schedule, expected one that runs: resume it first")
    row = c.execute(NEXT_VERSION, [issue.sponsor_id, issue.cadence, issue.period_start, issue.campaign_id]).fetchone()
    subject = Subject(
        who.tenant_id, schedule.schedule_id, issue.sponsor_id, issue.cadence, Period(issue.period_start, issue.period_end),
        issue.campaign_id, row["version"] if row else 2,
    )  # fmt: skip
    made, _ = ensure_issue(c, subject)
    for carried in issue.reports:
        c.execute(
            "insert into ops.issue_reports (tenant_id, issue_id, kind, campaign_id) values (%s, %s, %s, %s) on conflict do nothing",
            [who.tenant_id, made, carried.kind, carried.campaign_id],
        )
    add_recipients(c, subject, made, schedule.recipients)
    record_audit(c, who, "correct", "report_issue", made, corrects=str(issue_id), version=subject.version)
    return get_issue(c, made)


def list_suppressions(c: Writer, after: After, limit: int) -> list[Suppression]:
    """One row per address, the newest first."""
    query = page_clause("mail_suppressions", SUPPRESSION, "suppression_id")
    return [Suppression(**row) for row in c.execute(query, {**after.parameters, "limit": limit, "filter": None}).fetchall()]


def add_suppression(c: Writer, who: Principal, entry: SuppressionEntry) -> Suppression:
    """The address gets no report from now on; one that is there already keeps the weightier reason."""
    suppress(c, entry.address, "manual", entry.detail)
    row = c.execute(
        f"select {SUPPRESSION} from app.mail_suppressions where address = lower(%s)",  # noqa: S608
        [entry.address],
    ).fetchone()
    made = Suppression(**(row or {}))
    record_audit(c, who, "suppress", "mail_suppression", made.suppression_id)
    return made


def lift_suppression(c: Writer, who: Principal, suppression_id: UUID) -> None:
    """Raises `not-found`, and `conflict` for who said so: only the person can undo that, by the link of a mail."""
    row = c.execute("select reason from app.mail_suppressions where suppression_id = %s", [suppression_id]).fetchone()
    if row is None:
        raise not_found("suppressed address", suppression_id)
    if row["reason"] in ("unsubscribed", "complained"):
        raise Problem(
            "conflict",
            f"found an address that {row['reason']}, expected one that bounced or was entered by hand: only the person can undo "
            "it, by the link in a mail",
        )
    c.execute("delete from app.mail_suppressions where suppression_id = %s", [suppression_id])
    record_audit(c, who, "lift", "mail_suppression", suppression_id)
