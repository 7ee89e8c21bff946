"""Shapley attribution: the axioms, and the sampled values against the exact ones."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.estimates import shapley
from assets.estimates.journeys import journeys_of

Rows = list[tuple[tuple[int, ...], int, int]]
PATHS = st.lists(st.integers(0, 3), min_size=1, max_size=5).map(tuple)
ROWS = st.lists(st.tuples(PATHS, st.integers(0, 20), st.integers(0, 40)), min_size=1, max_size=12).filter(
    lambda rows: any(converted for _, converted, _ in rows)
)


def values(rows: Rows, channels: int = 4) -> np.ndarray:
    return shapley.fit(journeys_of(rows, channels), seed=1, replicates=0).values


def by_definition(rows: Rows) -> list[float]:
    """The mean over all orders of four channels of what each adds to v(S) = sum of n(P) r(P and S)."""
    met: dict[frozenset[int], tuple[int, int]] = {}
    for path, converted, lost in rows:
        before = met.get(frozenset(path), (0, 0))
        met[frozenset(path)] = (before[0] + converted, before[1] + converted + lost)

    def alone(channel: int) -> float:
        won, walked = met.get(frozenset([channel]), (0, 0))
        return min(won / walked, 1 - 1e-12) if walked else 0.0

    def rate(coalition: frozenset[int]) -> float:
        won, walked = met.get(coalition, (0, 0))
        return won / walked if walked else 1 - float(np.prod([1 - alone(channel) for channel in coalition]))

    def worth(coalition: frozenset[int]) -> float:
        return sum(walked * rate(touched & coalition) for touched, (_, walked) in met.items() if touched & coalition)

    added, orders = np.zeros(4), list(permutations(range(4)))
    for order in orders:
        for place, channel in enumerate(order):
            added[channel] += worth(frozenset(order[: place + 1])) - worth(frozenset(order[:place]))
    return list(added / len(orders))


@given(rows=ROWS)
@settings(max_examples=150)
def test_values_are_those_of_the_definition(rows: Rows) -> None:
    np.testing.assert_allclose(values(rows), by_definition(rows), atol=1e-9)


@given(rows=ROWS)
def test_values_sum_to_the_conversions(rows: Rows) -> None:
    """Efficiency."""
    assert values(rows).sum() == pytest.approx(sum(converted for _, converted, _ in rows))


@given(rows=ROWS)
def test_channels_that_work_alike_are_worth_the_same(rows: Rows) -> None:
    """Symmetry: with each journey there is its mirror, in which channels 0 and 1 have changed places."""
    mirror = {0: 1, 1: 0, 2: 2, 3: 3}
    found = values(rows + [(tuple(mirror[code] for code in path), won, lost) for path, won, lost in rows])
    assert found[0] == pytest.approx(found[1], abs=1e-9)


@given(rows=ROWS)
def test_a_channel_that_adds_nothing_to_any_coalition_is_worth_nothing(rows: Rows) -> None:
    """The null player: channel 4 is met beside every set of the others at the same rate, and alone by nobody who converts."""
    found = values([*rows, *[((*path, 4), won, lost) for path, won, lost in rows], ((4,), 0, 7)], 5)
    assert found[4] == pytest.approx(0, abs=1e-9)


@given(rows=ROWS, seed=st.integers(0, 9))
@settings(max_examples=25)
def test_the_order_of_rows_and_touches_and_repeats_change_nothing(rows: Rows, seed: int) -> None:
    other = [(tuple(reversed(path)) + path[:1], converted, lost) for path, converted, lost in reversed(rows)]
    one, two = (shapley.fit(journeys_of(found, 4), seed=seed, replicates=20) for found in (rows, other))
    np.testing.assert_allclose(one.values, two.values, atol=1e-12)
    assert (one.low is None) == (two.low is None)
    if one.low is not None:
        np.testing.assert_array_equal(one.low, two.low)


def many(channels: int, journeys: int = 3_000) -> Rows:
    random = np.random.default_rng(11)
    strength = random.random(channels) * 0.2
    rows = []
    for _ in range(journeys):
        path = tuple(int(code) for code in random.choice(channels, random.integers(1, 8)))
        won = random.random() < 1 - np.prod([1 - strength[code] for code in set(path)])
        rows.append((path, int(won), int(not won)))
    return rows


def test_sampled_values_lie_within_their_error_of_the_exact_ones() -> None:
    rows = many(8)
    exact = shapley.fit(journeys_of(rows), seed=1, replicates=0)
    sampled = shapley.fit(journeys_of(rows), seed=1, replicates=0, orders=200, exact_channels=2)
    assert exact.is_exact
    assert not sampled.is_exact
    assert exact.shares is not None
    assert sampled.shares is not None
    assert sampled.errors is not None
    assert sampled.values.sum() == pytest.approx(exact.values.sum())
    assert (sampled.errors > 0).all()
    assert (np.abs(sampled.shares - exact.shares) < 5 * sampled.errors).all()


def test_journeys_of_few_channels_are_exact_however_many_channels_there_are() -> None:
    """What counts is how many channels a journey met; forty channels at once would be 10^12 coalitions."""
    found = shapley.fit(journeys_of(many(40)), seed=1, replicates=0)
    assert found.is_exact
    assert found.errors is None


def test_an_interval_of_sampled_values_holds_the_estimate() -> None:
    found = shapley.fit(journeys_of(many(8, 800)), seed=1, replicates=60, orders=60, exact_channels=3)
    assert found.shares is not None
    assert found.low is not None
    assert found.high is not None
    assert (found.low < found.shares).all()
    assert (found.shares < found.high).all()
