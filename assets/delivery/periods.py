"""Which issues a schedule owes at a moment, and the partition that each of them is in Dagster."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from api.mail.issues import Connection, Subject
from api.mail.periods import Cadence, Period, due_at, due_periods, month_of, week_of, zone_of

# What could not be made for longer than this is not sent by itself any more: a backfill of its partition does it.
CATCH_UP = timedelta(days=62)
ENDED = """
select c.campaign_id, c.flight_start, c.flight_end, t.timezone
from app.campaigns as c
inner join app.tenants as t on t.tenant_id = c.tenant_id
where c.sponsor_id = %s and c.status in ('active', 'paused', 'completed') and c.flight_end between %s and %s
order by c.flight_end, c.campaign_id
"""
PERIOD_KEY = re.compile(r"(?:(?P<week>\d{4}-\d{2}-\d{2})|(?P<end>end-)?(?P<month>\d{4}-\d{2}))")


@dataclass(frozen=True)
class Schedule:
    """Who gets a sponsor's reports, how often, and at which hour of which time zone."""

    tenant_id: int
    schedule_id: UUID
    sponsor_id: UUID
    cadence: Cadence
    timezone: str
    recipients: list[str]
    send_hour: int
    days_after_end: int
    active_since: datetime

    def subject(self, period: Period, campaign_id: UUID | None = None) -> Subject:
        return Subject(self.tenant_id, self.schedule_id, self.sponsor_id, self.cadence, period, campaign_id)


def owed(app: Connection, schedule: Schedule, at: datetime) -> list[Subject]:
    """What is due at `at`, oldest first, in a transaction that has entered the schedule's tenant."""
    since = max(schedule.active_since.astimezone(UTC), at - CATCH_UP)
    if schedule.cadence != "campaign_end":
        periods = due_periods(schedule.cadence, schedule.timezone, schedule.send_hour, since, at)
        return [schedule.subject(period) for period in periods]
    # A day more on both sides: the exact hour is judged below.
    after = timedelta(days=schedule.days_after_end)
    window = Period((since - after).date() - timedelta(days=2), (at - after).date() + timedelta(days=1))
    return [subject for subject in ended(app, schedule, window, at) if since < _due(schedule, subject) <= at]


def ended(app: Connection, schedule: Schedule, within: Period, at: datetime) -> list[Subject]:
    """The sponsor's campaigns whose flight ended within these days and is over at `at`, by the account's own days, as issues."""
    rows = app.execute(ENDED, [schedule.sponsor_id, within.start, within.end]).fetchall()
    return [
        schedule.subject(Period(row["flight_start"], row["flight_end"]), row["campaign_id"])
        for row in rows
        if row["flight_end"] < at.astimezone(zone_of(row["timezone"])).date()
    ]


def in_partition(app: Connection, schedule: Schedule, key: str, at: datetime) -> list[Subject]:
    """What a period's partition holds of a schedule once it is over, its hour come or not. Raises ValueError for what is no key."""
    cadence, period = read_key(key)
    if schedule.cadence != cadence:
        return []
    if cadence == "campaign_end":
        return ended(app, schedule, period, at)
    is_over = period.end < at.astimezone(zone_of(schedule.timezone)).date()
    return [schedule.subject(period)] if is_over else []


def key_of(subject: Subject) -> str:
    """`2026-11-16` (the Monday of a week), `2026-11` (a month) or `end-2026-11` (flights that ended in a month)."""
    if subject.cadence == "weekly":
        return subject.period.start.isoformat()
    return f"{'end-' if subject.cadence == 'campaign_end' else ''}{subject.period.end:%Y-%m}"


def read_key(key: str) -> tuple[Cadence, Period]:
    found = PERIOD_KEY.fullmatch(key)
    if found is None:
        raise ValueError(f"found the period {key!r}, expected a Monday (2026-11-16), a month (2026-11) or end-2026-11")
    if found["week"]:
        day = date.fromisoformat(found["week"])
        if week_of(day).start != day:
            raise ValueError(f"found the week of {day}, expected its Monday, {week_of(day).start}")
        return "weekly", week_of(day)
    return ("campaign_end" if found["end"] else "monthly"), month_of(date.fromisoformat(f"{found['month']}-01"))


def past_keys(at: date, earliest: date) -> list[str]:
    """Every period's key from `earliest` on that was over at `at`: what a backfill may choose from."""
    keys: list[str] = []
    week = week_of(earliest)
    while week.end < at:
        keys.append(week.start.isoformat())
        week = week_of(week.end + timedelta(days=1))
    month = month_of(earliest)
    while month.start <= at:
        keys += [f"{month.end:%Y-%m}"] * (month.end < at) + [f"end-{month.end:%Y-%m}"]
        month = month_of(month.end + timedelta(days=1))
    return keys


def _due(schedule: Schedule, subject: Subject) -> datetime:
    return due_at(subject.period.end, schedule.timezone, schedule.send_hour, schedule.days_after_end)


def schedules_of(rows: Sequence[dict[str, Any]]) -> list[Schedule]:
    return [Schedule(**row) for row in rows]
