"""Pages in a real browser. Each figure is compared with the API's answer for the same tenant: the two must never drift apart."""

import re
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

# One built network serves both modules: they share a worker.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("dashboard")]

CAMPAIGN = "c0000000-0000-4000-8000-000000000001"
SHOW = "b0000000-0000-4000-8000-000000000001"
SITE = "e0000000-0000-4000-8000-000000000001"
PAGES = [
    "/",
    "/campaigns",
    "/campaigns/new",
    f"/campaigns/{CAMPAIGN}",
    "/shows",
    f"/shows/{SHOW}",
    f"/shows/{SHOW}?window=host",
    "/product",
    "/sites",
    f"/sites/{SITE}",
    "/hosting",
    "/reconciliation",
    "/restatements",
    "/anomalies",
    "/fraud?show=all",
    "/method",
    "/imports",
    "/settings",
    "/settings/members",
    "/settings/keys",
    "/settings/audit",
    "/accounts",
    "/customers",
    "/feedback",
]


def dollars(money: dict[str, str]) -> str:
    return f"${Decimal(money['amount']):,.2f}"


def test_the_door(visit: Any) -> None:
    """Without a session every page leads to the login, and from there back to the page that was asked for, never elsewhere."""
    page = visit.open("/shows")
    assert page.url == f"{visit.site.base_url}/login?next=%2Fshows"
    page.get_by_label("E-mail").fill("ada@lighthouse.example")
    page.get_by_label("Password").fill("wrong phrase here")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.get_by_label("Password").fill("a long pass phrase")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{visit.site.base_url}/shows")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{visit.site.base_url}/login")
    visit.open("/login?next=https://evil.example/")
    assert page.locator("input[name=next]").input_value() == "/"


def test_overview_shows_the_figures_of_the_api(visit: Any) -> None:
    visit.sign_in()
    rows = {row["campaign_id"]: row for row in visit.site.get("/v1/roi")["campaigns"]}
    shown = visit.page.locator("tr[data-campaign]")
    # A campaign that was entered after the build has a row too, without figures.
    campaigns = {str(row["campaign_id"]) for row in visit.site.get("/v1/campaigns")["items"]}
    assert {str(row.get_attribute("data-campaign")) for row in shown.all()} == campaigns
    assert len(rows) == 5 and rows.keys() <= campaigns
    for campaign_id, roi in rows.items():
        models = {row["model"]: row for row in roi["rows"]}
        row = visit.page.locator(f"tr[data-campaign='{campaign_id}']")
        expect(row.locator("[data-figure=last_touch]")).to_have_text(dollars(models["last_touch"]["revenue"]))
        expect(row.locator("[data-figure=linear]")).to_have_text(dollars(models["linear"]["revenue"]))
    total = sum(Decimal(m["revenue"]["amount"]) for r in rows.values() for m in r["rows"] if m["model"] == "last_touch")
    expect(visit.page.locator(".tile").first.locator("[title]")).to_have_attribute("title", f"${total:,.2f}")
    assert visit.complaints == []


def test_campaign_page_agrees_with_the_api_and_its_charts_answer_the_mouse(visit: Any) -> None:
    visit.sign_in().open(f"/campaigns/{CAMPAIGN}")
    visit.wait_for_charts()
    attribution = visit.site.get(f"/v1/campaigns/{CAMPAIGN}/attribution")
    totals = visit.page.locator("#credit-table tfoot td")
    expect(totals).to_have_count(5)
    for index, total in enumerate(attribution["models"]):
        expect(totals.nth(index)).to_contain_text(dollars(total["revenue"]))
    charts = visit.page.locator("[data-chart]")
    assert charts.count() >= 6
    for index in range(charts.count()):
        chart = charts.nth(index)
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        assert box is not None and chart.locator("canvas").count() == 1
        visit.page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.55)
        tip = chart.locator(".tip")
        expect(tip).to_be_visible()
        assert re.search(r"[0-9]", tip.inner_text()), f"a tooltip without a figure: {tip.inner_text()!r}"
    assert visit.complaints == []


def test_each_chart_has_its_table(visit: Any) -> None:
    """The table beside the picture: opened with the keyboard, with as many rows as the chart has categories."""
    visit.sign_in().open(f"/campaigns/{CAMPAIGN}")
    for figure in visit.page.locator("figure.chart-card").all():
        summary = figure.locator("summary")
        summary.focus()
        visit.page.keyboard.press("Enter")
        count = figure.locator("script").evaluate("node => JSON.parse(node.textContent).categories.length")
        expect(figure.locator("tbody tr")).to_have_count(count)
        expect(figure.locator("tbody tr").first).to_be_visible()


def test_basis_and_model_are_chosen_in_place(visit: Any) -> None:
    visit.sign_in().open(f"/campaigns/{CAMPAIGN}")
    visit.page.locator("#model").select_option("linear")
    visit.page.wait_for_url(re.compile("model=linear"))
    expect(visit.page.locator("#revenue-by-day h3")).to_have_text("Credited revenue by day, linear")
    visit.page.locator("#basis").select_option("exposure_date")
    visit.page.wait_for_url(re.compile("basis=exposure_date"))
    expect(visit.page.locator("#revenue-by-day")).to_contain_text("credited exposure")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_never_scrolls_sideways_and_nothing_complains(visit: Any, scheme: str) -> None:
    """Also: every page answers 200, has one first heading, and its controls have names."""
    visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.sign_in()
    for path in PAGES:
        answer = visit.page.goto(f"{visit.site.base_url}{path}")
        assert answer is not None and answer.status == 200, path
        visit.wait_for_charts()
        width = visit.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{path} is {width} pixels wide"
        assert visit.page.locator("h1").count() == 1, path
        nameless = visit.page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select, button, a')]"
            ".filter(e => !(e.labels && e.labels.length) && !e.textContent.trim() && !e.ariaLabel).map(e => e.outerHTML)"
        )
        assert nameless == [], path
    assert visit.complaints == []
    menu = visit.page.get_by_role("button", name="Menu")
    menu.click()
    expect(visit.page.get_by_role("link", name="Campaigns", exact=True)).to_be_visible()


def test_what_is_not_there_is_a_page_that_says_so(visit: Any) -> None:
    """Another tenant's id, an unknown id and an unknown address: one answer, in the frame, with a way back."""
    visit.sign_in()
    for path in (f"/campaigns/{SITE}", f"/shows/{CAMPAIGN}", f"/sites/{SHOW}", "/nowhere"):
        answer = visit.page.goto(f"{visit.site.base_url}{path}")
        assert answer is not None and answer.status == 404, path
        expect(visit.page.get_by_role("link", name="Go to the overview")).to_be_visible()
        expect(visit.page.get_by_role("navigation", name="Main")).to_be_visible()
