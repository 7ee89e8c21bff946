"""An answer's body, read and decoded within limits: its bytes, what they decode to, and the deadline."""

import http.client
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from assets.lib.connections import Response

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


def skip(response: Response) -> bool:
    """Whether the body, which is of no interest, was read to its end: where it is short, so that the connection can be kept."""
    if response.chunked or response.length is None or response.length > CHUNK:
        return False
    while response.length and (piece := response.fp.read1(response.length)):
        response.length -= len(piece)
    return not response.length


def read(response: Response, limits: Limits) -> bytes:
    """The decoded body. Raises FetchError at a limit, and for what is compressed in another way, wrongly, or cut short."""
    encoding = response.fields.get("content-encoding", "").strip().lower()
    chunks = _chunks(response, limits)
    if encoding in ("", "identity"):
        return b"".join(chunks)
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise FetchError(f"found the content encoding {encoding!r} at {limits.shown}, expected gzip, deflate or none")
    return _inflate(chunks, limits)


def _chunks(response: Response, limits: Limits) -> Iterator[bytes]:
    read = 0
    for chunk in _received(response):
        read += len(chunk)
        if read > limits.max_read_bytes:
            raise FetchError(
                f"{limits.shown} is longer than {limits.max_read_bytes:,} bytes: expected a feed or an answer, not a file"
            )
        if time.monotonic() > limits.deadline:
            raise limits.too_late
        yield chunk


def _received(response: Response) -> Iterator[bytes]:
    """What one receive brought at a time: a server that drips a byte a second meets the deadline, not the chunk size."""
    if response.chunked:
        while piece := response.read1(CHUNK):
            yield piece
        return
    # By hand: before Python 3.12 read1 does not count what it read of Content-Length, and waits for more.
    left = response.length
    while left is None or left > 0:
        piece = response.fp.read1(CHUNK if left is None else min(CHUNK, left))
        if not piece:
            break
        left = None if left is None else left - len(piece)
        yield piece
    if left:
        raise http.client.IncompleteRead(b"", left)


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
