"""Durations as feeds write them (`itunes:duration`), in seconds. Pure."""

import re
from decimal import Decimal, InvalidOperation

_CLOCK = re.compile(r"(?:(\d+):)?(\d*):(\d+(?:\.\d+)?)")
_ISO = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", re.IGNORECASE)
_WORDS = re.compile(
    r"(?:(\d+)\s*(?:h|hr|hrs|hour|hours))?[\s,]*(?:(\d+)\s*(?:m|min|mins|minute|minutes))?[\s,]*"
    r"(?:(\d+(?:\.\d+)?)\s*(?:s|sec|secs|second|seconds))?",
    re.IGNORECASE,
)
# Over a hundred days is no episode: milliseconds, or a date in the wrong element.
LONGEST_S = 8_640_000


def parse_duration(text: str | None) -> Decimal | None:
    """`"6409"`, `"1:43:53"`, `"07:00"`, `"00:04:60"`, `"PT1H2M"`, `"1h 2m 3s"` → seconds. Zero and what is none of these → None."""
    if text is None:
        return None
    bare = text.strip()
    seconds = _parse(bare)
    return seconds if seconds is not None and 0 < seconds <= LONGEST_S else None


def _parse(text: str) -> Decimal | None:
    if re.fullmatch(r"\d{1,12}(\.\d+)?", text):
        return Decimal(text)
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = match.groups()
        return _total(None, hours, minutes, seconds)
    if match := _ISO.fullmatch(text):
        return _total(*match.groups()) if any(match.groups()) else None
    if match := _WORDS.fullmatch(text):
        return _total(None, *match.groups()) if any(match.groups()) else None
    return None


def _total(days: str | None, hours: str | None, minutes: str | None, seconds: str | None) -> Decimal | None:
    try:
        parts = [Decimal(part or 0) for part in (days, hours, minutes, seconds)]
    except InvalidOperation:
        return None
    return sum((part * weight for part, weight in zip(parts, (86_400, 3_600, 60, 1), strict=True)), Decimal(0))
