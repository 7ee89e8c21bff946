"""Requests for reports, and their files. A worker renders; here is the queue's other end."""

from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from api.auth.principals import Principal
from api.campaigns.campaigns import require_campaign
from api.campaigns.events import record_audit, record_event, record_once
from api.campaigns.models import Entered, Entry
from api.campaigns.paging import After
from api.campaigns.sponsors import get_sponsor
from api.database import Row, Writer
from api.errors import Problem, not_found
from api.reports.figures import KindName
from api.reports.look import Language
from api.success.economics import Cost

OF_A_PERIOD = ("network", "value_review")
Format = Literal["pdf", "csv", "xlsx"]
# Days of a network summary: a leap year.
LONGEST_PERIOD = 366


class ReportEntry(Entry):
    """A campaign's report, or the report after its flight, needs the campaign; a network summary or a value review a period of UTC
    days."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"campaign_id": "5d9a2f0e-0f8e-4a6e-8a43-0d8ad3f6ad55"},
                {"kind": "network", "first_day": "2026-10-01", "last_day": "2026-10-31", "language": "de"},
            ]
        }
    )

    kind: KindName = "campaign"
    campaign_id: UUID | None = Field(None, description="Of `campaign` and `post_campaign`.")
    sponsor_id: UUID | None = Field(None, description="Of `network`: only this sponsor's campaigns.")
    first_day: date | None = Field(None, description="Of `network` and `value_review`: the first UTC day.")
    last_day: date | None = Field(None, description="Of `network` and `value_review`: the last UTC day, included.")
    language: Language | None = Field(None, description="Without one, that of the report settings.")

    @model_validator(mode="after")
    def _is_of_something(self) -> "ReportEntry":
        if self.kind not in OF_A_PERIOD:
            if self.campaign_id is None:
                raise ValueError(f"found no campaign_id, expected one: a report of the kind {self.kind} is of one campaign")
            if self.sponsor_id or self.first_day or self.last_day:
                raise ValueError(f"found a period or a sponsor, expected none: a report of the kind {self.kind} is of its campaign")
            return self
        if self.campaign_id is not None:
            raise ValueError(f"found a campaign_id, expected none: a report of the kind {self.kind} is of all campaigns")
        if self.kind == "value_review" and self.sponsor_id is not None:
            raise ValueError("found a sponsor_id, expected none: a value review is of the whole account")
        if self.first_day is None or self.last_day is None:
            raise ValueError(f"found no period, expected first_day and last_day: a report of the kind {self.kind} is of a period")
        if not self.first_day <= self.last_day <= self.first_day + timedelta(days=LONGEST_PERIOD - 1):
            raise ValueError(
                f"found {self.first_day} to {self.last_day}, expected last_day the same or later, and at most {LONGEST_PERIOD} days"
            )
        return self


class Report(Entered):
    """One requested report. `formats` lists the files that can be downloaded: none until it has succeeded.

    `version` counts how often what was told of this subject and period was changed afterwards; `restates_id` is the report that
    this one restates.
    """

    report_id: UUID
    campaign_id: UUID | None
    sponsor_id: UUID | None
    kind: KindName
    period_start: date | None
    period_end: date | None
    language: Language
    version: int
    restates_id: UUID | None
    status: Literal["requested", "running", "succeeded", "failed"]
    is_final: bool
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None
    build_id: UUID | None
    figures_sha256: str | None
    formats: list[Format]


PAGE = """
select
    r.report_id, r.campaign_id, r.sponsor_id, r.kind, r.period_start, r.period_end, r.language, r.version, r.restates_id,
    r.status, r.is_final, r.requested_at, r.started_at, r.finished_at, r.error, r.build_id,
    r.figures_sha256, f.formats
from app.reports as r
left join app.campaigns as c on c.tenant_id = r.tenant_id and c.campaign_id = r.campaign_id
cross join lateral (
    select coalesce(array_agg(x.format order by x.format), '{}') as formats
    from app.report_files as x
    where x.report_id = r.report_id
) as f
where
    (%(report_id)s::uuid is null or r.report_id = %(report_id)s)
    and (%(campaign_id)s::uuid is null or r.campaign_id = %(campaign_id)s)
    and (%(sponsor_id)s::uuid is null or coalesce(c.sponsor_id, r.sponsor_id) = %(sponsor_id)s)
    and (%(kind)s::text is null or r.kind = %(kind)s)
    and (%(after_at)s::timestamptz is null or (r.requested_at, r.report_id) < (%(after_at)s, %(after_id)s::uuid))
