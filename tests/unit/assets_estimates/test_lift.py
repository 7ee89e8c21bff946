"""Lift: rates by hand, matching that takes confounding away, verdicts without numbers, and how its intervals hold."""

import numpy as np
import pytest

from assets.estimates.lift import Arm, interval_width, is_comparable, measure, rate_of, split_tests, study
from assets.estimates.lift_cells import Cells, match
from benchmarks.score.lift_worlds import HEADLINE, PLACEBO, lift_world


def cells(*rows: tuple[bool, int, float, float]) -> Cells:
    """(is_exposed, stratum, conversions in week 0, households); one covariate that is kept, a second that is not."""
    exposed, stratum, sold, counts = (np.array(column) for column in zip(*rows, strict=True))
    covariates = np.stack([np.zeros(len(rows)), stratum // 10, stratum % 10], axis=1).astype(np.int64)
    conversions = np.stack([np.zeros(len(rows)), sold], axis=1)
    return Cells(exposed.astype(bool), covariates, np.ones((len(rows), 2), bool), conversions, counts.astype(float), -1, kept=2)


def test_controls_are_weighted_to_the_exposed_households_mix() -> None:
    """Unweighted the control would sell 0.023 a home: it is mostly of the kind that buys little, the exposed of the other."""
    found = measure(
        cells(
            (True, 10, 1, 900), (True, 10, 0, 8100), (True, 20, 1, 20), (True, 20, 0, 980),
            (False, 10, 1, 50), (False, 10, 0, 950), (False, 20, 1, 180), (False, 20, 0, 8820),
        ), (0, 1), 1,
    )  # fmt: skip
    assert found.exposed_rate == pytest.approx(0.092)
    assert found.control_rate == pytest.approx(0.9 * 0.05 + 0.1 * 0.02)
    assert found.lift == pytest.approx(0.092 / 0.047 - 1)
    assert found.incremental == pytest.approx(10_000 * (0.092 - 0.047))
    assert found.low is not None and found.high is not None and found.low < found.lift < found.high
    assert (found.exposed, found.matched, found.controls) == (10_000, 10_000, 10_000)


def test_a_covariate_is_given_up_only_where_controls_are_few() -> None:
    """Stratum 11 has two controls of its own: it takes those of 10 too. Stratum 20 is another home: it never does."""
    world = cells((True, 10, 0, 10), (True, 11, 0, 10), (True, 20, 0, 10), (False, 10, 0, 30), (False, 11, 0, 2))
    matched, weights = match(world, np.ones(5, bool))
    assert matched.tolist() == [True, True, False, False, False]
    assert weights[3] == pytest.approx(10 / 30 + 10 / 32)
    assert weights[4] == pytest.approx(10 / 32)


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([(False, 10, 0, 50)], "no_exposure"),
        ([(True, 10, 1, 50)], "no_control"),
        ([(True, 10, 0, 500), (False, 10, 0, 500)], "too_little_power"),
        ([(True, 10, 1, 3), (True, 10, 0, 20), (False, 10, 1, 1), (False, 10, 0, 20)], "too_little_power"),
    ],
)
def test_without_enough_there_is_a_verdict_and_no_number(rows: list[tuple[bool, int, float, float]], verdict: str) -> None:
    found = measure(cells(*rows), (0, 1), 1)
    assert (found.verdict, found.lift, found.low, found.incremental) == (verdict, None, None, None)
    assert found.reason


def test_an_arm_that_sold_nothing_has_a_wide_interval_and_no_infinity() -> None:
    found = measure(cells((True, 10, 1, 400), (True, 10, 0, 19_600), (False, 10, 0, 20_000)), (0, 1), 1)
    assert found.lift is not None and found.high is not None and np.isfinite(found.high)
    assert found.low is not None and found.low > 1


def test_an_error_that_few_households_made_is_itself_known_badly() -> None:
    """Forty homes that bought once give their error 80 degrees of freedom; two arms of five each have Student's t of ten."""
    forty = cells((False, 10, 1, 40), (False, 10, 0, 99_960))
    arm = rate_of(np.random.default_rng(1), forty, forty.conversions[:, 1], np.ones(2), 400)
    assert arm.freedom == pytest.approx(80, rel=0.01)
    assert arm.error == pytest.approx(40**0.5 / 100_000, rel=0.15)
    few, many = (interval_width([Arm(0.01, 0.001, freedom)] * 2, [0.1, 0.1]) for freedom in (5.0, float("inf")))
    assert many == pytest.approx(1.959964 * 0.02**0.5)
    assert few == pytest.approx(2.228139 * 0.02**0.5)


def test_groups_that_differed_before_the_exposure_get_no_lift() -> None:
    world = lift_world(3, lift=0.5, hidden=1.5)
    found = study(world.cells, [HEADLINE], [PLACEBO], 3)
    assert not is_comparable(found.placebos[-1])
    assert [lift.verdict for lift in found.lifts] == ["not_comparable"]
    assert found.lifts[0].lift is None


def test_the_same_seed_gives_the_same_study() -> None:
    world = lift_world(5)
    assert measure(world.cells, HEADLINE, 9) == measure(world.cells, HEADLINE, 9)
    assert split_tests(world.cells, HEADLINE, 9, splits=3) == split_tests(world.cells, HEADLINE, 9, splits=3)


def test_matching_takes_confounding_away_and_intervals_hold() -> None:
    """Of 24 worlds; without matching the exposed, who listen more, would buy a third more with no effect at all."""
    held, placebos, plain = 0, 0, []
    for seed in range(24):
        world = lift_world(seed + 50, lift=0.0)
        found, placebo = measure(world.cells, HEADLINE, seed), measure(world.cells, PLACEBO, seed)
        observed, sold = world.cells.span(PLACEBO)
        rates = [
            float((world.cells.counts * sold)[chosen].sum() / world.cells.counts[chosen].sum())
            for chosen in (observed & world.cells.is_exposed, observed & ~world.cells.is_exposed)
        ]
        plain.append(rates[0] / rates[1] - 1)
        held += found.low is None or (found.high is not None and found.low <= world.truth(found) <= found.high)
        placebos += placebo.low is not None and placebo.high is not None and (placebo.low > 0 or placebo.high < 0)
    assert np.median(plain) > 0.15
    assert held >= 20
    assert placebos <= 5
