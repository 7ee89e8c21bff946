"""What came of the campaign: credit by model and by placement, the evidence for it, and the return on it."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from api.marts.figures import CampaignFigures
from api.marts.models import MODELS, ModelTotal, Money, PlacementTotal
from api.reports.cells import model_words, moment, money, number, position_words, rate, ratio, text
from api.reports.document import Figure, Section, Table

NO_SPEND = "not identifiable (no spend)"
NO_CONVERSION = "no conversions"
EVIDENCE = (
    ("click", "Click link", "A tagged link was followed from the show's page or notes."),
    ("vanity", "Vanity address", "The show's own short address was visited."),
    ("code", "Promo code", "The order bears a code of this campaign."),
    ("exposure", "Ad exposure", "The ad was delivered to the same household within the window."),
)


def attribution_section(figures: CampaignFigures) -> Section:
    rows = []
    for total in figures.attribution.models:
        key, of = f"attribution.{total.model}.{total.revenue.currency}", f"{total.model}/{total.revenue.currency}"
        rows.append(
            (
                text(f"{key}.model", "Model", model_words(total.model), of),
                number(f"{key}.conversions", "Credited conversions", total.conversions, of),
                money(f"{key}.revenue", "Credited revenue", total.revenue, of),
            )
        )
    return Section(
        "attribution",
        "Attribution by model",
        intro=(
            "Each conversion is worth exactly 1, and its value is shared to the cent among the touches before it; a touch of another "
            "campaign takes its share away from this one. The models differ in how they share, so the truth lies with none of them alone: "
            "read them side by side. Dated by conversion."
        ),
        tables=(
            Table(
                "models", "Credit by model", ("Model", "Credited conversions", "Credited revenue"), tuple(rows), widths=(2, 1, 1)
            ),
        ),
    )


def placement_section(figures: CampaignFigures) -> Section:
    names = placement_names(figures)
    keys = sorted(
        {(p.placement_id, p.revenue.currency) for p in figures.attribution.placements},
        key=lambda key: (list(names).index(key[0]) if key[0] in names else len(names), key[1]),
    )
    credit = {(p.placement_id, p.revenue.currency, p.model): p for p in figures.attribution.placements}
    headings = ("Show", "Placement", *(model_words(m) for m in MODELS))
    revenue, conversions = [], []
    for placement_id, currency in keys:
        one = [credit.get((placement_id, currency, m)) for m in MODELS]
        show, place = names.get(placement_id) or (next((p.show_title for p in one if p), ""), "no placement named")
        key, of = f"placements.{placement_id}.{currency}", str(placement_id)
        revenue.append(
            (
                *named(f"{key}.revenue", show, place, of),
                *(revenue_cell(f"{key}.{m}", m, p, currency, of) for m, p in zip(MODELS, one, strict=True)),
            )
        )
        conversions.append(
            (
                *named(f"{key}.conversions", show, place, of),
                *(
                    number(f"{key}.{m}.conversions", model_words(m), p.conversions if p else Decimal(0), of)
                    for m, p in zip(MODELS, one, strict=True)
                ),
            )
        )
    totals = figures.attribution.models
    widths = (2.3, 2.0, 1.3, 1.3, 1.3, 1.3, 1.3)
    return Section(
        "placements",
        "Attribution by placement",
        intro="The same credit, by where the ad ran. Each column adds up to the model's total above.",
        tables=(
            Table("revenue", "Credited revenue", headings, (*revenue, *total_rows(totals, "revenue")), widths=widths, totals=bool(totals)),
            Table(
                "conversions", "Credited conversions", headings, (*conversions, *total_rows(totals, "conversions")), widths=widths, totals=bool(totals)
            ),
        ),
    )  # fmt: skip


def named(key: str, show: str, place: str, of: str) -> tuple[Figure, Figure]:
    return text(f"{key}.show", "Show", show, of), text(f"{key}.placement", "Placement", place, of)


def revenue_cell(key: str, model: str, credit: PlacementTotal | None, currency: str, of: str) -> Figure:
    # A placement that a model gives nothing is credited nothing: that is known, and so it is a zero.
    return money(f"{key}.revenue", model_words(model), credit.revenue if credit else Money.of(0, currency), of)


def total_rows(totals: Sequence[ModelTotal], what: str) -> list[tuple[Figure, ...]]:
    """One row per currency: the models' totals beneath their placements."""
    rows: list[tuple[Figure, ...]] = []
    for currency in sorted({t.revenue.currency for t in totals}):
        by_model = {t.model: t for t in totals if t.revenue.currency == currency}
        key, of = f"placements.total.{currency}", f"total/{currency}"
        cells = [*named(f"{key}.{what}", f"Total {currency}", "", of)]
        for model in MODELS:
            total = by_model.get(model)
            if what == "revenue":
                cells.append(
                    money(f"{key}.{model}.revenue", model_words(model), total.revenue if total else Money.of(0, currency), of)
                )
            else:
                cells.append(
                    number(f"{key}.{model}.conversions", model_words(model), total.conversions if total else Decimal(0), of)
                )
        rows.append(tuple(cells))
    return rows


