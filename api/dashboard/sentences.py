"""A campaign's figures as tiles, sentences and tables: what a reader should take from the charts, said in words."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from api.dashboard import formats
from api.dashboard.pictures.campaign import NO_PLACEMENT
from api.dashboard.rendering import Tile, money
from api.marts.alerts import CollectionAlert
from api.marts.models import (
    MODEL_NAMES,
    MODELS,
    CampaignAnalytics,
    CampaignAttribution,
    ModelTotal,
    Money,
    Performance,
    Roi,
    Unconverted,
)

# Within this share of the plan a campaign is on pace: delivery is never even from day to day.
ON_PACE = 0.05


@dataclass(frozen=True)
class CreditCell:
    revenue: str
    conversions: str


@dataclass(frozen=True)
class CreditRow:
    name: str
    cells: list[CreditCell]


@dataclass(frozen=True)
class CreditTable:
    """Rows per placement (and currency), totals per currency; a cell per model, in the order of `models`."""

    models: list[str]
    rows: list[CreditRow]
    totals: list[CreditRow]


def key_figures(analytics: CampaignAnalytics, roi: Sequence[Roi]) -> list[Tile]:
    """The tiles at the head of a campaign's page."""
    p, currency = analytics.performance, analytics.campaign.currency
    last_touch = next((row for row in roi if row.model == "last_touch"), None)
    contracted = f"of {formats.number(p.contracted_ads)} contracted" if p.contracted_ads else "no number contracted"

    def tile(label: str, value: Money, note: str) -> Tile:
        return Tile(label, formats.money_compact(value.amount, currency), note, exact=money(value))

    return [
        Tile("Ads delivered", formats.compact(p.ads_delivered), contracted, p.delivered_rate, p.flight_elapsed_rate,
             exact=formats.number(p.ads_delivered)),
        tile("Spend", p.spend, "for what was delivered"),
        tile("Revenue", p.revenue, f"{money(p.verified_revenue)} verified"),
        Tile("ROAS", formats.multiple(last_touch.roas if last_touch else None), "last touch"),
        Tile("Conversions", formats.number(p.conversions), "each with one owner"),
        Tile("Visits", formats.compact(p.visits), "on the sponsor's site", exact=formats.number(p.visits)),
    ]  # fmt: skip


def delivery_sentence(analytics: CampaignAnalytics) -> str:
    """Delivered against contracted and the share of the flight gone (domain rules, section 6)."""
    p = analytics.performance
    gone = formats.rate(p.flight_elapsed_rate, 0)
    if p.contracted_ads is None or p.delivered_rate is None:
        return f"{formats.number(p.ads_delivered)} ads delivered with {gone} of the flight gone. No number of ads was contracted."
    said = (
        f"{formats.number(p.ads_delivered)} of {formats.number(p.contracted_ads)} contracted ads delivered "
        f"({formats.rate(p.delivered_rate, 0)}) with {gone} of the flight gone"
    )
    if p.flight_elapsed_rate >= 1:
        owed = f"; {formats.number(p.make_good_ads)} are owed as a make-good" if p.make_good_ads else "; the contract is met"
        return f"{said}{owed}."
    return f"{said}{_pace(p.pacing_rate)}."


def attribution_sentence(attribution: CampaignAttribution, currency: str) -> str:
    """The span of credited revenue over the models: how much the choice of a model matters here."""
    totals = [t for t in attribution.models if t.revenue.currency == currency]
    if not totals or not any(t.conversions for t in totals):
        return "No conversion is credited to this campaign yet. Credit appears once a listener's visit or code becomes an order."
    low, high = min(totals, key=lambda t: t.revenue.amount), max(totals, key=lambda t: t.revenue.amount)
    if low.revenue.amount == high.revenue.amount:
        return f"Every model credits {money(high.revenue)} to this campaign: the choice of a model does not matter here."
    return (
        f"Depending on the model, {money(low.revenue)} ({MODEL_NAMES[low.model].lower()}) to {money(high.revenue)} "
        f"({MODEL_NAMES[high.model].lower()}) is credited to this campaign."
    )


