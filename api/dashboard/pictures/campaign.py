"""A campaign's charts: pacing, delivery by day, credit by model and placement, return by model, evidence."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from uuid import UUID

from api.dashboard import formats
from api.dashboard.charts import Chart, Series, Tone, Unit
from api.marts.explanation_words import PRECEDENCE, evidence_name
from api.marts.models import MODEL_NAMES, MODELS, CampaignAnalytics, CampaignAttribution, ModelName, Performance, Placement, Roi

# Credit of a campaign's own link or code that names no one placement.
NO_PLACEMENT = "No single placement"
TONES: Mapping[ModelName, Tone] = {"first_touch": "3", "last_touch": "1", "linear": "2", "time_decay": "4", "position_based": "5"}


def days_between(first: date, last: date) -> list[date]:
    """Every day from first to last, both included."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def pacing(analytics: CampaignAnalytics, today: date) -> Chart:
    """Cumulative ads delivered by UTC day, against the contract spread evenly over the flight (domain rules, section 6)."""
    campaign, contracted = analytics.campaign, analytics.performance.contracted_ads
    delivered_on = {day.day: day.ads_delivered for day in analytics.delivery}
    last = max([campaign.flight_end, *delivered_on])
    days = days_between(min([campaign.flight_start, *delivered_on]), last)
    known = [day for day in days if day <= max([today, *delivered_on])]
    running: list[int | None] = list(accumulate(delivered_on.get(day, 0) for day in known))
    series = [Series("Ads delivered", running + [None] * (len(days) - len(known)), form="area")]
    if contracted:
        flight_days = (campaign.flight_end - campaign.flight_start).days + 1
        gone = [min(max((day - campaign.flight_start).days + 1, 0), flight_days) for day in days]
        due = [round(contracted * count / flight_days) for count in gone]
        series.append(Series("Contract, evenly paced", due, tone="muted", form="line", is_dashed=True))
    return Chart(
        "pacing",
        "Pacing",
        days,
        series,
        note="Ads delivered so far, against the contract spread evenly over the flight."
        if contracted
        else "Ads delivered so far. No number of ads was contracted.",
        empty_text="No ad of this campaign has been delivered yet.",
        marks={"Ads delivered": today.isoformat()} if days[0] <= today < days[-1] else {},
    )


def delivery_by_day(analytics: CampaignAnalytics) -> Chart:
    """Ads delivered on each UTC day; days without a delivery inside the range are zero."""
    by_day = {day.day: day.ads_delivered for day in analytics.delivery}
    days = days_between(min(by_day), max(by_day)) if by_day else []
    return Chart(
        "daily",
        "Ads delivered by day",
        days,
        [Series("Ads delivered", [by_day.get(day, 0) for day in days])],
        note="An ad counts where all its bytes were sent inside a valid download.",
        empty_text="No ad of this campaign has been delivered yet.",
    )


def placement_names(placements: Sequence[Placement]) -> dict[UUID, str]:
    """`Show, mid-roll`, with the flight where two placements would bear one name."""
    plain = {p.placement_id: f"{p.show_title}, {p.position.replace('_', '-')}" for p in placements}
    again = [name for name in plain.values() if list(plain.values()).count(name) > 1]
    return {
        p.placement_id: f"{plain[p.placement_id]}, {formats.flight(p.flight_start, p.flight_end)}"
        if plain[p.placement_id] in again
        else plain[p.placement_id]
        for p in placements
    }


def attribution_by_placement(attribution: CampaignAttribution, names: Mapping[UUID, str], currency: str) -> Chart:
    """Credited revenue by placement and model, in the campaign's currency; other currencies are in the table alone."""
    amounts: dict[tuple[UUID, ModelName], Decimal] = defaultdict(Decimal)
    shows: dict[UUID, str] = {}
    for row in attribution.placements:
        if row.revenue.currency == currency:
            amounts[row.placement_id, row.model] += row.revenue.amount
            shows[row.placement_id] = names.get(row.placement_id, row.show_title or NO_PLACEMENT)
    order = sorted(shows, key=lambda p: (-amounts[p, "last_touch"], shows[p]))
    return Chart(
        "attribution-chart",
        "Credited revenue by placement and model",
        [shows[p] for p in order],
        [Series(MODEL_NAMES[m], [amounts[p, m] for p in order], tone=TONES[m]) for m in MODELS],
        unit=Unit("money", currency),
        category_name="Placement",
        size="tall",
        note="The same conversions under five rules of credit; under each, credits sum to the conversion's value to the cent.",
        empty_text="No conversion is credited to this campaign yet.",
    )


def revenue_by_day(attribution: CampaignAttribution, currency: str, model: ModelName = "last_touch") -> Chart:
    """Credited revenue by UTC day under one model, on the attribution's basis."""
    by_day: dict[date, Decimal] = defaultdict(Decimal)
    for row in attribution.daily:
        if row.model == model and row.revenue.currency == currency:
            by_day[row.day] += row.revenue.amount
    days = days_between(min(by_day), max(by_day)) if by_day else []
    basis = "the conversion" if attribution.basis == "conversion_date" else "the credited exposure"
    return Chart(
        "revenue-by-day",
        f"Credited revenue by day, {MODEL_NAMES[model].lower()}",
        days,
        [Series("Credited revenue", [by_day.get(day, Decimal(0)) for day in days])],
        unit=Unit("money", currency),
        size="short",
        note=f"By the UTC day of {basis}.",
        empty_text="No conversion is credited to this campaign yet.",
    )


def roas_by_model(rows: Sequence[Roi]) -> Chart:
    """ROAS by model: credited revenue / spend."""
    return Chart(
        "roas",
        "Return on ad spend by model",
        [MODEL_NAMES[row.model] for row in rows],
        [Series("ROAS", [row.roas for row in rows], item_tones=[TONES[row.model] for row in rows])],
        unit=Unit("multiple"),
        category_name="Model",
        size="short",
        is_horizontal=True,
        note="Credited revenue divided by spend. At 1× the sponsorship brought back what it cost.",
        empty_text="No return yet: there is no spend, or no conversion is credited.",
    )


def evidence(performance: Performance) -> Chart:
    """Conversions by the evidence that owns them, strongest first; a conversion has one owner (domain rules, section 4)."""
    counts = [(evidence_name(kind), getattr(performance, f"{kind}_conversions")) for kind in PRECEDENCE]
    return Chart(
        "evidence-chart",
        "What ties a conversion to the campaign",
        [name for name, _ in counts],
        [Series("Conversions", [count for _, count in counts])],
        category_name="Evidence",
        size="short",
        is_horizontal=True,
        note="Strongest evidence first. Each conversion has one owner and counts once.",
        empty_text="No conversion is tied to this campaign yet.",
    )
