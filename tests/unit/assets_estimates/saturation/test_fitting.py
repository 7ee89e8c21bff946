"""A known curve is found with its verdict, the same each time; what cannot be known is said, and what is no data is an error."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from assets.estimates.saturation.fitting import fit
from assets.estimates.saturation.shapes import Lift, Panel, PanelError, Settings
from assets.estimates.saturation.verdicts import judge_today

Make = Callable[..., Panel]


def test_a_known_curve_is_found(make_panel: Make, few: Settings) -> None:
    """A wrong carry-over, scale or amplitude would be off by far more than a tenth; the band holds the truth along the curve."""
    found = fit(make_panel(channels=2), few, 7)[0]
    assert found.stacked is not None
    spend = np.linspace(300, 2_000, 20)
    truth = 3_000 * spend**1.2 / (spend**1.2 + 800**1.2)
    estimate = np.interp(spend, found.stacked.spend, found.stacked.mean)
    assert np.abs(truth - estimate).sum() / truth.sum() < 0.1
    low, high = (np.interp(spend, found.stacked.spend, edge) for edge in found.stacked.band(0.95))
    assert ((low < truth) & (truth < high)).mean() > 0.8
    assert found.windows[-1].adstock.mean == pytest.approx(0.3, abs=0.1)
    assert sum(window.weight for window in found.windows) == pytest.approx(1)
    assert found.evidence is not None and found.evidence > 10


@pytest.mark.parametrize(
    ("half", "margin", "said"), [(800.0, 0.5, "saturated"), (800.0, 3.0, "saturating"), (9_000.0, 30.0, "unsaturated")]
)
def test_the_verdict_follows_the_truth(make_panel: Make, few: Settings, half: float, margin: float, said: str) -> None:
    """At 1,000 the curve of half-saturation 800 gives about 0.9 a unit (initially 2 or more); that of 9,000 hardly bends."""
    found = fit(make_panel(channels=2, half=half, margin=margin), few, 7)[0]
    assert (found.verdict, found.identifiable) == (said, True), found.reason


def test_the_same_panel_and_seed_give_the_same_fit(make_panel: Make, few: Settings) -> None:
    first, second = (fit(make_panel(), few, 3)[0] for _ in range(2))
    assert np.array_equal(first.draws, second.draws)
    assert first.judgement == second.judgement


def test_another_sponsors_channels_change_nothing(make_panel: Make, few: Settings) -> None:
    """A refit of what changed alone must say what the fit of all says."""
    both, one = make_panel(channels=2), make_panel(channels=2)
    both = replace(both, groups=("sponsor", "another"))
    alone = replace(
        one, keys=one.keys[:1], groups=("sponsor",), spend=one.spend[:1], response=one.response[:1], today=one.today[:1],
        margin=one.margin[:1],
    )  # fmt: skip
    assert np.allclose(fit(both, few, 3)[0].draws, fit(alone, few, 3)[0].draws)


def test_money_in_another_unit_gives_the_same_verdict(make_panel: Make, few: Settings) -> None:
    """A prior that stood in euros would judge yen otherwise."""
    panel = make_panel()
    yen = replace(panel, spend=panel.spend * 160, response=panel.response * 160, today=panel.today * 160)
    here, there = fit(panel, few, 3)[0], fit(yen, few, 3)[0]
    assert here.verdict == there.verdict
    assert here.stacked is not None and there.stacked is not None
    assert np.allclose(here.stacked.mean * 160, there.stacked.mean)


def test_a_lift_study_moves_the_curve(make_panel: Make, few: Settings) -> None:
    """A study that found half of what the weeks suggest, and is sure of it, halves the response there."""
    panel = make_panel()
    before, after = fit(panel, few, 3)[0], fit(replace(panel, lifts=(Lift(0, 1_000.0, 800.0, 20.0),)), few, 3)[0]
    assert before.stacked is not None and after.stacked is not None
    assert np.interp(1_000, before.stacked.spend, before.stacked.mean) > 1_300
    assert np.interp(1_000, after.stacked.spend, after.stacked.mean) == pytest.approx(800, rel=0.1)


def test_spend_without_effect_is_not_called_saturated(make_panel: Make, few: Settings) -> None:
    """Its marginal return is below break-even with certainty, and nothing was seen of a curve."""
    panel = make_panel()
    flat = replace(panel, response=np.random.default_rng(2).normal(1_000, 150, panel.spend.shape))
    found = fit(flat, few, 3)[0]
    assert (found.verdict, found.identifiable) == ("not_identifiable", False)
    assert "cannot be told from" in found.reason


def test_shows_with_one_response_share_it(make_panel: Make, few: Settings) -> None:
    """Each of two shows alone would take the other's response for its own where they are spent on alike."""
    panel = make_panel(channels=2)
    total = np.tile(panel.response.sum(axis=0), (2, 1))
    for found in fit(replace(panel, response=total, responses=("all", "all")), few, 3):
        assert found.stacked is not None
        assert np.interp(1_000, found.stacked.spend, found.stacked.mean) == pytest.approx(1_699, rel=0.3)


