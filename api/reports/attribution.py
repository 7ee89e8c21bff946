"""Credit for what came of the campaign: by model, and by placement under each model."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from api.marts.figures import CampaignFigures
from api.marts.models import (
    MODELS,
    CustomModelTotal,
    CustomRoi,
    ModelTotal,
    Money,
    PlacementTotal,
    Roi,
    model_name,
)
from api.reports.cells import money, number, position_words, text
from api.reports.document import Figure, Section, Table
from api.reports.language import say


def attribution_section(figures: CampaignFigures) -> Section:
    rows = []
    totals: list[ModelTotal | CustomModelTotal] = [*figures.attribution.models, *figures.attribution.custom_models]
    for total in totals:
        key, of = f"attribution.{total.model}.{total.revenue.currency}", f"{total.model}/{total.revenue.currency}"
        rows.append(
            (
                text(f"{key}.model", "Model", name_of(total) + apart(total), of),
                number(f"{key}.conversions", "Credited conversions", total.conversions, of),
                money(f"{key}.revenue", "Credited revenue", total.revenue, of),
            )
        )
    return Section(
        "attribution",
        "Attribution by model",
        charts=("models",),
        intro=(
            "Each conversion counts exactly 1, and its value is shared to the cent among the touches before it; touches of other "
            "campaigns take their share. The models differ in how they share, and none of them is the truth alone: read them side "
            "by side. Dated by conversion."
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
    headings = ("Show", "Placement", *(model_name(m) for m in MODELS))
    revenue, conversions = [], []
    for placement_id, currency in keys:
        one = [credit.get((placement_id, currency, m)) for m in MODELS]
        show, place = names.get(placement_id) or (next((p.show_title for p in one if p), ""), say("no placement named"))
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
                    number(f"{key}.{m}.conversions", model_name(m), p.conversions if p else Decimal(0), of)
                    for m, p in zip(MODELS, one, strict=True)
                ),
            )
        )
    totals = figures.attribution.models
    revenue += total_rows(totals, "revenue")
    conversions += total_rows(totals, "conversions")
    widths = (2.3, 2.0, 1.3, 1.3, 1.3, 1.3, 1.3)
    return Section(
        "placements",
        "Attribution by placement",
        intro="The same credit, by where the ad ran. Each column adds up to the model's total above.",
        tables=(
            Table("revenue", "Credited revenue", headings, tuple(revenue), widths=widths, totals=bool(totals)),
            Table("conversions", "Credited conversions", headings, tuple(conversions), widths=widths, totals=bool(totals)),
        ),
    )


def name_of(credited: ModelTotal | CustomModelTotal | Roi | CustomRoi) -> str:
    """As people call the model; one of the account's own says that it is."""
    if isinstance(credited, CustomModelTotal | CustomRoi):
        return say("{name} (own model)", name=credited.name)
    return say(model_name(credited.model))


def apart(total: ModelTotal | CustomModelTotal) -> str:
    """What tells a row that no exchange rate turned into the campaign's currency from the others."""
    return say(", not converted from {currency}", currency=total.revenue.currency) if total.is_unconverted else ""


def named(key: str, show: str, place: str, of: str) -> tuple[Figure, Figure]:
    return text(f"{key}.show", "Show", show, of), text(f"{key}.placement", "Placement", place, of)


def revenue_cell(key: str, model: str, credit: PlacementTotal | None, currency: str, of: str) -> Figure:
    # A placement that a model gives nothing is credited nothing: that is known, and so it is a zero.
    return money(f"{key}.revenue", model_name(model), credit.revenue if credit else Money.of(0, currency), of)


def total_rows(totals: Sequence[ModelTotal], what: str) -> list[tuple[Figure, ...]]:
    """One row per currency: the models' totals beneath their placements."""
    rows: list[tuple[Figure, ...]] = []
    for currency in sorted({t.revenue.currency for t in totals}):
        by_model = {t.model: t for t in totals if t.revenue.currency == currency}
        key, of = f"placements.total.{currency}", f"total/{currency}"
        cells = [*named(f"{key}.{what}", say("Total {currency}", currency=currency) + apart(next(iter(by_model.values()))), "", of)]
        for model in MODELS:
            total = by_model.get(model)
            if what == "revenue":
                cells.append(
                    money(f"{key}.{model}.revenue", model_name(model), total.revenue if total else Money.of(0, currency), of)
                )
            else:
                cells.append(
                    number(f"{key}.{model}.conversions", model_name(model), total.conversions if total else Decimal(0), of)
                )
        rows.append(tuple(cells))
    return rows


def placement_names(figures: CampaignFigures) -> dict[UUID, tuple[str, str]]:
    """Show and position of each placement, in the report's order."""
    return {p.placement_id: (p.show_title, position_words(p.position, p.insertion)) for p in figures.placements}
