"""The outbound fetcher's limits, against a socket that behaves badly."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from assets.lib.http import FetchError, FetchPolicy, fetch


@contextmanager
def server(behave: Callable[[socket.socket], None], seen: list[bytes] | None = None) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            while True:
                connection, _ = listener.accept()
                with connection:
                    asked = connection.recv(65_536)
                    if seen is not None:
                        seen.append(asked)
                    behave(connection)
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        listener.close()


def test_a_server_that_drips_meets_the_deadline() -> None:
    dripped: list[int] = []

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for number in range(1_000):
            connection.sendall(b"x")
            dripped.append(number)
            time.sleep(0.05)

    with server(drip) as url:
        with pytest.raises(FetchError, match="took over") as caught:
            fetch(url, FetchPolicy(allow_private=True, total_s=0.5))
        assert len(dripped) < 500, "the body's 50 s were waited for"
    assert caught.value.is_transient


def test_silence_meets_the_read_timeout() -> None:
    with server(lambda connection: time.sleep(1)) as url, pytest.raises(FetchError) as caught:
        fetch(url, FetchPolicy(allow_private=True, read_s=0.2))
    assert caught.value.is_transient


def test_a_body_without_end_stops_at_the_limit() -> None:
    def pour(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x" * 100_000)

    with server(pour) as url, pytest.raises(FetchError, match="longer than 1,000,000 bytes") as caught:
        fetch(url, FetchPolicy(allow_private=True, max_read_bytes=1_000_000))
    assert not caught.value.is_transient


@pytest.mark.parametrize(
    ("head", "body", "message"),
    [
        (b"Content-Encoding: br", b"x", "expected gzip"),
        (b"Content-Encoding: gzip", b"not gzip", "says it is compressed and is not"),
        (b"Content-Encoding: gzip", gzip.compress(b"x" * 10_000, mtime=0)[:-10], "ended before"),
        (b"Location: file:///etc/passwd", b"", "begins with http"),
        (b"Location: gopher://127.0.0.1/", b"", "begins with http"),
    ],
)
def test_what_cannot_be_used_is_said(head: bytes, body: bytes, message: str) -> None:
    status = b"302 Found" if head.startswith(b"Location") else b"200 OK"

    def behave(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 " + status + b"\r\n" + head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with server(behave) as url, pytest.raises(FetchError, match=message):
        fetch(url, FetchPolicy(allow_private=True))


def test_a_token_goes_to_no_other_host(site: Any, answer: Callable[..., Any]) -> None:
    seen: list[bytes] = []

    def other(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with server(other, seen) as url:
        site.answers["/here"] = answer(status=302, headers={"Location": "/there"})
        site.answers["/there"] = answer(status=302, headers={"Location": url})
        fetched = fetch(f"{site.url}/here", FetchPolicy(allow_private=True), headers={"Authorization": "Token token=x"})
    assert fetched.url == url and fetched.moved_to is None
    assert [request.headers.get("authorization") for request in site.seen] == ["Token token=x"] * 2
    assert len(seen) == 1 and b"authorization" not in seen[0].lower()


def test_several_compressed_members_are_one_body(site: Any, answer: Callable[..., Any]) -> None:
    site.answers["/x"] = answer(gzip.compress(b"one") + gzip.compress(b"two") + bytes(100), headers={"Content-Encoding": "gzip"})
    assert fetch(f"{site.url}/x", FetchPolicy(allow_private=True)).body == b"onetwo"
