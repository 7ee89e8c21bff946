"""Durations as feeds write them (`itunes:duration`), in seconds. Pure."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

# 1:43:53, 07:00, :30, 00:04:60, 62:03 min. Four parts may be days or frames: unknown.
_CLOCK = re.compile(r"(?:(\d+):)?(\d*):(\d+(?:\.\d+)?)(?:\s*(?:h|hrs?|hours?|min|mins|minutes?))?", re.IGNORECASE)
_ISO = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", re.IGNORECASE)
_NUMBER = r"(\d+(?:\.\d+)?)\s*"
_HOURS = r"(?:h|hr|hrs|hour|hours|std|stunden?|heures?|horas?|ore|ora|uur)\b\.?"
_MINUTES = r"(?:m|mn|min|mins|minute|minutes|minuten|minutos?|minuti|minuut|'|′)(?![a-z])\.?"
_SECONDS = r"(?:s|sec|secs|second|seconds|sek|sekunden?|secondes?|segundos?|secondi|seconden|\"|″|'')(?![a-z])\.?"
_GAP = r"[\s,]*(?:and|und|et|y|e|en)?\s*"
_WORDS = re.compile(
    rf"(?:{_NUMBER}{_HOURS}|(\d+)h(?=\d))?{_GAP}(?:{_NUMBER}{_MINUTES}|(?<=h)(\d{{1,2}}))?{_GAP}(?:{_NUMBER}{_SECONDS})?",
    re.IGNORECASE,
)
# Over a hundred days is no episode: a date in the wrong element.
LONGEST_S = 8_640_000
# A bare number above two days is taken for milliseconds: no episode is that long, and feeds with milliseconds are.
MILLISECONDS_ABOVE = 172_800


def parse_duration(text: str | None) -> Decimal | None:
    """`"6409"`, `"1:43:53"`, `"07:00"`, `"00:04:60"`, `"PT1H2M"`, `"1h 2m 3s"` → seconds. Zero and what is none of these → None."""
    if text is None or len(text) > 100:
        return None
    # NFKC: full-width digits and colons are the plain ones. A comma before three digits is none, before fewer a decimal point.
    bare = re.sub(r"(?<=\d),(?=\d{3}$)", "", unicodedata.normalize("NFKC", text).strip())
    bare = re.sub(r"(?<=\d),(?=\d{1,2}$)", ".", bare)
    seconds = _parse(bare)
    return seconds if seconds is not None and 0 < seconds <= LONGEST_S else None


def _parse(text: str) -> Decimal | None:
    if re.fullmatch(r"\d{1,12}(\.\d+)?", text):
        number = Decimal(text)
        return number / 1000 if MILLISECONDS_ABOVE < number <= MILLISECONDS_ABOVE * 1000 else number
    if match := _CLOCK.fullmatch(text):
        return _total(None, *match.groups())
    if match := _ISO.fullmatch(text):
        return _total(*match.groups()) if any(match.groups()) else None
    if match := _WORDS.fullmatch(text):
        hours, glued, minutes, bare_minutes, seconds = match.groups()
        return _total(None, hours or glued, minutes or bare_minutes, seconds) if any(match.groups()) else None
    return None


def _total(days: str | None, hours: str | None, minutes: str | None, seconds: str | None) -> Decimal | None:
    try:
        parts = [Decimal(part or 0) for part in (days, hours, minutes, seconds)]
    except InvalidOperation:
        return None
    return sum((part * weight for part, weight in zip(parts, (86_400, 3_600, 60, 1), strict=True)), Decimal(0))
