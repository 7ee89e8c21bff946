"""The return on the sponsorship: by model, what a customer cost, its range over the multiverse, and the ranking of shows."""

from decimal import Decimal

from api.marts.figures import CampaignFigures
from api.marts.models import CustomRoi, Multiverse, Roi, Span, model_name
from api.reports.attribution import name_of
from api.reports.cells import money, number, rate, ratio, text
from api.reports.document import Figure, Section, Table
from api.reports.formats import percent
from api.reports.language import say

NO_SPEND = "not identifiable (no spend)"
NO_CONVERSION = "no conversions"
NO_MARGIN = "never (no margin)"
NOT_IN_BUILD = "not in this build"
VERDICTS = {
    "no_spend": "Nothing was spent, so that no return can be said.",
    "no_conversion": "Nothing has come of the spend yet.",
    "revenue_without_rate": "Some revenue has no exchange rate and is in no return here.",
    "negative_revenue": "Refunds are larger than sales.",
}


def roi_section(figures: CampaignFigures) -> Section:
    returns: list[Roi | CustomRoi] = [*figures.roi, *figures.custom_roi]
    margin = figures.roi[0].margin_rate if figures.roi else None
    said = [VERDICTS[r.verdict] for r in figures.roi if r.model == "linear" and r.verdict in VERDICTS]
    universe = figures.multiverse
    return Section(
        "roi",
        "Return on the sponsorship",
        intro=" ".join(
            [
                say(
                    "ROAS is credited revenue over spend. ROI is (revenue × margin − spend) over spend, with the sponsor's gross "
                    "margin: what is left of the sales after their cost. Without spend, neither can be said."
                ),
                *map(say, said),
                *([range_sentence(universe)] if universe else []),
            ]
        ),
        figures=(rate("roi.margin_rate", "Gross margin used", margin, absent=NOT_IN_BUILD),),
        tables=(
            models_table(returns),
            costs_table(returns),
            *([span_table(returns), shows_table(universe)] if universe and universe.roi_span else []),
        ),
    )


def range_sentence(universe: Multiverse) -> str:
    """What of the headline hold up in every universe, and what does not."""
    if universe.roi is None or universe.roi_span is None:
        return ""
    span = universe.roi_span
    sign = say(
        "It has one sign in all of them."
        if universe.is_sign_sure
        else "Whether it is a gain or a loss depends on the rule that one takes."
    )
    ranking = {
        True: "The ranking of the shows is the same in all of them.",
        False: "The ranking of the shows is not the same in all of them.",
        None: "",
    }[universe.is_ranking_sure]
    told = (
        "The headline ROI ({model}) is {roi}; over windows of 7, 14, 30 and 60 days, {count} models, and all addresses or only "
        "household-grade ones it lies between {lowest} and {highest}."
    )
    model = say(model_name(universe.headline_model))
    ends = {"lowest": percent(span.lowest), "highest": percent(span.highest)}
    return " ".join(
        filter(
            None,
            [
                say(
                    told,
                    model=model.lower(),
                    roi=percent(universe.roi),
                    count=len({one.model for one in universe.universes}),
                    **ends,
                ),
                sign,
                say(ranking),
            ],
        )
    )


def models_table(returns: list[Roi | CustomRoi]) -> Table:
    rows = []
    for r in returns:
        key = f"roi.{r.model}"
        rows.append(
            (
                text(f"{key}.model", "Model", name_of(r), r.model),
                money(f"{key}.spend", "Spend", r.spend, r.model),
                money(f"{key}.revenue", "Revenue", r.revenue, r.model),
                number(f"{key}.conversions", "Conversions", r.conversions, r.model),
                ratio(f"{key}.roas", "ROAS", r.roas, r.model, absent=NO_SPEND),
                rate(f"{key}.roi", "ROI", r.roi, r.model, absent=NO_SPEND),
                money(f"{key}.cost_per_conversion", "Cost per conversion", r.cost_per_conversion, r.model, absent=NO_CONVERSION),
                money(f"{key}.average_order_value", "Average order", r.average_order_value, r.model, absent=NO_CONVERSION),
            )
        )
    return Table(
        "models", "Return by model",
        ("Model", "Spend", "Revenue", "Conversions", "ROAS", "ROI", "Cost per conversion", "Average order"),
        tuple(rows), widths=(1.5, 1.4, 1.4, 1.2, 1, 1, 1.3, 1.2),
    )  # fmt: skip


