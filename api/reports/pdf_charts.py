"""The report's charts, drawn from the same cells as its tables: a chart cannot say what no table says."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color

from api.reports import theme
from api.reports.charts import Bar, Interval, Series, bar_chart, column_chart, interval_chart, line_chart
from api.reports.document import Document, Figure, Value, all_figures
from api.reports.formats import shown
from api.reports.language import say

ZERO = Decimal(0)
# A lift beyond this is drawn at the scale's end; its figure stands beside it.
WIDEST_LIFT = Decimal(3)
FLIGHT = (("start", "first"), ("end", "last"))


def delivery_chart(document: Document, height: float = 176) -> Drawing | None:
    """Delivered ads, summed up by day, against the contract spread evenly over the flight; None without any delivery."""
    delivered = column(document, "ads_delivered")
    if not any(delivered.values()):
        return None
    start, end = (day_of(document, f"delivery.flight_{at}", f"promise.dates.{day}.promised") for at, day in FLIGHT)
    first, last = min(start, *delivered), max(end, *delivered)
    # Up to the build it is known that nothing more was delivered; after it, nothing is known.
    built = document.published_at.date() if document.published_at else last
    newest = max(*(day for day, value in delivered.items() if value), built)
    running, summed = ZERO, []
    for day in days(first, last):
        running += delivered.get(day, ZERO)
        summed.append(running if day <= newest else None)
    series = [Series(say("Ads delivered"), tuple(summed), theme.accent(), filled=True)]
    contracted = found(document, "delivery.contracted_ads", "promise.contracted_ads")
    if isinstance(contracted, int) and contracted > 0:
        flight = (end - start).days + 1
        plan = tuple(
            Decimal(contracted) * min(max((day - start).days + 1, 0), flight) / flight if day >= start else None
            for day in days(first, last)
        )
        series.append(Series(say("Contract, spread evenly over the flight"), plan, theme.AMBER, dashed=True))
    if newest < end and (expected := expected_ads(document)) is not None:
        ahead = (end - newest).days
        rest = tuple(
            running + (expected - running) * (day - newest).days / ahead if newest <= day <= end else None
            for day in days(first, last)
        )
        series.append(Series(say("Expected by the flight's end"), rest, theme.TEAL, dashed=True))
    is_contracted = any(one.colour == theme.AMBER for one in series)
    title = say("Cumulative delivery against the contract" if is_contracted else "Cumulative delivery")
    return line_chart(title, first, series, height)


def expected_ads(document: Document) -> Decimal | None:
    """Ads by the flight's end as the report's own forecast has them; None without one."""
    value = found(document, "outlook.forecast_ads")
    return value if isinstance(value, Decimal) else None


def lift_chart(document: Document) -> Drawing | None:
    """Lift by span with its interval, the placebos before the exposure in grey; None without a number."""
    section = document.section("lift")
    rows = section.table("spans").rows if section.tables else ()
    if all(row[1].value is None for row in rows):
        return None
    intervals = [
        Interval(
            str(name.value), edge(lift), edge(low), edge(high), shown(lift),
            theme.MUTED if name.figure_id.startswith("lift.weeks.-") else theme.accent(),
        )
        for name, lift, low, high, *_ in rows
    ]  # fmt: skip
    return interval_chart(say("Lift with its 95% interval; placebos in grey"), intervals, WIDEST_LIFT)


def model_chart(document: Document) -> Drawing | None:
    """Credited revenue by model in the campaign's currency; None where nothing was credited."""
    rows = [row for row in document.section("attribution").table("models").rows if row[2].currency == document.currency]
    if not rows:
        return None
    bars = [Bar(str(model.value), number(revenue), shown(revenue), theme.accent()) for model, _, revenue in rows]
    return bar_chart(say("Credited revenue by model, {currency}", currency=document.currency), bars)


def evidence_chart(document: Document) -> Drawing | None:
    """Conversions by strongest evidence; None without any."""
    rows = document.section("evidence").table("kinds").rows[:-1]
    bars = [Bar(str(row[0].value), number(row[2]), shown(row[2]), theme.TEAL) for row in rows]
    return bar_chart(say("Conversions by strongest evidence"), bars) if any(bar.value > 0 for bar in bars) else None


def conversions_chart(document: Document, height: float = 128) -> Drawing | None:
    """Credited conversions by day of conversion (linear model); None without any."""
    return daily_columns(document, "conversions", say("Conversions by day, linear model, dated by conversion"), theme.TEAL, height)


def ads_chart(document: Document, height: float = 150) -> Drawing | None:
    """Ads delivered by day; None without any."""
    return daily_columns(document, "ads_delivered", say("Ads delivered by day"), theme.accent(), height)


def revenue_chart(document: Document, height: float = 150) -> Drawing | None:
    """Credited revenue by day of conversion (linear model); None without any."""
    title = say("Credited revenue by day, linear model, {currency}", currency=document.currency)
    return daily_columns(document, "revenue", title, theme.TEAL, height)


def daily_columns(document: Document, name: str, title: str, colour: Color, height: float) -> Drawing | None:
    values = {day: value for day, value in column(document, name).items() if value}
    if not values:
        return None
    known = column(document, name)
    first, last = min(known), max(known)
    series = Series(title, tuple(known.get(day, ZERO) for day in days(first, last)), colour)
    return column_chart(title, first, series, height)


def column(document: Document, name: str) -> dict[date, Decimal]:
    """One column of the campaign's daily table, by day."""
    wanted = f"days_{document.currency}"
    rows = next((table.rows for table in document.section("daily").tables if table.table_id == wanted), ())
    values: dict[date, Decimal] = {}
    for row in rows:
        day = row[0].value
        for figure in row:
            if isinstance(day, date) and figure.figure_id.endswith(f".{name}"):
                values[day] = number(figure)
    return values


def number(figure: Figure) -> Decimal:
    return Decimal(figure.value) if isinstance(figure.value, int | Decimal) else ZERO


def edge(figure: Figure) -> Decimal | None:
    return figure.value if isinstance(figure.value, Decimal) else None


def found(document: Document, *figure_ids: str) -> Value:
    """The value of the first of these figures that the report has; None without any."""
    return next((figure.value for _, figure in all_figures(document) if figure.figure_id in figure_ids), None)


def day_of(document: Document, *figure_ids: str) -> date:
    value = found(document, *figure_ids)
    if not isinstance(value, date):
        raise TypeError(f"found {value!r} in the figures {figure_ids!r}, expected a date")
    return value


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


# By the name that a section gives.
CHARTS: Mapping[str, Callable[[Document], Drawing | None]] = {
    "delivery": delivery_chart, "conversions": conversions_chart, "ads": ads_chart, "models": model_chart,
    "evidence": evidence_chart, "lift": lift_chart, "network_ads": ads_chart, "network_revenue": revenue_chart,
}  # fmt: skip
