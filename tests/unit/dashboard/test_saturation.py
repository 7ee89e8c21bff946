"""Saturation in words and on a curve, from figures made by hand: a wrong sign or a lost margin would be believed."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from api.dashboard.pages.saturation import _limits
from api.dashboard.pictures import saturation as pictures
from api.marts.models import Money
from api.marts.models.saturation import Budget, BudgetMove, CurvePoint, Estimate, SaturationChannel, SaturationWindow

SHOW = UUID(int=1)


def usd(amount: float) -> Money:
    return Money(amount=Decimal(str(amount)), currency="USD")


def window(name: str, **changes: Any) -> SaturationWindow:
    points = [
        CurvePoint(
            spend=usd(100 * n), revenue=usd(10 * n), low_80=usd(8 * n), high_80=usd(12 * n), low_95=usd(5 * n), high_95=usd(15 * n),
            marginal_return=0.1,
        )
        for n in range(11)
    ]  # fmt: skip
    values = {"weight": 0.5, "score": None, "observed_weeks": 26, "adstock": None, "half_saturation": None, "slope": None}
    return SaturationWindow.model_validate({"window_name": name, "curve": points, **values, **changes})


def channel(**changes: Any) -> SaturationChannel:
    nothing = dict.fromkeys(SaturationChannel.model_fields)
    known = {
        "sponsor_id": SHOW, "sponsor_name": "Acme", "show_id": SHOW, "show_title": "Night Trains", "basis": "books",
        "currency": "USD", "verdict": "saturating", "reason": "it still pays", "spend": usd(730), "judged_to_day": date(2026, 6, 1),
        "margin_rate": 0.5, "reference_spend": usd(1_000),
        "windows": [window("stacked"), window("26", half_saturation=Estimate(mean=1, low=0.5, high=2))],
    }  # fmt: skip
    return SaturationChannel.model_validate({**nothing, **known, **changes})


def test_the_curve_has_its_bands_and_todays_spend() -> None:
    drawn = pictures.curve(channel(), 0).payload()
    assert drawn["points"][10] == [1000.0, 100.0, 80.0, 120.0, 50.0, 150.0]
    assert (drawn["mark"], drawn["currency"], len(drawn["points"])) == (730.0, "USD", 11)
    assert pictures.curve(channel(windows=[]), 0).is_empty


def test_the_table_is_of_the_stacked_curve_and_the_windows_stand_beside() -> None:
    rows = pictures.curve_rows(channel())
    assert [row[0] for row in rows] == ["$0.00", "$500.00", "$1,000.00"]
    assert rows[2][1:] == ("$100.00", "$80.00 to $120.00", "$50.00 to $150.00", "0.10")
    (row,) = pictures.window_rows(channel())
    assert row == ("Last 26 weeks", "50%", "–", "$500 to $2,000", "–")


def test_the_next_unit_is_told_after_margin() -> None:
    said = channel(marginal_return=3.0, marginal_return_low=1.0, marginal_return_high=5.0)
    assert pictures.returned(said) == "1.50 (0.50 to 2.50)"
    assert pictures.returned(channel()) == "–"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"drift_p": 0.5, "has_drifted": False}, "answers to spend as the weeks before it"),
        ({"drift_p": 0.01, "drift_z": -3.0, "has_drifted": True}, "answers less to the same spend"),
    ],
    ids=["too short", "none", "less"],
)
def test_drift_in_words(changes: dict[str, Any], said: str) -> None:
    assert said in pictures.drift_sentence(channel(**changes))
    assert bool(pictures.drift_sentence(channel(**changes))) is bool(said)


def budget(change: float, reason: str = "") -> Budget:
    move = BudgetMove(
        show_id=SHOW, show_title="Night Trains", is_advised=not reason, reason="", spend=usd(500), advised=usd(500 + change),
        change=usd(change), least=usd(0), most=None, marginal_return=1.2, marginal_return_low=0.8, marginal_return_high=1.6,
    )  # fmt: skip
    return Budget(
        sponsor_id=SHOW, sponsor_name="Acme", basis="books", currency="USD", budget=usd(1_000), gain=usd(80), gain_low=usd(-5),
        gain_high=usd(150), loss_probability=0.12, reason=reason, fit_day=date(2026, 6, 1), model_version="v", seed=1, shows=[move],
    )  # fmt: skip


def test_advice_says_its_gain_and_its_chance_of_a_loss_or_why_there_is_none() -> None:
    said = pictures.budget_sentence(budget(200))
    assert "$80.00 a week more after margin (80% interval -$5.00 to $150.00)" in said.replace("−", "-")
    assert "12%" in said
    assert pictures.budget_sentence(budget(0, "no channel's curve is identifiable")) == "No channel's curve is identifiable."


def test_a_form_of_limits_is_one_entry_a_show() -> None:
    form = {f"least-{SHOW}": "5", f"most-{SHOW}": "7.50", f"most-{UUID(int=2)}": "", "csrf_token": "x", "sponsor_id": str(SHOW)}
    (entry,) = _limits(form)
    assert (entry.show_id, entry.least, entry.most) == (SHOW, Decimal(5), Decimal("7.50"))
