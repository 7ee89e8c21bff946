"""What each channel adds to its coalitions, summed over journeys: exact for sets of few channels, over random orders for larger.

The worth of all journeys falls apart into one small game for each set P of channels that was met, played by P's members alone. So
what counts is how many channels a journey met, not how many there are.
"""

from math import factorial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from assets.estimates.journeys import Floats, Integers, Keys, TouchedSets, channel_keys

Number = TypeVar("Number", np.float64, np.uint64)
# Coalitions looked at in one block, and what is kept of random orders.
BLOCK = 1 << 20
ORDER_CELLS = 20_000_000
ALMOST_ONE = 1 - 1e-12


class Rates:
    """The conversion rate of a coalition: of those who met exactly it, else as if its channels worked independently."""

    def __init__(self, sets: TouchedSets, converted: Integers, lost: Integers) -> None:
        self.met = (converted + lost).astype(np.float64)
        self.rates = np.where(self.met > 0, converted / np.maximum(self.met, 1), 0.0)
        places = find(sets, channel_keys(sets.channels))
        alone = np.where(places >= 0, self.rates[places], 0.0)
        self.silence = np.log1p(-np.minimum(alone, ALMOST_ONE))

    def of(self, found: Integers, silence: Floats) -> Floats:
        """`found` is each coalition's set or -1, `silence` the log of the chance that none of its channels converts alone."""
        return np.where((found >= 0) & (self.met[found] > 0), self.rates[found], -np.expm1(silence))


class ExactSets:
    """Sets of `size` channels: all of their coalitions at once."""

    def __init__(self, sets: TouchedSets, rows: Integers, size: int) -> None:
        self.sets, self.rows, self.size = sets, rows, size
        self.members = sets.members[sets.offsets[rows][:, None] + np.arange(size)]
        masks = np.arange(1 << size)
        self.holds = (masks[:, None] >> np.arange(size)) & 1
        sizes = self.holds.sum(axis=1)
        orders = np.array([factorial(s) * factorial(size - s - 1) / factorial(size) for s in range(size)])
        # A channel gains what a coalition with it is worth and loses what the one without is, by the share of orders that meet it.
        self.weights = np.where(
            self.holds == 1, orders[np.maximum(sizes - 1, 0)][:, None], -orders[np.minimum(sizes, size - 1)][:, None]
        )
        self.found = find(sets, channel_keys(sets.channels)[self.members] @ self.holds.T.astype(np.uint64))

    def values(self, rates: Rates) -> Floats:
        worth = rates.of(self.found, rates.silence[self.members] @ self.holds.T)
        worth[:, 0] = 0
        added = (worth @ self.weights) * rates.met[self.rows][:, None]
        sums: Floats = np.bincount(self.members.ravel(), added.ravel(), self.sets.channels).astype(np.float64)
        return sums


class SampledSets:
    """Sets of more channels: random orders of each set's members, every one with its reverse."""

    def __init__(self, sets: TouchedSets, rows: Integers, random: np.random.Generator, orders: int) -> None:
        lengths = np.diff(sets.offsets)[rows]
        self.sets, self.of_set = sets, np.repeat(rows, lengths)
        self.firsts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self.lengths = lengths
        members = sets.members[np.arange(lengths.sum()) + np.repeat(sets.offsets[rows] - self.firsts, lengths)]
        pairs = max(10, min(orders, ORDER_CELLS // len(members)) // 2)
        self.orders: list[tuple[Integers, Integers]] = []
        for _ in range(pairs):
            chance = random.random(len(members))
            for turned in (chance, 1 - chance):
                arrived = members[np.lexsort((turned, self.of_set))]
                self.orders.append((arrived, find(sets, self._running(channel_keys(sets.channels)[arrived]))))

    def values(self, rates: Rates, orders: int | None = None) -> Floats:
        """One row per pair of orders, of the first `orders`."""
        found = [self._values(rates, *order) for order in self.orders[:orders]]
        pairs: Floats = np.array(found).reshape(-1, 2, self.sets.channels).mean(axis=1)
        return pairs

    def _values(self, rates: Rates, arrived: Integers, found: Integers) -> Floats:
        worth = rates.of(found, self._running(rates.silence[arrived]))
        before = np.concatenate([[0.0], worth[:-1]])
        before[self.firsts] = 0
        sums: Floats = np.bincount(arrived, (worth - before) * rates.met[self.of_set], self.sets.channels).astype(np.float64)
        return sums

    def _running(self, values: NDArray[Number]) -> NDArray[Number]:
        """Running sums within each set."""
        sums: NDArray[Number] = np.cumsum(values)
        within: NDArray[Number] = sums - np.repeat(sums[self.firsts] - values[self.firsts], self.lengths)
        return within


def find(sets: TouchedSets, keys: Keys) -> Integers:
    """The row of the set with each key, or -1."""
    places = np.minimum(np.searchsorted(sets.keys, keys), len(sets.keys) - 1)
    return np.where(sets.keys[places] == keys, places, -1)


def exact_blocks(sets: TouchedSets, sizes: range) -> list[ExactSets]:
    """Every set of one of the sizes, in blocks of at most BLOCK coalitions."""
    lengths, blocks = np.diff(sets.offsets), []
    for size in sizes:
        rows = np.flatnonzero(lengths == size)
        step = max(1, BLOCK >> size)
        blocks += [ExactSets(sets, rows[begun : begun + step], size) for begun in range(0, len(rows), step)]
    return blocks
