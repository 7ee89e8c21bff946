"""Publication dates as feeds write them, in UTC. Pure.

RSS asks for RFC 822, Atom for RFC 3339; what comes is also local month names, two-digit years, zones by name, US and German
orders, and seconds since 1970. A date that may be two dates (03/04/2024) is unknown rather than wrong.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier janv enero ene gennaio gen januari janeiro stycznia января янв",
            "feb february februar février fevrier févr fevr febrero febbraio februari fevereiro fev lutego февраля фев",
            "mar march märz maerz mär mrz mars marzo maart mrt março marca марта мар",
            "apr april avril avr abril abr aprile kwietnia апреля апр",
            "may mai mayo maggio mag mei maio maja мая",
            "jun june juni juin junio giugno giu junho czerwca июня июн",
            "jul july juli juillet juil julio luglio lug julho lipca июля июл",
            "aug august août aout agosto ago augustus sierpnia августа авг",
            "sep sept september septembre septiembre settembre set setembro września сентября сен",
            "oct okt october oktober octobre octubre ottobre ott outubro out października октября окт",
            "nov november novembre noviembre novembro listopada ноября ноя",
            "dec dez december dezember décembre decembre déc diciembre dic dicembre dezembro grudnia декабря дек",
        ),
        start=1,
    )
    for name in names.split()
}
_ZONES = {
    name: minutes
    for minutes, names in {
        0: "UT UTC GMT Z WET", 60: "CET MEZ BST WEST", 120: "CEST MESZ EET SAST", 180: "EEST MSK", 330: "IST", 480: "AWST SGT HKT",
        540: "JST KST", 570: "ACST", 600: "AEST", 660: "AEDT", 720: "NZST", 780: "NZDT", -180: "BRT ADT", -240: "EDT AST",
        -300: "EST CDT", -360: "CST MDT", -420: "MST PDT", -480: "PST AKDT", -540: "AKST", -600: "HST",
    }.items()
    for name in names.split()
}  # fmt: skip
_CLOCK = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\b\.?)?"
_ZONE = r"(?:\s*(?P<zone>\(?[A-Za-z]{1,5}\)?)?\s*(?P<offset>[+\-−]\d{1,2}(?::?\d{2})?)?(?:\s*\([^)]*\))?)?"
_WEEKDAY = r"(?:[^\W\d_]+\.?(?:\s*,\s*|\s+))?"
_PATTERNS = tuple(
    re.compile(pattern + r"\s*", re.IGNORECASE)
    for pattern in (
        # 2024-03-13T22:04:35.123+01:00, 2024/03/13 22:04
        rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})(?:(?:\s*T\s*|\s+){_CLOCK}{_ZONE})?",
        # Wed, 13 Mar 2024 22:04:35 +0100; Mi, 13. März 24 22:04
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})[\s.\-/]+(?:de\s+)?(?P<name>[^\W\d_]+)\.?,?[\s.\-/]+(?:de\s+)?(?P<year>\d{{4}}|\d{{2}})(?:,?\s+{_CLOCK}{_ZONE})?",
        # March 13, 2024 10:04 PM
        rf"{_WEEKDAY}(?P<name>[^\W\d_]+)\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?:,?\s+(?:at\s+)?{_CLOCK}{_ZONE})?",
        # Wed Mar 13 22:04:35 CET 2024
        rf"{_WEEKDAY}(?P<name>[^\W\d_]+)\s+(?P<day>\d{{1,2}})\s+{_CLOCK}{_ZONE}\s+(?P<year>\d{{4}})",
        # 13.03.2024 22:04, 03/13/2024 10:04 PM
        rf"{_WEEKDAY}(?P<first>\d{{1,2}})(?P<mark>[./-])(?P<other>\d{{1,2}})[./-](?P<year>\d{{4}})(?:,?\s+{_CLOCK}{_ZONE})?",
    )
)
# Longer than any date: what stands there is something else.
_LONGEST = 100


def parse_date(text: str | None) -> datetime | None:
    """The instant in UTC, or None where the text is none of these or no such day exists. Without a zone it is UTC."""
    bare = " ".join((text or "")[: _LONGEST + 1].split())
    if not bare or len(bare) > _LONGEST:
        return None
    try:
        if re.fullmatch(r"\d{10}|\d{13}", bare):
            return datetime.fromtimestamp(int(bare) / (1000 if len(bare) == 13 else 1), UTC)
        found = next((match for pattern in _PATTERNS if (match := pattern.fullmatch(bare))), None)
        return _instant(found.groupdict()) if found else None
    except (ValueError, OverflowError):
        return None


def _instant(part: dict[str, str | None]) -> datetime:
    day, month = _day_and_month(part)
    year = int(part["year"] or 0)
    if year < 100:
        year += 1900 if year >= 70 else 2000
    hour, minute, second = (int(part.get(name) or 0) for name in ("hour", "minute", "second"))
    if half := part.get("half"):
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    # 24:00 ends the day, and a leap second is the one before it.
    at = datetime(year, month, day, 0 if hour == 24 else hour, minute, min(second, 59), tzinfo=_zone(part))
    return (at + timedelta(days=1) if hour == 24 else at).astimezone(UTC)


def _day_and_month(part: dict[str, str | None]) -> tuple[int, int]:
    if name := part.get("name"):
        if name.lower() not in _MONTHS:
            raise ValueError(name)
        return int(part["day"] or 0), _MONTHS[name.lower()]
    if part.get("first"):
        first, other = int(part["first"] or 0), int(part["other"] or 0)
        if part["mark"] == "." or first > 12 or first == other:
            return first, other
        if other > 12:
            return other, first
        raise ValueError("two dates")
    return int(part["day"] or 0), int(part["month"] or 0)


def _zone(part: dict[str, str | None]) -> timezone:
    minutes = _ZONES.get((part.get("zone") or "").strip("()").upper(), 0)
    if offset := part.get("offset"):
        digits = offset[1:].replace(":", "")
        hours, rest = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
        minutes = (hours * 60 + rest) * (1 if offset[0] == "+" else -1)
    return timezone(timedelta(minutes=minutes))
