"""The code for servers and for Shopify's sandbox as it runs: what it sends is what the collector reads."""

import gzip
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from api.campaigns.snippets import set_up
from api.collector.body import parse
from api.collector.events import Event, read_event
from api.collector.intake import basic_key, body_key

ROOT = Path(__file__).resolve().parents[3]
NODE = Path(sys.executable).with_name("node")
KEY = "hrw_abc-DEF_123456789"
# What Shopify gives a custom pixel, and one of its events, cut to the fields that are read.
SHOPIFY = """
const subscribed = {}, analytics = {subscribe: (name, work) => { subscribed[name] = work; }};
const init = {customerPrivacy: {analyticsProcessingAllowed: GRANTED, marketingAllowed: GRANTED}};
const customerPrivacy = {subscribe() {}}, browser = {cookie: {get: async name => name === "hostread_id" ? "visitor-0001~" : ""}};
const location = {href: "https://shop.example/checkouts/1", pathname: "/checkouts/1", search: ""};
const document = {location, referrer: "", title: "Checkout"};
const event = {
  id: "sh-1001", clientId: "client-1", timestamp: "2026-03-01T12:00:00.000Z", context: {document},
  data: {checkout: {
    token: "t1", order: {id: "1001"}, totalPrice: {amount: 59.9, currencyCode: "USD"}, currencyCode: "USD",
    discountApplications: [{type: "AUTOMATIC", title: "Spring"}, {type: "DISCOUNT_CODE", title: "POD20"}],
  }},
};
"""


def code(platform: str, title: str, collector: str) -> str:
    made = set_up(KEY, collector, "USD")
    guide = next(guide for guide in made.guides if guide.platform == platform)
    return next(block.text for block in guide.code if block.title == title)


@pytest.fixture
def heard() -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    """An address, and what was posted to it: path, headers, body."""
    bodies: list[tuple[str, dict[str, str], bytes]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            bodies.append((self.path, headers, gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Nothing to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", bodies
    server.shutdown()
    server.server_close()


def run(command: list[Any], text: str, folder: Path, suffix: str) -> None:
    file = folder / f"pasted{suffix}"
    file.write_text(text, "utf-8")
    done = subprocess.run([*command, file], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def the_order(heard: list[tuple[str, dict[str, str], bytes]]) -> Event:
    """The one event that came, as the collector reads it under the site's key."""
    ((path, headers, body),) = heard
    kind = path.removeprefix("/v1/")
    envelope = parse(body, kind)
    assert (basic_key(headers.get("authorization", "")) or body_key(envelope)) == KEY
    (item,) = envelope.items
    assert item.message is not None
    shared = envelope.shared if kind == "batch" else {}
    return read_event(item.message, None if kind == "batch" else kind, shared, len(body), "")


CURL = [("curl", ".sh")] if shutil.which("curl") else []


@pytest.mark.parametrize(("title", "suffix"), [*CURL, ("Python", ".py"), ("Node", ".mjs")])
def test_the_server_s_code_sends_its_order(heard: Any, tmp_path: Path, title: str, suffix: str) -> None:
    """Each as pasted, with the client's own library: one order, under its own message id."""
    url, bodies = heard
    command: dict[str, list[Any]] = {".sh": ["/bin/sh"], ".py": [sys.executable], ".mjs": [NODE]}
    text = code("server", title, url)
    if suffix == ".mjs":
        # Node looks for a package from the file's own folder upwards.
        (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    run(command[suffix], text, tmp_path, suffix)
    order = the_order(bodies)
    assert (order.kind, order.event_name, order.message_id, order.user_id) == (
        "track",
        "Order Completed",
        "order-1001",
        "customer-7",
    )
    assert json.loads(order.properties) == {"order_id": "1001", "revenue": 59.9, "currency": "USD", "coupon": "POD20"}


@pytest.mark.parametrize("granted", [True, False])
def test_shopify_s_pixel_sends_the_checkout(heard: Any, tmp_path: Path, granted: bool) -> None:
    """With consent under the visitor's own id, so that order and visits meet; without, unnamed and counted."""
    url, bodies = heard
    before = SHOPIFY.replace("GRANTED", json.dumps(granted))
    run(
        [NODE],
        f"{before}\n{code('shopify', 'The custom pixel', url)}\nawait subscribed.checkout_completed(event);",
        tmp_path,
        ".mjs",
    )
    order = the_order(bodies)
    assert (order.event_name, order.message_id, order.has_consent) == ("purchase", "sh-1001", granted)
    assert order.anonymous_id == ("visitor-0001" if granted else "sh-1001")
    assert json.loads(order.properties) == {"order_id": "1001", "value": 59.9, "currency": "USD", "promo_code": "POD20"}
    assert json.loads(order.context)["page"]["path"] == "/checkouts/1"
