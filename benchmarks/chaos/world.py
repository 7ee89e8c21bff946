"""The real things that are broken: an embedded PostgreSQL with all its syncs, and collector processes on ports of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from orchestration.local import ensure_server, remove_server, stop_server
from orchestration.migrate import migrate

WRITE_KEYS = ("hrw_chaos_one_000000000000", "hrw_chaos_two_000000000000")
READY_SECONDS = 60


@dataclass
class World:
    """One database and its collectors, which share a spool folder. Collector 0 has two workers."""

    home: Path
    url: str
    ports: list[int]
    processes: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start_collector(self, number: int) -> None:
        command = [
            sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "api.collector.app:create_app", "--no-ws",
            "--host", "127.0.0.1", "--port", str(self.ports[number]), "--workers", "2" if number == 0 else "1",
        ]  # fmt: skip
        env = {**os.environ, "HOSTREAD_DATABASE_URL": self.url, "HOSTREAD_HOME": str(self.home)}
        with (self.home / f"collector-{number}.log").open("ab") as log:
            self.processes[number] = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)

    def kill_collector(self, number: int, sent: signal.Signals = signal.SIGKILL) -> None:
        """The whole group: its workers go with it."""
        process = self.processes.pop(number, None)
        if process is not None:
            os.killpg(process.pid, sent)
            process.wait(30)

    def stop_database(self) -> None:
        """An immediate stop: every backend ends where it is, nothing is written back, and the next start recovers from the log."""
        stop_server(self.home, "immediate")

    def start_database(self) -> None:
        url = ensure_server(self.home)
        assert url == self.url, "the database came back under another address: its port was taken meanwhile"

    def wait_until_ready(self) -> None:
        """Every collector answers, and says that the database is there."""
        deadline = time.monotonic() + READY_SECONDS
        for port in self.ports:
            while not _is_ready(port):
                if time.monotonic() > deadline:
                    raise RuntimeError(
                        f"the collector on port {port} was not ready within {READY_SECONDS} s: see {self.home}/*.log"
                    )
                time.sleep(0.1)

    def spooled(self) -> list[str]:
        """The spools that still hold something: an own one that is empty is there too while its process lives."""
        folder = self.home / "collector" / "spool"
        return [path.name for path in folder.glob("*.damaged-*")] + [
            path.name for path in folder.glob("*.spool") if _holds_batches(path)
        ]


@contextmanager
def running(home: Path, collectors: int) -> Iterator[World]:
    url = ensure_server(home)
    try:
        migrate(url)
        _plant(url)
        world = World(home, url, [_free_port() for _ in range(collectors)])
        try:
            for number in range(collectors):
                world.start_collector(number)
            world.wait_until_ready()
            yield world
        finally:
            for number in list(world.processes):
                world.kill_collector(number)
    finally:
        remove_server(home)


def _plant(url: str) -> None:
    with psycopg.connect(url) as connection:
        for tenant_id, key in enumerate(WRITE_KEYS, 1):
            connection.execute("insert into app.tenants (slug, name) values (%s, %s)", [f"chaos-{tenant_id}", f"Chaos {tenant_id}"])
            connection.execute(
                "insert into app.household_keys (tenant_id, key_epoch, secret) values (%s, 1, %s)", [tenant_id, b"k" * 32]
            )
            connection.execute(
                "with s as (insert into app.sponsors (tenant_id, name) values (%s, 'Chaos') returning *) "
                "insert into app.sites (tenant_id, sponsor_id, name, domain, write_key) "
                "select tenant_id, sponsor_id, 'Shop', 'shop.example', %s from s",
                [tenant_id, key],
            )


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.read() == b"ready")
    except OSError:
        return False


def _holds_batches(path: Path) -> bool:
    import sqlite3
    from contextlib import closing

    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as database:
            return bool(database.execute("select exists (select 1 from batches)").fetchone()[0])
    except sqlite3.Error:
        return path.exists()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
