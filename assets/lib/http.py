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
from functools import cached_property
from urllib.parse import unquote, urljoin, urlsplit

import urllib3

from assets.lib.bodies import FetchError, Limits, read, skip
from assets.lib.clock import now
from assets.lib.peers import WEB_PORTS, Reach, RefusedAddressError, pool, until

__all__ = ["FetchError", "FetchPolicy", "Fetched", "fetch", "shown"]

USER_AGENT = "Hostread/0.1 (podcast measurement; feed and statistics reader)"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT_REDIRECTS = frozenset({301, 308})
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
    target, headers = _addressed(url, ask.headers)
    within = Limits(shown(url), deadline, limits.total_s, limits.max_read_bytes, limits.max_decoded_bytes)
    left = deadline - time.monotonic()
    if left <= 0:
        raise FetchError(f"{shown(url)} took over {limits.total_s:.0f} s with its redirects", is_transient=True)
    timeout = urllib3.Timeout(connect=min(limits.connect_s, left), read=min(limits.read_s, left))
    try:
        response = pool(limits.reach).urlopen(
            ask.method, target, body=ask.body, headers=headers, timeout=timeout, retries=False, redirect=False,
            preload_content=False, decode_content=False,
        )  # fmt: skip
        try:
            lowered = {name.lower(): value for name, value in response.headers.items()}
            body = skip(response) if response.status in REDIRECTS else read(response, within)
        except BaseException:
            # What is left unread must not be taken for the answer to the connection's next question.
            response.close()
            raise
        response.release_conn()
        return Fetched(url, response.status, lowered, body)
    except (urllib3.exceptions.LocationValueError, UnicodeError) as error:
        raise FetchError(
            f"{shown(url)} cannot be asked: {_cause(error)}. Expected the address of a web server: correct it"
        ) from error
    except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
        if refused := _refusal(error):
            raise FetchError(f"{shown(url)} was not asked: {refused}. Expected a public web address: correct the URL") from error
        if time.monotonic() >= deadline:
            raise within.too_late from error
        raise FetchError(f"{shown(url)} did not answer as a web server would: {_cause(error)}", is_transient=True) from error
    except ValueError as error:
        raise FetchError(f"{shown(url)} cannot be asked: {_cause(error)}") from error


def _addressed(url: str, headers: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """The URL without its credentials and fragment, and the headers with them. Raises FetchError for what is no web address."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host:
        raise FetchError(f"found the URL {shown(url)}, expected one that begins with http:// or https:// and a host: correct it")
    credentials, _, netloc = parts.netloc.rpartition("@")
    if credentials and "Authorization" not in headers:
        basic = base64.b64encode(unquote(credentials).encode()).decode("ascii")
        headers = {**headers, "Authorization": f"Basic {basic}"}
    return parts._replace(netloc=netloc, fragment="").geturl(), headers


def _refusal(error: BaseException) -> RefusedAddressError | None:
    """The refusal in an error or in what it was wrapped into on its way here: urllib3 takes an OSError for a broken connection."""
    if isinstance(error, RefusedAddressError):
        return error
    inner = (part for part in error.args if isinstance(part, BaseException))
    return next((found for part in inner if (found := _refusal(part))), None)


def _cause(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    inner = next((part for part in reversed(error.args) if isinstance(part, BaseException)), None)
    return str(reason if isinstance(reason, BaseException) else inner or error).rpartition(">: ")[2] or type(error).__name__