order by r.requested_at desc, r.report_id desc
limit %(limit)s
"""


REQUEST = """
insert into app.reports (
    tenant_id, kind, campaign_id, sponsor_id, period_start, period_end, language, is_final, requested_by, infrastructure_cost,
    infrastructure_currency
)
values (
    %(tenant_id)s, %(kind)s, %(campaign_id)s, %(sponsor_id)s, %(first_day)s, %(last_day)s,
    coalesce(%(language)s, (select s.language from app.report_settings as s), 'en'),
    coalesce((select c.flight_end < current_date from app.campaigns as c where c.campaign_id = %(campaign_id)s), false)
    and %(kind)s = 'campaign', %(user_id)s, %(cost)s, %(cost_currency)s
)
returning report_id
"""
WAITING = """
select report_id
from app.reports
where
    status = 'requested' and kind = %(kind)s and campaign_id is not distinct from %(campaign_id)s
    and sponsor_id is not distinct from %(sponsor_id)s and period_start is not distinct from %(first_day)s
    and period_end is not distinct from %(last_day)s
    and language = coalesce(%(language)s, (select s.language from app.report_settings as s), 'en')
limit 1
"""


def request_report(c: Writer, who: Principal, entry: ReportEntry, cost: Cost | None = None) -> Report:
    """Queue a report; one of the same that still waits is returned instead: it will show the same figures.

    A campaign's is final where the flight has ended (UTC): that is the report after which a campaign completes. `cost`: of a value
    review, what the installation costs a month. Raises `forbidden` for a sponsor's person who asks for one.
    """
    told = cost if entry.kind == "value_review" else None
    asked = entry.model_dump() | {
        "tenant_id": who.tenant_id, "user_id": who.user_id, "cost": told.amount if told else None,
        "cost_currency": told.currency if told else None,
    }  # fmt: skip
    require_account(who, entry.kind)
    if entry.campaign_id is not None:
        require_campaign(c, who, entry.campaign_id, lock=True)
    else:
        asked["sponsor_id"] = summed_sponsor(c, who, entry.sponsor_id)
    waiting = c.execute(WAITING, asked).fetchone()
    if waiting is not None:
        return get_report(c, who, waiting["report_id"])
    row = c.execute(REQUEST, asked).fetchone()
    assert row is not None  # noqa: S101  # an insert that returns
    record_event(c, who, "report.requested", entry.campaign_id, report_id=str(row["report_id"]))
    about = {"campaign_id": str(entry.campaign_id)} if entry.campaign_id else {"kind": entry.kind}
    record_audit(c, who, "request", "report", row["report_id"], **about)
    return get_report(c, who, row["report_id"])


def require_account(who: Principal, kind: KindName) -> None:
    """A value review tells of the account as a whole: raises `forbidden` for who sees one sponsor of it."""
    if kind == "value_review" and who.sees_sponsor is not None:
        raise Problem(
            "forbidden", "found somebody who sees one sponsor's campaigns, expected one who sees the account: ask its owner"
        )


def summed_sponsor(c: Writer, who: Principal, sponsor_id: UUID | None) -> UUID | None:
    """The sponsor of a network summary, None for all; a sponsor's own people get theirs and no other."""
    if who.sees_sponsor is not None:
        if sponsor_id not in (None, who.sees_sponsor):
            raise not_found("sponsor", sponsor_id)
        return who.sees_sponsor
    if sponsor_id is not None:
        get_sponsor(c, sponsor_id)
    return sponsor_id


def list_reports(
    c: Writer, who: Principal, after: After, limit: int, campaign_id: UUID | None = None, kind: KindName | None = None
) -> list[Report]:
    """One row per report, the latest request first."""
    return [Report(**row) for row in _rows(c, who, after, limit, campaign_id=campaign_id, kind=kind)]


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
    if report.campaign_id is None:
        record_event(c, who, "report.downloaded", report_id=str(report_id), format=file_format)
    else:
        record_once(c, who, "report.downloaded", report.campaign_id, report_id=str(report_id), format=file_format)
    return row


def _rows(
    c: Writer, who: Principal, after: After, limit: int, *, report_id: UUID | None = None, campaign_id: UUID | None = None,
    kind: KindName | None = None,
) -> list[Row]:  # fmt: skip
    chosen = {"report_id": report_id, "campaign_id": campaign_id, "kind": kind, "sponsor_id": who.sees_sponsor, "limit": limit}
    return c.execute(PAGE, chosen | after.parameters).fetchall()
