"""What people do on the dashboard: request reports, enter campaigns and sites, make keys; and what they see of a held build."""

import re
import uuid
from typing import Any

import psycopg
import pytest
from playwright.sync_api import expect

from api.auth.passwords import hash_password

# One built network serves both modules: they share a worker.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("dashboard")]

CAMPAIGN = "c0000000-0000-4000-8000-000000000002"


def test_a_report_is_requested_watched_and_downloaded(visit: Any) -> None:
    """The block polls by itself until the report is done; each link gives the bytes that were stored."""
    visit.sign_in().open(f"/campaigns/{CAMPAIGN}")
    visit.page.get_by_role("button", name="Request a report").click()
    expect(visit.page.locator("tr[data-report] .pill")).to_have_text("Requested")
    expect(visit.page.get_by_role("button", name="Preparing")).to_be_disabled()
    report = visit.page.locator("tr[data-report]").get_attribute("data-report")
    content = b"%PDF-1.7 the worker's bytes"
    for kind in ("pdf", "csv", "xlsx"):
        visit.site.execute(
            "insert into app.report_files (tenant_id, report_id, format, filename, media_type, content, sha256) "
            "values (%s, %s, %s, %s, 'application/octet-stream', %s, 'x')",
            visit.site.tenant_id, report, kind, f'a "quoted"\r\nname.{kind}', content,
        )  # fmt: skip
    visit.site.execute("update app.reports set status = 'succeeded', finished_at = now() where report_id = %s", report)
    expect(visit.page.locator("tr[data-report] .pill")).to_have_text("Succeeded")
    for kind in ("PDF", "CSV", "XLSX"):
        with visit.page.expect_download() as started:
            visit.page.get_by_role("link", name=kind, exact=True).click()
        assert started.value.path().read_bytes() == content
        assert started.value.suggested_filename == f"a quotedname.{kind.lower()}"
    expect(visit.page.get_by_role("button", name="Request a report")).to_be_enabled()
    assert visit.complaints == []


def test_a_failed_report_says_why(visit: Any) -> None:
    visit.site.execute(
        "insert into app.reports (tenant_id, campaign_id, status, error) values (%s, %s, 'failed', 'found <b>no</b> build')",
        visit.site.tenant_id, CAMPAIGN,
    )  # fmt: skip
    visit.sign_in().open(f"/campaigns/{CAMPAIGN}")
    expect(visit.page.locator("#report-list")).to_contain_text("Found <b>no</b> build.")


def test_a_held_build_stands_on_every_analytic_page(visit: Any) -> None:
    visit.sign_in()
    attempt = str(uuid.uuid4())
    visit.site.execute(
        "insert into ops.build_attempts (build_id, mode, status, from_xact, to_xact, failed_checks, run_id, finished_at) "
        "values (%s, 'incremental', 'held', '0', '1', '[{\"name\": \"credits_sum_to_value\"}]', 'test', now())",
        attempt,
    )  # fmt: skip
    try:
        for path in (
            "/",
            "/campaigns",
            f"/campaigns/{CAMPAIGN}",
            "/shows",
            "/shows/b0000000-0000-4000-8000-000000000001",
            "/product",
        ):
            banner = visit.open(path).locator("[data-stale]")
            expect(banner).to_contain_text(re.compile(r"Figures are from build [0-9a-f]{8} of .* UTC; .*credits_sum_to_value"))
    finally:
        visit.site.execute("delete from ops.build_attempts where build_id = %s", attempt)
    expect(visit.open("/").locator("[data-stale]")).to_have_count(0)


def test_a_campaign_is_entered_in_one_form(visit: Any) -> None:
    """A new sponsor and a new show come along; a wrong flight is told beside its field and nothing is kept."""
    visit.sign_in().open("/campaigns/new")
    page = visit.page
    page.get_by_label("Campaign name").fill("<img src=x onerror=alert(1)> & co")
    page.get_by_label("Sponsor", exact=True).select_option("new")
    page.get_by_label("Name of the new sponsor").fill("Halden Tea")
    page.get_by_label("Show", exact=True).select_option("new")
    page.get_by_label("Title of the new show").fill("Steam")
    page.get_by_label("Its feed").fill("https://feeds.example/steam.xml")
    page.get_by_label("First day").fill("2026-05-10")
    page.get_by_label("Last day").fill("2026-05-01")
    page.get_by_label("Price", exact=True).fill("25.50")
    page.get_by_label("Promo code").fill("tea-20")
    page.get_by_role("button", name="Create campaign").click()
    expect(page.locator("#flight_end-error")).to_contain_text("2026-05-01")
    names = [sponsor["name"] for sponsor in visit.site.get("/v1/sponsors")["items"]]
    assert "Halden Tea" not in names
    page.get_by_label("Last day").fill("2026-06-01")
    page.get_by_role("button", name="Create campaign").click()
    expect(page.locator("h1")).to_have_text("<img src=x onerror=alert(1)> & co")
    made = visit.site.get(f"/v1/campaigns/{page.url.rsplit('/', 1)[1]}")
    assert made["placements"][0]["price"] == {"amount": "25.50", "currency": "USD"}
    assert made["promo_codes"][0]["code_normalized"] == "TEA20"
    assert made["status"] == "active"


