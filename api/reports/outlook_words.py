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
from api.reports.formats import counted, percent, spelled
from api.reports.language import say

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
        return say("No number of ads was contracted, so there is no guarantee to reach.")
    if delivery.forecast_verdict == "flight_ended":
        short = delivery.make_good_ads
        if not short:
            return say("The contract was met.")
        return say("The flight has ended {short} ads short: that is the make-good.", short=spelled(Decimal(short), 0))
    if delivery.guarantee_probability is None:
        return say("No chance of reaching the guarantee is given: {reason}.", reason=delivery.forecast_reason)
    made = delivery.expected_make_good_ads or 0
    chance = (
        "The contract of {contracted} ads is met by the flight's end with a probability of {probability}; expected are {expected} "
        "({low} to {high} in four of five cases)"
    )
    return say(
        chance, contracted=spelled(Decimal(delivery.contracted_ads), 0), probability=share(delivery.guarantee_probability),
        expected=whole(delivery.forecast_ads), low=whole(delivery.forecast_low_ads), high=whole(delivery.forecast_high_ads),
    ) + (say(", which would leave {made} to make good.", made=spelled(Decimal(made), 0)) if made else ".")  # fmt: skip


def forecast_sentence(forecast: Forecast) -> str:
    """How well earlier forecasts did, or why there is none."""
    if forecast.verdict != "estimated":
        return sentence(forecast.reason)
    own, naive = (share(error, 1) for error in (forecast.error_rate, forecast.naive_error_rate))
    return counted(
        forecast.backtest_count, "{n} backtest: off by {own}, the last week again by {naive}.",
        "{n} backtests: off by {own}, the last week again by {naive}.", own=own, naive=naive,
    )  # fmt: skip


def lift_sentence(lift: CampaignLift) -> str:
    """The headline with its interval and its placebo, or the verdict with its reason."""
    head = lift.headline
    if head is None or head.lift is None:
        return f"{say(VERDICTS[lift.verdict])}: {lift.reason}."
    against = say(DESIGNS[lift.design] if lift.design else "others")
    placebo = lift.placebo
    beside = ""
    if placebo and placebo.lift is not None:
        told = " In the four weeks before, where there can be none, it was {lift} ({interval})."
        beside = say(told, lift=signed(placebo.lift), interval=interval(placebo))
    said = (
        "In the four weeks after exposure, {matched} matched households bought {lift} ({interval}) against {against}: "
        "{conversions} conversions that would not have come."
    )
    return (
        say(
            said, matched=spelled(Decimal(head.matched_count), 0), lift=signed(head.lift), interval=interval(head), against=against,
            conversions=whole(head.incremental_conversions),
        )
        + beside
    )  # fmt: skip


def false_positive_sentence(name: str, measured: FalsePositives) -> str:
    if not measured.tests:
        return say("{name}: none could be made.", name=say(name))
    return counted(
        measured.positive, "{name}: {n} false positive in {tests} ({rate}; {expected} are to be expected).",
        "{name}: {n} false positives in {tests} ({rate}; {expected} are to be expected).", name=say(name),
        tests=spelled(Decimal(measured.tests), 0), rate=share(measured.rate, 1), expected=share(0.05),
    )  # fmt: skip


def span_name(span: LiftSpan) -> str:
    """First four weeks · Four weeks before · 2 weeks before · Days 7 to 14."""
    if span.week_to - span.week_from > 1:
        return say("Four weeks before" if span.is_placebo else "First four weeks")
    if span.is_placebo:
        return counted(-span.week_from, "{n} week before", "{n} weeks before")
    return say("Days {first} to {last}", first=span.week_from * 7, last=span.week_to * 7)


def sentence(text: str) -> str:
    """`found x, expected y` → `Found x, expected y.`"""
    said = text.strip()
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith(('.', '!', '?', '…')) else '.'}"


def whole(value: float | None) -> str:
    """12,345; an en dash where there is no value."""
    return "–" if value is None else spelled(Decimal(repr(value)), 0)


def share(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else percent(Decimal(repr(value)), digits)


def signed(value: float) -> str:
    return f"{'+' if value >= 0 else ''}{share(value)}"


def interval(span: LiftSpan) -> str:
    return say("{low} to {high}", low=signed(span.lift_low or 0.0), high=signed(span.lift_high or 0.0))
