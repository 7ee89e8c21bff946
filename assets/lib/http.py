"""The one outbound fetcher: every URL that a person, a feed or a setting names goes through here.

http and https only; limits on redirects, on time as a whole, on the bytes read and on the bytes that they decode to; no private
address (see `peers`). One call is one attempt: whether to try again is the caller's to say (`FetchError.is_transient`).
"""

import base64
import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cached_property, lru_cache
from urllib.parse import quote, unquote, urljoin, urlsplit

import idna

from assets.lib.bodies import FetchError, Limits, read, skip
from assets.lib.clock import now
from assets.lib.connections import connections
from assets.lib.peers import WEB_PORTS, Reach, RefusedAddressError, until

__all__ = ["FetchError", "FetchPolicy", "Fetched", "fetch", "shown"]

USER_AGENT = "Hostread/0.1 (podcast measurement; feed and statistics reader)"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT_REDIRECTS = frozenset({301, 308})
QUERY = "/%:@!$&'()*+,;=~-._?[]|{}^`"
# What one host was told is not told to another, whatever an API calls it.
SECRET_HEADERS = frozenset({"authorization", "cookie", "x-api-key"})


@dataclass(frozen=True)
class FetchPolicy:
    """Limits of one fetch: seconds, bytes, hops, and where it may go (see `peers.Reach`). The seconds are from the first byte
    asked for to the last one read, redirects included; looking up a name takes what the system's resolver is set to."""

    allow_private: bool = False
    ports: frozenset[int] = WEB_PORTS
    networks: tuple[str, ...] = ()
    connect_s: float = 10
    read_s: float = 20
    total_s: float = 60
    max_read_bytes: int = 20_000_000
    max_decoded_bytes: int = 50_000_000
    max_redirects: int = 5

    @property
    def reach(self) -> Reach:
        return Reach(self.allow_private, self.ports, self.networks)


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
        if not value:
            return None
        if value.isdigit():
            return float(value)
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return None
        return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now()).total_seconds())


@dataclass(frozen=True)
class _Question:
    method: str
    headers: Mapping[str, str]
    body: bytes | None


def fetch(
    url: str,
    policy: FetchPolicy | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    etag: str | None = None,
    last_modified: str | None = None,
    method: str = "GET",
    body: bytes | None = None,
) -> Fetched:
    """GET `url`, conditional where `etag` or `last_modified` of an earlier answer is given; `method` and `body` for an API that
    wants a POST, whose redirects are not followed. Raises FetchError."""
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
    with until(deadline):
        for _ in range(limits.max_redirects + 1):
            answer = _one_hop(target, _Question(method, asked, body), limits, deadline)
            location = _location(answer)
            if location is None:
                return Fetched(target, answer.status, answer.headers, answer.body, moved_to)
            if body is not None:
                raise FetchError(f"found a redirect from {shown(url)}, expected the answer to what was sent: correct the URL")
            following = _followed(target, location)
            if _origin(following) != _origin(target):
                asked = {name: value for name, value in asked.items() if name.lower() not in SECRET_HEADERS}
            only_permanent = only_permanent and answer.status in PERMANENT_REDIRECTS
            moved_to = following if only_permanent else moved_to
            target = following
    raise FetchError(
        f"found more than {limits.max_redirects} redirects from {shown(url)}, expected the file itself: correct the URL"
    )


def _location(answer: Fetched) -> str | None:
    location = answer.headers.get("location", "").strip() if answer.status in REDIRECTS else ""
    try:
        # Headers are read as Latin-1; servers that write a path in letters of their own send UTF-8.
        return location.encode("latin-1").decode("utf-8") or None
    except UnicodeError:
        return location or None


def _followed(target: str, location: str) -> str:
    try:
        return urljoin(target, location)
    except ValueError as error:
        raise FetchError(f"found a redirect from {shown(target)} to what is no URL, expected one: {error}") from error


@lru_cache(maxsize=4096)
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


def _one_hop(url: str, ask: "_Question", limits: FetchPolicy, deadline: float) -> Fetched:
    key, target, headers = _addressed(url, ask.headers)
    within = Limits(shown(url), deadline, limits.total_s, limits.max_read_bytes, limits.max_decoded_bytes)
    left = deadline - time.monotonic()
    if left <= 0:
        raise FetchError(f"{within.shown} took over {limits.total_s:.0f} s with its redirects", is_transient=True)
    kept = connections(limits.reach)
    try:
        connection, response = kept.ask(
            key, ask.method, target, ask.body, headers, min(limits.connect_s, left), min(limits.read_s, left)
        )
        is_whole = False
        try:
            body = b""
            if response.status in REDIRECTS:
                is_whole = skip(response)
            else:
                body, is_whole = read(response, within), True
        finally:
            # What is left unread must not be taken for the answer to the connection's next question.
            if is_whole:
                kept.keep(key, connection, response)
            else:
                response.close()
                connection.close()
        return Fetched(url, response.status, response.fields, body)
    except RefusedAddressError as error:
        raise FetchError(f"{within.shown} was not asked: {error}. Expected a public web address: correct the URL") from error
    except ValueError as error:
        raise FetchError(
            f"{within.shown} cannot be asked: {_cause(error)}. Expected the address of a web server: correct it"
        ) from error
    except (http.client.HTTPException, OSError) as error:
        if time.monotonic() >= deadline:
            raise within.too_late from error
        raise FetchError(f"{within.shown} did not answer as a web server would: {_cause(error)}", is_transient=True) from error


@lru_cache(maxsize=4096)
def _located(url: str) -> tuple[tuple[str, str, int], str, str]:
    """((scheme, host, port), what is asked for there, credentials). Raises ValueError for what is no web address."""
    parts = urlsplit(url)
    host, port = parts.hostname, parts.port
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("no web address")
    if not host.isascii():
        host = idna.encode(host, uts46=True).decode("ascii")
    # As browsers do: what may not stand in a request is encoded, what is encoded already stays.
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (f"?{quote(parts.query, safe=QUERY)}" if parts.query else "")
    return (parts.scheme, host, port or (443 if parts.scheme == "https" else 80)), path, parts.netloc.rpartition("@")[0]


def _addressed(url: str, headers: Mapping[str, str]) -> tuple[tuple[str, str, int], str, Mapping[str, str]]:
    """Whom to ask for what, and the headers with the URL's credentials. Raises FetchError for what is no web address."""
    try:
        key, target, credentials = _located(url)
    except ValueError as error:
        raise FetchError(
            f"found the URL {shown(url)}, expected one that begins with http:// or https:// and a host: correct it"
        ) from error
    if credentials and "Authorization" not in headers:
        basic = base64.b64encode(unquote(credentials).encode()).decode("ascii")
        headers = {**headers, "Authorization": f"Basic {basic}"}
    return key, target, headers


def _cause(error: BaseException) -> str:
    return str(error) or type(error).__name__
