"""Exchange rates as the tenant loaded them: what one unit of a currency is worth in another on a day."""

from datetime import date, datetime
from decimal import Decimal

from pydantic import Field

from api.marts.models import Shape
from api.marts.warehouse import Reader

RATES = """
select from_currency, to_currency, rate_date, rate, source, loaded_at
from app.currency_rates
where
    (%(from_currency)s::text is null or from_currency = %(from_currency)s)
    and (%(to_currency)s::text is null or to_currency = %(to_currency)s)
    and (%(first)s::date is null or rate_date >= %(first)s)
    and (%(last)s::date is null or rate_date <= %(last)s)
order by rate_date desc, from_currency, to_currency
limit %(limit)s
"""


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
    limit: int = 200,
) -> list[CurrencyRate]:
    """Newest day first; needs no build."""
    chosen = {"from_currency": from_currency, "to_currency": to_currency, "first": first, "last": last, "limit": limit}
    return [CurrencyRate(**row) for row in c.execute(RATES, chosen).fetchall()]
