"""How figures are written on a page: pure functions, one spelling everywhere.

Dates and times are UTC unless the argument says otherwise. A value that does not exist is written as an en dash: never as a zero,
which would be a claim (domain rules, section 6: ROI is NULL at zero spend, not 0).
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

NONE = "–"
THIN_SPACE = "\u202f"
SYMBOLS: Mapping[str, str] = {
    "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CAD": "CA$", "AUD": "A$", "NZD": "NZ$", "INR": "₹", "KRW": "₩",
}  # fmt: skip
# ISO 4217 exponents that are not 2.
EXPONENTS: Mapping[str, int] = {
    "JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "PYG": 0, "UGX": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STEPS = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k"))


def exponent(currency: str) -> int:
    """Digits after the decimal point of this ISO 4217 currency."""
    return EXPONENTS.get(currency, 2)


def money(amount: Decimal | None, currency: str) -> str:
    """`1234.5, EUR` → `€1,234.50`; a currency without a sign of its own keeps its code: `CHF 12.00`."""
    if amount is None:
        return NONE
    digits = exponent(currency)
    rounded = _rounded(amount, digits)
    return f"{'−' if rounded < 0 else ''}{_mark(currency)}{abs(rounded):,.{digits}f}"


def money_compact(amount: Decimal | None, currency: str) -> str:
    """For tiles: `1234567, USD` → `$1.23M`; under 100,000 whole units with the minor unit dropped, `$98,765`."""
    if amount is None:
        return NONE
    sign = "−" if amount < 0 else ""
    return f"{sign}{_mark(currency)}{compact(abs(amount))}"


def number(value: int | float | Decimal | None, digits: int = 0) -> str:
    """`12345` → `12,345`."""
    if value is None:
        return NONE
    rounded = _rounded(Decimal(str(value)), digits)
    return f"{'−' if rounded < 0 else ''}{abs(rounded):,.{digits}f}"


def compact(value: int | float | Decimal | None) -> str:
    """`98765` → `98,765`, `123456` → `123k`, `1234567` → `1.23M`: three significant digits from 100,000 on."""
    if value is None:
        return NONE
    exact = Decimal(str(value))
    if abs(exact) < 100_000:
        return number(exact)
    for size, suffix in STEPS:
        if abs(exact) >= size:
            scaled = exact / size
            return f"{number(scaled, 2 if abs(scaled) < 10 else 1 if abs(scaled) < 100 else 0)}{suffix}"
    return number(exact)


def rate(value: float | Decimal | None, digits: int = 1) -> str:
    """A rate in 0 to 1 as a percentage: `0.1234` → `12.3%`."""
    return NONE if value is None else f"{number(Decimal(str(value)) * 100, digits)}%"


def multiple(value: float | Decimal | None) -> str:
    """ROAS and the like: `1.234` → `1.23×`."""
    return NONE if value is None else f"{number(Decimal(str(value)), 2)}×"


def conversions(parts_per_billion: int | None) -> str:
    """A sum of weights in parts per billion as conversions with two places: `12_340_000_000` → `12.34`."""
    return NONE if parts_per_billion is None else number(Decimal(parts_per_billion) / 1_000_000_000, 2)


def day(value: date | None) -> str:
    """`3 Nov 2026`."""
    return NONE if value is None else f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def day_of(value: date | datetime | None) -> str:
    """The UTC day of a date or a moment."""
    return day(value.astimezone(UTC).date() if isinstance(value, datetime) else value)


def day_short(value: date | None) -> str:
    """`3 Nov`."""
    return NONE if value is None else f"{value.day} {MONTHS[value.month - 1]}"


def flight(start: date, end: date) -> str:
    """`3 – 28 Nov 2026`, `3 Nov – 5 Dec 2026`, `20 Dec 2026 – 5 Jan 2027`."""
    if start == end:
        return day(end)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day} – {day(end)}"
    return f"{day_short(start) if start.year == end.year else day(start)} – {day(end)}"


def moment(value: datetime | None) -> str:
    """`3 Nov 2026, 14:05 UTC`."""
    if value is None:
        return NONE
    at = value.astimezone(UTC)
    return f"{day(at.date())}, {at:%H:%M} UTC"


def ago(value: datetime | None, now: datetime) -> str:
    """`just now`, `4 minutes ago`, `3 hours ago`, `2 days ago`; a moment still to come is `just now` (clocks differ)."""
    if value is None:
        return "never"
    seconds = (now - value).total_seconds()
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def duration(seconds: float | None) -> str:
    """The two largest units: `42 s`, `12 min 30 s`, `3 h 5 min`, `2 d 4 h`."""
    if seconds is None:
        return NONE
    left = round(seconds)
    parts: list[str] = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count}{THIN_SPACE}{unit}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts)


def seconds(value: float | None) -> str:
    """A time that should be short: milliseconds below a second."""
    if value is None:
        return NONE
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def words(code: str) -> str:
    """A code of the data model as words: `position_based` → `Position based`."""
    return code.replace("_", " ").capitalize()


def sentence(text: str) -> str:
    """A message as a sentence: `found x, expected y` → `Found x, expected y.`"""
    said = text.strip()
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith(('.', '!', '?', '…')) else '.'}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 campaign`, `2 campaigns`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def _mark(currency: str) -> str:
    return SYMBOLS.get(currency, f"{currency}\u00a0")


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
