"""Links of ids in a real browser: found by an id, split with a reason, and the split taken back."""

from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("dashboard")]


def test_a_link_is_split_with_a_reason_and_joined_again(visit: Any) -> None:
    visit.site.execute(
        "insert into marts.identity_links (tenant_id, link_id, sponsor_id, source_id, is_alias, user_id, link_kind, linked_at, "
        "event_count, status) select tenant_id, gen_random_uuid(), sponsor_id, 'a tablet', false, 'a customer', 'identify', now(), "
        "3, 'merged' from app.sponsors where tenant_id = %s limit 1",
        visit.site.tenant_id,
    )
    page = visit.sign_in().open("/sites")
    page.get_by_role("link", name="People").click()
    page.get_by_label("Links of one id").fill("a tablet")
    page.get_by_role("button", name="Find").click()
    row = page.locator("tr[data-link]")
    expect(row).to_have_count(1)
    expect(page.locator("tr[data-link]")).not_to_contain_text("a tablet")
    row.get_by_label("Why they are not one person").fill("The shop's tablet")
    row.get_by_role("button", name="Split").click()
    expect(page.locator("tr[data-split]")).to_contain_text("The shop's tablet")
    (split,) = visit.site.get("/v1/identity/splits")["items"]
    assert split["reason"] == "The shop's tablet"
    page.locator("tr[data-split]").get_by_role("button", name="Take back").click()
    expect(page.locator("#splits")).to_contain_text("No split")
    assert visit.site.get("/v1/identity/splits")["items"] == []
    assert visit.complaints == []


def test_a_phone_shows_people_without_scrolling_sideways(visit: Any) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    page = visit.sign_in().open("/identity")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("h1").count() == 1 and visit.complaints == []
