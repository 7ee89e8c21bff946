"""A real collector process on a free loopback port, before a database of the test's own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

KEY = "hrw_integration_0000000000"
OTHER_KEY = "hrw_other_tenant_000000000"
SECRET = b"k" * 32


@dataclass
class Collector:
    """The process, its client, and eyes on what it wrote."""

    database_url: str
    port: int
    log: Path
    home: Path
    app: str = "api.collector.app:create_app"
    process: subprocess.Popen[bytes] | None = None
    env: dict[str, str] = field(default_factory=dict)
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)

    @property
    def spool(self) -> Path:
        return self.home / "collector" / "spool"

    def start(self, ready: bool = True) -> None:
        command = [
            sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--host", "127.0.0.1", "--port", str(self.port),
            self.app,
        ]  # fmt: skip
        env = {
            **os.environ,
            "HOSTREAD_DATABASE_URL": self.database_url,
            "HOSTREAD_TRUSTED_PROXIES": "127.0.0.1/32",
        }
        env |= {"HOSTREAD_HOME": str(self.home), **self.env}
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(command, env=env, stdout=output, stderr=output, start_new_session=True)
        self.wait_for(200, path="/readyz" if ready else "/livez")

    def wait_for(self, status: int, seconds: float = 60, path: str = "/readyz") -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self.client.get(path).status_code == status:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"{path} was not {status} within {seconds} s:\n{self.log.read_text()}")

    def kill(self, sent: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, sent)
            self.process.wait(20)
            self.process = None

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query, values or None).fetchall()

    def message_ids(self) -> list[str]:
        return [row[0] for row in self.rows("select message_id from raw.collector_events order by event_id")]

    def quarantined(self) -> list[tuple[Any, ...]]:
        return self.rows("select reason_code, original from raw.quarantine order by quarantine_id")

    def refusals(self, total: int) -> dict[str, int]:
        """As the table has them once so many are counted, and after the next time that counts are written: every two seconds."""
        deadline = time.monotonic() + 60
        while sum(self.refused().values()) < total and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(2.5)
        return self.refused()

    def refused(self) -> dict[str, int]:
        return dict(self.rows("select reason_code, sum(refused_count)::int from raw.collector_refusals group by 1"))


@pytest.fixture
def make_collector(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Collector]]:
    made: list[Collector] = []

    def make(app: str = "api.collector.app:create_app", **env: str) -> Collector:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        made.append(Collector(database_url, port, tmp_path / "collector.log", tmp_path / "home", app, env=env))
        made[-1].start()
        return made[-1]

    yield make
    for collector in made:
        collector.client.close()
        collector.kill()


@pytest.fixture
def collector(sites: None, make_collector: Callable[..., Collector]) -> Collector:
    return make_collector()


@pytest.fixture
def sites(database_url: str) -> None:
    """Two tenants with a site each, and a list that knows one data centre."""
    with psycopg.connect(database_url) as c:
        for tenant_id, (slug, key) in enumerate((("one", KEY), ("two", OTHER_KEY)), 1):
            c.execute("insert into app.tenants (slug, name) values (%s, %s)", [slug, slug])
            c.execute("insert into app.household_keys (tenant_id, key_epoch, secret) values (%s, 3, %s)", [tenant_id, SECRET])
            c.execute(
                "with s as (insert into app.sponsors (tenant_id, name) values (%s, 'S') returning *) "
                "insert into app.sites (tenant_id, sponsor_id, name, domain, write_key, allowed_origins) "
                "select tenant_id, sponsor_id, 'Shop', 'shop.example', %s, %s from s",
                [tenant_id, key, ["https://shop.example", "www.shop.example"] if slug == "two" else []],
            )
        c.execute("insert into ops.lists (list_name, list_version, source, entry_count) values ('ip_ranges', 'v7', 'test', 1)")
        c.execute("insert into ops.ip_ranges values ('v7', '198.51.100.0/24', 'datacenter')")
