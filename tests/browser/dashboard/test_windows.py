"""Other windows in a real browser: proposed, their difference looked at, discarded, and told at the field where they cannot be."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from orchestration.proposals import compute_proposals

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("dashboard")]


def test_windows_are_proposed_compared_and_discarded(visit: Any, tmp_path: Path) -> None:
    page = visit.sign_in().open("/models")
    page.get_by_role("link", name="Windows").click()
    expect(page.get_by_label("Ads heard").first).to_have_value("30")
    page.get_by_label("Ads heard").first.fill("1")
    page.get_by_label("Reason").fill("A day is enough")
    page.get_by_role("button", name="Compute the difference").click()
    expect(page.locator("#proposal")).to_have_attribute("data-status", "pending")
    expect(page.get_by_role("button", name="Publish these windows")).to_have_count(0)

    assert compute_proposals(visit.site.database_url, "test", tmp_path) == 1
    page.reload()
    expect(page.locator("#proposal li")).to_have_text("Ads heard 30 d to 1 d")
    said = visit.site.get("/v1/attribution-settings/proposals?limit=1")["items"][0]
    detail = visit.site.get(f"/v1/attribution-settings/proposals/{said['proposal_id']}")
    expect(page.locator("#difference tbody tr")).to_have_count(len(detail["rows"]))
    last = next(one for one in detail["totals"][0]["credit"] if one["model"] == "last_touch")
    assert last["revenue_before"] == last["revenue_after"] and float(last["conversions_difference"]) == 0
    expect(page.locator("#difference tfoot td").first).to_contain_text(f"{float(last['revenue_before']['amount']):,.2f}")
    page.get_by_role("link", name="Linear").click()
    expect(page.locator('#proposal [aria-current="true"]')).to_have_text("Linear")

    page.get_by_role("button", name="Discard").click()
    expect(page.locator("tr[data-proposal]").first).to_contain_text("discarded by")
    assert visit.site.get("/v1/attribution-settings")["exposure_window_s"] == 2_592_000
    assert visit.complaints == []


def test_a_window_that_cannot_be_is_told_at_its_field(visit: Any) -> None:
    page = visit.sign_in().open("/models/windows")
    page.locator("summary", has_text="leads").click()
    page.locator("#lead_click_window_s").fill("0.01")
    page.get_by_label("Reason").fill("too short")
    page.get_by_role("button", name="Compute the difference").click()
    expect(page.locator("#lead_click_window_s-error")).to_contain_text("3600")
    assert visit.site.get("/v1/attribution-settings")["by_kind"] == {}
    assert all(re.search("422", text) for text in visit.complaints)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_windows_without_scrolling_sideways(visit: Any, scheme: str) -> None:
    visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    visit.page.set_viewport_size({"width": 390, "height": 844})
    page = visit.sign_in().open("/models/windows")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("h1").count() == 1 and visit.complaints == []
