"""Delivery's chances, forecasts and lift in words: the report and the dashboard say one and the same."""

from collections.abc import Mapping
from decimal import Decimal

from api.marts.models.delivery import (
    CampaignDelivery,
    DeliveryFlag,
    Forecast,
    ForecastFigure,
    ForecastMethod,
    ForecastVerdict,
)
from api.marts.models.lift import CampaignLift, FalsePositives, LiftDesign, LiftSpan, LiftVerdict
from api.reports.formats import plural, spelled

FIGURES: Mapping[ForecastFigure, str] = {
    "ads": "Ads delivered",
    "downloads": "Downloads of its shows",
    "conversions": "Conversions it owns",
}
METHODS: Mapping[ForecastMethod, str] = {
    "decay": "Decay of its episodes",
    "response": "Response to its ads",
    "seasonal_naive": "The last week again",
}
FORECAST_VERDICTS: Mapping[ForecastVerdict, str] = {
    "estimated": "estimated",
    "too_little_data": "too little data",
    "too_far": "too far ahead",
    "flight_ended": "flight ended",
    "not_run": "not forecast yet",
}
FLAGS: Mapping[DeliveryFlag, str] = {
    "nothing_delivered": "The flight is under way and no ad has been delivered.",
    "placement_without_ads": "A placement has been in flight for two days without an ad delivered.",
    "over_delivered": "More than a tenth above the contract has been delivered.",
    "heard_after_flight": "Baked-in ads are heard after their flight.",
    "few_households": "Fewer than a fifth of the ads have an address that stands for a household.",
    "concentrated": "A tenth of the households heard more than half of the ads.",
}
DESIGNS: Mapping[LiftDesign, str] = {
    "matched": "unexposed households of the same week, address, devices and listening",
    "time_holdout": "listeners of the days that were held out",
    "geo_holdout": "listeners of the regions that were held out",
}
VERDICTS: Mapping[LiftVerdict, str] = {
    "estimated": "Estimated",
    "too_little_power": "Too little power",
    "no_exposure": "Nobody exposed",
    "no_control": "Nobody to compare with",
    "not_comparable": "Not comparable",
    "not_run": "Not measured yet",
}


def outlook_sentence(delivery: CampaignDelivery) -> str:
    """The chance of reaching the guarantee, or why there is none, and what is to be made good."""
    if not delivery.contracted_ads:
        return "No number of ads was contracted, so there is no guarantee to reach."
    if delivery.forecast_verdict == "flight_ended":
        short = delivery.make_good_ads
        return f"The flight has ended {short:,} ads short: that is the make-good." if short else "The contract was met."
    if delivery.guarantee_probability is None:
        return f"No chance of reaching the guarantee is given: {delivery.forecast_reason}."
    made = delivery.expected_make_good_ads or 0
    return (
        f"The contract of {delivery.contracted_ads:,} ads is met by the flight's end with a probability of "
        f"{share(delivery.guarantee_probability)}; expected are {whole(delivery.forecast_ads)} "
        f"({whole(delivery.forecast_low_ads)} to {whole(delivery.forecast_high_ads)} in four of five cases)"
        + (f", which would leave {made:,} to make good." if made else ".")
    )


def forecast_sentence(forecast: Forecast) -> str:
    """How well earlier forecasts did, or why there is none."""
    if forecast.verdict != "estimated":
        return sentence(forecast.reason)
    own, naive = (share(error, 1) for error in (forecast.error_rate, forecast.naive_error_rate))
    return f"{plural(forecast.backtest_count, 'backtest', 'backtests')}: off by {own}, the last week again by {naive}."


def lift_sentence(lift: CampaignLift) -> str:
    """The headline with its interval and its placebo, or the verdict with its reason."""
    head = lift.headline
    if head is None or head.lift is None:
        return f"{VERDICTS[lift.verdict]}: {lift.reason}."
    against = DESIGNS[lift.design] if lift.design else "others"
    placebo = lift.placebo
    beside = ""
    if placebo and placebo.lift is not None:
        beside = f" In the four weeks before, where there can be none, it was {signed(placebo.lift)} ({interval(placebo)})."
    return (
        f"In the four weeks after exposure, {head.matched_count:,} matched households bought {signed(head.lift)} "
        f"({interval(head)}) against {against}: {whole(head.incremental_conversions)} conversions that would not have "
        f"come.{beside}"
    )


def false_positive_sentence(name: str, measured: FalsePositives) -> str:
    if not measured.tests:
        return f"{name}: none could be made."
    found = plural(measured.positive, "false positive", "false positives")
    return f"{name}: {found} in {measured.tests:,} ({share(measured.rate, 1)}; 5% are to be expected)."


def span_name(span: LiftSpan) -> str:
    """First four weeks · Four weeks before · 2 weeks before · Days 7 to 14."""
    if span.week_to - span.week_from > 1:
        return "Four weeks before" if span.is_placebo else "First four weeks"
    if span.is_placebo:
        return f"{plural(-span.week_from, 'week', 'weeks')} before"
    return f"Days {span.week_from * 7} to {span.week_to * 7}"


def sentence(text: str) -> str:
    """`found x, expected y` → `Found x, expected y.`"""
    said = text.strip()
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith(('.', '!', '?', '…')) else '.'}"


def whole(value: float | None) -> str:
    """12,345; an en dash where there is no value."""
    return "–" if value is None else spelled(Decimal(repr(value)), 0)


def share(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{spelled(Decimal(repr(value)) * 100, digits)}%"


def signed(value: float) -> str:
    return f"{'+' if value >= 0 else ''}{share(value)}"


def interval(span: LiftSpan) -> str:
    return f"{signed(span.lift_low or 0.0)} to {signed(span.lift_high or 0.0)}"
