"""From published weeks to the panel of a fit: aligned, padded, refused or calibrated as each channel's own numbers say."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from assets.estimates.saturation.shapes import Settings
from assets.estimates.saturation_lifts import Study
from assets.estimates.saturation_panel import WEEKS, Channel, _lifts, by_group, input_hash, to_panel

MONDAY = date(2026, 1, 5)


def channel(count: int = 30, **changes: Any) -> Channel:
    values: dict[str, Any] = {
        "tenant_id": 1, "sponsor_id": UUID(int=1), "show_id": UUID(int=2), "basis": "placements", "currency": "USD", "margin": 0.5,
        "least_minor": None, "most_minor": None, "weeks": [MONDAY + timedelta(weeks=n) for n in range(count)],
        "spend_minor": [1_000.0 * (n + 1) for n in range(count)], "revenue_minor": [3_000.0] * count, "conversions": 10.0 * count,
        "unconverted_days": 0, **changes,
    }  # fmt: skip
    return Channel(**values)


def test_channels_end_with_their_own_last_week_and_nothing_is_known_before_their_first() -> None:
    """Aligned at the first week, a short channel's windows would lie years back; padded with zeros, it would begin with a rise."""
    short = channel(5, show_id=UUID(int=3))
    panel = to_panel([channel(), short], {})
    assert panel.spend.shape == panel.response.shape == (2, WEEKS)
    assert panel.spend[1, -5:].tolist() == [10, 20, 30, 40, 50]
    assert np.isnan(panel.response[1, :-5]).all() and not np.isnan(panel.response[1, -5:]).any()
    assert set(panel.spend[1, :-5]) == {25.0}, "the mean of the first four, as the fit takes what was before"
    assert panel.today.tolist() == [285.0, 35.0], "the mean of the last four weeks, in units of the currency"
    assert len(set(panel.groups)) == 1 and len(set(panel.keys)) == 2


def test_the_reference_is_the_median_once_and_stays() -> None:
    assert to_panel([channel(5)], {}).reference.tolist() == [30.0]  # type: ignore[union-attr]
    assert to_panel([channel(5)], {channel(5).key: 1_200.0}).reference.tolist() == [12.0]  # type: ignore[union-attr]
    assert to_panel([channel(5, spend_minor=[0.0] * 5)], {}).reference.tolist() == [1.0]  # type: ignore[union-attr]


def test_a_currency_without_minor_units_is_not_divided() -> None:
    assert to_panel([channel(5, currency="JPY")], {}).spend[0, -1] == 5_000


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"weeks": [], "spend_minor": [], "revenue_minor": []}, "no whole week"),
        ({"unconverted_days": 2}, "found 2 days with an amount that no exchange rate turns into USD"),
        ({"spend_minor": [-1.0, 5.0], "weeks": [MONDAY] * 2, "revenue_minor": [1.0] * 2}, "spend below zero"),
        ({"margin": 0.0}, "margin 0"),
        ({"revenue_minor": [0.0] * 30}, "without any revenue"),
        ({"revenue_minor": [0.0] * 30, "conversions": 0.0}, ""),
    ],
    ids=["fit", "no week", "no rate", "credit note", "no margin", "no value", "nothing came"],
)
def test_what_cannot_be_fitted_says_why(changes: dict[str, Any], reason: str) -> None:
    said = channel(**changes).refusal
    assert reason in said and bool(said) is bool(reason)


def test_a_digest_moves_with_whatever_the_fit_and_the_advice_stand_on() -> None:
    settings, before = Settings(), channel()
    changed = [
        replace(before, margin=0.4), replace(before, most_minor=5.0), replace(before, spend_minor=[*before.spend_minor[:-1], 1.0]),
        replace(before, revenue_minor=[1.0, *before.revenue_minor[1:]]), replace(before, lifts=((1.0, 2.0, 3.0),)),
    ]  # fmt: skip
    digests = {input_hash([one], settings) for one in [before, *changed]}
    assert len(digests) == 1 + len(changed)
    assert input_hash([channel()], settings) == input_hash([channel()], settings)
    assert input_hash([before], Settings(points=64)) not in digests


def test_groups_are_one_sponsors_channels_of_one_account_and_currency() -> None:
    rows = [channel(), channel(show_id=UUID(int=9)), channel(currency="EUR"), channel(tenant_id=2)]
    assert [len(members) for _, members in by_group(rows)] == [2, 1, 1]


def test_a_lift_study_is_worth_what_the_channels_conversions_are() -> None:
    """300 of revenue a conversion: 4 conversions a week more are 1,200. Books know no campaigns, and get none."""
    study = Study(1, UUID(int=1), UUID(int=2), "USD", 9_000.0, 4.0, 0.5)
    studies = {(1, UUID(int=1), UUID(int=2), "USD"): [study]}
    assert _lifts(channel(), studies) == ((9_000.0, 1_200.0, 150.0),)
    assert _lifts(channel(basis="books"), studies) == ()
    assert _lifts(channel(show_id=UUID(int=8)), studies) == ()
    (lift,) = to_panel([replace(channel(), lifts=_lifts(channel(), studies))], {}).lifts
    assert (lift.channel, lift.spend, lift.response, lift.error) == (0, 90.0, 12.0, 1.5)
