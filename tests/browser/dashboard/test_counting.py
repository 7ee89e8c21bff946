"""How downloads are counted, as people see and change it: rules, restated figures, first days and listeners, accounts at hosts."""

import importlib.util
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from assets.hosting.statistics import is_read_asked, pull_hosting
from assets.lib.warehouse import WarehouseUrl

# One built network serves all modules of this folder: they share a worker.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("dashboard")]

SHOW = "b0000000-0000-4000-8000-000000000001"
# What the browser itself says of a form that came back with its faults.
REFUSED = "422 (Unprocessable Entity)"
SECRET = "browser-tests-only-secret"
_spec = importlib.util.spec_from_file_location(
    "documented_hosts_of_the_browser", Path(__file__).parents[2] / "integration" / "hosting" / "hosts.py"
)
assert _spec is not None and _spec.loader is not None
hosts = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = hosts
_spec.loader.exec_module(hosts)


@pytest.fixture
def transistor() -> Iterator[str]:
    """The address of a Transistor that answers as documented."""
    host = hosts.Transistor()
    host.counts = {datetime.now(UTC).date(): {"11": 7}}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = host.answer(hosts.Asked("GET", self.path, headers))
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the page is what is looked at."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_account_at_a_host_is_added_tested_mended_and_paused(visit: Any, transistor: str) -> None:
    """Fails where a credential is shown, a fault is not, or a test waits for the hour."""
    page = visit.sign_in().open("/hosting")
    page.get_by_label("Show", exact=True).select_option(SHOW)
    page.get_by_label("Host", exact=True).select_option("transistor")
    page.get_by_label("The show at the host").fill("99")
    page.get_by_label("Credential", exact=True).fill("wrong-credential-0815")
    page.get_by_label("Address of the host").fill("nowhere")
    page.get_by_role("button", name="Add account").click()
    expect(page.locator("#base_url-error")).to_be_visible()
    expect(page.get_by_label("Credential", exact=True)).to_have_value("")
    page.get_by_label("Credential", exact=True).fill("wrong-credential-0815")
    page.get_by_label("Address of the host").fill(transistor)
    page.get_by_role("button", name="Add account").click()
    row = page.locator("tr[data-account]")
    expect(row.locator(".pill")).to_have_text("To be read")
    warehouse = WarehouseUrl(visit.site.database_url, SECRET, True)

    def sensor_runs() -> None:
        """What the daemon does every five seconds."""
        assert is_read_asked(visit.site.database_url)
        pull_hosting(warehouse, "browser", only_asked=True)
        assert not is_read_asked(visit.site.database_url)

    sensor_runs()
    expect(row.locator(".pill")).to_have_text("Failed")
    expect(row).to_contain_text("401")
    row.get_by_text("New credential").click()
    row.get_by_label("Credential").fill(hosts.Transistor.credential)
    row.get_by_role("button", name="Change").click()
    expect(row.locator(".pill")).to_have_text("To be read")
    sensor_runs()
    expect(row.locator(".pill")).to_have_text("Read")
    row.get_by_role("button", name="Test now").click()
    expect(row.locator(".pill")).to_have_text("To be read")
    sensor_runs()
    expect(row.locator(".pill")).to_have_text("Read")
    content = visit.open("/hosting").content()
    assert "wrong-credential" not in content and hosts.Transistor.credential not in content
    row.get_by_role("button", name="Pause").click()
    expect(row.locator(".pill")).to_have_text("Paused")
    expect(row.get_by_role("button", name="Test now")).to_have_count(0)
    row.get_by_role("button", name="Resume").click()
    expect(row.get_by_role("button", name="Pause")).to_be_visible()
    row.get_by_role("button", name="Pause").click()
    assert [text for text in visit.complaints if REFUSED not in text] == []


