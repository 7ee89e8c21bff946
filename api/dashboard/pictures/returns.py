"""A return among its universes: each model's range on one scale, every figure, the shows' places, and the weeks' cohorts."""

from dataclasses import dataclass
from typing import Any

from api.dashboard.charts import Chart, Series, Unit
from api.dashboard.formats import rate
from api.marts.models import MODEL_NAMES, MODELS, CampaignCohorts, CampaignReturn, CustomRoi, ModelName, Multiverse, Roi, Universe

IP_CLASSES = {"all": "All addresses", "household": "Household-grade only"}


@dataclass(frozen=True)
class RangeRow:
    """One range of ROI: `at`, `low` and `high` are per cent of the common scale's width."""

    name: str
    value: float
    lowest: float
    highest: float
    at: float
    low: float
    high: float


def multiverse_context(roi: CampaignReturn, cohorts: CampaignCohorts, model: ModelName) -> dict[str, Any]:
    """What `parts/multiverse.html` needs; no ranges where nothing was spent."""
    ranges, names = range_rows(roi), model_names(roi)
    return {
        "multiverse": roi.multiverse,
        "ranges": ranges,
        "range_zero": _place(0.0, *_scale(ranges_of(roi))),
        "range_sentence": range_sentence(roi.multiverse),
        "universe_rows": universe_rows(roi.multiverse.universes if roi.multiverse else [], list(names)),
        "universe_models": list(names.values()),
        "cohort_chart": cohort_chart(cohorts, model),
    }


def ranges_of(roi: CampaignReturn) -> list[tuple[str, float, float, float]]:
    """(name, ROI, lowest, highest): all models together, and each alone."""
    whole = roi.multiverse
    found = []
    if whole is not None and whole.roi is not None and whole.roi_span is not None:
        found.append(("All models", whole.roi, whole.roi_span.lowest, whole.roi_span.highest))
    names = model_names(roi)
    returns: list[Roi | CustomRoi] = [*roi.rows, *roi.custom_models]
    found += [
        (names[row.model], row.roi, row.roi_span.lowest, row.roi_span.highest)
        for row in returns
        if row.roi is not None and row.roi_span is not None
    ]
    return found


def range_rows(roi: CampaignReturn) -> list[RangeRow]:
    values = ranges_of(roi)
    scale = _scale(values)
    return [
        RangeRow(name, value, lowest, highest, _place(value, *scale), _place(lowest, *scale), _place(highest, *scale))
        for name, value, lowest, highest in values
    ]


def range_sentence(found: Multiverse | None) -> str:
    """What holds whatever rule one takes, and what does not."""
    if found is None or found.roi is None or found.roi_span is None:
        return "There is no return to vary: nothing was spent."
    sign = "It has one sign under every rule." if found.is_sign_sure else "Gain or loss depends on the rule one takes."
    ranking = {
        True: " The ranking of the shows never changes.",
        False: " The ranking of the shows flips between rules.",
        None: "",
    }[found.is_ranking_sure]
    return (
        f"ROI is {rate(found.roi)} (linear, this account's windows), and between {rate(found.roi_span.lowest)} and "
        f"{rate(found.roi_span.highest)} over {len(found.universes)} other rules. {sign}{ranking}"
    )


def model_names(roi: CampaignReturn) -> dict[str, str]:
    """By model, the built-in ones before the account's own, which are told as such."""
    return {**{name: MODEL_NAMES[name] for name in MODELS}, **{own.model: f"{own.name} (own)" for own in roi.custom_models}}


def universe_rows(universes: list[Universe], models: list[str]) -> list[tuple[str, list[float | None]]]:
    """(window and addresses, ROI by model in the order of `models`)."""
    roi = {(u.ip_classes, u.window_days, u.model): u.roi for u in universes}
    keys = dict.fromkeys((u.ip_classes, u.window_days) for u in universes)
    return [
        (f"{IP_CLASSES[ip_classes]}, {days} days", [roi.get((ip_classes, days, model)) for model in models])
        for ip_classes, days in keys
    ]


def cohort_chart(cohorts: CampaignCohorts, model: ModelName) -> Chart:
    """Spend and credited revenue by week under one model; weeks that may still earn are told in the note."""
    rows = [row for row in cohorts.rows if row.model == model]
    currency = rows[0].spend.currency if rows else ""
    by_exposure = cohorts.basis == "exposure_date"
    young = sum(1 for row in rows if not row.is_mature)
    note = (
        "Each week's spend beside what the ads and visits of that week brought, whenever it came."
        if by_exposure
        else "Each week's spend beside what came in that week, whichever week's ads brought it."
    )
    return Chart(
        "cohorts", f"By {'week of exposure' if by_exposure else 'week of conversion'}, {MODEL_NAMES[model].lower()}",
        [row.cohort_week for row in rows],
        [
            Series("Spend", [row.spend.amount for row in rows], tone="muted"),
            Series("Credited revenue", [row.revenue.amount for row in rows]),
        ],
        unit=Unit("money", currency), category_name="Week of", size="short",
        note=note + (f" Weeks at the end that may still earn: {young}." if young else ""),
        empty_text="No week of this campaign has spend or credit yet.",
    )  # fmt: skip


def _scale(values: list[tuple[str, float, float, float]]) -> tuple[float, float]:
    low = min([0.0, *(lowest for _, _, lowest, _ in values)])
    high = max([0.05, *(highest for _, _, _, highest in values)])
    return low, high


def _place(value: float, low: float, high: float) -> float:
    return round(100 * (value - low) / (high - low), 2)
