"""Windows are weighed by what they foretell, with the longest in front where nothing speaks for another."""

import numpy as np
import pytest

from assets.estimates.saturation.stacking import HORIZON, ORIGINS, origin_weights, stack, window_weights


def test_without_scores_the_longest_window_leads() -> None:
    weights = stack(np.full((1, ORIGINS, 4), np.nan), [[0]])[0]
    assert weights.sum() == pytest.approx(1)
    assert weights.argmax() == 3


def test_the_window_that_foretells_best_gets_the_most() -> None:
    """Nothing of the in-sample fit is seen here: the scores are of weeks that came after."""
    scores = np.zeros((2, ORIGINS, 4))
    scores[0, :, 0] = 6.0
    weights = stack(scores, [[0], [1]])
    assert weights[0].argmax() == 0 and weights[0, 0] > 0.6
    assert weights[1].argmax() == 3


def test_a_sponsors_shows_lend_each_other_their_weights() -> None:
    scores = np.zeros((3, ORIGINS, 4))
    scores[:2, :, 0] = 6.0
    together, apart = stack(scores, [[0, 1, 2]]), stack(scores, [[0, 1], [2]])
    assert together[2, 0] > apart[2, 0]


def test_no_origin_is_fitted_on_what_it_foretells() -> None:
    """The weeks of the horizon are in the joint sets alone, and nothing after them is in any."""
    fits, joint = np.split(origin_weights(np.ones((1, 60)), (13, 26)), 2, axis=1)
    ahead = joint - fits
    assert (ahead.sum(axis=2) == HORIZON).all()
    for place in range(ahead.shape[1]):
        first = int(np.flatnonzero(ahead[0, place])[0])
        assert fits[0, place, first:].sum() == 0
        assert joint[0, place, first + HORIZON :].sum() == 0


def test_a_window_counts_its_weeks_in_full_and_unknown_weeks_not_at_all() -> None:
    known = np.ones((1, 40))
    known[0, -3] = 0
    assert window_weights(known, (13,))[0, 0, -13:].sum() == 12
    assert window_weights(known, (13,))[0, 0, :-13].max() < 0.5
