"""Time: aware UTC datetimes only."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


def local_date(at: datetime, timezone: str) -> date:
    """The calendar date of `at` in an IANA time zone; an unknown zone is read as UTC, as every table of ours is."""
    try:
        return at.astimezone(ZoneInfo(timezone)).date()
    except (ZoneInfoNotFoundError, ValueError):
        return at.astimezone(UTC).date()


def trailing_dates(last: date, days: int) -> list[date]:
    """The `days` dates that end with `last`, oldest first."""
    return [last - timedelta(days=back) for back in range(days - 1, -1, -1)]


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant with its offset, in UTC. Raises ValueError where it is none or names no offset."""
    at = datetime.fromisoformat(text.strip())
    if at.tzinfo is None:
        raise ValueError(f"found the time {text!r} without an offset, expected ISO 8601 with one, such as 2026-01-31T12:00:00Z")
    return at.astimezone(UTC)
