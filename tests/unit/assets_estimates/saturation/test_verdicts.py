"""Verdicts by the probabilities of section 8, re-judged at another spend, and the probability that quantiles stand for."""

from collections.abc import Callable

import numpy as np
import pytest

from assets.estimates.saturation.fitting import fit
from assets.estimates.saturation.shapes import QUANTILES, Panel, Settings
from assets.estimates.saturation.verdicts import judge_today, probability_below, verdict


@pytest.mark.parametrize(
    ("saturated", "unsaturated", "within", "said"),
    [
        (0.80, 0.00, (0.5, 1.1), "saturated"), (0.79, 0.00, (0.5, 1.3), "not_identifiable"),
        (0.00, 0.80, (2.0, 4.0), "unsaturated"),
        (0.20, 0.79, (1.0, 4.0), "saturating"), (0.21, 0.79, (0.9, 4.0), "not_identifiable"), (0.90, 0.95, (0.2, 0.9), "saturated"),
        (0.50, 0.10, (0.9, 1.1), "saturating"), (0.50, 0.30, (0.9, 1.1), "not_identifiable"),
    ],
)  # fmt: skip
def test_a_verdict_needs_its_certainty(saturated: float, unsaturated: float, within: tuple[float, float], said: str) -> None:
    assert verdict(saturated, unsaturated, within, 0.8)[0] == said


def test_probabilities_come_back_from_quantiles() -> None:
    """Quantiles of a uniform quantity: the probability below a value is the value."""
    held = np.array(QUANTILES)
    assert probability_below(held, 0.55) == pytest.approx(0.55)
    assert probability_below(held, 0.8) == pytest.approx(0.8)
    assert (probability_below(held, 0.01), probability_below(held, 0.99)) == (0.0, 1.0)


def test_todays_spend_is_judged_anew_on_the_last_curve(make_panel: Callable[..., Panel], few: Settings) -> None:
    """More spend returns less: what pays at 200 does not at 2,500, and beyond what was ever seen nothing is said."""
    found = fit(make_panel(margin=1.0), few, 1)[0]
    low, high = judge_today(found, 200.0, 1.0), judge_today(found, 2_500.0, 1.0)
    assert low.returned is not None and high.returned is not None and low.returned > 1 > high.returned
    assert (low.verdict, high.verdict) == ("unsaturated", "saturated")
    assert judge_today(found, 2_500.0, 20.0).verdict == "saturating"
    assert judge_today(found, 1e9, 1.0).verdict == "not_identifiable"
    assert judge_today(found, found.judgement.spend, found.judgement.margin) == found.judgement
