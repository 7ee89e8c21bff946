"""Requests for reports, their files, and the schedules that send them. A worker renders; here is the queue's other end."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import psycopg
from pydantic import ConfigDict, EmailStr, Field

from api.auth.principals import Principal
from api.campaigns.accounts import Timezone
from api.campaigns.campaigns import require_campaign
from api.campaigns.events import record_audit, record_event, record_once
from api.campaigns.models import Entered, Entry
from api.campaigns.paging import After
from api.campaigns.sponsors import get_sponsor
from api.database import Row, Writer
from api.errors import Problem, not_found

Format = Literal["pdf", "csv", "xlsx"]


class ReportEntry(Entry):
    model_config = ConfigDict(json_schema_extra={"examples": [{"campaign_id": "5d9a2f0e-0f8e-4a6e-8a43-0d8ad3f6ad55"}]})

    campaign_id: UUID


class Report(Entered):
    """One requested report. `formats` lists the files that can be downloaded: none until it has succeeded."""

    report_id: UUID
    campaign_id: UUID
    kind: str
    status: Literal["requested", "running", "succeeded", "failed"]
    is_final: bool
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None
    build_id: UUID | None
    figures_sha256: str | None
    formats: list[Format]


class ScheduleEntry(Entry):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sponsor_id": "0b8f6c1e-6a53-4d57-9b7e-6f3f3a3a1f10",
                    "timezone": "Europe/Berlin",
                    "recipients": ["marketing@acme.example"],
                }
            ]
        }
    )

    sponsor_id: UUID
    cadence: Literal["weekly"] = "weekly"
    timezone: Timezone = "UTC"
    recipients: Annotated[list[EmailStr], Field(min_length=1, max_length=20)]


class Schedule(Entered):
    """One sponsor's weekly mail of its reports."""

    schedule_id: UUID
    sponsor_id: UUID
    cadence: str
    timezone: str
    recipients: list[str]
    is_active: bool
    created_at: datetime


PAGE = """
select
    r.report_id, r.campaign_id, r.kind, r.status, r.is_final, r.requested_at, r.started_at, r.finished_at, r.error, r.build_id,
    r.figures_sha256, f.formats
from app.reports as r
inner join app.campaigns as c on c.tenant_id = r.tenant_id and c.campaign_id = r.campaign_id
cross join lateral (
    select coalesce(array_agg(x.format order by x.format), '{}') as formats
    from app.report_files as x
    where x.report_id = r.report_id
) as f
where
    (%(report_id)s::uuid is null or r.report_id = %(report_id)s)
    and (%(campaign_id)s::uuid is null or r.campaign_id = %(campaign_id)s)
    and (%(sponsor_id)s::uuid is null or c.sponsor_id = %(sponsor_id)s)
    and (%(after_at)s::timestamptz is null or (r.requested_at, r.report_id) < (%(after_at)s, %(after_id)s::uuid))
order by r.requested_at desc, r.report_id desc
limit %(limit)s
"""


def request_report(c: Writer, who: Principal, campaign_id: UUID) -> Report:
    """Queue a report; one of the same campaign that still waits is returned instead: it will show the same figures.

    It is final where the flight has ended (UTC): that is the report after which a campaign completes.
    """
    require_campaign(c, who, campaign_id, lock=True)
    waiting = c.execute(
        "select report_id from app.reports where campaign_id = %s and status = 'requested' limit 1", [campaign_id]
    ).fetchone()
    if waiting is not None:
        return get_report(c, who, waiting["report_id"])
    row = c.execute(
        "insert into app.reports (tenant_id, campaign_id, is_final, requested_by) "
        "select tenant_id, campaign_id, flight_end < current_date, %s from app.campaigns where campaign_id = %s "
        "returning report_id",
        [who.user_id, campaign_id],
    ).fetchone()
    assert row is not None  # noqa: S101  # the campaign was found above
    record_event(c, who, "report.requested", campaign_id, report_id=str(row["report_id"]))
    record_audit(c, who, "request", "report", row["report_id"], campaign_id=str(campaign_id))
    return get_report(c, who, row["report_id"])


def list_reports(c: Writer, who: Principal, after: After, limit: int, campaign_id: UUID | None = None) -> list[Report]:
    """One row per report, the latest request first."""
    return [Report(**row) for row in _rows(c, who, after, limit, campaign_id=campaign_id)]


def get_report(c: Writer, who: Principal, report_id: UUID) -> Report:
    rows = _rows(c, who, After(), 1, report_id=report_id)
    if not rows:
        raise not_found("report", report_id)
    return Report(**rows[0])


def get_file(c: Writer, who: Principal, report_id: UUID, file_format: Format) -> Row:
    """`content`, `filename`, `media_type` and `sha256` of a finished report's file, and the trace that somebody took it."""
    report = get_report(c, who, report_id)
    row = c.execute(
        "select content, filename, media_type, sha256 from app.report_files where report_id = %s and format = %s",
        [report_id, file_format],
    ).fetchone()
    if row is None:
        if report.status in ("requested", "running"):
            raise Problem("conflict", f"found a report that is {report.status}, expected one that has succeeded: ask again shortly")
        raise not_found(f"{file_format} file of the report", report_id)
    record_once(c, who, "report.downloaded", report.campaign_id, report_id=str(report_id), format=file_format)
    return row


def create_schedule(c: Writer, who: Principal, entry: ScheduleEntry) -> Schedule:
    """Raises `conflict` where the sponsor has a schedule of this cadence."""
    get_sponsor(c, entry.sponsor_id)
    try:
        row = c.execute(
            "insert into app.report_schedules (tenant_id, sponsor_id, cadence, timezone, recipients) values (%s, %s, %s, %s, %s) "
            "returning schedule_id, sponsor_id, cadence, timezone, recipients, is_active, created_at",
            [who.tenant_id, entry.sponsor_id, entry.cadence, entry.timezone, list(entry.recipients)],
        ).fetchone()
    except psycopg.errors.UniqueViolation as error:
        raise Problem(
            "conflict", f"found a {entry.cadence} schedule of this sponsor, expected none: one mail a week is sent"
        ) from error
    schedule = Schedule(**(row or {}))
    record_audit(c, who, "create", "report_schedule", schedule.schedule_id, sponsor_id=str(entry.sponsor_id))
    return schedule


def _rows(
    c: Writer, who: Principal, after: After, limit: int, *, report_id: UUID | None = None, campaign_id: UUID | None = None
) -> list[Row]:
    chosen = {"report_id": report_id, "campaign_id": campaign_id, "sponsor_id": who.sees_sponsor, "limit": limit}
    return c.execute(PAGE, chosen | after.parameters).fetchall()
