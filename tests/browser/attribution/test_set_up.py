"""From the site's page to the shop and back: the code is copied, pasted, and the dashboard shows its events arriving."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import uvicorn
from playwright.sync_api import Page, expect

from api.auth.passwords import hash_password
from api.main import create_app
from api.settings import ApiSettings

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("attribution")]
PASSWORD = "a long pass phrase"


@pytest.fixture
def dashboard(visit: Any) -> Iterator[Page]:
    """The site's page, signed in, in the visitor's own browser."""
    url = visit.collector.database_url
    with psycopg.connect(url) as connection:
        connection.execute(
            "insert into app.users (tenant_id, email, display_name, role) "
            "values (1, 'ada@lighthouse.example', 'Ada', 'owner') on conflict do nothing"
        )
        connection.execute(
            "update app.logins set password_hash = %s where email = 'ada@lighthouse.example'", [hash_password(PASSWORD)]
        )
        site = connection.execute("select site_id from app.sites").fetchone()
    assert site is not None
    app = create_app(
        ApiSettings(
            database_url=url, secret_key="browser-tests-only-secret", log_level="ERROR", login_rate="1000/minute",
            collector_url=visit.gate.url,
        )
    )  # fmt: skip
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline, "found no server after 60 s, expected one"
        time.sleep(0.05)
    base = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    page = visit.context.new_page()
    page.goto(f"{base}/login")
    page.get_by_label("E-mail").fill("ada@lighthouse.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{base}/")
    page.goto(f"{base}/sites/{site[0]}")
    yield page
    page.close()
    server.should_exit = True
    thread.join(10)


def pasted(visit: Any, dashboard: Page, form: str) -> None:
    """The form's text as the page shows it, put into the shop's head under the policy that the page asks for."""
    visit.shop.is_bare = True
    visit.shop.head = dashboard.locator(f"#form-{form}").text_content()
    allowed = [part.text_content() or "" for part in dashboard.locator("#script .pairs dd code").all()]
    inline = allowed[2] if form in ("loader", "tag_manager") else ""
    visit.shop.policy = f"default-src 'none'; img-src data:; script-src {allowed[0]} {inline}; connect-src {allowed[1]}"


@pytest.mark.parametrize("form", ["loader", "tag", "pinned", "tag_manager"])
def test_the_first_event_is_seen_arriving(visit: Any, dashboard: Page, form: str) -> None:
    """Each form works as it is given, under the policy that it names, and the waiting page changes by itself."""
    expect(dashboard.get_by_role("heading", name="Waiting for your first event")).to_be_visible()
    pasted(visit, dashboard, form)
    visit.open("/pod?utm_source=podcast")
    visit.ready()
    expect(dashboard.get_by_role("heading", name="Events arrive")).to_be_visible()
    row = dashboard.locator("tr[data-arrival]")
    expect(row).to_contain_text("Page view")
    expect(row).to_contain_text("/pod?utm_source=podcast")
    expect(row).to_contain_text("Granted")
    assert visit.complaints == []


def test_the_loader_works_with_a_nonce(visit: Any, dashboard: Page) -> None:
    """A policy of nonces alone: what the loader loads is trusted through it, and a call before the script has come is kept."""
    pasted(visit, dashboard, "loader")
    visit.shop.head = visit.shop.head.replace("<script>", '<script nonce="n0">')
    visit.shop.pages["/"] = '<script nonce="n0">hostread.lead({form: "early"}); window.stub = hostread;</script>'
    visit.shop.policy = f"default-src 'none'; img-src data:; script-src 'nonce-n0' 'strict-dynamic'; connect-src {visit.gate.url}"
    visit.open("/")
    visit.ready()
    assert visit.collector.wait_for("lead")[0]["properties"] == {"form": "early"}
    # A page that kept the stub goes on using it.
    visit.page.evaluate("stub.signup(); stub('lead', {form: 'late'})")
    visit.collector.wait_for("signup")
    assert len(visit.collector.wait_for("lead", 2)) == 2
    assert visit.complaints == []


def test_what_is_wrong_with_an_event_is_said(visit: Any, dashboard: Page) -> None:
    """A bad currency, a quarantined event and a refused origin: each stands there with what to do."""
    pasted(visit, dashboard, "tag")
    visit.open("/")
    visit.ready()
    visit.page.evaluate("hostread.purchase({order_id: '1001', value: 59.9, currency: 'Euros', promo_code: 'POD20'})")
    order = dashboard.locator("tr[data-arrival]", has_text="Order 1001")
    expect(order).to_contain_text("59.9 EUROS")
    expect(order).to_contain_text("POD20")
    expect(order).to_contain_text("is no ISO 4217 code as USD")
    visit.page.evaluate("hostread.track('Long', {text: 'x'.repeat(40000)})")
    expect(dashboard.locator(".banner")).to_contain_text("1 quarantined: event_too_large")
    visit.collector.rows("update app.sites set allowed_origins = '{https://else.example}' returning 1")
    visit.collector.stop()  # it remembers a key for half a minute
    visit.collector.start()
    try:
        visit.page.evaluate("hostread.lead()")
        refused = dashboard.locator(".banner", has_text="refused: origin_not_allowed")
        expect(refused).to_contain_text("add it to the allowed origins")
    finally:
        visit.collector.rows("update app.sites set allowed_origins = '{}' returning 1")
        visit.collector.stop()


def test_the_page_keeps_its_place_while_it_waits(visit: Any, dashboard: Page) -> None:
    """Nothing new: nothing is drawn again, so that what is being read or copied stays."""
    dashboard.evaluate("document.getElementById('arrivals').marked = true")
    answers: list[int] = []
    dashboard.on("response", lambda answer: answers.append(answer.status) if "/arrivals" in answer.url else None)
    dashboard.wait_for_timeout(2_500)
    # A new minute draws it once again: "4 minutes ago" is text of the page.
    assert len(answers) >= 2 and answers.count(200) <= 1
    if 200 not in answers:
        assert dashboard.evaluate("document.getElementById('arrivals').marked")
