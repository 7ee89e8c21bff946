"""How a figure is written for people: the PDF, the mail and the dashboard spell a value alike, in the language of the look.

Separators, months and currency signs are those of Unicode CLDR (babel); the patterns are in `words/<language>.json`.
"""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import get_currency_symbol

from api.marts.money import exponent
from api.reports.document import Figure
from api.reports.language import catalogue, say
from api.reports.look import LOOK

STEPS = ((Decimal(10) ** 9, "billion"), (Decimal(10) ** 6, "million"), (Decimal(10) ** 3, "thousand"))


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
    return signed(rounded(amount, digits), _money(grouped(abs(rounded(amount, digits)), digits), currency))


def compact(number: Decimal, currency: str = "") -> str:
    """For an axis: 950 · 12.5k · $3.4M."""
    for size, name in STEPS:
        if abs(number) >= size:
            return signed(number, _money(trimmed(abs(number) / size) + _format(name), currency))
    return signed(number, _money(trimmed(abs(number)), currency))


def percent(share: Decimal | float, digits: int = 1) -> str:
    return _format("percent").format(spelled(Decimal(str(share)) * 100, digits))


def at(value: datetime) -> str:
    """3 Feb 2026, 14:05 UTC."""
    moment = value.astimezone(UTC)
    return f"{day(moment)}, {moment:%H:%M} UTC"


def day(value: date) -> str:
    return _date(value, "day")


def day_short(value: date) -> str:
    return _date(value, "day_short")


def span(start: date, end: date) -> str:
    """3 – 28 Nov 2026 · 3 Nov – 5 Dec 2026 · 20 Dec 2026 – 5 Jan 2027."""
    if start == end:
        return day(end)
    if (start.year, start.month) == (end.year, end.month):
        return f"{_date(start, 'day_of_month')} – {day(end)}"
    return f"{day_short(start) if start.year == end.year else day(start)} – {day(end)}"


def plural(number: int, one: str, many: str) -> str:
    """1 conversion · 2 conversions."""
    return f"{spelled(Decimal(number), 0)} {say(one if number == 1 else many)}"


def counted(number: int, one: str, many: str, **values: object) -> str:
    """A sentence by its number, which it holds as {n}."""
    return say(one if number == 1 else many, n=spelled(Decimal(number), 0), **values)


def mark(currency: str) -> str:
    """The sign of a currency as it stands before an amount; a code is set apart from it."""
    return _mark(currency, LOOK.get().language) if currency else ""


def spelled(number: Decimal, digits: int) -> str:
    value = rounded(number, digits)
    return signed(value, grouped(abs(value), digits))


def signed(value: Decimal, words: str) -> str:
    # A true minus sign is as wide as the digits; a hyphen makes a negative figure look like a range.
    return f"{'−' if value < 0 else ''}{words}"


def trimmed(number: Decimal) -> str:
    value = rounded(number, 1)
    return grouped(value, 0 if value == value.to_integral_value() else 1)


def grouped(number: Decimal, digits: int) -> str:
    """12,345.60 with the separators of the language."""
    group, point = _separators(LOOK.get().language)
    return f"{number:,.{digits}f}".translate({ord(","): group, ord("."): point})


def rounded(number: Decimal, digits: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _money(words: str, currency: str) -> str:
    return _format("money").format(mark=mark(currency), sign=mark(currency).rstrip("\u00a0"), amount=words) if currency else words


def _format(name: str) -> str:
    return str(catalogue(LOOK.get().language)["formats"][name])


@lru_cache(maxsize=4096)
def _written(value: date, cldr: str, language: str) -> str:
    return str(format_date(value, cldr, locale=language))


def _date(value: date, name: str) -> str:
    return _written(date(value.year, value.month, value.day), _format(name), LOOK.get().language)


@lru_cache(maxsize=8)
def _separators(language: str) -> tuple[str, str]:
    symbols = Locale.parse(language).number_symbols["latn"]
    return str(symbols["group"]), str(symbols["decimal"])


@lru_cache(maxsize=512)
def _mark(currency: str, language: str) -> str:
    sign = str(get_currency_symbol(currency, locale=language))
    return f"{sign}\u00a0" if sign[-1:].isalpha() else sign
