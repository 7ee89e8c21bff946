"""Fraud in a real browser: scores with their reasons, a decision on a code that live figures follow at once, and its undoing."""

from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("dashboard")]
CAMPAIGN = "c0000000-0000-4000-8000-000000000001"


def performance(visit: Any) -> tuple[int, Decimal, list[Any]]:
    """Conversions, revenue and fraud of the campaign, as the API has them now."""
    found = visit.site.get(f"/v1/campaigns/{CAMPAIGN}/analytics")["performance"]
    return found["conversions"], Decimal(found["revenue"]["amount"]), found["fraud"]


def test_a_decision_on_a_code_is_seen_everywhere_and_taken_back(visit: Any) -> None:
    """What leaves the campaign's figures stands beside them, to the cent, and undoing it leaves no trace in them."""
    before = performance(visit)
    assert before[2] == []
    page = visit.sign_in().open("/fraud")
    visit.wait_for_charts()
    expect(page.locator("#decisions")).to_contain_text("Nothing has been decided")
    page.get_by_label("Promo code").fill("commute-15")
    page.locator("#set-reason").fill("Farmed by one reseller")
    page.locator("#sets").get_by_role("button", name="Record").click()
    row = page.locator("#decisions-table tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Code COMMUTE15")
    expect(row).to_contain_text("Farmed by one reseller")
    conversions, revenue, fraud = performance(visit)
    assert fraud and conversions + sum(int(Decimal(one["conversions"])) for one in fraud) == before[0]
    assert revenue + sum(Decimal(one["amount"]["amount"]) for one in fraud) == before[1]
    page = visit.open(f"/campaigns/{CAMPAIGN}")
    expect(page.locator("[data-fraud]")).to_contain_text("stand apart as fraud")
    page = visit.open("/fraud")
    page.get_by_role("button", name="Take back").click()
    expect(row).to_contain_text("taken back")
    assert performance(visit) == before
    assert visit.complaints == []


def test_every_score_has_its_reasons_and_leads_to_its_explanation(visit: Any) -> None:
    scored = visit.site.get("/v1/fraud-scores")["items"]
    page = visit.sign_in().open("/fraud?show=all")
    visit.wait_for_charts()
    if not scored:
        expect(page.locator("#scores")).to_contain_text("No score above 0")
    expect(page.locator("tr[data-conversion]")).to_have_count(min(50, len(scored)))
    for one in scored[:3]:
        row = page.locator(f"tr[data-conversion='{one['conversion_id']}']")
        expect(row.locator("[data-reason]")).to_have_count(len(one["reasons"]))
    conversion = visit.site.get(f"/v1/campaigns/{CAMPAIGN}/conversions")["items"][0]["conversion_id"]
    page = visit.open(f"/conversions/{conversion}")
    expect(page.locator("#fraud")).to_contain_text("Score")
    assert visit.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_fraud_without_scrolling_sideways(visit: Any, scheme: str) -> None:
    visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    visit.page.set_viewport_size({"width": 390, "height": 844})
    page = visit.sign_in().open("/fraud?show=all")
    visit.wait_for_charts()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("h1").count() == 1 and visit.complaints == []
