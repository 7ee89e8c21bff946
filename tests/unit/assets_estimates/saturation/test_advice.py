"""The budget goes where its next unit brings most, within limits, and never to or from a channel whose curve is not known."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from assets.estimates.saturation.advice import advise
from assets.estimates.saturation.fitting import fit
from assets.estimates.saturation.shapes import Fit, Limits, Panel, Settings


@pytest.fixture(scope="module")
def fits(make_panel: Callable[..., Panel], few: Settings) -> list[Fit]:
    """One channel that is far past its half-saturation at 1,000, one far before it, and one of constant spend."""
    full, open_to = make_panel(half=250.0), make_panel(half=2_500.0, seed=2)
    flat = make_panel(seed=3)
    panel = Panel(
        keys=("full", "open", "flat"), groups=("sponsor",) * 3,
        spend=np.concatenate([full.spend, open_to.spend, np.full((1, 104), 700.0)]),
        response=np.concatenate([full.response, open_to.response, flat.response]),
        today=np.array([1_000.0, 1_000.0, 700.0]), margin=np.ones(3),
    )  # fmt: skip
    return fit(panel, few, 5)


def _limits(**limits: tuple[float, float]) -> list[Limits]:
    spends = {"full": 1_000.0, "open": 1_000.0, "flat": 700.0}
    return [Limits(key, spend, 1.0, *limits.get(key, ())) for key, spend in spends.items()]


def _spends(moves: Sequence[object]) -> dict[str, float]:
    return {move.key: move.advised for move in moves}  # type: ignore[attr-defined]


def test_spend_moves_from_the_full_to_the_open_show(fits: list[Fit]) -> None:
    advice = advise(fits, _limits(), seed=1)
    spends = _spends(advice.moves)
    assert spends["full"] < 900 and spends["open"] > 1_100
    assert sum(spends.values()) == pytest.approx(advice.budget)
    assert advice.gain > 0 and advice.gain_low < advice.gain < advice.gain_high
    assert advice.p_loss < 0.2


def test_what_is_not_identifiable_keeps_its_spend_and_gets_no_figure(fits: list[Fit]) -> None:
    kept = next(move for move in advise(fits, _limits(), seed=1).moves if move.key == "flat")
    assert (kept.advised, kept.is_advised, kept.marginal) == (700.0, False, None)
    assert "distinct weekly levels" in kept.reason


def test_limits_hold(fits: list[Fit]) -> None:
    spends = _spends(advise(fits, _limits(full=(900.0, 5_000.0), open=(0.0, 1_050.0)), seed=1).moves)
    assert spends["full"] >= 900 - 1e-6
    assert spends["open"] <= 1_050 + 10


def test_limits_that_cannot_hold_the_budget_are_said(fits: list[Fit]) -> None:
    advice = advise(fits, _limits(full=(0.0, 100.0), open=(0.0, 100.0)), seed=1)
    assert "change the budget or the limits" in advice.reason
    assert not any(move.is_advised for move in advice.moves)


def test_one_known_show_alone_is_no_reallocation(fits: list[Fit]) -> None:
    advice = advise(fits, [limit for limit in _limits() if limit.key != "open"], seed=1)
    assert "between two or more" in advice.reason
    assert advice.gain == 0.0


def test_nothing_known_nothing_advised(fits: list[Fit]) -> None:
    assert "nothing is advised" in advise(fits, _limits()[2:], seed=1).reason


def test_wrong_limits_are_errors(fits: list[Fit]) -> None:
    with pytest.raises(ValueError, match="no fit"):
        advise(fits, [Limits("unknown", 1.0, 1.0)])
    with pytest.raises(ValueError, match="least <= most"):
        advise(fits, [replace(_limits()[0], least=5.0, most=1.0)])
