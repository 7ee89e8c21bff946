"""The report's section on saturation: after margin, with its reason, and none where nothing is known of the shows."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from api.marts.figures import CampaignFigures
from api.marts.models import Money
from api.marts.models.saturation import ShowSaturation
from api.reports.csv import render_csv
from api.reports.figures import build_document
from api.reports.pdf import render_pdf

SHOW = UUID(int=5)


def show(**changes: Any) -> ShowSaturation:
    values = {
        "show_id": SHOW, "show_title": "Night <b>Trains", "basis": "books", "verdict": "saturated",
        "reason": "the next unit of spend returns less than it costs with probability 0.93",
        "spend": Money(amount=Decimal("1800.00"), currency="USD"), "returned": 0.2, "returned_low": 0.1, "returned_high": 0.35,
        "fit_day": date(2026, 6, 1), **changes,
    }  # fmt: skip
    return ShowSaturation.model_validate(values)


def test_a_verdict_is_told_with_its_reason_and_what_is_not_known_in_words(make_figures: Callable[..., CampaignFigures]) -> None:
    unknown = dict.fromkeys(("returned", "returned_low", "returned_high"))
    shows = [show(), show(basis="placements", verdict="not_identifiable", reason="spend varied 1.00-fold", **unknown)]
    document = build_document(make_figures().model_copy(update={"saturation": shows}))
    rows = document.section("saturation").table("shows").rows
    assert [cell.value for cell in rows[0][1:5]] == ["books", "saturated", Decimal("1800.00"), Decimal("0.2")]
    assert (rows[1][2].value, rows[1][4].value, rows[1][4].absent) == ("not identifiable", None, "not identifiable")
    assert "Curves of 1 Jun 2026" in document.section("saturation").intro
    assert "spend varied 1.00-fold" in render_csv(document).decode("utf-8-sig")
    assert render_pdf(document).startswith(b"%PDF")


def test_without_spend_by_week_there_is_no_section(make_figures: Callable[..., CampaignFigures]) -> None:
    assert all(section.section_id != "saturation" for section in build_document(make_figures()).sections)