def evidence_section(figures: CampaignFigures) -> Section:
    p = figures.performance
    counts = {kind: int(getattr(p, f"{kind}_conversions")) for kind, _, _ in EVIDENCE}
    rows = [
        (
            text(f"evidence.{kind}.kind", "Evidence", words, kind),
            text(f"evidence.{kind}.meaning", "What it says", meaning, kind),
            number(f"evidence.{kind}.conversions", "Conversions", counts[kind], kind),
            rate(
                f"evidence.{kind}.share",
                "Share",
                counts[kind] / p.conversions if p.conversions else None,
                kind,
                absent=NO_CONVERSION,
            ),
        )
        for kind, words, meaning in EVIDENCE
    ]
    total = (
        text("evidence.total.kind", "Evidence", "All conversions", "total"),
        text("evidence.total.meaning", "What it says", "", "total"),
        number("evidence.total.conversions", "Conversions", p.conversions, "total"),
        rate("evidence.total.share", "Share", 1.0 if p.conversions else None, "total", absent=NO_CONVERSION),
    )
    return Section(
        "evidence",
        "Evidence",
        intro="A conversion has one owner: the strongest evidence in the order below, and within one kind the latest touch.",
        figures=(
            money("evidence.verified_revenue", "Verified revenue", p.verified_revenue, note="signed by the shop, or matched to an order"),
            moment("evidence.first_event_at", "First event", p.first_event_at),
            moment("evidence.last_event_at", "Last event", p.last_event_at),
        ),
        tables=(
            Table(
                "kinds", "Conversions by strongest evidence", ("Evidence", "What it says", "Conversions", "Share"), (*rows, total),
                totals=True, widths=(1.5, 4, 1, 1),
            ),
        ),
    )  # fmt: skip


def roi_section(figures: CampaignFigures) -> Section:
    rows = []
    for r in figures.roi:
        key = f"roi.{r.model}"
        rows.append(
            (
                text(f"{key}.model", "Model", model_words(r.model), r.model),
                money(f"{key}.spend", "Spend", r.spend, r.model),
                money(f"{key}.revenue", "Revenue", r.revenue, r.model),
                number(f"{key}.conversions", "Conversions", r.conversions, r.model),
                ratio(f"{key}.roas", "ROAS", r.roas, r.model, absent=NO_SPEND),
                rate(f"{key}.roi", "ROI", r.roi, r.model, absent=NO_SPEND),
                money(f"{key}.cost_per_conversion", "Cost per conversion", r.cost_per_conversion, r.model, absent=NO_CONVERSION),
                money(f"{key}.average_order_value", "Average order", r.average_order_value, r.model, absent=NO_CONVERSION),
            )
        )
    margin = figures.roi[0].margin_rate if figures.roi else None
    return Section(
        "roi",
        "Return on the sponsorship",
        intro=(
            "ROAS is credited revenue over spend. ROI is (revenue × margin − spend) over spend, with the sponsor's gross margin: "
            "what is left of the sales after their cost. Without spend neither can be said."
        ),
        figures=(rate("roi.margin_rate", "Gross margin used", margin, absent="not in this build"),),
        tables=(
            Table(
                "models", "Return by model",
                ("Model", "Spend", "Revenue", "Conversions", "ROAS", "ROI", "Cost per conversion", "Average order"),
                tuple(rows), widths=(1.5, 1.4, 1.4, 1.2, 1, 1, 1.3, 1.2),
            ),
        ),
    )  # fmt: skip


def placement_names(figures: CampaignFigures) -> dict[UUID, tuple[str, str]]:
    """Show and position of each placement, in the report's order."""
    return {p.placement_id: (p.show_title, position_words(p.position, p.insertion)) for p in figures.placements}
