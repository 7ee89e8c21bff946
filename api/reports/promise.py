"""After the flight: what was promised against what came of it, in all, by placement and by week."""

from datetime import date
from decimal import Decimal

from api.marts.figures import CampaignFigures
from api.marts.models.summary import CampaignOutcome, Promise
from api.marts.outcome import outcome_of
from api.reports.cells import day, decimal, money, number, position_words, rate, text, word
from api.reports.document import Figure, Section, Table
from api.reports.formats import counted, percent, span, spelled
from api.reports.language import say

NOTHING_CONTRACTED = "nothing contracted"
VERDICTS = {"met": "kept", "short": "short", "nothing_contracted": "nothing contracted", "in_flight": "still in flight"}
NO_PRICE = "no price agreed for all"


def promise_section(figures: CampaignFigures) -> Section:
    o = outcome_of(figures.build, figures.campaign, figures.performance, figures.placements, figures.delivery)
    t = o.total
    return Section(
        "promise",
        "Promise and outcome",
        layout="large",
        charts=("delivery",),
        intro=verdict_sentence(o),
        figures=(
            absent_count("promise.contracted_ads", "Promised ads", t.contracted_ads),
            number("promise.ads_delivered", "Delivered ads", t.ads_delivered),
            absent_count("promise.difference", "More or fewer", t.difference),
            rate("promise.delivered_rate", "Promise kept", t.delivered_rate, absent=NOTHING_CONTRACTED),
            money("promise.promised_spend", "Agreed price", t.promised_spend, absent=NO_PRICE),
            money("promise.spend", "Paid", t.spend),
            number("promise.make_good_ads", "Make-good owed", o.make_good_ads),
            number("promise.after_flight_ads", "After the flight", o.after_flight_ads, note="in the outcome"),
        ),
        tables=(placements_table(o), weeks_table(o), dates_table(o)),
    )


def verdict_sentence(o: CampaignOutcome) -> str:
    t = o.total
    said = {"delivered": spelled(Decimal(t.ads_delivered), 0), "flight": span(o.flight_start, o.flight_end)}
    if not t.contracted_ads or t.difference is None:
        return say("Over the flight of {flight}, {delivered} ads were delivered; no number was promised.", **said)
    said |= {"contracted": spelled(Decimal(t.contracted_ads), 0), "rate": percent(t.delivered_rate or 0)}
    if not o.is_over:
        return say("The flight of {flight} is not over: {delivered} of the {contracted} ads promised were delivered.", **said)
    if t.difference >= 0:
        return say("The promise of {contracted} ads was kept: {delivered} were delivered, {rate} of it.", **said)
    return counted(
        -t.difference, "The promise of {contracted} ads was missed by {n}: {delivered} were delivered, {rate} of it.",
        "The promise of {contracted} ads was missed by {n}: {delivered} were delivered, {rate} of it.", **said,
    )  # fmt: skip


def absent_count(figure_id: str, label: str, value: int | None, dimension: str = "") -> Figure:
    return Figure(figure_id, label, value, "count", None, dimension, NOTHING_CONTRACTED if not dimension else "none")


def placements_table(o: CampaignOutcome) -> Table:
    rows = [promise_row(p) for p in o.placements]
    if rows:
        rows.append(promise_row(o.total))
    return Table(
        "placements", "By placement",
        ("Show", "Placement", "Promised", "Delivered", "More or fewer", "Kept", "Agreed price", "Paid", "Verdict"), tuple(rows),
        totals=bool(rows), widths=(2.0, 1.4, 1.2, 1.2, 1.2, 1, 1.4, 1.4, 1.6),
    )  # fmt: skip


def promise_row(p: Promise) -> tuple[Figure, ...]:
    of = str(p.placement_id) if p.placement_id else "total"
    key = f"promise.placement.{of}"
    place = position_words(p.position, p.insertion) if p.placement_id else ""
    return (
        text(f"{key}.show", "Show", p.show_title, of) if p.placement_id else word(f"{key}.show", "Show", "All placements", of),
        text(f"{key}.placement", "Placement", place, of),
        absent_count(f"{key}.contracted_ads", "Promised", p.contracted_ads, of),
        number(f"{key}.ads_delivered", "Delivered", p.ads_delivered, of),
        absent_count(f"{key}.difference", "More or fewer", p.difference, of),
        rate(f"{key}.delivered_rate", "Kept", p.delivered_rate, of, absent="none"),
        money(f"{key}.promised_spend", "Agreed price", p.promised_spend, of, absent="none"),
        money(f"{key}.spend", "Paid", p.spend, of),
        word(f"{key}.verdict", "Verdict", VERDICTS[p.verdict], of),
    )


def weeks_table(o: CampaignOutcome) -> Table:
    rows = []
    for week in o.weeks:
        of = week.first_day.isoformat()
        key = f"promise.week.{of}"
        due = Figure(f"{key}.due_ads", "Due", decimal(week.due_ads), "estimate", None, of, "none")
        rows.append(
            (
                day(f"{key}.first_day", "From", week.first_day, of),
                day(f"{key}.last_day", "To", week.last_day, of),
                due,
                number(f"{key}.ads_delivered", "Delivered", week.ads_delivered, of),
            )
        )
    return Table(
        "weeks", "By week of the flight", ("From", "To", "Due", "Delivered"), tuple(rows), widths=(1, 1, 1, 1),
        note="Due: the promise spread evenly over the days of the flight.",
    )  # fmt: skip


def dates_table(o: CampaignOutcome) -> Table:
    agreed: tuple[date | None, ...] = (o.flight_start, o.flight_end)
    found = (o.first_ad_on, o.last_ad_on)
    rows = tuple(
        (
            word(f"promise.dates.{code}.name", "Day", name, code),
            Figure(f"promise.dates.{code}.promised", "Promised", agreed[i], "date", None, code, "none"),
            Figure(f"promise.dates.{code}.outcome", "Outcome", found[i], "date", None, code, "no ad"),
        )
        for i, (code, name) in enumerate((("first", "First ad"), ("last", "Last ad")))
    )
    return Table("dates", "Days", ("Day", "Promised", "Outcome"), rows, widths=(1, 1, 1))
