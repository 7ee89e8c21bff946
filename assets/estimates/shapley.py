"""Shapley attribution over sets of channels, non-converting journeys included (domain rules, section 5).

The worth of a coalition S is what the journeys would have brought had they met no channel outside it: v(S) = sum over sets P of
n(P) r(P and S), where n counts the journeys that met P and r(T) is the conversion rate of those that met exactly T. So v of all
channels is the conversions there were, and the values sum to it. Where nobody met exactly T, its channels are taken to work
independently at the rates that they show alone: r(T) = 1 - product of (1 - r({c})), with 0 for a channel that nobody met alone.
"""

from dataclasses import dataclass

import numpy as np

from assets.estimates.coalitions import Rates, SampledSets, exact_blocks
from assets.estimates.journeys import Floats, Integers, Journeys, TouchedSets, touched_sets

EXACT_CHANNELS = 12
# Coalitions that are looked at exactly: all those of twelve channels are 3^12. Of many large sets the larger are sampled.
EXACT_CELLS = 600_000
# An interval's draws look at so many orders; all share them, so that what the orders leave unsure cancels.
INTERVAL_ORDERS = 8
INTERVAL_CELLS = 30_000_000
FEWEST_REPLICATES = 50


@dataclass(frozen=True)
class ShapleyFit:
    """One fit: by channel the value in conversions, its share and interval; `errors` are the standard errors of sampling of the
    shares, None where the values are exact; `orders` is how many random orders of each large set were looked at.

    `shares`, `low` and `high` are None where no journey converted.
    """

    is_exact: bool
    orders: int
    values: Floats
    shares: Floats | None
    errors: Floats | None
    low: Floats | None
    high: Floats | None


def fit(
    journeys: Journeys, *, seed: int, replicates: int = 200, orders: int = 80, exact_channels: int = EXACT_CHANNELS
) -> ShapleyFit:
    """Values and shares by channel: exact for journeys that met up to `exact_channels` channels, of random orders above.

    The 95 % interval is of `replicates` Poisson bootstraps of the journeys. The same journeys and seed give the same figures.
    """
    random, game = np.random.default_rng(seed), _Game(touched_sets(journeys), exact_channels)
    game.sample(random, orders)
    values, deviations = game.values()
    total = values.sum()
    if total <= 0:
        return ShapleyFit(game.sampled is None, game.orders, values, None, deviations, None, None)
    shares = values / total
    low, high = game.interval(random, replicates, shares) if replicates else (None, None)
    return ShapleyFit(
        game.sampled is None, game.orders, values, shares, None if deviations is None else deviations / total, low, high
    )


class _Game:
    """The sets that journeys met, those of up to `exact_channels` members in blocks and the rest to be sampled."""

    def __init__(self, sets: TouchedSets, exact_channels: int) -> None:
        lengths = np.diff(sets.offsets)
        counts = np.bincount(lengths, minlength=exact_channels + 1)[: exact_channels + 1]
        self.cells = np.cumsum(counts * 2.0 ** np.arange(len(counts)))
        limit = int(np.searchsorted(self.cells, EXACT_CELLS, side="right")) - 1
        self.sets, self.blocks = sets, exact_blocks(sets, range(1, limit + 1))
        self.large = np.flatnonzero(lengths > limit)
        self.cost = max(1.0, float(self.cells[limit]) + float(lengths[self.large].sum()) * INTERVAL_ORDERS)
        self.sampled: SampledSets | None = None

    @property
    def orders(self) -> int:
        return 0 if self.sampled is None else len(self.sampled.orders)

    def sample(self, random: np.random.Generator, orders: int) -> None:
        if len(self.large):
            self.sampled = SampledSets(self.sets, self.large, random, orders)

    def values(self) -> tuple[Floats, Floats | None]:
        """(value by channel, its standard error of sampling)."""
        rates = Rates(self.sets, self.sets.converted, self.sets.lost)
        exact = self._exact(rates)
        if self.sampled is None:
            return exact, None
        pairs = self.sampled.values(rates)
        return exact + pairs.mean(axis=0), pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs))

    def interval(self, random: np.random.Generator, replicates: int, shares: Floats) -> tuple[Floats | None, Floats | None]:
        drawn = []
        for _ in range(min(replicates, max(FEWEST_REPLICATES, int(INTERVAL_CELLS / self.cost)))):
            values = self._few_orders(random.poisson(self.sets.converted), random.poisson(self.sets.lost))
            if values.sum() > 0:
                drawn.append(values / values.sum())
        if not drawn:
            return None, None
        # Of few orders the middle is off: the spread is moved to the estimate of all of them.
        middle = self._few_orders(self.sets.converted, self.sets.lost)
        bounds = np.quantile(drawn, [0.025, 0.975], axis=0) + (shares - middle / middle.sum())
        return bounds[0], bounds[1]

    def _few_orders(self, converted: Integers, lost: Integers) -> Floats:
        rates = Rates(self.sets, converted, lost)
        values = self._exact(rates)
        return values if self.sampled is None else values + self.sampled.values(rates, INTERVAL_ORDERS).mean(axis=0)

    def _exact(self, rates: Rates) -> Floats:
        return np.sum([block.values(rates) for block in self.blocks], axis=0) if self.blocks else np.zeros(self.sets.channels)
