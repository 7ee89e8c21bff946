"""Which reports a period needs: one per campaign in flight or just over, with one delivery per recipient. Idempotent."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from assets.delivery.periods import Period, week_before
from assets.lib.warehouse import connect

VERSION = 1
# Drafts and cancelled campaigns have nothing to report; a completed one has had its final report.
CAMPAIGNS = """
select campaign_id, flight_end
from app.campaigns
where sponsor_id = %s and status in ('active', 'paused') and flight_start <= %s
order by flight_start, campaign_id
"""
SCHEDULES = "select tenant_id, sponsor_id, timezone, recipients from app.list_report_schedules()"
# The same test as the API's: the newest attempt that came to an end was held back.
BUILD_STATE = """
select
    exists (select 1 from marts.builds) as is_built,
    coalesce((
        select a.status = 'held'
        from ops.build_attempts as a
        where a.status in ('published', 'held')
        order by coalesce(a.finished_at, a.started_at) desc
        limit 1
    ), false) as is_held
"""


@dataclass(frozen=True)
class Schedule:
    """Who gets a sponsor's reports, and in which time zone its weeks begin."""

    tenant_id: int
    sponsor_id: UUID
    timezone: str
    recipients: list[str]


@dataclass(frozen=True)
class Prepared:
    """One campaign's report of one sponsor and period. `report_id` is None where it is held back, for `held_reason`."""

    tenant_id: int
    sponsor_id: UUID
    campaign_id: UUID
    period: Period
    report_id: UUID | None
    is_new: bool
    held_reason: str | None = None


def prepare_reports(url: str, at: datetime, sponsor_ids: Collection[UUID] = ()) -> list[Prepared]:
    """Request the reports of the period before `at` for every active schedule (or only those of `sponsor_ids`).

    Run again, it requests nothing that was requested before, but for reports that were held back or failed.
    """
    with connect(url, "app", autocommit=True) as app:
        schedules = [Schedule(*row) for row in app.execute(SCHEDULES).fetchall()]
        prepared: list[Prepared] = []
        for schedule in schedules:
            if sponsor_ids and schedule.sponsor_id not in sponsor_ids:
                continue
            period = week_before(at, schedule.timezone)
            with app.transaction():
                enter(app, schedule.tenant_id)
                campaigns = app.execute(CAMPAIGNS, [schedule.sponsor_id, period.end]).fetchall()
            for campaign_id, flight_end in campaigns:
                with app.transaction():
                    enter(app, schedule.tenant_id)
                    prepared.append(prepare_one(app, schedule, period, campaign_id, flight_end))
        return prepared


def prepare_one(app: psycopg.Connection[Any], schedule: Schedule, period: Period, campaign_id: UUID, flight_end: date) -> Prepared:
    """The deliveries of one campaign and period, and the report they carry, in the caller's transaction."""
    # Two runs at once: the second waits here and then finds what the first one made.
    app.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"delivery/{campaign_id}/{period.start}"])
    for recipient in dict.fromkeys(schedule.recipients):
        app.execute(
            """
            insert into ops.deliveries (tenant_id, sponsor_id, campaign_id, period_start, version, recipient, message_id)
            values (%s, %s, %s, %s, %s, %s, %s)
            on conflict (tenant_id, campaign_id, period_start, version, recipient) do nothing
            """,
            [
                schedule.tenant_id, schedule.sponsor_id, campaign_id, period.start, VERSION, recipient,
                message_key(schedule.tenant_id, campaign_id, period.start, VERSION, recipient),
            ],
        )  # fmt: skip
    known = app.execute(
        """
        select d.report_id, r.status
        from ops.deliveries as d
        left join app.reports as r on r.report_id = d.report_id
        where d.campaign_id = %s and d.period_start = %s and d.version = %s and d.report_id is not null
        order by r.requested_at desc
        limit 1
        """,
        [campaign_id, period.start, VERSION],
    ).fetchone()
    if known is not None and known[1] != "failed":
        # A recipient who was added since gets the report that the others got.
        attach(app, campaign_id, period, known[0])
        return Prepared(schedule.tenant_id, schedule.sponsor_id, campaign_id, period, known[0], is_new=False)
    reason = held_reason(app)
    if reason is not None:
        app.execute(
            "update ops.deliveries set status = 'held', last_error = %s "
            "where campaign_id = %s and period_start = %s and version = %s and status in ('pending', 'held')",
            [reason, campaign_id, period.start, VERSION],
        )
        return Prepared(schedule.tenant_id, schedule.sponsor_id, campaign_id, period, None, is_new=False, held_reason=reason)
    report_id = request(app, schedule, period, campaign_id, flight_end)
    attach(app, campaign_id, period, report_id)
    return Prepared(schedule.tenant_id, schedule.sponsor_id, campaign_id, period, report_id, is_new=True)


def request(app: psycopg.Connection[Any], schedule: Schedule, period: Period, campaign_id: UUID, flight_end: date) -> UUID:
    """A report for the worker. It is the final one when the flight is over and no exposure can bring a conversion any more."""
    window = app.execute(
        "select ops.window_of(s.windows_by_kind, c.goal_kind, 'exposure_window_s', s.exposure_window_s) "
        "from app.attribution_settings as s inner join app.campaigns as c on s.tenant_id = c.tenant_id where c.campaign_id = %s",
        [campaign_id],
    ).fetchone()
    last_credit = flight_end + timedelta(seconds=window[0] if window else 2_592_000)
    row = app.execute(
        "insert into app.reports (tenant_id, campaign_id, is_final) values (%s, %s, %s) returning report_id",
        [schedule.tenant_id, campaign_id, last_credit < period.end],
    ).fetchone()
    if row is None:
        raise RuntimeError(f"found no row for the report of campaign {campaign_id}, expected the one just inserted")
    report_id: UUID = row[0]
    return report_id


def attach(app: psycopg.Connection[Any], campaign_id: UUID, period: Period, report_id: UUID) -> None:
    app.execute(
        "update ops.deliveries set report_id = %s, status = 'pending', last_error = null "
        "where campaign_id = %s and period_start = %s and version = %s "
        "and status in ('pending', 'held') and report_id is distinct from %s",
        [report_id, campaign_id, period.start, VERSION, report_id],
    )


def held_reason(app: psycopg.Connection[Any]) -> str | None:
    """Why no report is mailed now, or None. What failed its checks is never mailed, nor what is behind it."""
    row = app.execute(BUILD_STATE).fetchone()
    if row is None or not row[0]:
        return "no build has been published yet: the report goes out after the first one"
    if row[1]:
        return "the newest build was held back by its checks: the report goes out after the next good one"
    return None


def message_key(tenant_id: int, campaign_id: UUID, period_start: date, version: int, recipient: str) -> str:
    """The left part of the Message-ID: the same delivery has the same one however often it is tried."""
    words = f"{tenant_id}/{campaign_id}/{period_start.isoformat()}/{version}/{recipient}"
    return f"hostread.{hashlib.sha256(words.encode('utf-8', 'replace')).hexdigest()[:40]}"


def enter(app: psycopg.Connection[Any], tenant_id: int) -> None:
    app.execute("select set_config('hostread.tenant_id', %s, true)", [str(tenant_id)])
