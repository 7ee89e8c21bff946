"""HTTP/1.1 connections that are kept open and used again, each to an address that `peers` let through.

The standard library's response and TLS, with a writer of requests and a reader of headers of our own: over a thousand conditional
requests that takes about a third of the processor time of urllib3.
"""

import http.client
import re
import select
import socket
import ssl
import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import certifi

from assets.lib.peers import Reach, TimedSSLSocket, open_socket

# Open connections that nobody uses: the ones used last, and not so many that file handles run out.
KEPT = 128
LONGEST_LINE = 65_536
MOST_FIELDS = 200
MOST_INTERIM = 10
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
Key = tuple[str, str, int]


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """One for all connections: reading the certificates takes 20 ms."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.sslsocket_class = TimedSSLSocket
    return context


class Response(http.client.HTTPResponse):
    """The standard library's response, with a header reader of its own: email's, which it uses, takes longer than all the rest.
    `fields` has lower-case names; one that stands there twice is joined by a comma (RFC 9110, section 5.3)."""

    fields: dict[str, str]

    def begin(self) -> None:
        for _ in range(MOST_INTERIM):
            version, status, self.reason = self._read_status()  # type: ignore[attr-defined]
            self.fields = _fields(self.fp)
            if status >= 200:
                break
        else:
            raise http.client.HTTPException("found one interim answer after the other, expected a last one")
        if not version.startswith("HTTP/1."):
            raise http.client.UnknownProtocol(version)
        self.code = self.status = status
        self.version = 10 if version == "HTTP/1.0" else 11
        has_body = status not in (204, 304) and self._method != "HEAD"  # type: ignore[attr-defined]
        self.chunked = has_body and self.fields.get("transfer-encoding", "").lower() == "chunked"
        self.chunk_left = None
        self.length = None if has_body else 0
        said = self.fields.get("content-length", "")
        if has_body and not self.chunked and said.isascii() and said.isdigit():
            self.length = int(said)
        connection = self.fields.get("connection", "").lower()
        is_kept = "keep-alive" in connection if self.version == 10 else "close" not in connection
        # A body without a length ends with its connection.
        self.will_close = not is_kept or (self.length is None and not self.chunked)


def _fields(file: Any) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for _ in range(MOST_FIELDS):
        line: bytes = file.readline(LONGEST_LINE + 1)
        if line in (b"\r\n", b"\n"):
            return fields
        if len(line) > LONGEST_LINE or not line:
            raise http.client.HTTPException("found a header without end, expected an empty line after it")
        text = line.decode("latin-1").rstrip("\r\n")
        if text[0] in " \t" and name:
            fields[name] += " " + text.strip()
            continue
        before, separator, value = text.partition(":")
        if separator:
            name, value = before.strip().lower(), value.strip()
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
    raise http.client.HTTPException(f"found over {MOST_FIELDS} headers, expected fewer")


class Connection:
    """An open connection to one origin."""

    def __init__(self, reach: Reach, key: Key, timeout: float) -> None:
        scheme, host, port = key
        shown = f"[{host}]" if ":" in host else host
        self._host = shown if port == {"http": 80, "https": 443}[scheme] else f"{shown}:{port}"
        self.sock: socket.socket = open_socket(reach, host, port, timeout)
        try:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if scheme == "https":
                self.sock = _tls().wrap_socket(self.sock, server_hostname=host)
        except BaseException:
            self.sock.close()
            raise

    def ask(self, method: str, target: str, body: bytes | None, headers: Mapping[str, str], timeout: float) -> Response:
        length = {} if body is None else {"Content-Length": str(len(body))}
        fields = {"Host": self._host, **headers, **length}
        if any(_CONTROL.search(text) for text in (method, target, *fields, *fields.values())) or " " in target:
            raise ValueError("found a control character or a space in what is asked, expected none")
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.sock.settimeout(timeout)
        self.sock.sendall(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + (body or b""))
        response = Response(self.sock, method=method)
        try:
            response.begin()
        except BaseException:
            response.close()
            raise
        return response

    def close(self) -> None:
        self.sock.close()


class Connections:
    """The connections of one reach, shared by all threads."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._idle: OrderedDict[Key, list[Connection]] = OrderedDict()
        self._count = 0
        self._lock = threading.Lock()

    def ask(
        self, key: Key, method: str, target: str, body: bytes | None, headers: Mapping[str, str], connect_s: float, read_s: float
    ) -> tuple[Connection, Response]:
        """The connection, and the answer whose body is still to be read; what was read whole is given back with `keep`.

        Raises OSError and http.client.HTTPException; RefusedAddressError, an OSError, where nothing was connected to.
        """
        kept = self._taken(key)
        if kept is not None:
            try:
                return kept, kept.ask(method, target, body, headers, read_s)
            except (http.client.RemoteDisconnected, ConnectionError):
                # Closed by the server while it lay idle. Nothing was answered, so a GET is asked again: once, anew.
                kept.close()
                if method != "GET":
                    raise
            except BaseException:
                kept.close()
                raise
        connection = Connection(self._reach, key, connect_s)
        try:
            return connection, connection.ask(method, target, body, headers, read_s)
        except BaseException:
            connection.close()
            raise

    def keep(self, key: Key, connection: Connection, response: Response) -> None:
        """After the body was read to its end."""
        response.close()
        if response.will_close:
            connection.close()
            return
        with self._lock:
            self._idle.setdefault(key, []).append(connection)
            self._idle.move_to_end(key)
            self._count += 1
            oldest = self._evicted() if self._count > KEPT else None
        if oldest is not None:
            oldest.close()

    def _taken(self, key: Key) -> Connection | None:
        while True:
            with self._lock:
                kept = self._idle.get(key)
                if not kept:
                    return None
                connection = kept.pop()
                self._count -= 1
                if not kept:
                    del self._idle[key]
            if not _is_readable(connection.sock):
                return connection
            connection.close()

    def _evicted(self) -> Connection:
        key, kept = next(iter(self._idle.items()))
        connection = kept.pop(0)
        self._count -= 1
        if not kept:
            del self._idle[key]
        return connection


@lru_cache(maxsize=16)
def connections(reach: Reach) -> Connections:
    return Connections(reach)


def _is_readable(sock: socket.socket) -> bool:
    """An idle connection with something to read was closed, or holds what nobody asked for."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
