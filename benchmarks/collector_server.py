"""What the collector's benchmarks share: an embedded database with one site, a collector as it is served, and load."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.collector_load import WRITE_KEY
from orchestration.local import ensure_server, remove_server
from orchestration.migrate import migrate


@dataclass(frozen=True)
class Bench:
    """A migrated database with one site, and the port and process of its collector."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    home: Path


@contextmanager
def running_collector() -> Iterator[Bench]:
    """All of it, from nothing; deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="hostread-bench-") as folder:
        home = Path(folder)
        url = ensure_server(home)
        try:
            migrate(url)
            plant_site(url)
            with collector(url, home) as (port, process):
                yield Bench(url, port, process, home)
        finally:
            remove_server(home)


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
def collector(url: str, home: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """One collector process, ready. One key and one network send all the load: their rates are off."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--host", "127.0.0.1", "--port", str(port),
            "--log-level", "warning", "--no-ws", "api.collector.app:create_app",
        ],
        env={
            **os.environ, "HOSTREAD_DATABASE_URL": url, "HOSTREAD_HOME": str(home),
            "HOSTREAD_COLLECTOR_KEY_RATE": "unlimited", "HOSTREAD_COLLECTOR_NETWORK_RATE": "unlimited",
        },
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_until_ready(port, process)
        yield port, process
    finally:
        process.terminate()
        process.wait(20)


def load(port: int, clients: int, seconds: float, what: str, rate: float | None = None) -> dict[str, float]:
    """The load client's figures. Raises where an answer was no 200: the figure would mean nothing."""
    command = [sys.executable, "-m", "benchmarks.collector_load", "127.0.0.1", str(port), str(clients), str(seconds), what]
    command += [] if rate is None else [str(rate)]
    figures: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if figures["failed"]:
        raise RuntimeError(f"found {figures['failed']} answers that are no 200 under the load {what!r}, expected none")
    return figures


def require_stored(url: str, acknowledged: float) -> None:
    """Raises where fewer events are in the database than were acknowledged."""
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from raw.collector_events").fetchone()
    assert row is not None
    if row[0] < acknowledged:
        raise RuntimeError(f"found {row[0]} rows for {acknowledged:.0f} acknowledged events: acknowledgements are not durable")


def workers_rss(process: subprocess.Popen[bytes]) -> int:
    """Bytes of memory that the server's processes hold, its workers with it."""
    group = [process.pid, *_children(process.pid)]
    return sum(_rss(pid) for pid in group)


def _children(pid: int) -> list[int]:
    found = [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    return found + [grandchild for child in found for grandchild in _children(child)]


def _rss(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the collector on port {port} was not ready within 60 s: read what it printed above")
