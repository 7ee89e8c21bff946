"""Delivery's chances, the forecast and the lift of a campaign as sentences and rows of figures; intervals on one common scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.dashboard import formats
from api.marts.delivery import campaign_delivery, campaign_forecast
from api.marts.lift import campaign_lift
from api.marts.models.delivery import CampaignDelivery, DeliveryFlag, Forecast, ForecastFigure, ForecastMethod
from api.marts.models.lift import CampaignLift, FalsePositives, LiftDesign, LiftSpan, LiftVerdict
from api.marts.warehouse import Reader

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
# A lift beyond this is drawn at the scale's end; its figure stands beside it.
WIDEST = 3.0


@dataclass(frozen=True)
class LiftRow:
    """One span; `at`, `low` and `high` are per cent of the common scale's width."""

    name: str
    span: LiftSpan
    verdict: str
    at: float | None
    low: float | None
    high: float | None


def outlook_context(c: Reader, campaign_id: UUID) -> dict[str, Any]:
    """What `parts/delivery.html` and `parts/lift.html` need."""
    delivery = campaign_delivery(c, campaign_id)
    lift = campaign_lift(c, campaign_id)
    spans = [
        *([lift.placebo] if lift.placebo else []),
        *([lift.headline] if lift.headline else []),
        *lift.placebo_weeks,
        *lift.weeks,
    ]
    low, high = _scale(spans)
    return {
        "outlook": delivery,
        "outlook_sentence": outlook_sentence(delivery),
        "flag_sentences": [FLAGS[flag] for flag in delivery.flags],
        "forecasts": [
            (FIGURES[f.figure], f, forecast_sentence(f), METHODS[f.method] if f.method else "")
            for f in campaign_forecast(c, campaign_id).forecasts
        ],
        "lift": lift,
        "lift_sentence": lift_sentence(lift),
        "lift_measured": [
            false_positive_sentence("A/A tests", lift.split_tests),
            false_positive_sentence("Placebo weeks", lift.placebo_tests),
        ],
        "lift_rows": [_lift_row(span, low, high) for span in spans],
        "lift_zero": _place(0.0, low, high),
    }


def outlook_sentence(delivery: CampaignDelivery) -> str:
    """The chance of reaching the guarantee, or why there is none, and what is to be made good."""
    if not delivery.contracted_ads:
        return "No number of ads was contracted, so there is no guarantee to reach."
    if delivery.forecast_verdict == "flight_ended":
        short = delivery.make_good_ads
        return (
            f"The flight has ended {formats.number(short)} ads short: that is the make-good." if short else "The contract was met."
        )
    if delivery.guarantee_probability is None:
        return f"No chance of reaching the guarantee is given: {delivery.forecast_reason}."
    made = delivery.expected_make_good_ads or 0
    return (
        f"The contract of {formats.number(delivery.contracted_ads)} ads is met by the flight's end with a probability of "
        f"{formats.rate(delivery.guarantee_probability, 0)}; expected are {formats.number(delivery.forecast_ads)} "
        f"({formats.number(delivery.forecast_low_ads)} to {formats.number(delivery.forecast_high_ads)} in four of five cases)"
        + (f", which would leave {formats.number(made)} to make good." if made else ".")
    )


def forecast_sentence(forecast: Forecast) -> str:
    """How well earlier forecasts did, or why there is none."""
    if forecast.verdict != "estimated":
        return formats.sentence(forecast.reason)
    own, naive = formats.rate(forecast.error_rate), formats.rate(forecast.naive_error_rate)
    return f"{formats.plural(forecast.backtest_count, 'backtest')}: off by {own}, the last week again by {naive}."


def lift_sentence(lift: CampaignLift) -> str:
    """The headline with its interval and its placebo, or the verdict with its reason."""
    head = lift.headline
    if head is None or head.lift is None:
        return f"{VERDICTS[lift.verdict]}: {lift.reason}."
    against = DESIGNS[lift.design] if lift.design else "others"
    placebo = lift.placebo
    beside = ""
    if placebo and placebo.lift is not None:
        beside = f" In the four weeks before, where there can be none, it was {_signed(placebo.lift)} ({_interval(placebo)})."
    return (
        f"In the four weeks after exposure, {formats.number(head.matched_count)} matched households bought {_signed(head.lift)} "
        f"({_interval(head)}) against {against}: {formats.number(head.incremental_conversions)} conversions that would not have "
        f"come.{beside}"
    )


def false_positive_sentence(name: str, measured: FalsePositives) -> str:
    if not measured.tests:
        return f"{name}: none could be made."
    found = formats.plural(measured.positive, "false positive")
    return f"{name}: {found} in {formats.number(measured.tests)} ({formats.rate(measured.rate)}; 5% are to be expected)."


def _lift_row(span: LiftSpan, low: float, high: float) -> LiftRow:
    weeks = span.week_to - span.week_from
    if weeks > 1:
        name = "Four weeks before" if span.is_placebo else "First four weeks"
    elif span.is_placebo:
        name = f"{formats.plural(-span.week_from, 'week')} before"
    else:
        name = f"Days {span.week_from * 7} to {span.week_to * 7}"
    places = [None if value is None else _place(value, low, high) for value in (span.lift, span.lift_low, span.lift_high)]
    return LiftRow(name, span, VERDICTS[span.verdict], *places)


def _scale(spans: Sequence[LiftSpan]) -> tuple[float, float]:
    values = [v for span in spans for v in (span.lift, span.lift_low, span.lift_high) if v is not None]
    return min([-0.2, *values]), min(max([0.2, *values]), WIDEST)


def _place(value: float, low: float, high: float) -> float:
    return round(100 * (min(max(value, low), high) - low) / (high - low), 2)


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else '−'}{formats.rate(abs(value), 0)}"


def _interval(span: LiftSpan) -> str:
    return f"{_signed(span.lift_low or 0.0)} to {_signed(span.lift_high or 0.0)}"
