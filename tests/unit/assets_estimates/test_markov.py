"""Markov attribution: against closed forms, removals solved one by one, and a long simulation."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.estimates import markov
from assets.estimates.journeys import Journeys, journeys_of

PATHS = st.lists(st.integers(0, 3), min_size=1, max_size=5).map(tuple)
ROWS = st.lists(st.tuples(PATHS, st.integers(0, 20), st.integers(0, 40)), min_size=1, max_size=12).filter(
    lambda rows: any(converted for _, converted, _ in rows)
)
Rows = list[tuple[tuple[int, ...], int, int]]


def effects(rows: Rows, order: int = 1) -> np.ndarray:
    return markov.fit(journeys_of(rows, 4), seed=1, replicates=0, order=order).effects


def removed_one_by_one(rows: Rows, order: int) -> list[float]:
    """The definition, by power iteration: send whoever comes to the channel to null, and see what still converts."""
    states: dict[tuple[int, ...], int] = {}
    moves: dict[tuple[tuple[int, ...], tuple[int, ...]], float] = {}
    for path, converted, lost in rows:
        seen = [
            ("s",),
            *[tuple(path[max(0, i + 1 - order) : i + 1]) if i + 1 >= order else ("s", path[i]) for i in range(len(path))],
        ]
        for here, there in pairwise(seen):
            moves[here, there] = moves.get((here, there), 0) + converted + lost
        moves[seen[-1], ("+",)] = moves.get((seen[-1], ("+",)), 0) + converted
        moves[seen[-1], ("-",)] = moves.get((seen[-1], ("-",)), 0) + lost
    for pair in moves:
        for state in pair:
            states.setdefault(state, len(states))
    for end in (("+",), ("-",)):
        states.setdefault(end, len(states))
    matrix = np.zeros((len(states), len(states)))
    for (here, there), count in moves.items():
        matrix[states[here], states[there]] = count
    sums = matrix.sum(axis=1, keepdims=True)
    matrix = matrix / np.where(sums > 0, sums, 1)

    def chance(removed: int | None) -> float:
        left = [
            number
            for state, number in states.items()
            if state not in (("+",), ("-",)) and (removed is None or state[-1] != removed)
        ]
        solved = np.linalg.solve(np.eye(len(left)) - matrix[np.ix_(left, left)], matrix[left, states[("+",)]])
        return float(solved[left.index(states[("s",)])])

    full = chance(None)
    return [1 - chance(channel) / full for channel in range(4)]


@given(rows=ROWS, order=st.sampled_from([1, 2]))
@settings(max_examples=200)
def test_removal_effects_are_what_removing_each_channel_gives(rows: Rows, order: int) -> None:
    """One solve for all channels agrees with one solve a channel within 1e-9, cycles and repeats included."""
    rows = [row for row in rows if row[1] + row[2]]
    np.testing.assert_allclose(effects(rows, order), removed_one_by_one(rows, order), atol=1e-9)


def test_a_chain_of_two_channels_equals_its_closed_form() -> None:
    """A then perhaps B: x_B = p, x_A = q + m p, and B's removal leaves q of q + m p."""
    rows: Rows = [((0,), 10, 50), ((0, 1), 15, 25)]
    a, m, p = 10 / 100, 40 / 100, 15 / 40
    np.testing.assert_allclose(effects(rows)[:2], [1, 1 - a / (a + m * p)], atol=1e-12)


def test_a_random_chain_equals_a_long_simulation_within_its_error() -> None:
    random = np.random.default_rng(5)
    moves = random.dirichlet(np.ones(6), 5) * 0.75
    ends = np.stack([random.random(5) * 0.25 * (moves.sum(axis=1) > 0), np.zeros(5)], axis=1)
    starts = random.dirichlet(np.ones(5))
    rows: Rows = []
    for _ in range(20_000):
        path, won = [int(random.choice(5, p=starts))], None
        while won is None:
            here = path[-1]
            draw = random.random()
            reach = np.cumsum(moves[here][:5])
            if draw < reach[-1]:
                path.append(int(np.searchsorted(reach, draw, side="right")))
            else:
                won = draw < reach[-1] + ends[here, 0]
        rows.append((tuple(path), int(won), int(not won)))
    journeys = journeys_of(rows, 5)
    found = markov.fit(journeys, seed=1, replicates=0, order=1)
    # The chain itself: the conversions that pass through a channel, by removing it from the true matrix.
    true = np.array([_passing(moves[:, :5], ends[:, 0], starts, channel) for channel in range(5)])
    passed = np.array([sum(won for path, won, _ in rows if channel in path) for channel in range(5)]) / journeys.converted.sum()
    error = 4 * np.sqrt(true * (1 - true) / journeys.converted.sum()) + 1e-9
    assert (np.abs(found.effects - true) < error).all()
    assert (np.abs(passed - true) < error).all()


