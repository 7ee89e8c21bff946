"""What may be said of a set of journeys: a fit per model, or the reason why there is none. No figure is made up."""

import hashlib
from dataclasses import dataclass

from assets.estimates import markov, shapley
from assets.estimates.journeys import Floats, Integers, Journeys, joint_channels, regrouped

# Names the rules by which the figures come about; a change of them is a new version.
MODEL_VERSION = "data-driven-1"
# Below either, shares are noise (decision 0021).
FEWEST_CONVERTED, FEWEST_LOST = 30, 30
REPLICATES = 200
# Chains of many states are solved anew for each draw: those of large chains are fewer.
LARGE, FEW_REPLICATES = 300, 50


@dataclass(frozen=True)
class Fit:
    """One model's fit over channel groups: `groups` gives each channel's, and the figures are by group (None: not estimated)."""

    verdict: str
    reason: str
    seed: int
    replicates: int
    groups: Integers
    effects: Floats | None = None
    shares: Floats | None = None
    low: Floats | None = None
    high: Floats | None = None
    errors: Floats | None = None
    markov_order: int | None = None
    likelihoods: tuple[float | None, float | None] = (None, None)
    is_exact: bool | None = None
    sampled_orders: int | None = None


def seed_of(*parts: object) -> int:
    """The seed of a fit, the same for the same tenant, sponsor, goal, granularity, model and version."""
    digest = hashlib.sha256("|".join(str(part) for part in (MODEL_VERSION, *parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def fit(journeys: Journeys, model: str, seed: int) -> Fit:
    """One model, `markov` or `shapley`, on `journeys`; channels that are always met together are fitted as one."""
    groups = joint_channels(journeys)
    refusal = _refusal(journeys, groups)
    if refusal:
        return Fit(*refusal, seed, 0, groups)
    joined = regrouped(journeys, groups)
    replicates = REPLICATES if joined.channels <= LARGE else FEW_REPLICATES
    if model == "markov":
        found = markov.fit(joined, seed=seed, replicates=replicates)
        return Fit(
            "estimated", "", seed, replicates, groups, found.effects, found.shares, found.low, found.high,
            markov_order=found.order, likelihoods=found.likelihoods,
        )  # fmt: skip
    worth = shapley.fit(joined, seed=seed, replicates=replicates)
    return Fit(
        "estimated", "", seed, replicates, groups, worth.values, worth.shares, worth.low, worth.high, worth.errors,
        is_exact=worth.is_exact, sampled_orders=worth.orders,
    )  # fmt: skip


def _refusal(journeys: Journeys, groups: Integers) -> tuple[str, str] | None:
    converted, lost = int(journeys.converted.sum()), int(journeys.lost.sum())
    if converted < FEWEST_CONVERTED:
        return "too_little_data", f"found {converted} journeys that converted, expected at least {FEWEST_CONVERTED}"
    if lost < FEWEST_LOST:
        return "too_little_data", f"found {lost} journeys that did not convert, expected at least {FEWEST_LOST}"
    if journeys.channels == 1:
        return "not_identifiable", "found one channel, expected two or more: there is nothing to share out"
    if groups.max() == 0:
        return "not_identifiable", "every journey met all channels, so that nothing tells one from another"
    return None