def evidence_pairs(p: Performance) -> list[tuple[str, str]]:
    """What was seen on the sponsor's side, apart from the counts in the chart."""
    unverified = Money(amount=p.revenue.amount - p.verified_revenue.amount, currency=p.revenue.currency)
    return [
        ("Visits", formats.number(p.visits)),
        ("Conversions", formats.number(p.conversions)),
        ("Revenue, verified", money(p.verified_revenue)),
        ("Revenue, unverified", money(unverified)),
        ("First event", formats.moment(p.first_event_at)),
        ("Latest event", formats.moment(p.last_event_at)),
    ]


def credit_table(attribution: CampaignAttribution, names: Mapping[UUID, str]) -> CreditTable:
    """Credit side by side. Rows of different currencies are never added: each currency has its total."""
    cells: dict[tuple[str, str], dict[str, ModelTotal]] = defaultdict(dict)
    for row in attribution.placements:
        name = names.get(row.placement_id, row.show_title or NO_PLACEMENT)
        cells[name, row.revenue.currency][row.model] = _sum(cells[name, row.revenue.currency].get(row.model), row)
    totals: dict[str, dict[str, ModelTotal]] = defaultdict(dict)
    for total in attribution.models:
        totals[total.revenue.currency][total.model] = total
    order = sorted(cells, key=lambda key: (key[1], -_amount(cells[key], "last_touch"), key[0]))
    many = len(totals) > 1
    return CreditTable(
        models=[MODEL_NAMES[m] for m in MODELS],
        rows=[
            CreditRow(f"{name} ({currency}{apart(cells[name, currency])})" if many else name, _cells(cells[name, currency]))
            for name, currency in order
        ],
        totals=[
            CreditRow(f"Total {currency}{apart(row)}" if many else "Total", _cells(row)) for currency, row in sorted(totals.items())
        ],
    )


@dataclass(frozen=True)
class AlertLine:
    """One alert of collection: where it leads, and what it says."""

    href: str
    site_name: str
    said: str


def alert_line(alert: CollectionAlert) -> AlertLine:
    if alert.kind == "loss":
        what = f"{formats.rate(alert.worst_value, 1)} of the numbered events of an hour were lost, the limit is "
        what += formats.rate(alert.threshold, 0)
    else:
        what = f"5% of the events of an hour came over {formats.duration(alert.worst_value)} late, the limit is "
        what += formats.duration(alert.threshold)
    return AlertLine(f"/sites/{alert.site_id}", alert.site_name, f"{what}; since {formats.moment(alert.first_hour_at)}.")


def apart(row: Mapping[str, ModelTotal]) -> str:
    return ", not converted" if any(total.is_unconverted for total in row.values()) else ""


def unconverted_sentence(apart: Sequence[Unconverted]) -> str:
    """What no exchange rate turns into the campaign's currency; nothing where all of it was converted."""
    if not apart:
        return ""
    count = sum(one.conversions for one in apart)
    said = " and ".join(money(one.amount) for one in apart)
    return (
        f"{formats.plural(int(count), 'conversion')} worth {said} could not be converted, for want of an exchange rate of the day "
        "or the weeks before it, and count without their value. Rates are loaded under Imports."
    )


def fraud_sentence(apart: Sequence[Unconverted]) -> str:
    """What stands apart as fraud; nothing where nothing does."""
    if not apart:
        return ""
    said = " and ".join(money(one.amount) for one in apart)
    count = formats.plural(int(sum(one.conversions for one in apart)), "conversion")
    return f"{count} worth {said} stand apart as fraud and are in no figure here."


def _pace(rate: float | None) -> str:
    if rate is None:
        return ""
    if abs(rate - 1) <= ON_PACE:
        return ": on pace"
    return f": {formats.rate(abs(rate - 1), 0)} {'ahead of' if rate > 1 else 'behind'} an even pace"


def _cells(row: Mapping[str, ModelTotal]) -> list[CreditCell]:
    return [
        CreditCell(money(row[m].revenue), f"{formats.number(row[m].conversions, 2)} conv.")
        if m in row
        else CreditCell(formats.NONE, "")
        for m in MODELS
    ]


def _amount(row: Mapping[str, ModelTotal], model: str) -> Decimal:
    return row[model].revenue.amount if model in row else Decimal(0)


def _sum(before: ModelTotal | None, row: ModelTotal) -> ModelTotal:
    if before is None:
        return row
    amount = before.revenue.amount + row.revenue.amount
    return ModelTotal(
        model=row.model,
        conversions=before.conversions + row.conversions,
        revenue=Money(amount=amount, currency=row.revenue.currency),
        is_unconverted=row.is_unconverted,
    )
