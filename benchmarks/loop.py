"""The loop that must never break, against real processes: register, create a campaign, track, see analytics, get the report."""

import dataclasses
import socket
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from orchestration import serving
from orchestration.build import run_build
from orchestration.local import ensure_server, remove_server
from orchestration.migrate import migrate
from orchestration.processes import Processes
from orchestration.settings import Settings
from orchestration.warehouse import export

TIMEOUT = 10


@dataclasses.dataclass(frozen=True)
class Product:
    """A running Hostread: the addresses of its API and collector, and its database."""

    api: str
    collector: str
    url: str


@dataclasses.dataclass(frozen=True)
class Loop:
    """One turn of the loop: its whole time, the time from the acknowledged order to its being visible, and what was got."""

    seconds: float
    visible_seconds: float
    analytics: dict[str, Any]
    pdf: bytes


@contextmanager
def running_product(smtp_url: str | None = None) -> Iterator[Product]:
    """Collector, API and report worker as their own processes on an empty, once built database; mail goes to `smtp_url`."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        ports = [free_port() for _ in range(3)]
        settings = Settings(home=home, api_port=ports[0], collector_port=ports[1], dagster_port=ports[2], smtp_url=smtp_url)
        url = ensure_server(home)
        try:
            migrate(url)
            run_build(url, "first-build")
            with Processes(home / "logs", export(settings, url)) as processes:
                serving.start_collector(processes, settings)
                serving.start_product(processes, settings)
                yield Product(f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}", url)
        finally:
            remove_server(home)


def turn(product: Product) -> Loop:
    """Go once around. Raises AssertionError or requests' errors where a step does not do what it says."""
    began = time.monotonic()
    http = requests.Session()
    today = datetime.now(UTC).date()
    account = post(
        http,
        f"{product.api}/v1/users",
        {
            "email": f"loop-{uuid.uuid4().hex[:12]}@example.com",
            "password": "a long enough password",
            "organisation": "Loop",
            "currency": "USD",
            "timezone": "UTC",
        },
    )
    http.headers["Authorization"] = f"Bearer {account['api_key']['key']}"
    sponsor = post(http, f"{product.api}/v1/sponsors", {"name": "Acme", "margin_rate": "0.5"})
    show = post(http, f"{product.api}/v1/shows", {"title": "Night Trains", "feed_url": "https://feeds.example/night.xml"})
    site = post(
        http,
        f"{product.api}/v1/sites",
        {"sponsor_id": sponsor["sponsor_id"], "name": "Shop", "domain": "shop.example"},
    )
    code = f"LOOP{uuid.uuid4().hex[:6]}"
    campaign = post(
        http,
        f"{product.api}/v1/campaigns",
        {
            "name": "Spring",
            "sponsor_id": sponsor["sponsor_id"],
            "currency": "USD",
            "flight_start": str(today - timedelta(days=1)),
            "flight_end": str(today + timedelta(days=30)),
            "placements": [
                {"show_id": show["show_id"], "price_model": "flat", "price": "300.00", "promo_codes": [{"code": code}]},
            ],
        },
    )
    analytics = f"{product.api}/v1/campaigns/{campaign['campaign_id']}/analytics"
    now = datetime.now(UTC).isoformat()
    event = {
        "type": "track",
        "event": "Order Completed",
        "messageId": str(uuid.uuid4()),
        "anonymousId": str(uuid.uuid4()),
        "timestamp": now,
        "sentAt": now,
        "properties": {"order_id": "order-1", "total": 59.90, "currency": "USD", "coupon": code},
        "writeKey": site["write_key"],
    }
    answer = requests.post(f"{product.collector}/v1/track", json=event, timeout=TIMEOUT)
    assert answer.json() == {"success": True}, answer.text
    acknowledged = time.monotonic()
    seen = until(lambda: get(http, analytics), lambda body: body["performance"]["conversions"] == 1)
    visible = time.monotonic() - acknowledged
    report = post(http, f"{product.api}/v1/reports", {"campaign_id": campaign["campaign_id"]})
    state = until(
        lambda: get(http, f"{product.api}/v1/reports/{report['report_id']}"),
        lambda body: body["status"] in ("succeeded", "failed"),
    )
    assert state["status"] == "succeeded", state
    pdf = http.get(f"{product.api}/v1/reports/{report['report_id']}/files/pdf", timeout=TIMEOUT)
    assert pdf.content.startswith(b"%PDF"), pdf.text[:200]
    return Loop(time.monotonic() - began, visible, seen, pdf.content)


def run() -> Iterable[dict[str, Any]]:
    with running_product() as product:
        turn(product)
        turns = [turn(product) for _ in range(5)]
    seconds = sorted(loop.seconds for loop in turns)[2]
    visible = sorted(loop.visible_seconds for loop in turns)[2]
    yield {"name": "loop.seconds", "value": round(seconds, 3), "unit": "s", "against": "30 s", "ratio": round(seconds / 30, 4)}
    yield {"name": "loop.visible", "value": round(visible, 3), "unit": "s", "against": "1 s", "ratio": round(visible, 4)}


def until(ask: Any, is_done: Any, seconds: float = 30) -> dict[str, Any]:
    """Ask until the answer is what was waited for. Raises AssertionError with the last answer when it never comes."""
    deadline = time.monotonic() + seconds
    while True:
        body: dict[str, Any] = ask()
        if is_done(body):
            return body
        assert time.monotonic() < deadline, f"waited {seconds} s in vain, the last answer was {body}"
        time.sleep(0.02)


def post(http: requests.Session, url: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = http.post(url, json=body, timeout=TIMEOUT)
    assert answer.status_code in (200, 201, 202), f"{url}: {answer.status_code} {answer.text}"
    found: dict[str, Any] = answer.json()
    return found


def get(http: requests.Session, url: str) -> dict[str, Any]:
    answer = http.get(url, timeout=TIMEOUT)
    assert answer.status_code == 200, f"{url}: {answer.status_code} {answer.text}"
    found: dict[str, Any] = answer.json()
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
