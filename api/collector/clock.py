"""Times as clients write them. Pure."""

from datetime import UTC, datetime

from api.collector.protocol import FaultError

# The correction received - (sent - client) stays within what PostgreSQL can hold for any two times of this range. A device
# whose battery died says 1970 in both, and is corrected like any other.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
# Seconds since 1970 reach 1e11 in the year 5138; a larger number is in milliseconds.
_LARGEST_SECONDS = 1e11


def read_time(value: object, name: str) -> datetime | None:
    """A client's time in UTC: ISO 8601 (without an offset: UTC), or seconds or milliseconds since 1970; None for null.

    Raises FaultError for anything else, and for a time outside 1970 to 2100.
    """
    if value is None or value == "":
        return None
    try:
        moment = _moment(value)
    except (ValueError, OverflowError, OSError):
        raise FaultError(
            f"{name}_invalid", f"found {str(value)[:60]!r} as {name}, expected ISO 8601 such as 2026-01-31T08:30:00Z"
        ) from None
    if not EARLIEST <= moment < LATEST:
        raise FaultError(f"{name}_out_of_range", f"found {moment.isoformat()} as {name}, expected a time from 1970 to 2099")
    return moment


def _moment(value: object) -> datetime:
    if isinstance(value, str):
        moment = datetime.fromisoformat(value.strip())
        return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000 if abs(value) > _LARGEST_SECONDS else value, UTC)
    raise ValueError
