"""The campaign by day: what was delivered and paid, and what came of it on both bases. Days are UTC days."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from api.marts.figures import CampaignFigures
from api.marts.models import ConversionDay, Money
from api.reports.cells import day, money, number
from api.reports.document import Figure, Section, Table
from api.reports.language import say

# The one model of the daily tables: it favours no touch over another.
DAILY_MODEL = "linear"
HEADINGS = (
    "Day", "Ads delivered", "Spend", "Conversions by conversion date", "Revenue by conversion date",
    "Conversions by exposure date", "Revenue by exposure date",
)  # fmt: skip


def daily_section(figures: CampaignFigures) -> Section:
    """One table per currency; the campaign's own carries delivery and spend."""
    own = figures.campaign.currency
    others = sorted({d.revenue.currency for d in (*figures.attribution.daily, *figures.exposure_attribution.daily)} - {own})
    return Section(
        "daily",
        "Day by day",
        room=300,
        intro=(
            "Days are UTC days; credit is that of the linear model. Dated by conversion, it says when the money came in; dated by "
            "exposure, it says which day's ads brought it. Both add up to the same total."
        ),
        tables=tuple(daily_table(figures, currency) for currency in (own, *others)),
    )


def daily_table(figures: CampaignFigures, currency: str) -> Table:
    own = currency == figures.campaign.currency
    delivered = {d.day: d for d in figures.delivery} if own else {}
    converted = by_day(figures.attribution.daily, currency)
    exposed = by_day(figures.exposure_attribution.daily, currency)
    zero = Money.of(0, currency)
    rows: list[tuple[Figure, ...]] = []
    for one in sorted({*delivered, *converted, *exposed}):
        key, of = f"daily.{currency}.{one.isoformat()}", one.isoformat()
        d, c, e = delivered.get(one), converted.get(one), exposed.get(one)
        rows.append(
            (
                day(f"{key}.day", "Day", one, of),
                number(f"{key}.ads_delivered", HEADINGS[1], d.ads_delivered if d else 0, of),
                money(f"{key}.spend", HEADINGS[2], d.spend if d else zero, of),
                number(f"{key}.conversions", HEADINGS[3], c.conversions if c else Decimal(0), of),
                money(f"{key}.revenue", HEADINGS[4], c.revenue if c else zero, of),
                number(f"{key}.exposure_conversions", HEADINGS[5], e.conversions if e else Decimal(0), of),
                money(f"{key}.exposure_revenue", HEADINGS[6], e.revenue if e else zero, of),
            )
        )
    return Table(
        f"days_{currency}",
        say("Daily figures in {currency}" if own else "Daily figures in {currency}, not converted", currency=currency),
        HEADINGS,
        tuple(rows),
        widths=(1.2, 1, 1.2, 1.2, 1.3, 1.2, 1.3),
    )


def by_day(days: Iterable[ConversionDay], currency: str) -> dict[date, ConversionDay]:
    return {d.day: d for d in days if d.model == DAILY_MODEL and d.revenue.currency == currency}
