"""An answer's body, read and decoded within limits: its bytes, what they decode to, and the deadline."""

import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import urllib3

CHUNK = 65_536
GZIP_MAGIC = b"\x1f\x8b"


class FetchError(RuntimeError):
    """The URL gave nothing usable; the message says what was found and expected. Transient: another try may succeed."""

    def __init__(self, message: str, *, is_transient: bool = False) -> None:
        super().__init__(message)
        self.is_transient = is_transient


@dataclass(frozen=True)
class Limits:
    """`shown` is the URL as messages may show it; `deadline` is of time.monotonic."""

    shown: str
    deadline: float
    total_s: float
    max_read_bytes: int
    max_decoded_bytes: int

    @property
    def too_late(self) -> FetchError:
        return FetchError(f"{self.shown} took over {self.total_s:.0f} s", is_transient=True)


def skip(response: urllib3.BaseHTTPResponse) -> bytes:
    """A redirect's body says nothing: a short one is read, so that the connection may be used again."""
    if not 0 <= int(response.headers.get("content-length", "-1") or -1) <= CHUNK:
        response.close()
        return b""
    while response.read1(CHUNK):
        pass
    return b""


def read(response: urllib3.BaseHTTPResponse, limits: Limits) -> bytes:
    """The decoded body. Raises FetchError at a limit, and for what is compressed in another way or wrongly."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    chunks = _chunks(response, limits)
    if encoding in ("", "identity"):
        return b"".join(chunks)
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise FetchError(f"found the content encoding {encoding!r} at {limits.shown}, expected gzip, deflate or none")
    return _inflate(chunks, limits)


def _chunks(response: urllib3.BaseHTTPResponse, limits: Limits) -> Iterator[bytes]:
    read = 0
    # read1 returns what one receive brought: a server that drips a byte a second meets the deadline, not the chunk size.
    while chunk := response.read1(CHUNK):
        read += len(chunk)
        if read > limits.max_read_bytes:
            raise FetchError(
                f"{limits.shown} is longer than {limits.max_read_bytes:,} bytes: expected a feed or an answer, not a file"
            )
        if time.monotonic() > limits.deadline:
            raise limits.too_late
        yield chunk


def _inflate(chunks: Iterator[bytes], limits: Limits) -> bytes:
    """Decode gzip or zlib, and stop at the limit: a gzip bomb never becomes more than that in memory. A 304 has no body."""
    limit = limits.max_decoded_bytes
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 32)
    parts: list[bytes] = []
    size = 0
    try:
        for chunk in chunks:
            pending = chunk
            while pending:
                part = decoder.decompress(pending, min(1_000_000, limit - size + 1))
                size += len(part)
                if size > limit:
                    raise FetchError(f"{limits.shown} decodes to more than {limit:,} bytes: expected a feed or an answer")
                parts.append(part)
                pending = decoder.unconsumed_tail
                if decoder.eof and decoder.unused_data.startswith(GZIP_MAGIC):
                    # Several gzip members one after the other are one body; zeros that pad the last one are none.
                    pending, decoder = decoder.unused_data, zlib.decompressobj(zlib.MAX_WBITS | 32)
    except zlib.error as error:
        raise FetchError(f"{limits.shown} says it is compressed and is not: {error}") from error
    if parts and not decoder.eof:
        raise FetchError(f"{limits.shown} ended before its compressed body did", is_transient=True)
    return b"".join(parts)
