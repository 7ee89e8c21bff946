"""Time in the simulated world: integer milliseconds since 1970-01-01T00:00:00Z, written as ISO 8601 UTC."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = date(1970, 1, 1)


def parse_now(instant: str | datetime) -> int:
    """Milliseconds of an instant, as ISO 8601 text or not; one without an offset is UTC."""
    try:
        moment = instant if isinstance(instant, datetime) else datetime.fromisoformat(instant)
    except ValueError:
        raise ValueError(f"found the instant {instant!r}, expected ISO 8601 such as 2026-08-01T12:00:00Z") from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * SECOND)


def iso(moment: int) -> str:
    """`2026-08-01T12:34:56.789Z` for a moment in milliseconds."""
    day, rest = divmod(moment, DAY)
    minutes, millis = divmod(rest, MINUTE)
    hour, minute = divmod(minutes, 60)
    second, milli = divmod(millis, SECOND)
    return f"{iso_day(day)}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"


@cache
def iso_day(day: int) -> str:
    """`2026-08-01` for a day counted from 1970-01-01."""
    return (_EPOCH + timedelta(days=day)).isoformat()


def as_datetime(moment: int) -> datetime:
    return datetime.fromtimestamp(moment / SECOND, UTC)


def rfc822(moment: int) -> str:
    """A feed's pubDate, in English whatever the machine's locale is."""
    at = as_datetime(moment)
    weekday = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[at.weekday()]
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[at.month - 1]
    return f"{weekday}, {at.day:02} {month} {at.year} {at:%H:%M:%S} +0000"
