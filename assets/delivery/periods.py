"""The periods that reports are sent for."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from assets.lib.clock import local_date


@dataclass(frozen=True)
class Period:
    """Calendar days of a schedule's time zone, first and last included."""

    start: date
    end: date


def week_before(at: datetime, timezone: str) -> Period:
    """The last whole week, Monday to Sunday, that was over at `at` in an IANA time zone (an unknown one is read as UTC)."""
    today = local_date(at, timezone)
    monday = today - timedelta(days=today.weekday() + 7)
    return Period(monday, monday + timedelta(days=6))
