"""Data-driven credit as rows of figures, each with its share and interval on one common scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.dashboard import formats
from api.marts.data_driven import campaign_data_driven
from api.marts.models.data_driven import DataDrivenAttribution, DataDrivenChannel, DataDrivenFit, DataDrivenModel, Granularity
from api.marts.warehouse import Reader

NAMES: Mapping[DataDrivenModel, str] = {"markov": "Markov", "shapley": "Shapley"}
GRANULARITIES: Mapping[Granularity, str] = {
    "placement": "By placement",
    "show": "By show",
    "episode": "By episode",
    "position": "By position in the episode",
    "channel": "Beside the sponsor's other channels",
}
# The page shows the largest; the API gives all.
SHOWN = 12


@dataclass(frozen=True)
class Share:
    """One model's share of a channel: `at`, `low` and `high` are per cent of the common scale's width."""

    model: str
    channel: DataDrivenChannel
    at: float | None
    low: float | None
    high: float | None


def data_driven_context(c: Reader, campaign_id: UUID, granularity: Granularity, currency: str) -> dict[str, Any]:
    """What `parts/data_driven.html` needs."""
    found = campaign_data_driven(c, campaign_id, granularity)
    return {
        "data_driven": found,
        "granularities": GRANULARITIES,
        "share_rows": share_rows(found, currency)[:SHOWN],
        "hidden_channels": max(0, len({channel.channel for channel in found.channels if not channel.joint_channel}) - SHOWN),
        "zero_at": _place(0.0, *_scale(found)),
        "fit_sentences": [fit_sentence(fit) for fit in found.fits],
    }


def share_rows(found: DataDrivenAttribution, currency: str) -> list[tuple[str, bool, list[Share]]]:
    """(name, whether it is this campaign's, a share a model), largest first; of several currencies the campaign's."""
    low, high = _scale(found)
    rows: dict[str, tuple[str, bool, list[Share]]] = {}
    for channel in sorted(found.channels, key=lambda row: row.revenue is not None and row.revenue.currency != currency):
        row = rows.setdefault(channel.channel, (channel.name, channel.is_own, []))
        if channel.joint_channel is None and all(share.channel.model != channel.model for share in row[2]):
            places = [None if v is None else _place(v, low, high) for v in (channel.share, channel.share_low, channel.share_high)]
            row[2].append(Share(NAMES[channel.model], channel, *places))
    estimated = [row for row in rows.values() if row[2]]
    return sorted(estimated, key=lambda row: (-max(share.channel.share or -1 for share in row[2]), row[0]))


def fit_sentence(fit: DataDrivenFit) -> str:
    """What a fit stands on, or why there is none."""
    if fit.verdict != "estimated":
        words = "too little data" if fit.verdict == "too_little_data" else "not identifiable"
        return f"{NAMES[fit.model]}: {words} ({fit.reason})."
    how = f"order {fit.markov_order}" if fit.model == "markov" else "exact" if fit.is_exact else "sampled"
    return f"{NAMES[fit.model]}: {how}, fitted {formats.moment(fit.fitted_at)}, {fit.model_version}, seed {fit.seed}."


def _scale(found: DataDrivenAttribution) -> tuple[float, float]:
    values = [v for row in found.channels for v in (row.share, row.share_low, row.share_high) if v is not None]
    return min([0.0, *values]), max([0.05, *values])


def _place(value: float, low: float, high: float) -> float:
    return round(100 * (value - low) / (high - low), 2)
