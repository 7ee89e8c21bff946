"""Which reports are owed: issues by schedule, those that wait, and the reports that each of them carries. Idempotent."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import dict_row

from api.mail.issues import Connection, Subject, add_recipients, ensure_issue
from api.mail.periods import Period
from assets.delivery.parts import parts_of, request_part
from assets.delivery.periods import in_partition, owed, schedules_of
from assets.delivery.proofs import held_reason
from assets.lib.warehouse import connect

SCHEDULES = "select * from app.list_report_schedules()"
WAITING = "select tenant_id, issue_id from ops.list_waiting_issues()"
ISSUE = """
select issue_id, schedule_id, sponsor_id, cadence, period_start, period_end, campaign_id, status, look_count, is_preview
from ops.report_issues
where issue_id = %s
for update
"""
# After five minutes, then twice as late each time, and every six hours at most.
LOOK_AGAIN = "now() + least(interval '5 minutes' * power(2, least(look_count, 10)), interval '6 hours')"


@dataclass(frozen=True)
class Prepared:
    """One report of one issue: a campaign's, or the sponsor's network summary, which has no campaign. `report_id` is None where it
    is held back, for `held_reason`."""

    tenant_id: int
    issue_id: UUID
    sponsor_id: UUID
    kind: str
    campaign_id: UUID | None
    period: Period
    report_id: UUID | None
    is_new: bool
    held_reason: str | None = None


def prepare_reports(url: str, at: datetime, sponsor_ids: Collection[UUID] = ()) -> list[Prepared]:
    """Request the reports of every issue that is due at `at`, and of those that wait (or only those of `sponsor_ids`).

    Run again, it requests nothing that was requested before, but for reports that were held back or failed.
    """
    with connect(url, "app", autocommit=True) as app:
        app.row_factory = dict_row
        issues: dict[UUID, int] = {}
        for schedule in schedules_of(app.execute(SCHEDULES).fetchall()):
            if sponsor_ids and schedule.sponsor_id not in sponsor_ids:
                continue
            with app.transaction():
                enter(app, schedule.tenant_id)
                for subject in owed(app, schedule, at):
                    issues[take_up(app, subject, schedule.recipients)] = schedule.tenant_id
        issues |= {row["issue_id"]: row["tenant_id"] for row in app.execute(WAITING).fetchall()}
        return look_all(app, issues, sponsor_ids)


def prepare_partition(url: str, sponsor_id: UUID, key: str, at: datetime) -> tuple[list[Subject], list[Prepared]]:
    """The same of one sponsor and period that is over, however long ago: what a backfill makes. A paused schedule makes nothing."""
    with connect(url, "app", autocommit=True) as app:
        app.row_factory = dict_row
        issues: dict[UUID, int] = {}
        subjects: list[Subject] = []
        for schedule in schedules_of(app.execute(SCHEDULES).fetchall()):
            if schedule.sponsor_id != sponsor_id:
                continue
            with app.transaction():
                enter(app, schedule.tenant_id)
                for subject in in_partition(app, schedule, key, at):
                    issues[take_up(app, subject, schedule.recipients)] = schedule.tenant_id
                    subjects.append(subject)
        return subjects, look_all(app, issues, ())


def take_up(app: Connection, subject: Subject, recipients: Collection[str]) -> UUID:
    """The issue with a delivery for each recipient: who was added since gets the report that the others got."""
    issue_id, _ = ensure_issue(app, subject)
    add_recipients(app, subject, issue_id, recipients)
    return issue_id


def look_all(app: Connection, issues: dict[UUID, int], sponsor_ids: Collection[UUID]) -> list[Prepared]:
    prepared: list[Prepared] = []
    for issue_id, tenant_id in issues.items():
        with app.transaction():
            enter(app, tenant_id)
            prepared += look(app, tenant_id, issue_id, sponsor_ids)
    return prepared


def look(app: Connection, tenant_id: int, issue_id: UUID, sponsor_ids: Collection[UUID] = ()) -> list[Prepared]:
    """The reports of one issue, requested where they are not there, in the caller's transaction. The row's lock makes a second
    run wait and then find what the first one made."""
    issue = app.execute(ISSUE, [issue_id]).fetchone()
    if issue is None or issue["status"] == "empty" or (sponsor_ids and issue["sponsor_id"] not in sponsor_ids):
        return []
    period = Period(issue["period_start"], issue["period_end"])
    reports = parts_of(app, tenant_id, issue)
    if not reports:
        app.execute("update ops.report_issues set status = 'empty' where issue_id = %s", [issue_id])
        return []
    said = (tenant_id, issue_id, issue["sponsor_id"])
    if issue["status"] == "ready":
        return [Prepared(*said, one["kind"], one["campaign_id"], period, one["report_id"], is_new=False) for one in reports]
    reason = held_reason(app)
    if reason is not None:
        # With the next good build, and not some time after it.
        hold(app, issue_id, reason, next_look="now()")
        return [Prepared(*said, one["kind"], one["campaign_id"], period, None, is_new=False, held_reason=reason) for one in reports]
    prepared = []
    for one in reports:
        is_new = one["report_id"] is None or one["status"] == "failed"
        report_id = request_part(app, tenant_id, issue, one) if is_new else one["report_id"]
        prepared.append(Prepared(*said, one["kind"], one["campaign_id"], period, report_id, is_new=is_new))
    app.execute(
        "update ops.report_issues set status = 'open', held_reason = null, look_count = look_count + 1, "  # noqa: S608
        f"next_look_at = {LOOK_AGAIN} where issue_id = %s",
        [issue_id],
    )
    app.execute(
        "update ops.deliveries set status = 'pending', last_error = null where issue_id = %s and status = 'held'", [issue_id]
    )
    return prepared


def hold(app: Connection, issue_id: UUID, reason: str, *, next_look: str = LOOK_AGAIN) -> None:
    """Nothing of the issue is mailed until a later look finds it well."""
    app.execute(
        "update ops.report_issues set status = 'held', held_reason = %s, look_count = look_count + 1, "  # noqa: S608
        f"next_look_at = {next_look} where issue_id = %s",
        [reason, issue_id],
    )
    app.execute(
        "update ops.deliveries set status = 'held', last_error = %s where issue_id = %s and status in ('pending', 'held')",
        [reason, issue_id],
    )


def enter(app: Connection, tenant_id: int) -> None:
    app.execute("select set_config('hostread.tenant_id', %s, true)", [str(tenant_id)])
