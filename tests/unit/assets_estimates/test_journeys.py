"""Journeys as arrays: merging, sets and channels that cannot be told apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.estimates.journeys import MASKED_CHANNELS, Journeys, joint_channels, journeys_of, regrouped, touched_sets

ROWS = st.lists(
    st.tuples(st.lists(st.integers(0, 4), min_size=1, max_size=6).map(tuple), st.integers(0, 9), st.integers(0, 9)), max_size=15
)


def listed(journeys: Journeys) -> dict[tuple[int, ...], tuple[int, int]]:
    bounds = zip(journeys.offsets[:-1], journeys.offsets[1:], strict=True)
    paths = [tuple(int(code) for code in journeys.codes[begin:end]) for begin, end in bounds]
    counts = zip(journeys.converted.tolist(), journeys.lost.tolist(), strict=True)
    return dict(zip(paths, counts, strict=True))


@given(rows=ROWS)
def test_equal_paths_are_one_row_with_their_sums(rows: list[tuple[tuple[int, ...], int, int]]) -> None:
    """A key that mixes up two paths, or loses the order within one, would move counts."""
    expected: dict[tuple[int, ...], tuple[int, int]] = {}
    for path, converted, lost in rows:
        before = expected.get(path, (0, 0))
        expected[path] = (before[0] + converted, before[1] + lost)
    assert listed(journeys_of(rows, 5)) == expected


@given(rows=ROWS.filter(bool))
def test_few_channels_are_counted_as_masks_to_the_same_sets(rows: list[tuple[tuple[int, ...], int, int]]) -> None:
    """The two ways to find sets agree: by bit mask, and by key for many channels."""
    few, many = touched_sets(journeys_of(rows, 5)), touched_sets(journeys_of(rows, MASKED_CHANNELS + 1))
    assert few.keys.tolist() == many.keys.tolist()
    assert few.members.tolist() == many.members.tolist()
    assert (few.converted.tolist(), few.lost.tolist()) == (many.converted.tolist(), many.lost.tolist())


def test_channels_in_exactly_the_same_journeys_are_one_group() -> None:
    journeys = journeys_of([((0, 1), 3, 1), ((1, 0, 2), 1, 1), ((2,), 0, 4), ((3,), 1, 1)])
    assert joint_channels(journeys).tolist() == [0, 0, 1, 2]
    assert listed(regrouped(journeys, np.array([0, 0, 1, 2])))[0, 0] == (3, 1)


def test_one_journey_that_met_only_one_of_them_tells_two_channels_apart() -> None:
    assert joint_channels(journeys_of([((0, 1), 3, 1), ((1,), 0, 1)])).tolist() == [0, 1]


def test_an_empty_path_is_refused() -> None:
    with pytest.raises(ValueError, match="expected paths of at least one touch"):
        journeys_of([((), 1, 0)])
