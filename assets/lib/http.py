"""The one outbound fetcher: every URL that a person, a feed or a setting names goes through here.

http and https only; limits on redirects, on time as a whole, on the bytes read and on the bytes that they decode to; no private
address (see `peers`). One call is one attempt: whether to try again is the caller's to say (`FetchError.is_transient`).
"""

import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cached_property
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from assets.lib.clock import now
from assets.lib.peers import RefusedAddressError, new_session

USER_AGENT = "Hostread/0.1 (podcast measurement; feed and statistics reader)"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT_REDIRECTS = frozenset({301, 308})
CHUNK = 65_536
GZIP_MAGIC = b"\x1f\x8b"


class FetchError(RuntimeError):
    """The URL gave nothing usable; the message says what was found and expected. Transient: another try may succeed."""

    def __init__(self, message: str, *, is_transient: bool = False) -> None:
        super().__init__(message)
        self.is_transient = is_transient


@dataclass(frozen=True)
class FetchPolicy:
    """Limits of one fetch: seconds, bytes and hops."""

    allow_private: bool = False
    connect_s: float = 10
    read_s: float = 20
    total_s: float = 60
    max_read_bytes: int = 20_000_000
    max_decoded_bytes: int = 50_000_000
    max_redirects: int = 5


@dataclass(frozen=True)
class Fetched:
    """An answer, whatever its status. `headers` has lower-case names; `body` is decoded; `moved_to` is where only permanent
    redirects led, or None."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    moved_to: str | None = None

    @property
    def is_not_modified(self) -> bool:
        return self.status == 304

    @cached_property
    def retry_after_s(self) -> float | None:
        """Retry-After in seconds from now (RFC 9110, section 10.2.3), or None where the answer names none."""
        value = self.headers.get("retry-after", "").strip()
        if value.isdigit():
            return float(value)
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return None
        return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now()).total_seconds())


def fetch(
    url: str,
    policy: FetchPolicy | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    etag: str | None = None,
    last_modified: str | None = None,
) -> Fetched:
    """GET `url`, conditional where `etag` or `last_modified` of an earlier answer is given. Raises FetchError."""
    limits = policy or FetchPolicy()
    asked = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", "Accept": "*/*", **(headers or {})}
    if etag:
        asked["If-None-Match"] = etag
    if last_modified:
        asked["If-Modified-Since"] = last_modified
    deadline = time.monotonic() + limits.total_s
    moved_to: str | None = None
    only_permanent = True
    target = url
    for _ in range(limits.max_redirects + 1):
        answer = _one_hop(target, asked, limits, deadline)
        location = answer.headers.get("location")
        if answer.status not in REDIRECTS or not location:
            return Fetched(target, answer.status, answer.headers, answer.body, moved_to)
        following = urljoin(target, location)
        if _origin(following) != _origin(target):
            asked.pop("Authorization", None)
        only_permanent = only_permanent and answer.status in PERMANENT_REDIRECTS
        moved_to = following if only_permanent else moved_to
        target = following
    raise FetchError(
        f"found more than {limits.max_redirects} redirects from {shown(url)}, expected the file itself: correct the URL"
    )


def shown(url: str) -> str:
    """The URL as messages may show it: without credentials and without its query, which may hold a token."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(a URL that cannot be read)"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}" + ("?…" if parts.query else "")


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.rpartition("@")[2]


_sessions = threading.local()


def _session(allow_private: bool) -> requests.Session:
    """One session per thread and policy, so that connections to the same host are used again."""
    name = "private" if allow_private else "public"
    session: requests.Session | None = getattr(_sessions, name, None)
    if session is None:
        session = new_session(allow_private)
        setattr(_sessions, name, session)
    return session


