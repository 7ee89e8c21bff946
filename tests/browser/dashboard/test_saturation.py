"""Saturation in a real browser: the curve with today's spend, the changed verdict until it is seen, limits that are kept."""

from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("dashboard")]

SPONSOR = "a0000000-0000-4000-8000-000000000001"
SHOWS = {"saturated": "b0000000-0000-4000-8000-000000000001", "not_identifiable": "b0000000-0000-4000-8000-000000000002"}
SPEND = [25_000.0 * n for n in range(41)]


def curve(factor: float) -> list[float]:
    return [factor * 900_000 * x / (x + 300_000) for x in SPEND]


@pytest.fixture
def fitted(site: Any) -> Any:
    """Two shows of one sponsor as a build leaves them: one saturated, one of which nothing can be said."""
    for table in ("marts.saturation_curves", "marts.budget_advice", "ops.saturation_verdicts", "app.budget_limits"):
        site.execute(f"delete from {table} where tenant_id = %s", site.tenant_id)
    for verdict, show in SHOWS.items():
        known = verdict == "saturated"
        site.execute(
            "insert into marts.saturation_curves (tenant_id, sponsor_id, show_id, basis, currency, window_name, verdict, reason, "
            "spend_minor, judged_to_day, margin_rate, marginal_return, marginal_return_low, marginal_return_high, week_count, "
            "level_count, fit_day, model_version, seed, weight, observed_weeks, reference_minor, has_drifted, curve_spend, "
            "curve_response, curve_low_80, curve_high_80, curve_low_95, curve_high_95, curve_marginal) "
            "values (%s, %s, %s, 'books', 'USD', 'stacked', %s, %s, 640000, '2026-06-01', 0.6, %s, %s, %s, 104, %s, '2026-06-01', "
            "'saturation-1', 7, 1, 104, 300000, false, %s, %s, %s, %s, %s, %s, %s)",
            site.tenant_id, SPONSOR, show, verdict,
            "the next unit of spend returns less than it costs with probability 0.94" if known else "spend varied 1.00-fold",
            *((0.31, 0.2, 0.45) if known else (None, None, None)), 97 if known else 1,
            *((SPEND, curve(1), curve(0.9), curve(1.1), curve(0.8), curve(1.2), curve(0)) if known else [None] * 7),
        )  # fmt: skip
        site.execute(
            "insert into marts.budget_advice (tenant_id, sponsor_id, show_id, basis, currency, is_advised, reason, spend_minor, "
            "advised_minor, change_minor, least_minor, marginal_return, marginal_return_low, marginal_return_high, budget_minor, "
            "gain_minor, gain_low_minor, gain_high_minor, loss_probability, budget_reason, model_version, seed, fit_day) "
            "values (%s, %s, %s, 'books', 'USD', false, '', 640000, 640000, 0, 0, %s, %s, %s, 1280000, 0, 0, 0, 0, "
            "'one channel''s curve is identifiable, and a budget is moved between two or more', 'saturation-1', 7, '2026-06-01')",
            site.tenant_id, SPONSOR, show, *((0.19, 0.12, 0.27) if known else (None, None, None)),
        )  # fmt: skip
    site.execute(
        "insert into ops.saturation_verdicts (tenant_id, sponsor_id, show_id, basis, currency, verdict, previous_verdict, reason, "
        "spend_minor, previous_spend_minor, build_id) "
        "values (%s, %s, %s, 'books', 'USD', 'saturated', 'saturating', 'it pays no more', 640000, 300000, gen_random_uuid())",
        site.tenant_id, SPONSOR, SHOWS["saturated"],
    )  # fmt: skip
    return site


def test_a_curve_is_drawn_with_its_verdict_and_the_same_figures_in_a_table(visit: Any, fitted: Any) -> None:
    page = visit.sign_in().open("/saturation")
    page.wait_for_function("document.querySelectorAll('[data-plot]:not([data-drawn])').length === 0")
    expect(page.locator("#verdicts-table tr[data-verdict=saturated]")).to_contain_text("0.19 (0.12 to 0.27)")
    expect(page.locator("#verdicts-table tr[data-verdict=not_identifiable]")).to_contain_text("Spend varied 1.00-fold")
    expect(page.locator("#curve-0 canvas, #curve-1 canvas")).to_have_count(1)
    page.get_by_text("Figures as a table").click()
    expect(page.locator("#curves tbody tr").first).to_contain_text("$0.00")
    expect(page.locator("#advice")).to_contain_text("One channel's curve is identifiable")
    assert visit.complaints == []


def test_a_changed_verdict_is_told_until_somebody_has_seen_it(visit: Any, fitted: Any) -> None:
    expect(visit.sign_in().page.locator("[data-verdicts]")).to_contain_text("The Long Commute for Northwind Coffee: saturated")
    page = visit.open("/saturation")
    expect(page.locator("[data-alerts]")).to_contain_text("for Northwind Coffee: saturated, was saturating. It pays no more.")
    page.get_by_role("button", name="Seen").click()
    expect(page.locator("[data-alerts]")).to_have_count(0)
    expect(visit.open("/").locator("[data-verdicts]")).to_have_count(0)
    assert fitted.get("/v1/saturation/alerts")["items"][0]["seen_by"] == "Ada Brightwell"


def test_limits_are_saved_and_a_wrong_one_is_told(visit: Any, fitted: Any) -> None:
    page = visit.sign_in().open("/saturation")
    page.get_by_label("The Long Commute, at most a week").fill("4000.50")
    page.get_by_role("button", name="Save the limits").click()
    expect(page.get_by_label("The Long Commute, at most a week")).to_have_value("4000.50")
    (limit,) = fitted.get(f"/v1/sponsors/{SPONSOR}/budget-limits")["items"]
    assert (limit["most"], limit["least"]) == ({"amount": "4000.50", "currency": "USD"}, None)
    page.get_by_label("The Long Commute, at most a week").fill("lots")
    page.get_by_role("button", name="Save the limits").click()
    expect(page.locator("body")).to_contain_text("expected one as 500.00")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_curves_without_scrolling_sideways(visit: Any, fitted: Any, scheme: str) -> None:
    visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    visit.page.set_viewport_size({"width": 390, "height": 844})
    page = visit.sign_in().open("/saturation")
    page.wait_for_function("document.querySelectorAll('[data-plot]:not([data-drawn])').length === 0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
