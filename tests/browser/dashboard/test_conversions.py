"""A campaign's conversions and one of them explained, in a real browser; what the page says is what the API says."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("dashboard")]

CAMPAIGN = "c0000000-0000-4000-8000-000000000001"


def wait_for_plots(visit: Any) -> None:
    visit.page.wait_for_function("document.querySelectorAll('[data-plot]:not([data-drawn])').length === 0")


def everything(visit: Any) -> dict[str, Any]:
    """The order of world.sql with evidence of most kinds: the page has most to show of it."""
    items: list[dict[str, Any]] = visit.site.get(f"/v1/campaigns/{CAMPAIGN}/conversions?limit=200")["items"]
    return next(one for one in items if one["order_id"] == "EVERYTHING")


def test_from_a_campaign_to_one_conversion_and_back(visit: Any) -> None:
    visit.sign_in().open(f"/campaigns/{CAMPAIGN}")
    visit.page.get_by_role("link", name="Conversions", exact=True).click()
    listed = visit.site.get(f"/v1/campaigns/{CAMPAIGN}/conversions?limit=50")
    rows = visit.page.locator("tr[data-conversion]")
    assert [row.get_attribute("data-conversion") for row in rows.all()] == [one["conversion_id"] for one in listed["items"]]
    visit.page.get_by_role("link", name="Older conversions").click()
    assert visit.page.locator("tr[data-conversion]").first.get_attribute("data-conversion") not in {
        one["conversion_id"] for one in listed["items"]
    }
    visit.page.go_back()
    rows.first.get_by_role("link").click()
    visit.page.wait_for_url(re.compile("/conversions/" + listed["items"][0]["conversion_id"]))
    visit.page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Conversions").click()
    expect(rows.first).to_be_visible()
    assert visit.complaints == []


def test_the_page_says_what_the_api_says_and_the_time_line_answers_the_mouse(visit: Any) -> None:
    one = everything(visit)
    said = visit.site.get(f"/v1/conversions/{one['conversion_id']}/explanation")
    visit.sign_in().open(f"/conversions/{one['conversion_id']}")
    wait_for_plots(visit)
    shown = visit.page.locator("#path-table tbody tr")
    expect(shown).to_have_count(len(said["path"]))
    for touch, row in zip(said["path"], shown.all(), strict=True):
        for credit, cell in zip(touch["credit"], row.locator("td.num").all(), strict=True):
            expect(cell).to_contain_text(f"{abs(float(credit['amount']['amount'])):,.2f}")
    for total in visit.page.locator("#path-table tfoot td.num").all():
        expect(total).to_contain_text(f"{float(said['conversion']['value']['amount']):,.2f}")
    expect(visit.page.locator("#not-table tbody tr")).to_have_count(len(said["not_eligible"]))
    expect(visit.page.locator("#owner")).to_contain_text(said["owner"]["explanation"])
    expect(visit.page.locator("#versions")).to_contain_text(said["versions"]["rules_version"])
    line = visit.page.locator("[data-plot]")
    line.scroll_into_view_if_needed()
    box = line.bounding_box()
    at = line.evaluate(
        "node => { const plot = echarts.getInstanceByDom(node), first = plot.getOption().series[0].data[0].value;"
        " return plot.convertToPixel({seriesIndex: 0}, first); }"
    )
    visit.page.mouse.move(box["x"] + at[0] - 1, box["y"] + at[1])
    visit.page.mouse.move(box["x"] + at[0], box["y"] + at[1])
    expect(line.locator(".tip")).to_contain_text("UTC")
    assert visit.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_both_pages_without_scrolling_sideways(visit: Any, scheme: str) -> None:
    visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.sign_in()
    for path in (f"/campaigns/{CAMPAIGN}/conversions", f"/conversions/{everything(visit)['conversion_id']}"):
        visit.open(path)
        wait_for_plots(visit)
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert visit.page.locator("h1").count() == 1
    assert visit.complaints == []