def _one_hop(url: str, headers: Mapping[str, str], limits: FetchPolicy, deadline: float) -> Fetched:
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        scheme = ""
    if scheme not in ("http", "https"):
        raise FetchError(f"found the URL {shown(url)}, expected one that begins with http:// or https://: correct it")
    left = deadline - time.monotonic()
    if left <= 0:
        raise FetchError(f"{shown(url)} took over {limits.total_s:.0f} s with its redirects", is_transient=True)
    timeouts = (min(limits.connect_s, left), min(limits.read_s, left))
    session = _session(limits.allow_private)
    session.cookies.clear()
    try:
        with session.get(url, headers=dict(headers), timeout=timeouts, stream=True, allow_redirects=False) as response:
            lowered = {name.lower(): value for name, value in response.headers.items()}
            body = b"" if response.status_code in REDIRECTS else _read(response, url, limits, deadline)
            return Fetched(url, response.status_code, lowered, body)
    except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError, OSError) as error:
        if refused := _refusal(error):
            raise FetchError(f"{shown(url)} was not asked: {refused}. Expected a public web address: correct the URL") from error
        raise FetchError(f"{shown(url)} did not answer as a web server would: {_cause(error)}", is_transient=True) from error
    except (requests.RequestException, ValueError) as error:
        raise FetchError(f"{shown(url)} cannot be asked: {_cause(error)}") from error


def _refusal(error: BaseException) -> RefusedAddressError | None:
    """The refusal in an error or in what it was wrapped into on its way here: urllib3 takes an OSError for a broken connection."""
    if isinstance(error, RefusedAddressError):
        return error
    inner = (part for part in error.args if isinstance(part, BaseException))
    return next((found for part in inner if (found := _refusal(part))), None)


def _cause(error: BaseException) -> str:
    while isinstance(error, requests.RequestException) and error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    reason = getattr(error, "reason", None)
    return str(reason if isinstance(reason, BaseException) else error).rpartition(">: ")[2] or type(error).__name__


def _read(response: requests.Response, url: str, limits: FetchPolicy, deadline: float) -> bytes:
    encoding = response.headers.get("content-encoding", "").strip().lower()
    chunks = _chunks(response, url, limits, deadline)
    if encoding in ("", "identity"):
        return b"".join(chunks)
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise FetchError(f"found the content encoding {encoding!r} at {shown(url)}, expected gzip, deflate or none")
    return _inflate(chunks, url, limits.max_decoded_bytes)


def _chunks(response: requests.Response, url: str, limits: FetchPolicy, deadline: float) -> Iterator[bytes]:
    read = 0
    # read1 returns what one receive brought: a server that drips a byte a second meets the deadline, not the chunk size.
    while chunk := response.raw.read1(CHUNK, decode_content=False):
        read += len(chunk)
        if read > limits.max_read_bytes:
            raise FetchError(
                f"{shown(url)} is longer than {limits.max_read_bytes:,} bytes: expected a feed or an answer, not a file"
            )
        if time.monotonic() > deadline:
            raise FetchError(f"{shown(url)} took over {limits.total_s:.0f} s", is_transient=True)
        yield chunk


def _inflate(chunks: Iterator[bytes], url: str, limit: int) -> bytes:
    """Decode gzip or zlib, and stop at the limit: a gzip bomb never becomes more than that in memory. A 304 has no body."""
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
                    raise FetchError(f"{shown(url)} decodes to more than {limit:,} bytes: expected a feed or an answer")
                parts.append(part)
                pending = decoder.unconsumed_tail
                if decoder.eof and decoder.unused_data.startswith(GZIP_MAGIC):
                    # Several gzip members one after the other are one body; zeros that pad the last one are none.
                    pending, decoder = decoder.unused_data, zlib.decompressobj(zlib.MAX_WBITS | 32)
    except zlib.error as error:
        raise FetchError(f"{shown(url)} says it is compressed and is not: {error}") from error
    if parts and not decoder.eof:
        raise FetchError(f"{shown(url)} ended before its compressed body did", is_transient=True)
    return b"".join(parts)