def test_shows_that_cannot_be_told_apart_have_parts_of_one_response_as_they_have_of_the_money(
    make_panel: Make, few: Settings
) -> None:
    """Nine tenths of the money on one show, always in the same weeks: nothing but the money says whose the response is."""
    panel = make_panel(2)
    spend = np.stack([9 * panel.spend[0], panel.spend[0]])
    total = np.broadcast_to(panel.response[0], spend.shape)
    large, small = fit(replace(panel, spend=spend, response=total, responses=("all", "all")), few, 3)
    assert large.stacked is not None and small.stacked is not None
    at_large, at_small = (
        float(np.interp(unit, one.spend, one.mean)) for unit, one in ((9_000, large.stacked), (1_000, small.stacked))
    )
    assert at_large > 3 * at_small


@pytest.mark.parametrize(
    ("spend", "reason"),
    [
        ("constant", "1 distinct weekly levels"), ("few", "distinct weekly levels"), ("narrow", "spend varied"),
        ("nothing", "1 distinct weekly levels"), ("one week", "1 distinct weekly levels"), ("unknown", "no week has a response"),
    ],
)  # fmt: skip
def test_what_the_rules_refuse_is_refused_with_the_reason(make_panel: Make, few: Settings, spend: str, reason: str) -> None:
    panel = make_panel()
    random, weeks = np.random.default_rng(1), panel.spend.shape[1]
    spends = {
        "constant": np.full(weeks, 500.0),
        "few": random.choice([0.0, 400.0, 900.0, 2_000.0], weeks),
        "narrow": random.uniform(800, 1_200, weeks),
        "nothing": np.zeros(weeks),
    }
    response = panel.response.copy()
    if spend == "one week":
        response[:, :-1] = np.nan
    if spend == "unknown":
        response[:] = np.nan
    found = fit(replace(panel, spend=spends.get(spend, panel.spend[0])[None], response=response), few, 1)[0]
    assert found.verdict == "not_identifiable"
    assert reason in found.reason
    assert found.stacked is None and found.windows == () and not len(found.draws)
    assert judge_today(found, 100.0, 1.0).verdict == "not_identifiable"


def test_negative_responses_and_gaps_are_data(make_panel: Make, few: Settings) -> None:
    """Refunds make a week's revenue negative, and some weeks are unknown: neither is an error nor a number of its own."""
    panel = make_panel()
    response = panel.response - 900
    response[:, 10:20] = np.nan
    found = fit(replace(panel, response=response), few, 1)[0]
    assert found.stacked is not None and np.isfinite(found.stacked.quantiles).all()
    assert found.weeks == 94


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"spend": np.full((1, 104), np.nan)}, "no number"), ({"spend": np.full((1, 104), -1.0)}, "below zero"),
        ({"spend": np.ones((2, 104))}, "expected both to be"), ({"response": np.full((1, 104), np.inf)}, "infinite"),
        ({"margin": np.zeros(1)}, "margin"), ({"groups": ()}, "found 0 groups"), ({"today": np.array([-1.0])}, "below zero"),
        ({"reference": np.zeros(1)}, "reference"), ({"lifts": (Lift(4, 1.0, 1.0, 1.0),)}, "lift study"),
        ({"responses": ("a", "b")}, "found 2 responses"),
    ],
)  # fmt: skip
def test_what_is_no_panel_is_an_error_that_says_so(
    make_panel: Make, few: Settings, change: dict[str, object], message: str
) -> None:
    with pytest.raises(PanelError, match=message):
        fit(replace(make_panel(), **change), few, 1)


def test_drift_is_found_where_a_curve_has_halved(make_panel: Make, few: Settings) -> None:
    """The last half year's response is a third of what it was: a fit of all weeks alone would say that nothing happened."""
    panel = make_panel()
    response = panel.response.copy()
    response[:, -26:] = 300 + (response[:, -26:] - 300) / 3
    assert fit(replace(panel, response=response), few, 1)[0].drift.has_drifted
    assert not fit(panel, few, 1)[0].drift.has_drifted
