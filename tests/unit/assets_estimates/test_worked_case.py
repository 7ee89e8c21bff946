"""Nine paths of three shows, with removal effects and Shapley values worked by hand in docs/data-driven.md.

A fault that these catch: a chain that forgets the paths that did not convert, or a coalition's worth without them.
"""

from fractions import Fraction

import numpy as np
import pytest

from assets.estimates import markov, shapley
from assets.estimates.journeys import journeys_of

A, B, C = 0, 1, 2
# Path, journeys that converted, journeys that did not: 10 of 40 converted.
NINE = [
    ((A,), 1, 9),
    ((B,), 1, 4),
    ((C,), 0, 5),
    ((A, B), 2, 2),
    ((B, A), 1, 1),
    ((A, C), 1, 3),
    ((B, C), 1, 1),
    ((C, B), 0, 2),
    ((A, B, C), 3, 3),
]
REMOVAL = [Fraction(218, 383), Fraction(1319, 2470), Fraction(1397, 2630)]
SHAPLEY = [Fraction(83, 20), Fraction(21, 4), Fraction(3, 5)]


def test_the_paths_are_forty_journeys_of_which_ten_converted() -> None:
    journeys = journeys_of(NINE)
    assert (len(journeys.converted), journeys.converted.sum(), journeys.lost.sum()) == (9, 10, 30)


def test_removal_effects_are_those_worked_by_hand() -> None:
    found = markov.fit(journeys_of(NINE), seed=1, replicates=0, order=1)
    assert found.conversion_rate == pytest.approx(0.25)
    np.testing.assert_allclose(found.effects, [float(effect) for effect in REMOVAL], rtol=1e-12)


def test_shapley_values_are_those_worked_by_hand() -> None:
    found = shapley.fit(journeys_of(NINE), seed=1, replicates=0)
    assert found.is_exact
    np.testing.assert_allclose(found.values, [float(value) for value in SHAPLEY], rtol=1e-12)
    assert sum(SHAPLEY) == 10
