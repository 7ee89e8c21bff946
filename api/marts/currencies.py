"""Exchange rates as the tenant loaded them: what one unit of a currency is worth in another on a day."""

from datetime import date, datetime
from decimal import Decimal

from pydantic import Field

from api.marts.keyset import Order, Slice, Window
from api.marts.models import Shape
from api.marts.warehouse import Reader

FIRST = Window(limit=200)
RATES = """
select from_currency, to_currency, rate_date, rate, source, loaded_at
from app.currency_rates
where
    (%(from_currency)s::text is null or from_currency = %(from_currency)s)
    and (%(to_currency)s::text is null or to_currency = %(to_currency)s)
    and (%(first)s::date is null or rate_date >= %(first)s)
    and (%(last)s::date is null or rate_date <= %(last)s)
"""
NEWEST = Order("rate_date date desc", "from_currency text", "to_currency text")


class CurrencyRate(Shape):
    """One pair of currencies and day: a unit of the first is worth `rate` units of the second."""

    from_currency: str = Field(examples=["EUR"])
    to_currency: str = Field(examples=["USD"])
    rate_date: date
    rate: Decimal = Field(examples=["1.0842"])
    source: str = Field(description="As the file said; may be empty.")
    loaded_at: datetime


def currency_rates(
    c: Reader,
    *,
    from_currency: str | None = None,
    to_currency: str | None = None,
    first: date | None = None,
    last: date | None = None,
    page: Window = FIRST,
) -> Slice[CurrencyRate]:
    """Newest day first; needs no build."""
    chosen = {"from_currency": from_currency, "to_currency": to_currency, "first": first, "last": last}
    return NEWEST.read(c, RATES, chosen, page).map(lambda row: CurrencyRate(**row))
