"""The periods that reports are sent for, and when each is due: calendar days of a schedule's own time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Cadence = Literal["weekly", "monthly", "campaign_end"]
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Calendar days of a schedule's time zone, first and last included."""

    start: date
    end: date


def zone_of(timezone: str) -> ZoneInfo:
    """An IANA time zone; an unknown one is read as UTC, as every table of ours is."""
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def week_of(day: date) -> Period:
    """The week of a day, Monday to Sunday."""
    monday = day - day.weekday() * DAY
    return Period(monday, monday + 6 * DAY)


def month_of(day: date) -> Period:
    first = day.replace(day=1)
    return Period(first, (first + 31 * DAY).replace(day=1) - DAY)


def week_before(at: datetime, timezone: str) -> Period:
    """The last whole week, Monday to Sunday, that was over at `at` in an IANA time zone."""
    return week_of(at.astimezone(zone_of(timezone)).date() - 7 * DAY)


def month_before(at: datetime, timezone: str) -> Period:
    """The last whole calendar month that was over at `at`."""
    return month_of(at.astimezone(zone_of(timezone)).date().replace(day=1) - DAY)


def due_at(last_day: date, timezone: str, hour: int, days_after: int = 0) -> datetime:
    """When a period that ends with `last_day` is sent, in UTC: at `hour` of the day after it (and `days_after` more).

    An hour that a clock change leaves out is the next one that there is; one that comes twice is the first.
    """
    local = datetime.combine(last_day + (1 + days_after) * DAY, time(hour), zone_of(timezone))
    return local.astimezone(UTC)


def due_periods(cadence: Cadence, timezone: str, hour: int, since: datetime, at: datetime) -> list[Period]:
    """The weeks or months whose hour came after `since` and not after `at`, oldest first; and always the last one whose hour has
    come, so that a new schedule begins with it."""
    found: list[Period] = []
    for period in _backwards(cadence, at.astimezone(zone_of(timezone)).date()):
        due = due_at(period.end, timezone, hour)
        if due > at:
            continue
        if found and due <= since:
            break
        found.append(period)
    return found[::-1]


def next_due(cadence: Cadence, timezone: str, hour: int, at: datetime) -> tuple[Period, datetime]:
    """The week or month that is sent next after `at`, and when."""
    coming = [
        (period, due_at(period.end, timezone, hour)) for period in _first(cadence, at.astimezone(zone_of(timezone)).date(), 3)
    ]
    return min((pair for pair in coming if pair[1] > at), key=lambda pair: pair[1])


def _backwards(cadence: Cadence, day: date) -> Iterator[Period]:
    while True:
        period = week_of(day) if cadence == "weekly" else month_of(day)
        yield period
        day = period.start - DAY


def _first(cadence: Cadence, day: date, count: int) -> list[Period]:
    backwards = _backwards(cadence, day)
    return [next(backwards) for _ in range(count)]
