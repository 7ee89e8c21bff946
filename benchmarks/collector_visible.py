"""`collector.visible_p95`, `collector.ack_p95`: at 400 events/s while marts build, when an order is acknowledged and when seen."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from benchmarks.loop import Product, get, post, running_product
from orchestration.build import run_build

RATE = float(os.environ.get("HOSTREAD_BENCH_RATE", "400"))
SECONDS = float(os.environ.get("HOSTREAD_BENCH_VISIBLE_SECONDS", "60"))
CLIENTS = 64
# One order is followed at a time, and the next begins this long after it was seen.
PAUSE_SECONDS = 0.25
POLL_SECONDS = 0.02
LONGEST_SECONDS = 30.0
CODE = "VISIBLE"


def run() -> Iterable[dict[str, Any]]:
    """Two figures of one run. The load is page views of one tenant, due at fixed times, and orders are followed beside it."""
    os.environ.update({"HOSTREAD_COLLECTOR_KEY_RATE": "unlimited", "HOSTREAD_COLLECTOR_NETWORK_RATE": "unlimited"})
    with running_product() as product:
        http, key, analytics = _campaign(product)
        _follow(product, http, key, analytics, 1)
        with building(product.url) as builds, loaded(product, key) as load:
            seen: list[float] = []
            acknowledged: list[float] = []
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                visible, answer = _follow(product, http, key, analytics, len(seen) + 2)
                seen.append(visible)
                acknowledged.append(answer)
                time.sleep(PAUSE_SECONDS)
            figures = json.loads(load.communicate(timeout=120)[0])
            built = builds()
    if figures["failed"]:
        raise RuntimeError(f"found {figures['failed']} answers that are no 200 at {RATE:.0f} events/s, expected none")
    visible = _p95(seen)
    how = f"{figures['requests'] / figures['seconds']:.0f} events/s, {built} builds meanwhile, {len(seen)} orders followed"
    yield {
        "name": "collector.visible_p95",
        "value": round(visible, 3),
        "unit": "s",
        "against": f"1 s; {how}",
        "ratio": round(visible, 3),
    }
    ack = figures["p95_ms"]
    yield {
        "name": "collector.ack_p95", "value": round(ack, 1), "unit": "ms",
        "against": f"100 ms; from when due; p50 {figures['p50_ms']:.1f} ms; of the orders {_p95(acknowledged) * 1e3:.1f} ms",
        "ratio": round(ack / 100, 3),
    }  # fmt: skip


def _follow(product: Product, http: requests.Session, key: str, analytics: str, count: int) -> tuple[float, float]:
    """Send an order; seconds from its acknowledgement until the campaign has `count` conversions, and of the acknowledgement."""
    now = datetime.now(UTC).isoformat()
    event = {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"probe-{count}",
        "anonymousId": f"buyer-{count}",
        "timestamp": now,
        "sentAt": now,
        "properties": {"order_id": f"probe-{count}", "total": 10, "currency": "USD", "coupon": CODE},
        "writeKey": key,
    }
    began = time.monotonic()
    answer = requests.post(f"{product.collector}/v1/track", json=event, timeout=30)
    assert answer.status_code == 200, answer.text
    acknowledged = time.monotonic()
    while get(http, analytics)["performance"]["conversions"] < count:
        if time.monotonic() > acknowledged + LONGEST_SECONDS:
            raise RuntimeError(f"an acknowledged order was not seen within {LONGEST_SECONDS} s")
        time.sleep(POLL_SECONDS)
    return time.monotonic() - acknowledged, acknowledged - began


@contextmanager
def loaded(product: Product, key: str, seconds: float = SECONDS) -> Iterator[subprocess.Popen[str]]:
    port = product.collector.rpartition(":")[2]
    process = subprocess.Popen(
        [
            sys.executable, "-m", "benchmarks.collector_load", "127.0.0.1", port, str(CLIENTS), str(seconds), "visit", str(RATE),
        ],
        env={**os.environ, "HOSTREAD_BENCH_WRITE_KEY": key}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()


@contextmanager
def building(url: str) -> Iterator[Any]:
    """Builds one after the other in a process of their own; yields what tells how many were published."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.collector_visible", url], stdout=subprocess.PIPE, text=True)

    def published() -> int:
        process.terminate()
        return process.communicate(timeout=60)[0].count("published")

    try:
        yield published
    finally:
        process.kill()


def _campaign(product: Product) -> tuple[requests.Session, str, str]:
    """A tenant with a campaign that is credited by a code: its session, its site's write key, its analytics' address."""
    http, today = requests.Session(), datetime.now(UTC).date()
    account = post(
        http, f"{product.api}/v1/users",
        {
            "email": "visible@example.com", "password": "a long enough password", "organisation": "Visible", "currency": "USD",
            "timezone": "UTC",
        },
    )  # fmt: skip
    http.headers["Authorization"] = f"Bearer {account['api_key']['key']}"
    sponsor = post(http, f"{product.api}/v1/sponsors", {"name": "Acme", "margin_rate": "0.5"})["sponsor_id"]
    show = post(http, f"{product.api}/v1/shows", {"title": "Night Trains", "feed_url": "https://feeds.example/night.xml"})[
        "show_id"
    ]
    site = post(http, f"{product.api}/v1/sites", {"sponsor_id": sponsor, "name": "Shop", "domain": "shop.example"})
    campaign = post(
        http, f"{product.api}/v1/campaigns",
        {
            "name": "Spring", "sponsor_id": sponsor, "currency": "USD", "flight_start": str(today - timedelta(days=1)),
            "flight_end": str(today + timedelta(days=30)),
            "placements": [{"show_id": show, "price_model": "flat", "price": "300.00", "promo_codes": [{"code": CODE}]}],
        },
    )  # fmt: skip
    return http, site["write_key"], f"{product.api}/v1/campaigns/{campaign['campaign_id']}/analytics"


def _p95(values: list[float]) -> float:
    return sorted(values)[len(values) * 95 // 100]


if __name__ == "__main__":
    while True:
        print(run_build(sys.argv[1], "visible").status, flush=True)
