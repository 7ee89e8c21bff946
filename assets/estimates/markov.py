"""Markov attribution: removal effects from the exact solution of the absorbing chain (domain rules, section 5).

States are start, the channels (order 1) or pairs of the channel before and the channel (order 2), conversion and null. A channel's
removal effect is the share of conversions whose journey visits it; shares are removal effects over their sum. Paths that did not
convert end in null. Consecutive repeats are kept.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix, csc_matrix, csr_matrix, identity
from scipy.sparse.linalg import splu

from assets.estimates.journeys import Floats, Integers, Journeys

DENSE_STATES = 1_200
# A chain of more pairs than this is neither judged nor solved: order 1 stands.
MOST_PAIRS = 20_000
FOLDS = 5
# Numbers in one batch of draws.
CELLS = 4_000_000


@dataclass(frozen=True)
class Chain:
    """Transitions of journeys: what a bootstrap counts again and again, as matrices of counts by path.

    `owners` is the channel of each state; transition t goes from state sources[t] to targets[t].
    """

    owners: Integers
    channels: int
    sources: Integers
    targets: Integers
    steps: csr_matrix
    firsts: csr_matrix
    lasts: csr_matrix


@dataclass(frozen=True)
class MarkovFit:
    """One fit: the order chosen, mean held-out log-likelihood a journey under each, and by channel effect, share and interval.

    `shares`, `low` and `high` are None where no journey converted: then nothing is to be shared.
    """

    order: int
    likelihoods: tuple[float | None, float | None]
    conversion_rate: float
    effects: Floats
    shares: Floats | None
    low: Floats | None
    high: Floats | None


def fit(journeys: Journeys, *, seed: int, replicates: int = 200, order: int | None = None) -> MarkovFit:
    """Effects and shares by channel, with a 95 % interval over `replicates` Poisson bootstraps of the journeys.

    `order` 1 or 2; None chooses it on held-out likelihood. The same journeys and seed give the same figures.
    """
    random = np.random.default_rng(seed)
    likelihoods: tuple[float | None, float | None] = (None, None)
    if order is None:
        order, likelihoods = choose_order(journeys, random)
    chain = chain_of(journeys, order)
    effects = removal_effects(chain, journeys.converted[None, :], journeys.lost[None, :])[0]
    total = journeys.converted.sum() + journeys.lost.sum()
    rate = float(journeys.converted.sum() / total) if total else 0.0
    shares = effects / effects.sum() if effects.sum() > 0 else None
    if shares is None or replicates == 0:
        return MarkovFit(order, likelihoods, rate, effects, shares, None, None)
    drawn, rows = [], max(1, CELLS // len(journeys.converted))
    for begun in range(0, replicates, rows):
        shape = (min(rows, replicates - begun), len(journeys.converted))
        drawn.append(removal_effects(chain, random.poisson(journeys.converted, shape), random.poisson(journeys.lost, shape)))
    found = np.concatenate(drawn)
    sums = found.sum(axis=1, keepdims=True)
    # A draw without a conversion shares nothing out.
    kept = sums[:, 0] > 0
    low, high = np.quantile(found[kept] / sums[kept], [0.025, 0.975], axis=0) if kept.any() else (None, None)
    return MarkovFit(order, likelihoods, rate, effects, shares, low, high)


def chain_of(journeys: Journeys, order: int) -> Chain:
    """The chain's states and transitions, counted by path and weighted by nothing yet."""
    codes, paths = journeys.codes, len(journeys.converted)
    if order == 1:
        states, owners = codes, np.arange(journeys.channels)
    else:
        before = np.concatenate([[0], codes[:-1] + 1])
        before[journeys.offsets[:-1]] = 0
        pairs, states = np.unique(before * journeys.channels + codes, return_inverse=True)
        owners = pairs % journeys.channels
    # The last touch of a path goes to conversion or null, which are counted by state.
    inner = np.ones(len(codes), bool)
    inner[journeys.offsets[1:] - 1] = False
    ahead = np.flatnonzero(inner)
    distinct, steps = _dense_unique(states[ahead] * len(owners) + states[np.minimum(ahead + 1, len(codes) - 1)], len(owners) ** 2)
    return Chain(
        owners,
        journeys.channels,
        distinct // len(owners),
        distinct % len(owners),
        _counter(steps, journeys.path_of_touch[ahead], len(distinct), paths),
        _counter(states[journeys.offsets[:-1]], np.arange(paths), len(owners), paths),
        _counter(states[journeys.offsets[1:] - 1], np.arange(paths), len(owners), paths),
    )


