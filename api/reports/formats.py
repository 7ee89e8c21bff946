"""How a figure is written for people: the PDF, the mail and the dashboard spell a value alike."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

from api.marts.money import exponent
from api.reports.document import Figure

SYMBOLS = {
    "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CAD": "CA$", "AUD": "A$", "NZD": "NZ$", "INR": "₹", "KRW": "₩",
}  # fmt: skip
# Not strftime's: its month names follow the locale of the process.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STEPS = ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k"))


def shown(figure: Figure) -> str:
    """A figure as people read it: 12,345 · $1,234.50 · 12.3% · 2.41× · 3 Feb 2026; its words where there is no value."""
    value = figure.value
    if value is None:
        return figure.absent
    if isinstance(value, datetime):
        return at(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, str):
        return value
    number = Decimal(value)
    if figure.unit == "money":
        return money(number, figure.currency or "")
    if figure.unit == "rate":
        return percent(number)
    if figure.unit == "ratio":
        return f"{spelled(number, 2)}×"
    if figure.unit == "estimate":
        return spelled(number, 0)
    # Conversions shared between touches are fractions; a whole number stays whole.
    return spelled(number, 0 if number == number.to_integral_value() else 2)


def money(amount: Decimal, currency: str) -> str:
    digits = exponent(currency)
    sign = "−" if rounded(amount, digits) < 0 else ""
    return f"{sign}{mark(currency)}{rounded(abs(amount), digits):,.{digits}f}"


def compact(number: Decimal, currency: str = "") -> str:
    """For an axis: 950 · 12.5k · $3.4M."""
    sign = "−" if number < 0 else ""
    for size, suffix in STEPS:
        if abs(number) >= size:
            return f"{sign}{mark(currency)}{trimmed(abs(number) / size)}{suffix}"
    return f"{sign}{mark(currency)}{trimmed(abs(number))}"


def percent(share: Decimal | float) -> str:
    return f"{spelled(Decimal(str(share)) * 100, 1)}%"


def at(value: datetime) -> str:
    """3 Feb 2026, 14:05 UTC."""
    moment = value.astimezone(UTC)
    return f"{day(moment)}, {moment:%H:%M} UTC"


def day(value: date) -> str:
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def day_short(value: date) -> str:
    return f"{value.day} {MONTHS[value.month - 1]}"


def span(start: date, end: date) -> str:
    """3 – 28 Nov 2026 · 3 Nov – 5 Dec 2026 · 20 Dec 2026 – 5 Jan 2027."""
    if start == end:
        return day(end)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day} – {day(end)}"
    return f"{day_short(start) if start.year == end.year else day(start)} – {day(end)}"


def plural(number: int, one: str, many: str) -> str:
    """1 conversion · 2 conversions."""
    return f"{number:,} {one if number == 1 else many}"


def mark(currency: str) -> str:
    return SYMBOLS.get(currency, f"{currency}\u00a0") if currency else ""


def spelled(number: Decimal, digits: int) -> str:
    # A true minus sign is as wide as the digits; a hyphen makes a negative figure look like a range.
    value = rounded(number, digits)
    return f"{'−' if value < 0 else ''}{abs(value):,.{digits}f}"


def trimmed(number: Decimal) -> str:
    return f"{rounded(number, 1):,.1f}".removesuffix(".0")


def rounded(number: Decimal, digits: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
