"""Real clients, unmodified but for host and key, through a proxy that answers some requests with 500, 503 and 429 as if it were the
collector: every event arrives once, whole."""

import http.client
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest

KEY = "hrw_integration_0000000000"
EVENTS = 1_000
CHROMIUM = "/usr/bin/chromium"
ROOT = Path(__file__).parents[3]
NODE = ROOT / ".venv/bin/node"
CAMPAIGN = {"name": "spring", "source": "podcast", "medium": "audio"}
NOTE = 'ä "quoted" \\ 漢字'
# The fixture `collector` of conftest.py, whose type cannot be imported from here.
Collector = Any


@dataclass
class Proxy:
    """Passes requests on to `port`, but answers some POSTs itself, in a fixed order: what it does not pass on must come again."""

    port: int
    faults: tuple[tuple[int, dict[str, str]], ...]
    one_in: int
    answered: list[int] = field(default_factory=list)
    faulty: dict[int, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def fault(self) -> tuple[int, dict[str, str]] | None:
        with self.lock:
            self.answered.append(1)
            if len(self.answered) % self.one_in:
                return None
            status, headers = self.faults[(len(self.answered) // self.one_in) % len(self.faults)]
            self.faulty[status] = self.faulty.get(status, 0) + 1
            return status, headers


def handler_of(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            fault = proxy.fault()
            if fault is None:
                self.forward(body)
                return
            # As the collector has them: a page may read the status and how long to wait.
            origin = self.headers.get("origin")
            cors = {"access-control-allow-origin": origin, "access-control-expose-headers": "retry-after"} if origin else {}
            self.answer(fault[0], b'{"code": "fault", "message": "fault"}', {**cors, **fault[1]})

        def do_OPTIONS(self) -> None:
            self.forward(b"")

        def do_GET(self) -> None:
            self.answer(200, b"<!doctype html><title>shop</title>", {"content-type": "text/html"})

        def forward(self, body: bytes) -> None:
            upstream = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=60)
            upstream.request(self.command, self.path, body, {k: v for k, v in self.headers.items() if k.lower() != "host"})
            found = upstream.getresponse()
            kept = {
                k: v for k, v in found.getheaders() if k.lower() not in ("content-length", "transfer-encoding", "date", "server")
            }
            self.answer(found.status, found.read(), kept)
            upstream.close()

        def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


FAULTS = ((500, {}), (503, {"retry-after": "1"}), (429, {"retry-after": "1", "x-ratelimit-reset": "1"}))


@pytest.fixture
def make_proxy(collector: Collector) -> Iterator[Callable[[int], Proxy]]:
    servers: list[ThreadingHTTPServer] = []

    def make(one_in: int) -> Proxy:
        proxy = Proxy(collector.port, FAULTS, one_in)
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(proxy))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        servers.append(server)
        proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
        return proxy

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


def arrived(collector: Collector, seconds: float = 120) -> list[tuple[Any, ...]]:
    """The rows, once there are as many as were sent, by number."""
    query = (
        "select message_id, user_id, anonymous_id, properties, context -> 'campaign', client_at from raw.collector_events "
        "where kind = 'track' order by (properties ->> 'number')::integer"
    )
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and len(collector.rows(query)) < EVENTS:
        time.sleep(0.5)
    return collector.rows(query)


def properties(number: int) -> dict[str, Any]:
    return {"number": number, "order_id": f"o-{number}", "total": number / 100, "note": NOTE}


def check(rows: list[tuple[Any, ...]], proxy: Proxy) -> None:
    assert [row[0] for row in rows] == [f"event-{number}" for number in range(EVENTS)]
    assert [row[1] for row in rows] == [f"user-{number}" for number in range(EVENTS)]
    assert [row[3] for row in rows] == [properties(number) for number in range(EVENTS)]
    assert all(row[4] == CAMPAIGN for row in rows)
    assert set(proxy.faulty) == {500, 503, 429}


def test_segment_analytics_python(collector: Collector, make_proxy: Callable[[int], Proxy]) -> None:
    from segment.analytics.client import Client

    proxy, failed = make_proxy(3), list[Exception]()
    client = Client(
        KEY, host=proxy.url, gzip=True, upload_size=50, upload_interval=0.1, on_error=lambda error, _: failed.append(error)
    )
    for number in range(EVENTS):
        client.track(
            f"user-{number}", "Order Completed", properties(number), context={"campaign": CAMPAIGN}, message_id=f"event-{number}"
        )
    client.shutdown()
    check(arrived(collector), proxy)
    assert failed == []


def test_rudder_sdk_python(collector: Collector, make_proxy: Callable[[int], Proxy]) -> None:
    from rudderstack.analytics.client import Client

    proxy, failed = make_proxy(4), list[Exception]()
    client = Client(KEY, host=proxy.url, upload_size=50, upload_interval=0.1, on_error=lambda error, _: failed.append(error))
    for number in range(EVENTS):
        client.track(
            f"user-{number}", "Order Completed", properties(number), context={"campaign": CAMPAIGN}, message_id=f"event-{number}"
        )
    client.shutdown()
    check(arrived(collector), proxy)
    assert failed == []


def test_segment_analytics_node(collector: Collector, make_proxy: Callable[[int], Proxy]) -> None:
    proxy = make_proxy(4)
    command = [str(NODE), str(Path(__file__).with_name("send.cjs")), proxy.url, KEY, str(EVENTS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    check(arrived(collector), proxy)


SEND = """
async ([host, key, count, campaign, note]) => {
  const analytics = AnalyticsNext.AnalyticsBrowser.load(
    { writeKey: key, cdnSettings: { integrations: { "Segment.io": { apiKey: key } } } },
    { integrations: { "Segment.io": { apiHost: host, protocol: "http" } } });
  for (let number = 0; number < count; number += 1) {
    const properties = { number, order_id: `o-${number}`, total: number / 100, note };
    await analytics.track("Order Completed", properties, { context: { campaign }, messageId: `event-${number}` });
  }
}
"""


@pytest.mark.browser
def test_segment_analytics_next_in_a_browser(collector: Collector, make_proxy: Callable[[int], Proxy], database_url: str) -> None:
    """From a page of another origin: every event is preflighted, or shares a preflight."""
    from playwright.sync_api import sync_playwright

    if not Path(CHROMIUM).exists():
        assert not os.environ.get("CI"), f"found no {CHROMIUM}, expected one in CI: apt-get install chromium"
        pytest.skip(f"no {CHROMIUM}")
    proxy, shop = make_proxy(9), make_proxy(1)
    with psycopg.connect(database_url) as connection:
        connection.execute("update app.sites set allowed_origins = %s where tenant_id = 1", [[shop.url]])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{shop.url}/")
        page.add_script_tag(path=str(ROOT / "node_modules/@segment/analytics-next/dist/umd/index.js"))
        page.evaluate(SEND, [f"{proxy.url.removeprefix('http://')}/v1", KEY, EVENTS, CAMPAIGN, NOTE])
        rows = arrived(collector, 240)
        browser.close()
    # The browser's client makes its own ids; the order's number tells which is which.
    assert len({row[0] for row in rows}) == len(rows) == EVENTS
    assert [row[3] for row in rows] == [properties(number) for number in range(EVENTS)]
    assert all(row[4] == CAMPAIGN for row in rows)
    assert len({row[2] for row in rows}) == 1 and rows[0][2]
    assert set(proxy.faulty) == {500, 503, 429}
    libraries = collector.rows("select distinct context #>> '{library,name}', ip_class from raw.collector_events")
    assert libraries == [("analytics.js", "household")]
    assert collector.quarantined() == []