def costs_table(returns: list[Roi | CustomRoi]) -> Table:
    """New customers and what they cost; over a lifetime only where the sponsor says what a customer is worth."""
    rows = []
    has_lifetime = any(r.lifetime_value for r in returns)
    for r in returns:
        key = f"roi.{r.model}"
        row: list[Figure] = [
            text(f"{key}.cost_model", "Model", name_of(r), r.model),
            number(f"{key}.new_customers", "New customers", r.new_customers, r.model),
            money(f"{key}.cost_per_new_customer", "Cost of one", r.cost_per_new_customer, r.model, absent="no new customers"),
            money(f"{key}.cost_per_visit", "Cost per visit", r.cost_per_visit, r.model, absent="no visits"),
            money(f"{key}.break_even_revenue", "Break-even revenue", r.break_even_revenue, r.model, absent=NO_MARGIN),
            ratio(f"{key}.break_even_roas", "Break-even ROAS", r.break_even_roas, r.model, absent=NO_MARGIN),
        ]
        if has_lifetime:
            row.append(rate(f"{key}.lifetime_roi", "ROI over the lifetime", r.lifetime_roi, r.model, absent=NO_SPEND))
        rows.append(tuple(row))
    headings: tuple[str, ...] = ("Model", "New customers", "Cost of one", "Cost per visit", "Break-even revenue", "Break-even ROAS")
    if has_lifetime:
        headings = (*headings, "ROI over the lifetime")
    return Table(
        "costs", "New customers and break-even", headings, tuple(rows), widths=(1.5, 1.2, 1.3, 1.2, 1.5, 1.2, 1.3)[: len(headings)],
        note="New: not known to have bought of this sponsor before. Break-even: where ROI is 0 at the margin used.",
    )  # fmt: skip


def span_table(returns: list[Roi | CustomRoi]) -> Table:
    rows = []
    for r in returns:
        key = f"roi.{r.model}"
        rows.append(
            (
                text(f"{key}.span_model", "Model", name_of(r), r.model),
                *(rate(f"{key}.roi_{end}", f"ROI, {end}", _end(r.roi_span, end), r.model, absent=NO_SPEND) for end in ENDS),
                *(ratio(f"{key}.roas_{end}", f"ROAS, {end}", _end(r.roas_span, end), r.model, absent=NO_SPEND) for end in ENDS),
            )
        )
    return Table(
        "multiverse", "The return in other universes", ("Model", "ROI, lowest", "ROI, highest", "ROAS, lowest", "ROAS, highest"),
        tuple(rows), widths=(1.6, 1, 1, 1, 1),
        note="Over windows of 7, 14, 30 and 60 days, the account's own ones, and all addresses or only household-grade ones.",
    )  # fmt: skip


def shows_table(universe: Multiverse) -> Table:
    rows = []
    for show in universe.shows:
        key, of = f"roi.show.{show.show_id}", str(show.show_id)
        ranks = sorted({show.best_rank, show.worst_rank})
        places = say("{low} to {high}", low=ranks[0], high=ranks[-1]) if len(ranks) > 1 else f"{ranks[0]}"
        rows.append(
            (
                text(f"{key}.title", "Show", show.show_title, of),
                money(f"{key}.spend", "Spend", show.spend, of),
                money(f"{key}.revenue", "Revenue", show.revenue, of),
                ratio(f"{key}.roas", "ROAS", show.roas, of),
                number(f"{key}.rank", "Place", Decimal(show.headline_rank), of),
                text(f"{key}.places", "Place elsewhere", places, of),
                number(f"{key}.flips_with", "Changes places with", Decimal(show.flips_with), of),
            )
        )
    return Table(
        "shows", "Shows by return", ("Show", "Spend", "Revenue", "ROAS", "Place", "Place elsewhere", "Changes places with"),
        tuple(rows), widths=(2.2, 1.3, 1.3, 1, 0.7, 1.1, 1.2),
        note="Linear credit within the account's windows; elsewhere: over all universes. Shows without spend have no return.",
    )  # fmt: skip


ENDS = ("lowest", "highest")


def _end(span: Span | None, end: str) -> float | None:
    return None if span is None else float(getattr(span, end))