def test_a_site_gets_its_code(visit: Any) -> None:
    visit.sign_in().open("/sites")
    visit.page.get_by_label("Name of the site").fill("Second shop")
    visit.page.get_by_label("Domain").fill("second.example")
    visit.page.get_by_role("button", name="Add site").click()
    expect(visit.page.get_by_role("heading", name="Waiting for your first event")).to_be_visible()
    key = visit.page.locator("#write-key").inner_text()
    assert f'"{key}"' in visit.page.locator("#form-loader").inner_text()
    visit.page.locator("summary", has_text="External tag, nothing inline").click()
    assert f'data-key="{key}"' in visit.page.locator("#form-tag").inner_text()
    visit.page.locator("#guide-woocommerce summary").click()
    expect(visit.page.locator("#guide-woocommerce pre")).to_contain_text("woocommerce_thankyou")
    assert visit.complaints == []


def test_a_key_is_shown_once_and_opens_the_api(visit: Any) -> None:
    visit.sign_in().open("/settings/keys")
    visit.page.get_by_label("Name of a new key").fill("export")
    visit.page.get_by_role("button", name="Create key").click()
    key = visit.page.locator("#new-key").inner_text()
    answer = visit.page.request.get(f"{visit.site.base_url}/v1/me", headers={"Authorization": f"Bearer {key}"})
    assert answer.json()["role"] == "analyst"
    assert key not in visit.open("/settings/keys").content()
    row = visit.page.locator("tr", has_text="export")
    row.get_by_role("button", name="Revoke export").click()
    expect(visit.page.locator("tr", has_text="export")).to_contain_text("Revoked")
    assert visit.page.request.get(f"{visit.site.base_url}/v1/me", headers={"Authorization": f"Bearer {key}"}).status == 401


def test_a_form_without_its_token_or_from_another_site_changes_nothing(visit: Any) -> None:
    visit.sign_in()
    url = f"{visit.site.base_url}/settings/keys"
    token = visit.page.locator("meta[name=csrf-token]").get_attribute("content")
    assert visit.page.request.post(url, form={"name": "stolen"}).status == 403
    foreign = {"sec-fetch-site": "cross-site"}
    assert visit.page.request.post(url, form={"name": "stolen", "csrf_token": token}, headers=foreign).status == 403
    assert "stolen" not in visit.open("/settings/keys").content()


def test_a_stranger_registers_and_finds_the_first_step(visit: Any) -> None:
    visit.open("/register")
    page = visit.page
    page.get_by_label("Network or company").fill("Polar Audio")
    page.get_by_label("Your name").fill("Signe")
    page.get_by_label("E-mail").fill("signe@polar.example")
    page.get_by_label("Password").fill("aurora over the fjord")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page.get_by_text("No campaign yet")).to_be_visible()
    assert "Cold brew" not in page.content()
    assert visit.complaints == []


def test_a_sponsor_sees_its_own_campaigns_and_nothing_else(visit: Any) -> None:
    """Another sponsor's campaign, its reports and the network's pages are answered as what does not exist."""
    visit.site.execute(
        "insert into app.users (tenant_id, email, display_name, role, sponsor_id) "
        "values (%s, 'team@lumen.example', 'Lumen', 'sponsor', %s)",
        visit.site.tenant_id, "a0000000-0000-4000-8000-000000000002",
    )  # fmt: skip
    visit.site.execute(
        "update app.logins set password_hash = %s where email = 'team@lumen.example'", hash_password("sleep well tonight")
    )
    page = visit.open("/login")
    page.get_by_label("E-mail").fill("team@lumen.example")
    page.get_by_label("Password").fill("sleep well tonight")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("tr[data-campaign]")).to_have_count(1)
    expect(page.get_by_role("navigation", name="Main").get_by_role("link")).to_have_text(["Overview", "Campaigns", "Reports"])
    assert "Northwind" not in page.content()
    other = "/campaigns/c0000000-0000-4000-8000-000000000001"
    for path in (other, f"{other}/reports", "/shows", "/product", "/sites", "/settings"):
        answer = page.goto(f"{visit.site.base_url}{path}")
        assert answer is not None and answer.status == 404, path
    for path in ("/campaigns/new",):
        answer = page.goto(f"{visit.site.base_url}{path}")
        assert answer is not None and answer.status == 403, path
    visit.open(f"/campaigns/{CAMPAIGN}")
    expect(page.get_by_role("button", name="Request a report")).to_be_visible()


def test_viewing_a_campaign_is_a_step_of_the_funnel_once_an_hour(visit: Any) -> None:
    visit.sign_in()
    campaign = "c0000000-0000-4000-8000-000000000004"
    for _ in range(2):
        visit.open(f"/campaigns/{campaign}")
    with psycopg.connect(visit.site.database_url) as connection:
        row = connection.execute(
            "select count(*) from app.product_events "
            "where event_name = 'analytics.viewed' and campaign_id = %s and user_id is not null",
            [campaign],
        ).fetchone()
    assert row == (1,)
