"""Imported spend: what the books of an account say, beside what its campaigns' placements cost."""

from datetime import date
from uuid import UUID

from pydantic import Field

from api.marts.models.base import IN_PAGES, Build, Money, Paged, Shape


class UnconvertedSpend(Shape):
    """One currency of what no exchange rate turns into the account's: its days, and what was spent and earned on them."""

    days: int
    spend: Money
    revenue: Money


class SpendTotal(Shape):
    """One sponsor and show over the days asked for."""

    sponsor_id: UUID
    sponsor_name: str
    show_id: UUID
    show_title: str
    first_day: date
    last_day: date
    days: int = Field(description="Days with an entry, those without a rate included.")
    ads_delivered: int
    conversions: int
    spend: Money = Field(description="In the account's currency, by the rate of each day.")
    revenue: Money
    unconverted: list[UnconvertedSpend] = Field(
        default=[], description="Counted in `days`, `ads_delivered` and `conversions`, and not in `spend` or `revenue`."
    )


class ImportedSpend(Paged):
    """What the account's own books say was spent on each show for each sponsor. It is in no campaign's figures."""

    build: Build
    rows: list[SpendTotal] = Field(json_schema_extra=IN_PAGES)
