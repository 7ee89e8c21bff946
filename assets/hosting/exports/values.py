"""What stands in an export's cells: whole numbers and days, as spreadsheets write them; what could mean two things is refused."""

import calendar
import re
from datetime import date
from decimal import Decimal

_GROUPED = re.compile(r"\d{1,3}(?:([.,'’ \u00a0\u202f])\d{3})(?:\1\d{3})*")
_WHOLE = re.compile(r"\d{1,18}(?:[.,]0{1,6})?", re.ASCII)
_DAY = re.compile(r"(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z| ?UTC|[+-]00:?00)?)?", re.ASCII)
_MONTH = re.compile(r"(\d{4})[-/](\d{2})", re.ASCII)
NOTHING = frozenset({"", "-", "–", "—", "n/a", "null", "none"})


def whole_number(text: str, column: str) -> Decimal | None:
    """`1234`, `1,234`, `1.234`, `1 234` → 1234: a count is whole, so a separator before three digits groups thousands. None for an
    empty cell. Raises ValueError."""
    bare = text.strip()
    if bare.lower() in NOTHING:
        return None
    if (match := _GROUPED.fullmatch(bare)) is not None:
        return Decimal(bare.replace(match[1], ""))
    if _WHOLE.fullmatch(bare):
        return Decimal(re.split("[.,]", bare)[0])
    raise ValueError(f"found {text[:60]!r} in {column!r}, expected a whole number from 0 on, such as 1234 or 1,234")


def day(text: str, column: str) -> date:
    """`2026-01-31`, `2026/01/31` or either with midnight behind it. Raises ValueError for any other order: 03/04/2026 is a day in
    March to some and in April to others."""
    match = _DAY.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise ValueError(
            f"found the date {text[:60]!r} in {column!r}, expected YYYY-MM-DD: a date in local form can mean two days; set the "
            "export's language to English and its dates to ISO, or convert the column"
        ) from None


def period(text: str) -> tuple[date, date] | None:
    """The days of a header or cell that is an ISO day or month, both included; None for anything else."""
    bare = text.strip()
    try:
        if (match := _MONTH.fullmatch(bare)) is not None:
            year, month = int(match[1]), int(match[2])
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        if _DAY.fullmatch(bare):
            found = day(bare, "")
            return found, found
    except ValueError:
        return None
    return None