def test_rules_are_changed_from_a_day_on_and_the_statement_follows(visit: Any) -> None:
    page = visit.sign_in().open("/settings")
    form = page.locator("form[action='/settings/counting']")
    form.get_by_label("Seconds of audio").fill("-5")
    form.get_by_label("Why").fill("short episodes")
    form.evaluate("form => form.noValidate = true")
    form.get_by_role("button", name="Change rules").click()
    expect(page.locator("#threshold_seconds-error")).to_be_visible()
    form.get_by_label("Seconds of audio").fill("30")
    form.get_by_role("button", name="Change rules").click()
    today = page.locator("tr[data-setting=threshold_seconds] td[data-label=Today]")
    expect(today).to_contain_text("30")
    expect(today.locator(".pill")).to_have_text("own")
    shown = {row["name"]: row["value"] for row in visit.site.get("/v1/counting-settings")["settings"]}
    assert shown["threshold_seconds"] == 30
    form.get_by_label("Count by").select_option("op3")
    expect(form.get_by_label("Seconds of audio")).to_be_hidden()
    form.get_by_label("Why").fill("to compare")
    form.get_by_role("button", name="Change rules").click()
    expect(page.locator("tr[data-setting=key_has_referer] td[data-label=Today]")).to_contain_text("yes")
    form.get_by_label("Count by").select_option("deployment")
    form.get_by_label("Why").fill("and back")
    form.get_by_role("button", name="Change rules").click()
    expect(page.locator("tr[data-setting] .pill")).to_have_count(0)
    expect(page.get_by_role("table", name="Changes of the counting rules").locator("tbody tr")).to_have_count(3)
    assert [text for text in visit.complaints if REFUSED not in text] == []


def test_restated_figures_are_shown_with_both_counts_and_the_cause(visit: Any) -> None:
    visit.site.execute(
        "insert into ops.counting_restatements (tenant_id, show_id, episode_guid, day, source, counting_window, downloads_before, "
        "downloads_after, cause, build_id) values (%s, %s, 'episode-1-3', '2026-03-02', 'logs', 'first_touch', 1234, 1250, "
        "'late_requests', gen_random_uuid())",
        visit.site.tenant_id,
        SHOW,
    )
    page = visit.sign_in().open("/reconciliation")
    page.get_by_role("link", name="Restatements").click()
    row = page.locator("tr[data-restatement]")
    expect(row).to_contain_text("1,234")
    expect(row).to_contain_text("1,250")
    expect(row.locator(".pill")).to_have_text("Requests came late")
    page.locator("#cause").select_option("host")
    page.wait_for_url("**cause=host")
    expect(page.get_by_text("No figure was restated")).to_be_visible()
    assert visit.complaints == []


def test_first_days_and_listeners_are_those_of_the_api(visit: Any) -> None:
    """Fails where the page shows another window's figures, or calls a milestone over that still grows."""
    page = visit.sign_in().open(f"/shows/{SHOW}?days=0")
    told = {e["episode_guid"]: e for e in visit.site.get(f"/v1/downloads/milestones?show_id={SHOW}")["episodes"]}
    listed = visit.site.get(f"/v1/downloads?show_id={SHOW}")["episodes"]
    rows = page.get_by_role("table", name="Episodes with downloads in the range").locator("tbody tr")
    expect(rows).to_have_count(len(listed))
    for index, episode in enumerate(listed):
        milestones = {m["days"]: m for m in told[episode["episode_guid"]]["milestones"]}
        for days in (1, 3, 7, 30, 60, 90):
            so_far = "" if milestones[days]["is_complete"] else " so far"
            cell = rows.nth(index).locator(f"td[data-label='First {days} d']")
            expect(cell).to_have_text(f"{milestones[days]['downloads']:,}{so_far}")
    frames = visit.site.get(f"/v1/listeners?show_id={SHOW}&frame=30d")["frames"]
    tile = page.locator(".tile", has_text="Listeners, last 30 days").locator("dd span").first
    shown = tile.get_attribute("title") or tile.inner_text()
    assert shown == f"{frames[0]['listeners']:,}"
    assert visit.complaints == []
