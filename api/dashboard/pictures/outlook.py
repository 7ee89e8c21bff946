"""Delivery's chances, the forecast and the lift of a campaign as sentences and rows of figures; intervals on one common scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.marts.delivery import campaign_delivery, campaign_forecast
from api.marts.lift import campaign_lift
from api.marts.models.lift import LiftSpan
from api.marts.warehouse import Reader
from api.reports.outlook_words import (
    FIGURES,
    FLAGS,
    METHODS,
    VERDICTS,
    false_positive_sentence,
    forecast_sentence,
    lift_sentence,
    outlook_sentence,
    span_name,
)

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
    months = [span for span in (lift.placebo, lift.headline) if span is not None]
    weeks = [*lift.placebo_weeks, *lift.weeks]
    low, high = _scale([*months, *weeks])
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
        "lift_rows": [_lift_row(span, low, high) for span in months],
        "lift_weeks": [_lift_row(span, low, high) for span in weeks],
        # Weeks of which nothing is known fold: fourteen times "too little power" would bury the one verdict that counts.
        "has_lift_weeks": any(span.lift is not None for span in weeks),
        "lift_zero": _place(0.0, low, high),
    }


def _lift_row(span: LiftSpan, low: float, high: float) -> LiftRow:
    places = [None if value is None else _place(value, low, high) for value in (span.lift, span.lift_low, span.lift_high)]
    return LiftRow(span_name(span), span, VERDICTS[span.verdict], *places)


def _scale(spans: Sequence[LiftSpan]) -> tuple[float, float]:
    values = [v for span in spans for v in (span.lift, span.lift_low, span.lift_high) if v is not None]
    return min([-0.2, *values]), min(max([0.2, *values]), WIDEST)


def _place(value: float, low: float, high: float) -> float:
    return round(100 * (min(max(value, low), high) - low) / (high - low), 2)
