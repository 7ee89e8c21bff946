"""Reports in a real browser: a summary is previewed and asked for, previews say what the API says, a look is tried and kept."""

import io
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

# One built network serves all modules of this folder: they share a worker.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("dashboard")]

CAMPAIGN = "c0000000-0000-4000-8000-000000000001"
PAGES = (
    "/reports", f"/reports/preview?campaign_id={CAMPAIGN}&language=de",
    f"/reports/preview?campaign_id={CAMPAIGN}&kind=post_campaign", "/settings/reports",
)  # fmt: skip


def test_a_summary_is_previewed_and_asked_for(visit: Any) -> None:
    page = visit.sign_in().open("/reports")
    page.get_by_label("First day (UTC)").fill("2020-01-01")
    page.get_by_label("Last day (UTC)").fill("2020-12-30")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="Network summary")).to_be_visible()
    assert "csrf" not in page.url, "a form's token is in no address"
    visit.open("/reports")
    page.get_by_label("First day (UTC)").fill("2026-10-01")
    page.get_by_label("Last day (UTC)").fill("2026-10-31")
    page.get_by_role("button", name="Request the summary").click()
    row = page.locator("tr[data-report]").first
    expect(row).to_contain_text("2026-10-01 to 2026-10-31")
    expect(row.locator(".pill")).to_have_text("Requested")
    page.get_by_label("First day (UTC)").fill("2026-11-30")
    page.get_by_role("button", name="Request the summary").click()
    expect(page.locator("#last_day-error")).to_contain_text("expected last_day the same or later")
    visit.site.execute("delete from app.reports where kind = 'network'")
    assert [c for c in visit.complaints if "422" not in c] == [], "the browser says of a refused form what it was answered with"


def test_the_preview_says_what_the_api_says(visit: Any) -> None:
    visit.sign_in().open(f"/reports/preview?campaign_id={CAMPAIGN}&kind=post_campaign")
    total = visit.site.get(f"/v1/campaigns/{CAMPAIGN}/outcome")["total"]
    shown = visit.page.locator("[data-figure='promise.ads_delivered']")
    expect(shown).to_have_text(f"{total['ads_delivered']:,}")
    expect(visit.page.locator("[data-figure='promise.spend']")).to_have_text(f"${Decimal(total['spend']['amount']):,.2f}")
    visit.page.get_by_label("Language").select_option("de")
    visit.page.get_by_role("button", name="Show").click()
    expect(visit.page.get_by_role("heading", name="Zusage und Ergebnis")).to_be_visible()
    expect(visit.page.locator("article[lang=de]")).to_be_visible()
    assert visit.complaints == []


def test_the_look_is_tried_before_it_is_kept(visit: Any) -> None:
    page = visit.sign_in().open("/settings/reports")
    page.get_by_label("Name on the report").fill("Leuchtturm <b>Audio</b>")
    page.get_by_label("Colour of the cover").fill("#f2d64b")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="Cover, not saved yet")).to_be_visible()
    assert page.locator("img.cover").evaluate("i => i.complete && i.naturalWidth > 0"), "the cover is drawn"
    assert visit.site.get("/v1/report-settings")["display_name"] is None
    page.get_by_label("Colour of lines and bars").fill("#ffff00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#accent_colour-error")).to_contain_text("contrast of 1.1 to 1")
    page.get_by_label("Colour of lines and bars").fill("#0b7a53")
    page.get_by_role("button", name="Save").click()
    assert visit.site.get("/v1/report-settings")["band_colour"] == "#F2D64B"
    picture = io.BytesIO()
    Image.new("RGB", (200, 60), (200, 60, 40)).save(picture, "PNG")
    page.get_by_label("Picture").set_input_files({"name": "x.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"})
    page.get_by_role("button", name="Set the logo").click()
    expect(page.locator("#file-error")).to_contain_text("no PNG and no JPEG")
    page.get_by_label("Picture").set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": picture.getvalue()})
    page.get_by_role("button", name="Set the logo").click()
    expect(page.get_by_role("button", name="Remove it")).to_be_visible()
    visit.site.execute("delete from app.report_settings")
    # The browser says of the refused forms what they were answered with.
    assert [c for c in visit.complaints if "422" not in c] == []


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_a_phone(visit: Any, path: str) -> None:
    visit.sign_in()
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.open(path)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visit.complaints == []
