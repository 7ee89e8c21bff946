"""What is refused, and why: no share is made up."""

import pytest

from assets.estimates.journeys import journeys_of
from assets.estimates.verdicts import Fit, fit, seed_of

Rows = list[tuple[tuple[int, ...], int, int]]
MODELS = ("markov", "shapley")


def fitted(rows: Rows, model: str) -> Fit:
    return fit(journeys_of(rows), model, seed=1)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("rows", "verdict", "reason"),
    [
        ([((0,), 29, 500), ((1,), 0, 10)], "too_little_data", "29 journeys that converted"),
        ([((0,), 500, 0), ((0, 1), 40, 29)], "too_little_data", "29 journeys that did not convert"),
        ([((0,), 50, 500)], "not_identifiable", "one channel"),
        ([((0, 1), 50, 500), ((1, 0), 20, 100)], "not_identifiable", "nothing tells one from another"),
    ],
    ids=["few conversions", "few lost journeys", "one channel", "always together"],
)
def test_what_the_journeys_cannot_tell_is_refused_with_the_reason(model: str, rows: Rows, verdict: str, reason: str) -> None:
    found = fitted(rows, model)
    assert found.verdict == verdict
    assert reason in found.reason
    assert (found.shares, found.effects, found.low) == (None, None, None)


@pytest.mark.parametrize("model", MODELS)
def test_channels_that_are_always_met_together_share_one_figure(model: str) -> None:
    found = fitted([((0, 1), 40, 100), ((2,), 10, 100), ((0, 1, 2), 30, 50)], model)
    assert found.verdict == "estimated"
    assert found.groups.tolist() == [0, 0, 1]
    assert found.shares is not None
    assert len(found.shares) == 2


@pytest.mark.parametrize("model", MODELS)
def test_a_fit_is_made_again_from_its_seed(model: str) -> None:
    rows: Rows = [((0,), 20, 100), ((0, 1), 40, 100), ((1,), 10, 100)]
    one, two = fitted(rows, model), fitted(rows, model)
    assert one.low is not None
    assert two.low is not None
    assert one.low.tolist() == two.low.tolist()
    assert seed_of(1, "a") == seed_of(1, "a") != seed_of(2, "a")
