"""What keeps the fits from the oracle, as `python -m benchmarks.score.limits` tells it."""

import numpy as np
import pytest

from benchmarks.score.limits import main, of_families, window_lines
from benchmarks.score.saturation_oracle import problem_of
from simulation.saturation import FAMILIES, PARAMETERS, make_saturation_world


def test_who_is_told_one_family_or_which_of_all_has_the_worlds_own_shapes() -> None:
    """An oracle told less must lose by what it is not told, not by shapes that are wrong: family by family they are the world's."""
    world = make_saturation_world(90_001)
    whole = problem_of(world)
    drawn = np.random.default_rng(1).standard_normal((64, PARAMETERS + 1))
    spend = world.reference[0] * np.array([0.5, 1.0, 2.0])
    told = of_families(world, whole, [world.family])
    assert told.parameters == whole.parameters
    assert np.array_equal(told.weekly(0, drawn[:, :PARAMETERS]), whole.weekly(0, drawn[:, :PARAMETERS]))
    mixed = of_families(world, whole, list(FAMILIES))
    assert mixed.parameters == whole.parameters + 1
    for number, name in enumerate(FAMILIES):
        shares = [share for share, _ in FAMILIES.values()]
        middle = sum(shares[:number]) + shares[number] / 2
        drawn[:, PARAMETERS] = np.sqrt(2) * _inverse_error(2 * middle - 1)
        alone = of_families(world, whole, [name])
        assert np.array_equal(mixed.weekly(0, drawn), alone.weekly(0, drawn[:, :PARAMETERS])), name
        assert np.array_equal(mixed.steady(drawn, spend), alone.steady(drawn[:, :PARAMETERS], spend)), name


def _inverse_error(value: float) -> float:
    from scipy.special import erfinv

    return float(erfinv(value))


def test_windows_are_compared_world_by_world() -> None:
    """Unpaired, the worlds' own differences would hide that one is better in each."""
    worlds = np.linspace(0.2, 0.9, 12)
    lines = list(window_lines(worlds + 0.01, np.stack([worlds, worlds + 0.01, worlds + 0.02, worlds[::-1]], axis=1)))
    assert lines[0] == "mixed less  13 weeks: +0.0100 (+0.0100 to +0.0100), better in 12 of 12 worlds (p 0.000)"
    assert "better in 0 of 0 worlds (p 1.000)" in lines[1]
    assert "better in 0 of 12 worlds (p 0.000)" in lines[2]
    assert "better in 6 of 12 worlds (p 1.000)" in lines[3]


def test_both_tables_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--first", "90001", "--worlds", "3"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].endswith("seeds 90001 to 90003") and len(told) == 1 + 6 + 4
    assert told[1].endswith("(1.000)"), "the first is the oracle that the others are shares of"