def _passing(moves: np.ndarray, won: np.ndarray, starts: np.ndarray, channel: int) -> float:
    full = starts @ np.linalg.solve(np.eye(5) - moves, won)
    kept = moves.copy()
    kept[:, channel] = 0
    begun = starts.copy()
    begun[channel] = 0
    return float(1 - begun @ np.linalg.solve(np.eye(5) - kept, won) / full)


@given(rows=ROWS, seed=st.integers(0, 9))
@settings(max_examples=25)
def test_the_order_of_rows_and_their_splitting_change_nothing(rows: Rows, seed: int) -> None:
    """Neither the figures nor the seeded interval depend on how the paths came: a row of 5 is five rows of 1."""
    split = [(path, 1, 0) for path, converted, _ in rows for _ in range(converted)]
    split += [(path, 0, 1) for path, _, lost in rows for _ in range(lost)]
    # A row that nobody walked is a path all the same, as long as it is among the rows.
    split += [(path, 0, 0) for path, _, _ in rows]
    np.random.default_rng(seed).shuffle(split)  # type: ignore[arg-type]
    one, other = (markov.fit(journeys_of(found, 4), seed=seed, replicates=20) for found in (rows, split))
    np.testing.assert_array_equal(one.effects, other.effects)
    assert one.order == other.order
    assert (one.low is None) == (other.low is None)
    if one.low is not None and other.low is not None:
        np.testing.assert_array_equal(one.low, other.low)


@given(rows=ROWS)
@settings(max_examples=50)
def test_shares_sum_to_one_and_a_channel_that_no_conversion_met_has_none(rows: Rows) -> None:
    found = markov.fit(journeys_of(rows, 4), seed=1, replicates=0, order=1)
    assert found.shares is not None
    assert found.shares.sum() == pytest.approx(1)
    assert (found.effects >= -1e-12).all()
    assert (found.effects <= 1 + 1e-12).all()
    met = {code for path, _, _ in rows for code in path}
    assert all(found.effects[code] == 0 for code in set(range(4)) - met)


def drawn(order: int, journeys: int) -> Journeys:
    """Journeys of a chain that remembers one or two channels: under 2, only A after B converts."""
    random = np.random.default_rng(3)
    rows = []
    for _ in range(journeys):
        # Ending after any touch alike: a length that is not forgotten would be a memory too.
        path = tuple(int(code) for code in random.integers(0, 3, random.geometric(0.35)))
        chance = (0.6 if path[-2:] == (1, 0) else 0.02) if order == 2 else (0.3 if path[-1] == 0 else 0.02)
        won = random.random() < chance
        rows.append((path, int(won), int(not won)))
    return journeys_of(rows, 3)


@pytest.mark.parametrize("order", [1, 2])
def test_the_order_is_the_one_that_the_journeys_were_drawn_from(order: int) -> None:
    """An order chosen on the data that it was fitted to would always be 2."""
    found = markov.fit(drawn(order, 4_000), seed=1, replicates=0)
    assert found.order == order
    assert found.likelihoods[0] is not None


def test_many_states_are_solved_sparsely_to_the_same_effects(monkeypatch: pytest.MonkeyPatch) -> None:
    journeys = drawn(2, 500)
    dense = [markov.fit(journeys, seed=1, replicates=0, order=order).effects for order in (1, 2)]
    monkeypatch.setattr(markov, "DENSE_STATES", 1)
    for order, expected in zip((1, 2), dense, strict=True):
        np.testing.assert_allclose(markov.fit(journeys, seed=1, replicates=0, order=order).effects, expected, atol=1e-12)


def test_the_interval_covers_the_true_share_of_most_worlds() -> None:
    """A bootstrap that forgot to draw the journeys that did not convert would cover far less."""
    truth = markov.fit(drawn(1, 40_000), seed=1, replicates=0, order=1).shares
    assert truth is not None
    random, covered = np.random.default_rng(1), 0
    for seed in range(40):
        rows = []
        for _ in range(800):
            path = tuple(int(code) for code in random.integers(0, 3, random.geometric(0.35)))
            won = random.random() < (0.3 if path[-1] == 0 else 0.02)
            rows.append((path, int(won), int(not won)))
        found = markov.fit(journeys_of(rows, 3), seed=seed, replicates=100, order=1)
        assert found.low is not None
        assert found.high is not None
        covered += int(found.low[0] <= truth[0] <= found.high[0])
    assert covered >= 34
