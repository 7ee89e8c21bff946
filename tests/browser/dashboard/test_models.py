"""A tenant's own attribution model in a real browser: tried out on its conversions, saved, changed, archived."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("dashboard")]


def test_a_model_is_tried_out_before_it_is_saved_then_changed_and_archived(visit: Any) -> None:
    page = visit.sign_in().open("/models")
    expect(page.locator("#saved")).to_contain_text("No model of your own yet")
    page.get_by_label("Name (optional)").fill("Clicks count double")
    page.get_by_label("Shape").select_option("linear")
    page.get_by_label("Click link").fill("2")
    page.get_by_role("button", name="Try it out").click()
    visit.wait_for_charts()
    said = visit.site.post("/v1/attribution-model-previews", {"parameters": {"shape": "linear", "click_factor": "2"}})
    totals = page.locator("#preview-table tfoot td")
    assert len({cell.inner_text().split()[0] for cell in totals.all()}) == 1, "each model shares out the same conversions"
    expect(totals.first).to_contain_text(f"{float(said['totals'][0]['credit'][0]['revenue']['amount']):,.2f}")
    expect(page.locator("#preview-table tbody tr")).to_have_count(len(said["rows"]))
    assert visit.site.get("/v1/attribution-models")["items"] == [], "a preview saves nothing"
    page.get_by_role("button", name="Save model").click()
    row = page.locator("tr[data-model]")
    expect(row).to_contain_text("Clicks count double")
    expect(row).to_contain_text("Linear, click link × 2")
    row.get_by_role("link", name="Change").click()
    expect(page.get_by_label("Click link")).to_have_value("2")
    page.get_by_label("Click link").fill("3")
    page.get_by_role("button", name="Save as version 2").click()
    expect(row).to_contain_text("click link × 3")
    assert [
        one["version"] for one in visit.site.get("/v1/attribution-models/" + str(row.get_attribute("data-model")))["versions"]
    ] == [2, 1]
    row.get_by_role("button", name="Archive").click()
    expect(page.locator("#saved")).to_contain_text("No model of your own yet")
    assert visit.complaints == []


def test_what_cannot_credit_is_told_at_its_field(visit: Any) -> None:
    page = visit.sign_in().open("/models")
    page.get_by_label("First touch").fill("0.9")
    page.get_by_role("button", name="Try it out").click()
    expect(page.locator("#position_first-error")).to_contain_text("sum to 1")
    expect(page.get_by_label("First touch")).to_have_value("0.9")
    # The browser's own note of an answer that was refused.
    assert all(re.search("422", text) for text in visit.complaints)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_models_without_scrolling_sideways(visit: Any, scheme: str) -> None:
    visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    visit.page.set_viewport_size({"width": 390, "height": 844})
    page = visit.sign_in().open("/models")
    page.get_by_role("button", name="Try it out").click()
    visit.wait_for_charts()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("h1").count() == 1 and visit.complaints == []
