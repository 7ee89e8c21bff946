"""The report's sections on the guarantee, the forecast and lift: each figure that of the marts' door, words where there is none."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from api.marts.figures import CampaignFigures, figures_sha256
from api.reports.csv import render_csv
from api.reports.document import Document
from api.reports.figures import build_document
from api.reports.formats import shown
from api.reports.pdf import render_pdf

MakeFigures = Callable[..., CampaignFigures]
Outlook = SimpleNamespace
SPAN_COLUMNS = {
    "lift": "lift", "lift_low": "lift_low", "lift_high": "lift_high", "incremental": "incremental_conversions",
    "incremental_low": "incremental_low", "incremental_high": "incremental_high", "exposed": "exposed_count",
    "matched": "matched_count", "control": "control_count", "exposed_conversions": "exposed_conversions",
    "control_conversions": "control_conversions", "exposed_rate": "exposed_rate", "control_rate": "control_rate",
    "detectable": "detectable_lift",
}  # fmt: skip


def outlook_document(
    outlook: Outlook, figures: CampaignFigures, lift: dict[str, Any], delivery: dict[str, Any], forecasts: list[Any]
) -> Document:
    return build_document(outlook.known(figures, lift, delivery, forecasts))


def test_every_cell_of_lift_is_that_of_the_study_with_the_placebo_beside_it(make_figures: MakeFigures, outlook: Outlook) -> None:
    """A column that shows its neighbour, or a placebo that the report leaves out."""
    figures = make_figures()
    document, lift = outlook_document(outlook, figures, {}, {}, []), outlook.studied(figures)
    assert lift.headline and lift.placebo
    for one in (lift.headline, lift.placebo, *lift.weeks, *lift.placebo_weeks):
        for column, field in SPAN_COLUMNS.items():
            said, there = document.figure(f"lift.weeks.{one.week_from}.{one.week_to}.{column}").value, getattr(one, field)
            assert said == (Decimal(repr(there)) if isinstance(there, float) else there), (one.week_from, column)
    assert (shown(document.figure("lift.lift")), shown(document.figure("lift.placebo"))) == ("31.0%", "−4.0%")
    assert document.figure("lift.tests.split.rate").value == Decimal(repr(13 / 240))
    assert "A/A tests: 13 false positives in 240 (5.4%; 5% are to be expected)." in document.section("lift").intro
    assert render_pdf(document).startswith(b"%PDF")


def test_too_little_power_is_said_and_no_number_stands_for_it(make_figures: MakeFigures, outlook: Outlook) -> None:
    unknown = {"lift": None, "verdict": "too_little_power", "reason": "a lift below 240% would go unseen"}
    lift = {
        "verdict": "too_little_power", "reason": unknown["reason"], "headline": outlook.span(0, 4, **unknown),
        "placebo": outlook.span(-4, 0, **unknown), "weeks": [], "placebo_weeks": [],
    }  # fmt: skip
    lift["weeks"] = [outlook.span(0, 1, **unknown)]
    document = outlook_document(outlook, make_figures(), lift, {}, [])
    assert [row[0].value for row in document.section("lift").table("spans").rows] == [
        "Four weeks before, placebo", "First four weeks"
    ], "weeks of which nothing is known would bury the verdict"  # fmt: skip
    assert shown(document.figure("lift.lift")) == shown(document.figure("lift.placebo")) == "too little power"
    assert document.figure("lift.incremental_conversions").value is None
    assert "a lift below 240% would go unseen" in render_csv(document).decode("utf-8-sig")
    assert render_pdf(document).startswith(b"%PDF")


def test_a_campaign_that_nobody_studied_yet_says_so(make_figures: MakeFigures, outlook: Outlook) -> None:
    absent = dict.fromkeys(("design", "headline", "placebo", "model_version", "seed", "fitted_build_id", "fitted_at"))
    lift = {**absent, "verdict": "not_run", "reason": "studies are made once a day", "weeks": [], "placebo_weeks": []}
    document = outlook_document(outlook, make_figures(), lift, {}, [])
    assert shown(document.figure("lift.lift")) == "not measured yet"
    assert "studies are made once a day" in document.section("lift").intro


def test_the_guarantee_and_the_forecasts_are_those_of_the_marts(make_figures: MakeFigures, outlook: Outlook) -> None:
    reason = "found 3 days with conversions, expected 14"
    unknown = dict.fromkeys(("method", "expected_count", "low_count", "high_count", "error_rate", "naive_error_rate"))
    forecasts = [outlook.foreseen("ads"), outlook.foreseen("conversions", verdict="too_little_data", reason=reason, **unknown)]
    document = outlook_document(outlook, make_figures(), {}, {}, forecasts)
    section = document.section("outlook")
    assert "with a probability of 12%; expected are 58,123 (55,000 to 61,001 in four of five cases)" in section.intro
    assert section.intro.endswith("A tenth of the households heard more than half of the ads.")
    assert shown(document.figure("outlook.guarantee_probability")) == "12.3%"
    ads, conversions = section.table("forecasts").rows
    assert [cell.value for cell in ads[1:5]] == [Decimal(41_000), *map(Decimal, ("58123.4", "55000.0", "61000.5"))]
    assert (shown(ads[6]), shown(ads[7])) == ("4.1%", "8.3%")
    assert [shown(cell) for cell in conversions[2:5]] == ["too little data"] * 3
    assert conversions[-1].value == "Found 3 days with conversions, expected 14."
    assert [shown(cell) for cell in section.table("reach").rows[0]] == [
        "9,100", "9,900", "3.25", "0", "0", "0", "no household known", "81.0%"
    ]  # fmt: skip


def test_without_a_contract_there_is_no_chance_of_a_guarantee(make_figures: MakeFigures, outlook: Outlook) -> None:
    without = {"contracted_ads": 0, "guarantee_probability": None, "expected_make_good_ads": None}
    document = outlook_document(outlook, make_figures(contracted=None), {}, without, [])
    assert shown(document.figure("outlook.guarantee_probability")) == "nothing contracted"
    assert document.section("outlook").table("forecasts").rows == ()


def test_a_fit_of_another_day_with_the_same_figures_has_the_same_digest(make_figures: MakeFigures, outlook: Outlook) -> None:
    """A report that is taken for changed since a daily fit found the same again."""
    figures = make_figures()
    later = datetime(2026, 11, 21, 5, tzinfo=UTC)
    first = outlook.known(figures, {}, {}, [outlook.foreseen("ads")])
    again = outlook.known(
        figures, {"fitted_at": later, "fitted_build_id": UUID(int=10)}, {}, [outlook.foreseen("ads", fitted_at=later)]
    )
    other = outlook.known(figures, {"headline": outlook.span(0, 4, lift=0.3)}, {}, [outlook.foreseen("ads")])
    assert figures_sha256(first) == figures_sha256(again) != figures_sha256(other)
