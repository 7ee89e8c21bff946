"""The network summary: all campaigns of an account, or of one sponsor, within a period of UTC days."""

from decimal import Decimal

from api.marts.figures import NetworkFigures
from api.marts.models import MODELS, Money, model_name
from api.marts.models.summary import CurrencyResult, Result
from api.reports.cells import day, money, number, ratio, text, word
from api.reports.document import Figure, Section, Table
from api.reports.formats import counted, span, spelled
from api.reports.formats import money as amount
from api.reports.language import say

NO_SPEND = "not identifiable (no spend)"
NOTHING_BEFORE = "nothing before"
HEADINGS = ("Ads delivered", "Spend", "Conversions", "Revenue", "ROAS")


def network_headline_section(figures: NetworkFigures) -> Section:
    """The account's own currency leads; the table has all of them, with the days before."""
    s = figures.summary
    own = next((t for t in s.totals if t.spend.currency == figures.currency), None) or next(iter(s.totals), None)
    currency = own.spend.currency if own else figures.currency
    zero = Money.of(0, currency)
    return Section(
        "headline",
        "At a glance",
        layout="large",
        charts=("network_ads", "network_revenue"),
        intro=brief(figures, own),
        figures=(
            number("headline.campaigns", "Campaigns", own.campaigns if own else 0, note=say("in {currency}", currency=currency)),
            number("headline.ads_delivered", "Ads delivered", own.ads_delivered if own else 0),
            money("headline.spend", "Spend", own.spend if own else zero),
            number("headline.conversions", "Conversions", own.conversions if own else Decimal(0), note="credited, linear model"),
            money("headline.revenue", "Revenue", own.revenue if own else zero, note="credited, linear model"),
            ratio("headline.roas", "Return on ad spend", own.roas if own else None, absent=NO_SPEND),
        ),
        tables=(totals_table(s.totals), apart_table(figures)) if s.apart else (totals_table(s.totals),),
    )


def brief(figures: NetworkFigures, own: CurrencyResult | None) -> str:
    s = figures.summary
    days = span(s.first_day, s.last_day)
    if own is None:
        return say("In {days} nothing was delivered, paid or credited.", days=days)
    return counted(
        own.campaigns,
        "In {days}, {n} campaign delivered {ads} ads for {spend}; the linear model credits it {revenue} from {conversions} "
        "conversions.",
        "In {days}, {n} campaigns delivered {ads} ads for {spend}; the linear model credits them {revenue} from {conversions} "
        "conversions.",
        days=days, ads=spelled(Decimal(own.ads_delivered), 0), spend=amount(own.spend.amount, own.spend.currency),
        revenue=amount(own.revenue.amount, own.spend.currency), conversions=spelled(own.conversions, 1),
    )  # fmt: skip


def result(key: str, r: Result, of: str) -> tuple[Figure, ...]:
    """The five figures that every row of the summary has."""
    return (
        number(f"{key}.ads_delivered", HEADINGS[0], r.ads_delivered, of),
        money(f"{key}.spend", HEADINGS[1], r.spend, of),
        number(f"{key}.conversions", HEADINGS[2], r.conversions, of),
        money(f"{key}.revenue", HEADINGS[3], r.revenue, of),
        ratio(f"{key}.roas", HEADINGS[4], r.roas, of, absent="no spend"),
    )


def totals_table(totals: list[CurrencyResult]) -> Table:
    rows: list[tuple[Figure, ...]] = []
    for t in totals:
        key, of = f"totals.{t.spend.currency}", t.spend.currency
        rows.append((text(f"{key}.period", "Period", say("{currency}, this period", currency=of), of), *result(key, t, of)))
        told = say("{currency}, as many days before", currency=of)
        if t.before is None:
            absent = (
                Figure(f"{f.figure_id.replace(key, f'{key}.before')}", f.label, None, f.unit, f.currency, of, NOTHING_BEFORE)
                for f in result(key, t, of)
            )
            rows.append((text(f"{key}.before.period", "Period", told, of), *absent))
        else:
            rows.append((text(f"{key}.before.period", "Period", told, of), *result(f"{key}.before", t.before, of)))
    return Table("totals", "Against the days before", ("Period", *HEADINGS), tuple(rows), widths=(2.2, 1.2, 1.4, 1.2, 1.4, 1))


