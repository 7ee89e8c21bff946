"""A shop under a strict content security policy, a gate that can fail, a real collector process and a real Chromium.

The page loads the script from the gate, which passes requests on to the collector, or answers as a test has told it to.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
KEY = "hrw_browser_000000000000000"
# shop.co.uk: its registrable domain is not its last two names. All of it is this machine, and plain http: no secure context.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--host-resolver-rules=MAP *.co.uk 127.0.0.1",
]  # fmt: skip
VISITOR = "203.0.113.9"
Answer = tuple[int, dict[str, str]]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Tests print what they need."""

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@dataclass
class Gate:
    """Before the collector: passes on, fails as told, and remembers what came."""

    upstream: int
    server: ThreadingHTTPServer = field(init=False)
    # Each waiting answer is given once. `forwards`: the collector takes the events all the same, and only the answer is lost.
    failures: list[Answer | None] = field(default_factory=list)
    forwards: bool = False
    serves_script: bool = True
    bodies: list[dict[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    # How many requests are on their way to the collector; none sets out once the gate is shut.
    passing: int = 0
    is_shut: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        gate = self

        class Through(Handler):
            def do_GET(self) -> None:
                if gate.serves_script:
                    gate.forward(self, b"")
                else:
                    gate.hang_up(self)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                gate.times.append(time.monotonic())
                gate.headers.append({name.lower(): value for name, value in self.headers.items()})
                gate.bodies.append(json.loads(body))
                if not gate.failures:
                    gate.forward(self, body)
                    return
                failure = gate.failures.pop(0)
                if gate.forwards:
                    gate.ask(self, body)
                if failure is None:
                    gate.hang_up(self)
                    return
                allowed = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "retry-after"}
                self.answer(failure[0], {**allowed, **failure[1]}, b"{}")

        self.server = serve(Through)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def ask(self, handler: Handler, body: bytes) -> tuple[int, dict[str, str], bytes]:
        with self.lock:
            if self.is_shut:
                raise ConnectionError("found a request after the gate was shut, expected none")
            self.passing += 1
        try:
            return self.passed_on(handler, body)
        finally:
            with self.lock:
                self.passing -= 1

    def passed_on(self, handler: Handler, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=60)
        sent = {name: value for name, value in handler.headers.items() if name.lower() not in ("host", "connection")}
        connection.request(handler.command, handler.path, body, {**sent, "X-Forwarded-For": VISITOR})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        dropped = ("content-length", "connection", "transfer-encoding", "date", "server")
        return answer.status, {name: value for name, value in answer.getheaders() if name.lower() not in dropped}, content

    def forward(self, handler: Handler, body: bytes) -> None:
        try:
            answered = self.ask(handler, body)
        except OSError:
            self.hang_up(handler)
            return
        handler.answer(*answered)

    @staticmethod
    def hang_up(handler: Handler) -> None:
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)

    def shut(self) -> None:
        """Waits until the collector has answered all that set out: a page's closing beacon is no event of the next test."""
        with self.lock:
            self.is_shut = True
        self.server.shutdown()
        self.server.server_close()
        until(lambda: self.passing == 0, "no request on its way to the collector", 30, lambda: self.passing)

    def wait_for(self, count: int) -> None:
        until(lambda: len(self.bodies) >= count, f"{count} requests with events", told=lambda: len(self.bodies))

    def events(self) -> list[dict[str, Any]]:
        return [event for body in self.bodies for event in body["batch"]]

    def attempts(self, name: str) -> list[dict[str, Any]]:
        """Every delivery of the events of that name, in order."""
        return [event for event in self.events() if event.get("event") == name]


