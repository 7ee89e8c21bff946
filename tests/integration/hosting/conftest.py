"""One tenant with a show whose feed is known, and loopback servers that act as the hosts document, faults included."""

import importlib.util
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import psycopg
import pytest

from assets.hosting.pacing import POLICY
from assets.hosting.statistics import HostingSummary, pull_hosting
from assets.lib.secrets_box import encrypt
from assets.lib.warehouse import WarehouseUrl

_spec = importlib.util.spec_from_file_location("documented_hosts", Path(__file__).with_name("hosts.py"))
assert _spec is not None and _spec.loader is not None
hosts = importlib.util.module_from_spec(_spec)
sys.modules["documented_hosts"] = hosts
_spec.loader.exec_module(hosts)

KEY = "key"


@pytest.fixture(scope="session")
def documented() -> ModuleType:
    """The module of the fake hosts: under importlib mode a test cannot import it."""
    return hosts


@dataclass
class Server:
    """A host behind a socket. `fault`, where there is one, changes the answer that the host would give; `seen` is all that came."""

    host: Any
    url: str = ""
    seen: list[Any] = field(default_factory=list)
    fault: Callable[[Any, Any], Any] | None = None

    @property
    def statistics(self) -> list[Any]:
        return [asked for asked in self.seen if self.host.is_statistics(asked)]


@contextmanager
def serving() -> Iterator[Callable[[Any], Server]]:
    """Puts a host behind a server of its own; all of them end with the block."""
    running: list[ThreadingHTTPServer] = []

    def start(host: Any) -> Server:
        here = Server(host)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                self.reply("GET")

            def do_POST(self) -> None:
                self.reply("POST")

            def reply(self, method: str) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = hosts.Asked(method, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                here.seen.append(asked)
                reply = here.host.answer(asked)
                if here.fault is not None:
                    reply = here.fault(asked, reply)
                time.sleep(reply.delay_s)
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body if reply.sent is None else reply.body[: reply.sent])
                self.close_connection = reply.sent is not None

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: the test asserts on what was seen."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        here.url = host.base_url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        running.append(server)
        return here

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[[Any], Server]]:
    """As `serving`, for one test."""
    with serving() as start:
        yield start


@pytest.fixture(scope="module")
def serve_all() -> Iterator[Callable[[Any], Server]]:
    """As `serving`, for all tests of a module."""
    with serving() as start:
        yield start


@dataclass(frozen=True)
class Tenant:
    url: str
    tenant_id: int
    show_id: UUID

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query, parameters).fetchall()

    def execute(self, query: str, *parameters: Any) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(query, parameters)

    def add(self, server: Server) -> UUID:
        """An account of the show at a host. Returns its id."""
        host = server.host
        return UUID(
            str(
                self.rows(
                    "insert into app.hosting_accounts (tenant_id, show_id, host, base_url, external_show_id, credential_encrypted) "
                    "values (%s, %s, %s, %s, %s, %s) returning account_id",
                    self.tenant_id, self.show_id, host.host, server.url, host.show, encrypt(host.credential, KEY),
                )[0][0]
            )
        )  # fmt: skip

    def pull(self, waits: list[float] | None = None, key: str = KEY, total_s: float = 10, **more: Any) -> HostingSummary:
        """A run on the day that the hosts' counts end; waits are noted, not waited."""
        from dataclasses import replace

        options: dict[str, Any] = {
            "today": hosts.TODAY, "is_forced": True, "wait": (waits if waits is not None else []).append,
            "policy": replace(POLICY, total_s=total_s),
        }  # fmt: skip
        return pull_hosting(WarehouseUrl(self.url, key, True), "run", **(options | more))

    def totals(self, host: str) -> dict[tuple[date, str], int]:
        """The newest daily downloads by day and the episode's GUID or file, zeros left out."""
        rows = self.rows(
            "select distinct on (episode_key, period_start) period_start, coalesce(episode_guid, media_key), value::int "
            "from raw.hosting_downloads where source = %s and metric = 'download' and grain = 'day' and dimension = '' "
            "order by episode_key, period_start, hosting_download_id desc",
            host,
        )
        return {(day, episode): value for day, episode, value in rows if value}

    def doubled(self) -> list[tuple[Any, ...]]:
        """Rows that repeat the one before them of the same key: what a re-read must never land."""
        return self.rows(
            "select * from (select source, episode_key, metric, grain, period_start, dimension, dimension_value, value, "
            "lag(value) over (partition by source, source_account, episode_key, metric, grain, period_start, dimension, "
            "dimension_value order by hosting_download_id) as before from raw.hosting_downloads) as r where value = before"
        )

    def state(self, account_id: UUID) -> tuple[Any, ...]:
        return self.rows(
            "select last_error, last_status, consecutive_failures, next_attempt_at > last_attempt_at, last_success_at is not null "
            "from ops.fetch_state where source = 'hosting' and source_key = %s",
            str(account_id),
        )[0]


@pytest.fixture(scope="session")
def shared_url(server_url: str, template_url: str) -> str:
    """One database for all tests of this folder, emptied by each: copying one costs more than a pull."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("create database hosting_tests template template_hostread")
    return f"{server_url.rsplit('/', 1)[0]}/hosting_tests"


@pytest.fixture
def tenant(shared_url: str) -> Tenant:
    with psycopg.connect(shared_url) as connection:
        connection.execute("truncate app.tenants, raw.hosting_downloads, raw.quarantine, ops.fetch_state restart identity cascade")
        made = connection.execute("insert into app.tenants (slug, name) values ('one', 'One') returning tenant_id").fetchone()
        assert made is not None
        show = connection.execute(
            "insert into app.shows (tenant_id, title, feed_url, timezone) values (%s, 'Show', 'http://127.0.0.1:1/none', "
            "'America/New_York') returning show_id",
            [made[0]],
        ).fetchone()
    assert show is not None
    return Tenant(shared_url, made[0], show[0])
