"""Fits and advice as rows of the tables in schema estimates: money back in minor units, what is not a number as NULL."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from assets.estimates.saturation.advice import advise
from assets.estimates.saturation.shapes import MODEL_VERSION, QUANTILES, Curve, Fit, Floats, Limits, Parameter
from assets.estimates.saturation_panel import Channel

STACKED = "stacked"
KEY = ("tenant_id", "sponsor_id", "show_id", "basis", "currency", "fit_day")
FIT_COLUMNS = (
    *KEY, "verdict", "reason", "refusal", "spend_minor", "reference_minor", "margin_rate", "marginal", "marginal_low",
    "marginal_high", "marginal_low_95", "marginal_high_95", "saturated_probability", "unsaturated_probability", "week_count",
    "first_week", "last_week", "level_count", "spend_ratio", "evidence", "drift_z", "drift_p", "has_drifted", "model_version",
    "seed", "input_hash", "build_id", "run_id",
)  # fmt: skip
WINDOW_COLUMNS = (
    *KEY, "window_name", "observed_weeks", "weight", "score", "adstock", "half_saturation", "slope", "amplitude", "curve_spend",
    "curve_response", "curve_low_80", "curve_high_80", "curve_low_95", "curve_high_95", "curve_marginal",
    "quantile_levels", "curve_marginal_quantiles", "curve_unsaturated",
)  # fmt: skip
REALLOCATION_COLUMNS = (
    "tenant_id", "sponsor_id", "basis", "currency", "fit_day", "budget_minor", "gain_minor", "gain_low_minor", "gain_high_minor",
    "loss_probability", "reason", "seed", "model_version",
)  # fmt: skip
MOVE_COLUMNS = (
    "tenant_id", "sponsor_id", "basis", "currency", "fit_day", "show_id", "is_advised", "reason", "spend_minor", "advised_minor",
    "least_minor", "most_minor", "worth", "worth_low", "worth_high",
)  # fmt: skip
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Provenance:
    """Of which day a fit is, which published build was read, and which run wrote it."""

    day: date
    build_id: UUID | None
    run_id: str


def fit_row(channel: Channel, found: Fit, digest: bytes, of: Provenance) -> Row:
    """One row of estimates.saturation_fits."""
    said, unit = found.judgement, channel.unit
    marginal = said.marginal or Parameter(math.nan, math.nan, math.nan)
    return (
        *_key(channel, of.day), found.verdict, found.reason, found.refusal, said.spend * unit,
        _number(found.reference * unit) or 0.0, said.margin, _number(marginal.mean), _number(marginal.low), _number(marginal.high),
        *(map(_number, said.marginal_95) if said.marginal_95 else (None, None)), _number(said.p_saturated),
        _number(said.p_unsaturated), found.weeks, channel.weeks[0], channel.weeks[-1], found.levels, _number(found.ratio),
        _number(found.evidence), _number(found.drift.z), _number(found.drift.p), bool(found.drift.has_drifted),
        found.model_version, found.seed, digest, of.build_id, of.run_id,
    )  # fmt: skip


def refused_row(channel: Channel, digest: bytes, of: Provenance, seed: int) -> Row:
    """The row of a channel that nothing is fitted of."""
    ends = (channel.weeks[0], channel.weeks[-1]) if channel.weeks else (None, None)
    return (
        *_key(channel, of.day), "not_identifiable", channel.refusal, channel.refusal, channel.today_minor, 0.0, channel.margin,
        *[None] * 7, len(channel.weeks), *ends, len(set(channel.spend_minor)), None, None, None, None, False,
        MODEL_VERSION, seed, digest, of.build_id, of.run_id,
    )  # fmt: skip


def window_rows(channel: Channel, found: Fit, day: date) -> list[Row]:
    """Rows of estimates.saturation_windows: the trailing windows, and the stacked curve; none where no fit was made."""
    key, unit = _key(channel, day), channel.unit
    rows: list[Row] = [
        (
            *key, str(window.weeks), window.observed, window.weight, _number(window.score), _parameter(window.adstock),
            _parameter(window.half_saturation), _parameter(window.slope), _parameter(window.amplitude, unit),
            *_curve(window.curve, unit),
        )
        for window in found.windows
    ]  # fmt: skip
    if found.stacked is not None:
        rows.append((*key, STACKED, found.weeks, 1.0, None, None, None, None, None, *_curve(found.stacked, unit)))
    return rows


def reallocation_rows(members: Sequence[Channel], fits: Mapping[str, Fit], day: date, seed: int) -> tuple[Row | None, list[Row]]:
    """One sponsor's advice: a row of estimates.budget_reallocations and those of its moves.

    Without a limit of the sponsor's a show is advised at most what was once spent on it in a week: no curve is known beyond.
    """
    chosen = [fits[channel.key] for channel in members if channel.key in fits]
    if not chosen:
        return None, []
    limits = [_limits(channel) for channel in members if channel.key in fits]
    advice = advise(chosen, limits, sum(limit.spend for limit in limits), seed)
    first, unit = members[0], members[0].unit
    by_key = {channel.key: channel for channel in members}
    given = {limit.key: limit for limit in limits}
    key = (first.tenant_id, first.sponsor_id, first.basis, first.currency, day)
    moves: list[Row] = []
    for move in advice.moves:
        limit, worth = given[move.key], move.marginal or Parameter(math.nan, math.nan, math.nan)
        moves.append((
            *key, by_key[move.key].show_id, move.is_advised, move.reason, move.spend * unit, move.advised * unit,
            limit.least * unit, _number(limit.most * unit), _number(worth.mean), _number(worth.low), _number(worth.high),
        ))  # fmt: skip
    row = (
        *key, advice.budget * unit, advice.gain * unit, advice.gain_low * unit, advice.gain_high * unit, advice.p_loss,
        advice.reason, advice.seed, advice.model_version,
    )  # fmt: skip
    return row, moves


def _limits(channel: Channel) -> Limits:
    spend, least = channel.today_minor, channel.least_minor or 0.0
    most = channel.most_minor if channel.most_minor is not None else max([spend, least, *channel.spend_minor])
    return Limits(channel.key, spend / channel.unit, channel.margin, least / channel.unit, most / channel.unit)


def _key(channel: Channel, day: date) -> Row:
    return channel.tenant_id, channel.sponsor_id, channel.show_id, channel.basis, channel.currency, day


def _curve(curve: Curve, unit: float) -> Row:
    bands = [band for share in (0.8, 0.95) for band in curve.band(share)]
    return (
        _array(curve.spend, unit), _array(curve.mean, unit), *(_array(band, unit) for band in bands), _array(curve.marginal),
        list(QUANTILES), [_array(values) for values in curve.marginal_quantiles], _array(curve.unsaturated),
    )  # fmt: skip


def _parameter(found: Parameter, unit: float = 1.0) -> list[float | None]:
    return [_number(value * unit) for value in (found.mean, found.low, found.high)]


def _array(values: Floats, unit: float = 1.0) -> list[float]:
    found: list[float] = (values * unit).tolist()
    return found


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
