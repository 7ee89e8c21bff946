"""`collector.single_vs_empty`: durable single events against empty requests to the same server by as many clients, in one run."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from benchmarks.collector_load import WRITE_KEY
from orchestration.local import ensure_server, remove_server
from orchestration.migrate import migrate

CLIENTS = 64
SECONDS = 4.0
# Taken in turns, so that what else the machine does falls on both.
ROUNDS = 3


def run() -> Iterable[dict[str, Any]]:
    """One figure: the median of the rounds. Raises where an answer was no 200, or a row is missing."""
    with tempfile.TemporaryDirectory(prefix="hostread-bench-") as folder:
        home = Path(folder)
        url = ensure_server(home)
        try:
            migrate(url)
            plant_site(url)
            with collector(url) as port:
                rounds = [(_load(port, "empty"), _load(port, "single")) for _ in range(ROUNDS)]
            _check(url, sum(single["requests"] for _, single in rounds))
        finally:
            remove_server(home)
    empty = median(r[0]["requests"] / r[0]["seconds"] for r in rounds)
    single = median(r[1]["requests"] / r[1]["seconds"] for r in rounds)
    slowest = median(r[1]["p95_ms"] for r in rounds)
    yield {
        "name": "collector.single_vs_empty", "value": round(single), "unit": "events/s",
        "against": f"empty requests/s {empty:.0f}, {CLIENTS} clients; acknowledgement p95 {slowest:.1f} ms",
        "ratio": round(single / empty, 3),
    }  # fmt: skip


def plant_site(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("insert into app.tenants (slug, name) values ('bench', 'Bench')")
        connection.execute("insert into app.household_keys (tenant_id, key_epoch, secret) values (1, 1, %s)", [b"k" * 32])
        connection.execute("insert into app.sponsors (tenant_id, name) values (1, 'Bench')")
        connection.execute(
            "insert into app.sites (tenant_id, sponsor_id, name, domain, write_key) "
            "select 1, sponsor_id, 'Bench', 'shop.example', %s from app.sponsors",
            [WRITE_KEY],
        )


@contextmanager
def collector(url: str) -> Iterator[int]:
    """One collector process as it is served, ready; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--host", "127.0.0.1", "--port", str(port),
            "--log-level", "warning", "api.collector.app:create_app",
        ],
        env={**os.environ, "HOSTREAD_DATABASE_URL": url}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_until_ready(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the collector on port {port} was not ready within 30 s: read what it printed above")


def _load(port: int, what: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.collector_load", "127.0.0.1", str(port), str(CLIENTS), str(SECONDS), what]
    figures: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if figures["failed"]:
        raise RuntimeError(
            f"found {figures['failed']} answers that are no 200 under the load {what!r}: the figure would mean nothing"
        )
    return figures


def _check(url: str, acknowledged: float) -> None:
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from raw.collector_events").fetchone()
    assert row is not None
    if row[0] < acknowledged:
        raise RuntimeError(f"found {row[0]} rows for {acknowledged:.0f} acknowledged events: acknowledgements are not durable")


if __name__ == "__main__":
    for figure in run():
        print(json.dumps(figure))