def removal_effects(chain: Chain, converted: Integers, lost: Integers) -> Floats:
    """Removal effect by channel, one row per row of counts: path i was walked converted[:, i] + lost[:, i] times.

    With N = (I - Q)^-1, y = expected visits from start and x = chance of conversion: the conversions that pass through a set g of
    states are y_g N_gg^-1 x_g, so that nothing is solved once per channel.
    """
    size, walked = len(chain.owners), (converted + lost).astype(np.float64)
    steps = (chain.steps @ walked.T).T
    won = (chain.lasts @ converted.T).T
    leaving = (
        won
        + (chain.lasts @ lost.T).T
        + (_counter(chain.sources, np.arange(len(chain.sources)), size, len(chain.sources)) @ steps.T).T
    )
    leaving = np.where(leaving > 0, leaving, 1)
    starts = (chain.firsts @ walked.T).T / np.maximum(walked.sum(axis=1, keepdims=True), 1)
    moves, chances = steps / leaving[:, chain.sources], won / leaving
    rates = converted.sum(axis=1) / np.maximum(walked.sum(axis=1), 1)
    rows = max(1, CELLS // size**2) if size <= DENSE_STATES else 1
    through = np.concatenate(
        [
            (_through if size <= DENSE_STATES else _through_sparse)(
                chain, moves[begun : begun + rows], chances[begun : begun + rows], starts[begun : begun + rows]
            )
            for begun in range(0, len(walked), rows)
        ]
    )
    return through / np.where(rates > 0, rates, 1)[:, None]


def _through(chain: Chain, moves: Floats, to_conversion: Floats, starts: Floats) -> Floats:
    """Chance, from start, to convert by way of each channel; one row per row."""
    size = len(chain.owners)
    matrices = np.zeros((len(moves), size, size))
    matrices[:, chain.sources, chain.targets] = -moves
    matrices[:, np.arange(size), np.arange(size)] += 1
    inverses = np.linalg.inv(matrices)
    chances = (inverses @ to_conversion[:, :, None])[:, :, 0]
    visits = (starts[:, None, :] @ inverses)[:, 0]
    through = np.zeros((len(moves), chain.channels))
    for channel in range(chain.channels):
        group = np.flatnonzero(chain.owners == channel)
        own = inverses[:, group[:, None], group]
        through[:, channel] = (visits[:, group] * np.linalg.solve(own, chances[:, group, None])[:, :, 0]).sum(axis=1)
    return through


def _through_sparse(chain: Chain, moves: Floats, to_conversion: Floats, starts: Floats) -> Floats:
    """The same for many states, of one row."""
    size = len(chain.owners)
    solver = splu(csc_matrix(identity(size) - coo_matrix((moves[0], (chain.sources, chain.targets)), (size, size))))
    chances, visits = solver.solve(to_conversion[0]), solver.solve(starts[0], trans="T")
    through = np.zeros((1, chain.channels))
    for channel in range(chain.channels):
        group = np.flatnonzero(chain.owners == channel)
        if len(group):
            units = np.zeros((size, len(group)))
            units[group, np.arange(len(group))] = 1
            through[0, channel] = visits[group] @ np.linalg.solve(solver.solve(units)[group], chances[group])
    return through


def choose_order(journeys: Journeys, random: np.random.Generator) -> tuple[int, tuple[float | None, float | None]]:
    """(order, mean held-out log-likelihood a journey under order 1 and 2) by five-fold cross-validation over journeys.

    Order 2 where it is better by more than the standard error of the difference over the folds. Its probabilities lean on those of
    order 1 with the weight of one journey, and those on all symbols alike, so that what a fold has not seen is not impossible.
    """
    chain = chain_of(journeys, 2)
    if len(chain.owners) > MOST_PAIRS or journeys.converted.sum() + journeys.lost.sum() < 2 * FOLDS:
        return 1, (None, None)
    events = _Events(chain)
    parts = [1 / FOLDS] * FOLDS
    won, lost = random.multinomial(journeys.converted, parts).T, random.multinomial(journeys.lost, parts).T
    all_counts = events.counts(journeys.converted, journeys.lost)
    means = np.array(
        [events.likelihoods(all_counts, events.counts(w, n), int((w + n).sum())) for w, n in zip(won, lost, strict=True)]
    )
    first, second = means.mean(axis=0)
    gains = means[:, 1] - means[:, 0]
    better = gains.mean() > gains.std(ddof=1) / np.sqrt(FOLDS)
    return (2 if better else 1), (float(first), float(second))


class _Events:
    """Every step of a journey under order 2 as (pair, next symbol), and the step of order 1 that it is: (channel, next symbol)."""

    def __init__(self, chain: Chain) -> None:
        self.chain, size = chain, len(chain.owners)
        self.symbols = chain.channels + 2
        following = np.concatenate([chain.owners[chain.targets], *[np.full(size, chain.channels + end) for end in (0, 1)]])
        self.pairs = np.concatenate([chain.sources, np.arange(size), np.arange(size)])
        self.distinct, self.single_of = np.unique(chain.owners[self.pairs] * self.symbols + following, return_inverse=True)

    def counts(self, converted: Integers, lost: Integers) -> Floats:
        chain = self.chain
        return np.concatenate([chain.steps @ (converted + lost), chain.lasts @ converted, chain.lasts @ lost]).astype(np.float64)

    def likelihoods(self, everything: Floats, test: Floats, journeys: int) -> tuple[float, float]:
        train = everything - test
        singles = np.bincount(self.single_of, train, len(self.distinct))
        contexts = np.bincount(self.distinct // self.symbols, singles, self.symbols)
        first = ((singles + 1 / self.symbols) / (contexts[self.distinct // self.symbols] + 1))[self.single_of]
        second = (train + first) / (np.bincount(self.pairs, train, len(self.chain.owners))[self.pairs] + 1)
        return float(test @ np.log(first)) / max(journeys, 1), float(test @ np.log(second)) / max(journeys, 1)


def _counter(rows: Integers, columns: Integers, height: int, width: int) -> csr_matrix:
    return csr_matrix((np.ones(len(rows)), (rows, columns)), (height, width))


def _dense_unique(values: Integers, bound: int) -> tuple[Integers, Integers]:
    """np.unique with the inverse, by counting where the values are few: a sort of millions costs a second."""
    if bound > 4_000_000:
        distinct, inverse = np.unique(values, return_inverse=True)
        return distinct, inverse
    seen = np.zeros(bound, bool)
    seen[values] = True
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[values]
