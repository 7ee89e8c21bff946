"""The dashboard as people meet it: a small network through the real build, the real application on a port, a real Chromium."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from api.auth.registration import register
from api.database import AppDatabase
from api.main import create_app
from api.settings import ApiSettings
from orchestration.build import run_build

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
EMAIL, PASSWORD = "ada@lighthouse.example", "a long pass phrase"
CAMPAIGN = "c0000000-0000-4000-8000-000000000001"


@dataclass(frozen=True)
class Site:
    """A running dashboard with one built tenant."""

    base_url: str
    database_url: str
    tenant_id: int
    api_key: str

    def get(self, path: str) -> dict[str, object]:
        """An answer of the public API, as a client gets it."""
        answer = httpx.get(f"{self.base_url}{path}", headers={"Authorization": f"Bearer {self.api_key}"}, timeout=60)
        answer.raise_for_status()
        found: dict[str, object] = answer.json()
        return found

    def post(self, path: str, entry: object) -> dict[str, object]:
        """The answer to what a client sends to the public API."""
        answer = httpx.post(f"{self.base_url}{path}", json=entry, headers={"Authorization": f"Bearer {self.api_key}"}, timeout=60)
        answer.raise_for_status()
        found: dict[str, object] = answer.json()
        return found

    def execute(self, query: str, *values: object) -> None:
        with psycopg.connect(self.database_url) as connection:
            connection.execute(query, values)  # type: ignore[arg-type]


@dataclass
class Visit:
    """One page, and all that its console and its content security policy complained of."""

    page: Page
    site: Site
    complaints: list[str]

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.site.base_url}{path}", wait_until="load")
        return self.page

    def sign_in(self) -> "Visit":
        self.open("/login")
        self.page.get_by_label("E-mail").fill(EMAIL)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(f"{self.site.base_url}/")
        return self

    def wait_for_charts(self) -> None:
        self.page.wait_for_function("document.querySelectorAll('[data-chart]:not([data-drawn])').length === 0")


@pytest.fixture(scope="session")
def site(new_database: Callable[[str], AbstractContextManager[str]], dbt_targets: Callable[[str], Path]) -> Iterator[Site]:
    with new_database("test_dashboard") as url:
        yield from _served(url, dbt_targets(url))


def _served(url: str, target: Path) -> Iterator[Site]:
    database = AppDatabase(url)
    made = register(
        database, email=EMAIL, password=PASSWORD, display_name="Ada Brightwell", organisation="Lighthouse Audio", currency="USD",
        timezone="UTC",
    )  # fmt: skip
    database.close()
    with psycopg.connect(url) as connection:
        connection.execute("select set_config('hostread.tenant_id', %s, true)", [str(made.tenant_id)])
        connection.execute(Path(__file__).with_name("world.sql").read_text("utf-8"))
    outcome = run_build(url, "browser", "incremental", target)
    assert outcome.status == "published", outcome.failed_checks
    # Bound here and handed over: nobody else takes the port meanwhile.
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = int(listening.getsockname()[1])
    app = create_app(
        ApiSettings(
            database_url=url, secret_key="browser-tests-only-secret", api_port=port, log_level="ERROR", login_rate="1000/minute"
        )
    )
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, args=[[listening]], daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline, "found no server after 60 s, expected one"
        time.sleep(0.05)
    yield Site(f"http://127.0.0.1:{port}", url, made.tenant_id, made.api_key.key)
    server.should_exit = True
    thread.join(10)


# Not longer than a module: Playwright keeps an event loop running, and other tests of this worker start their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without one the test is skipped, but never in CI."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI"):
            pytest.fail(f"found no {CHROMIUM}, expected one in CI: apt-get install chromium")
        pytest.skip(f"no {CHROMIUM}")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """A fresh visitor at 1440 pixels. The test fails where the console complained."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.add_init_script(
        "document.addEventListener('securitypolicyviolation', "
        "event => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))"
    )
    page = context.new_page()
    page.set_default_timeout(timedelta(seconds=60) / timedelta(milliseconds=1))
    visit = Visit(page, site, [])

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            visit.complaints.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    yield visit
    context.close()
