"""Schedules of a sponsor's reports: weekly, monthly, or once at the end of each of its campaigns."""

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import psycopg

from api.auth.principals import Principal
from api.campaigns.events import record_audit
from api.campaigns.paging import After
from api.campaigns.schedule_shapes import Schedule, ScheduleChange, ScheduleEntry, require_kinds
from api.campaigns.senders import require_confirmed
from api.campaigns.sponsors import get_sponsor
from api.database import Row, Writer
from api.errors import FieldProblem, Problem, not_found
from api.mail.periods import next_due

COLUMNS = (
    "schedule_id, sponsor_id, cadence, kinds, timezone, send_hour, days_after_end, recipients, is_active, active_since, "
    "created_by, created_at"
)
INSERT = f"""
insert into app.report_schedules (
    tenant_id, sponsor_id, cadence, kinds, timezone, send_hour, days_after_end, recipients, is_active, created_by
)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
returning {COLUMNS}
"""  # noqa: S608 - constants of this file
UPDATE = f"""
update app.report_schedules
set
    kinds = coalesce(%(kinds)s, kinds), timezone = coalesce(%(timezone)s, timezone), send_hour = coalesce(%(send_hour)s, send_hour),
    days_after_end = coalesce(%(days_after_end)s, days_after_end), recipients = coalesce(%(recipients)s, recipients),
    is_active = coalesce(%(is_active)s, is_active),
    active_since = case when %(is_active)s and not is_active then now() else active_since end
where schedule_id = %(schedule_id)s
returning {COLUMNS}
"""  # noqa: S608 - constants of this file
PAGE = f"""
select {COLUMNS}
from app.report_schedules
where
    (%(schedule_id)s::uuid is null or schedule_id = %(schedule_id)s)
    and (%(after_at)s::timestamptz is null or (created_at, schedule_id) < (%(after_at)s, %(after_id)s::uuid))
order by created_at desc, schedule_id desc
limit %(limit)s
"""  # noqa: S608 - constants of this file
# What waits is stopped with its reason: somebody paused it, or took a recipient off, since something was wrong with it.
STOP = """
update ops.deliveries as d
set status = 'suppressed', last_error = %(reason)s
from ops.report_issues as i
where
    i.tenant_id = d.tenant_id and i.issue_id = d.issue_id and i.schedule_id = %(schedule_id)s and not i.is_preview
    and d.status in ('pending', 'held') and (%(kept)s::text[] is null or lower(d.recipient) <> all(%(kept)s))
"""
CLOSE = """
update ops.report_issues set status = 'empty', held_reason = %(reason)s
where schedule_id = %(schedule_id)s and status in ('open', 'held') and not is_preview
"""


def list_schedules(c: Writer, after: After, limit: int) -> list[Schedule]:
    """One row per schedule, newest first."""
    rows = c.execute(PAGE, {**after.parameters, "limit": limit, "schedule_id": None}).fetchall()
    return [_schedule(row) for row in rows]


def get_schedule(c: Writer, schedule_id: UUID) -> Schedule:
    row = c.execute(PAGE, {**After().parameters, "limit": 1, "schedule_id": schedule_id}).fetchone()
    if row is None:
        raise not_found("report schedule", schedule_id)
    return _schedule(row)


def create_schedule(c: Writer, who: Principal, entry: ScheduleEntry, *, is_mail_on: bool) -> Schedule:
    """Raises `conflict` where the sponsor has a schedule of this cadence, `forbidden` as require_confirmed does."""
    require_confirmed(c, who, is_mail_on=is_mail_on)
    get_sponsor(c, entry.sponsor_id)
    try:
        row = c.execute(
            INSERT,
            [
                who.tenant_id, entry.sponsor_id, entry.cadence, entry.kinds, entry.timezone, entry.send_hour,
                entry.days_after_end, list(entry.recipients), entry.is_active, who.user_id,
            ],
        ).fetchone()  # fmt: skip
    except psycopg.errors.UniqueViolation as error:
        raise Problem(
            "conflict", f"found a {entry.cadence} schedule of this sponsor, expected none: change that one, a period is told once"
        ) from error
    schedule = _schedule(row or {})
    record_audit(c, who, "create", "report_schedule", schedule.schedule_id, sponsor_id=str(entry.sponsor_id))
    return schedule


def change_schedule(c: Writer, who: Principal, schedule_id: UUID, change: ScheduleChange, *, is_mail_on: bool) -> Schedule:
    """Raises `not-found`, and `invalid` for kinds that are not its cadence's. What waits for who is no recipient any more, or
    behind a pause, is not sent."""
    if change.recipients is not None or change.is_active:
        require_confirmed(c, who, is_mail_on=is_mail_on)
    if change.kinds is not None:
        try:
            require_kinds(get_schedule(c, schedule_id).cadence, change.kinds)
        except ValueError as error:
            raise Problem("invalid", str(error), errors=[FieldProblem(pointer="/body/kinds", message=str(error))]) from error
    row = c.execute(UPDATE, {**change.model_dump(), "schedule_id": schedule_id}).fetchone()
    if row is None:
        raise not_found("report schedule", schedule_id)
    if change.is_active is False:
        _stop(c, schedule_id, "the schedule was paused")
    elif change.recipients is not None:
        _stop(c, schedule_id, "not a recipient any more", [address.lower() for address in change.recipients])
    record_audit(c, who, "change", "report_schedule", schedule_id, **change.model_dump(exclude_none=True, mode="json"))
    return _schedule(row)


def delete_schedule(c: Writer, who: Principal, schedule_id: UUID) -> None:
    """Raises `not-found`. What was sent stays in the history."""
    _stop(c, schedule_id, "the schedule was deleted")
    done = c.execute("delete from app.report_schedules where schedule_id = %s", [schedule_id])
    if done.rowcount == 0:
        raise not_found("report schedule", schedule_id)
    record_audit(c, who, "delete", "report_schedule", schedule_id)


def _stop(c: Writer, schedule_id: UUID, reason: str, kept: list[str] | None = None) -> None:
    known: dict[str, Any] = {"schedule_id": schedule_id, "reason": reason, "kept": kept}
    c.execute(STOP, known)
    if kept is None:
        c.execute(CLOSE, known)


def _schedule(row: Row) -> Schedule:
    cadence: Literal["weekly", "monthly", "campaign_end"] = row["cadence"]
    coming: tuple[Any, Any] = (None, None)
    if row["is_active"] and cadence != "campaign_end":
        period, at = next_due(cadence, row["timezone"], row["send_hour"], datetime.now(UTC))
        coming = (period.start, at)
    return Schedule(**row, next_period_start=coming[0], next_send_at=coming[1])