@dataclass
class Shop:
    """The sponsor's site: pages by path, each under the policy; the same pages on every host."""

    gate: Gate
    server: ThreadingHTTPServer = field(init=False)
    # Without a tag of the fixture's own: the test pastes one.
    is_bare: bool = False
    pages: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    attributes: str = ""
    head: str = ""
    policy: str = ""

    def __post_init__(self) -> None:
        shop = self

        class Pages(Handler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                if path in shop.files:
                    self.answer(200, {"Content-Type": "text/javascript"}, shop.files[path].encode())
                    return
                policy = (
                    shop.policy
                    or f"default-src 'none'; img-src data:; script-src 'self' {shop.gate.url}; connect-src {shop.gate.url}"
                )
                headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
                tag = f'<script async src="{shop.gate.url}/attribution.js" data-key="{KEY}" {shop.attributes}></script>'
                tag = "" if shop.is_bare else tag
                body = shop.pages.get(path, "<h1>Shop</h1>")
                # An icon of its own: else the browser asks for one, and complains of the policy.
                icon = '<link rel="icon" href="data:,">'
                text = f"<!doctype html><title>Shop {path}</title>{icon}{shop.head}{tag}<body>{body}"
                self.answer(200, headers, text.encode())

        self.server = serve(Pages)

    def url(self, path: str = "/", host: str = "www.shop.localhost") -> str:
        return f"http://{host}:{self.server.server_port}{path}"


@dataclass
class Collector:
    """The process, and eyes on what it wrote."""

    database_url: str
    port: int
    home: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--host", "127.0.0.1", "--port", str(self.port),
            "api.collector.app:create_app",
        ]  # fmt: skip
        env = {
            **os.environ, "HOSTREAD_DATABASE_URL": self.database_url, "HOSTREAD_TRUSTED_PROXIES": "127.0.0.1/32",
            "HOSTREAD_HOME": str(self.home),
        }  # fmt: skip
        with (self.home / "collector.log").open("ab") as output:
            self.process = subprocess.Popen(command, env=env, stdout=output, stderr=output)
        until(self._is_ready, "a ready collector", 60)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process = None

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query, values or None).fetchall()  # type: ignore[arg-type]

    def events(self) -> list[dict[str, Any]]:
        """Every event that was committed, each id once as admission has it, by time and the page's own numbers."""
        query = """
            select to_jsonb(e) from (select distinct on (message_id) * from raw.collector_events order by message_id, event_id) as e
            order by e.client_at, (e.context #>> '{hostread,sequence}')::int
        """
        return [row[0] for row in self.rows(query)]

    def wait_for(self, name: str, count: int = 1, seconds: float = 60) -> list[dict[str, Any]]:
        """The events of that name (for a page view, its kind), once there are `count` of them."""

        def found() -> list[dict[str, Any]]:
            return [event for event in self.events() if (event["event_name"] or event["kind"]) == name]

        def told() -> list[str]:
            return [event["event_name"] or event["kind"] for event in self.events()]

        until(lambda: len(found()) >= count, f"{count} of {name}", seconds, told)
        return found()


@dataclass
class Visit:
    """One visitor's page in a context of its own, and all that its console complained of."""

    page: Page
    context: BrowserContext
    shop: Shop
    gate: Gate
    collector: Collector
    complaints: list[str]

    def open(self, path: str = "/", host: str = "www.shop.localhost") -> Page:
        self.page.goto(self.shop.url(path, host), wait_until="load")
        return self.page

    def ready(self) -> None:
        self.until("window.hostread && window.hostread.version")

    def until(self, expression: str) -> None:
        """Asked from outside: the page's policy allows no waiting in it, which would need to evaluate text."""
        until(lambda: bool(self.page.evaluate(expression)), f"{expression} in the page")

    def kept(self) -> dict[str, list[str]]:
        """The names of all that lies in the browser's storage for this page."""
        self.page.wait_for_timeout(100)
        script = """() => ({
          local: Object.keys(localStorage), session: Object.keys(sessionStorage),
          cookies: document.cookie ? document.cookie.split("; ") : [],
        })"""
        found: dict[str, list[str]] = self.page.evaluate(script)
        databases = self.page.evaluate("async () => (await indexedDB.databases()).map(one => one.name)")
        return {**found, "databases": databases, "all_cookies": [cookie.get("name", "") for cookie in self.context.cookies()]}


NOTHING: dict[str, list[str]] = {"local": [], "session": [], "cookies": [], "databases": [], "all_cookies": []}


def serve(handler: type[Handler]) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    return server


def until(holds: Callable[[], bool], expected: str, seconds: float = 60, told: Callable[[], object] = lambda: "it not") -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"found {told()} after {seconds} s, expected {expected}"
        time.sleep(0.03)


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


@pytest.fixture(scope="module")
def process(server_url: str, template_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """One collector on a database of this module's own; `collector` empties it for each test."""
    name = f"test_attribution_{os.getpid()}_{time.monotonic_ns()}"
    url = f"{server_url.rsplit('/', 1)[0]}/{name}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'create database "{name}" template template_hostread')
    with psycopg.connect(url) as connection:
        connection.execute("insert into app.tenants (slug, name) values ('one', 'One')")
        connection.execute("insert into app.household_keys (tenant_id, key_epoch, secret) values (1, 3, %s)", [b"k" * 32])
        connection.execute(
            "with s as (insert into app.sponsors (tenant_id, name) values (1, 'S') returning *) "
            "insert into app.sites (tenant_id, sponsor_id, name, domain, write_key) "
            "select tenant_id, sponsor_id, 'Shop', 'shop.localhost', %s from s",
            [KEY],
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    collector = Collector(url, port, tmp_path_factory.mktemp("collector"))
    collector.start()
    yield collector
    collector.stop()
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')


@pytest.fixture
def collector(process: Collector) -> Collector:
    if process.process is None:
        process.start()
    with psycopg.connect(process.database_url) as connection:
        connection.execute("truncate raw.collector_events, raw.quarantine, raw.collector_refusals")
    return process


@pytest.fixture
def shop(collector: Collector) -> Iterator[Shop]:
    gate = Gate(collector.port)
    made = Shop(gate)
    yield made
    made.server.shutdown()
    made.server.server_close()
    gate.shut()


@pytest.fixture
def visit(browser: Browser, shop: Shop, collector: Collector) -> Iterator[Visit]:
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(60_000)
    visit = Visit(page, context, shop, shop.gate, collector, [])

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            visit.complaints.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: visit.complaints.append(f"thrown: {error}"))
    yield visit
    context.close()