def apart_table(figures: NetworkFigures) -> Table:
    kinds = {
        "unattributed": "No touch explains them", "unconverted": "No exchange rate into the campaign's currency",
    }  # fmt: skip
    rows = tuple(
        (
            word(f"apart.{a.kind}.{a.revenue.currency}.kind", "Why", kinds[a.kind], a.revenue.currency),
            number(f"apart.{a.kind}.{a.revenue.currency}.conversions", "Conversions", a.conversions, a.revenue.currency),
            money(f"apart.{a.kind}.{a.revenue.currency}.revenue", "Revenue", a.revenue, a.revenue.currency),
        )
        for a in figures.summary.apart
    )
    return Table("apart", "Conversions in no figure above", ("Why", "Conversions", "Revenue"), rows, widths=(3, 1, 1))


def network_models_section(figures: NetworkFigures) -> Section:
    credit = {(m.model, m.revenue.currency): m for m in figures.summary.models}
    rows = []
    for model in MODELS:
        for currency in sorted({currency for name, currency in credit if name == model}):
            one, key, of = credit[model, currency], f"attribution.{model}.{currency}", f"{model}/{currency}"
            rows.append(
                (
                    word(f"{key}.model", "Model", model_name(model), of),
                    number(f"{key}.conversions", "Credited conversions", one.conversions, of),
                    money(f"{key}.revenue", "Credited revenue", one.revenue, of),
                )
            )
    return Section(
        "attribution",
        "Attribution by model",
        charts=("models",),
        intro="The same conversions under five models, which differ in how they share them. Dated by conversion.",
        tables=(
            Table(
                "models", "Credit by model", ("Model", "Credited conversions", "Credited revenue"), tuple(rows), widths=(2, 1, 1)
            ),
        ),
    )


def campaigns_section(figures: NetworkFigures) -> Section:
    rows: list[tuple[Figure, ...]] = []
    for c in figures.summary.campaigns:
        of = str(c.campaign_id)
        key = f"campaigns.{of}.{c.spend.currency}"
        rows.append(
            (
                text(f"{key}.name", "Campaign", c.campaign_name, of),
                text(f"{key}.sponsor", "Sponsor", c.sponsor_name, of),
                text(f"{key}.flight", "Flight", span(c.flight_start, c.flight_end), of),
                *result(key, c, of),
            )
        )
    return Section(
        "campaigns",
        "Campaigns",
        intro="Each campaign that delivered, was paid or was credited in the period; the one with the most credit first.",
        tables=(
            Table(
                "campaigns", "By campaign", ("Campaign", "Sponsor", "Flight", *HEADINGS), tuple(rows),
                widths=(2.2, 1.7, 1.9, 1.1, 1.4, 1.2, 1.4, 0.9),
            ),
        ),
    )  # fmt: skip


def shows_section(figures: NetworkFigures) -> Section:
    rows: list[tuple[Figure, ...]] = []
    for s in figures.summary.shows:
        of = str(s.show_id) if s.show_id else "none"
        key = f"shows.{of}.{s.spend.currency}"
        title = text(f"{key}.title", "Show", s.show_title, of) if s.show_id else word(f"{key}.title", "Show", "no show named", of)
        rows.append((title, *result(key, s, of)))
    return Section(
        "shows",
        "Shows",
        intro="The same figures by the show on which the ads ran.",
        tables=(Table("shows", "By show", ("Show", *HEADINGS), tuple(rows), widths=(3, 1.2, 1.4, 1.2, 1.4, 1)),),
    )


def network_daily_section(figures: NetworkFigures) -> Section:
    """One table per currency, the account's own first."""
    found = {d.spend.currency for d in figures.summary.days}
    currencies = [c for c in (figures.currency,) if c in found or not found] + sorted(found - {figures.currency})
    return Section(
        "daily",
        "Day by day",
        room=300,
        intro="Days are UTC days; credit is that of the linear model, dated by conversion.",
        tables=tuple(network_days_table(figures, currency) for currency in currencies),
    )


def network_days_table(figures: NetworkFigures, currency: str) -> Table:
    rows: list[tuple[Figure, ...]] = []
    for d in figures.summary.days:
        if d.spend.currency == currency:
            of = d.day.isoformat()
            key = f"daily.{currency}.{of}"
            rows.append((day(f"{key}.day", "Day", d.day, of), *result(key, d, of)))
    title = say("Daily figures in {currency}", currency=currency)
    return Table(f"days_{currency}", title, ("Day", *HEADINGS), tuple(rows), widths=(1.2, 1, 1.2, 1.2, 1.3, 1))
