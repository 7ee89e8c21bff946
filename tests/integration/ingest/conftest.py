"""One tenant with a sponsor and a show, and a loopback web server whose answers the test writes."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import psycopg
import pytest


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Request:
    path: str
    headers: dict[str, str]


@dataclass
class Site:
    """A path (with its query) has an answer, or a function from the request to one; `seen` is what was asked."""

    url: str
    answers: dict[str, Answer | Callable[[Request], Answer]] = field(default_factory=dict)
    seen: list[Request] = field(default_factory=list)
    accepted: list[object] = field(default_factory=list)

    def connections(self) -> int:
        """How many connections the listener has accepted, whether or not they asked for anything."""
        return len(self.accepted)


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            request = Request(self.path, {name.lower(): value for name, value in self.headers.items()})
            here.seen.append(request)
            answer = here.answers.get(self.path) or here.answers.get(self.path.partition("?")[0]) or Answer(status=404)
            if callable(answer):
                answer = answer(request)
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the test asserts on what was seen."""

    class Server(ThreadingHTTPServer):
        def process_request(self, request: Any, client_address: Any) -> None:
            here.accepted.append(client_address)
            super().process_request(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    here = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    yield here
    server.shutdown()
    server.server_close()


@pytest.fixture
def answer() -> type[Answer]:
    """Answer(body, status, headers)."""
    return Answer


@dataclass(frozen=True)
class Tenant:
    url: str
    tenant_id: int
    sponsor_id: UUID
    show_id: UUID

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query, parameters).fetchall()

    def execute(self, query: str, *parameters: Any) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(query, parameters)

    def count(self, table: str) -> int:
        return int(self.rows(f"select count(*) from {table}")[0][0])


@pytest.fixture
def tenant(database_url: str) -> Tenant:
    with psycopg.connect(database_url) as connection:
        tenant_id = connection.execute("insert into app.tenants (slug, name) values ('one', 'One') returning tenant_id").fetchone()
        assert tenant_id is not None
        connection.execute(
            "insert into app.household_keys (tenant_id, key_epoch, secret) values (%s, 1, %s)", [tenant_id[0], b"s" * 32]
        )
        sponsor = connection.execute(
            "insert into app.sponsors (tenant_id, name) values (%s, 'Sponsor') returning sponsor_id", [tenant_id[0]]
        ).fetchone()
        show = connection.execute(
            "insert into app.shows (tenant_id, title, feed_url, timezone) values (%s, 'Show', 'http://127.0.0.1:1/none', "
            "'America/New_York') returning show_id",
            [tenant_id[0]],
        ).fetchone()
    assert sponsor is not None and show is not None
    return Tenant(database_url, tenant_id[0], sponsor[0], show[0])
