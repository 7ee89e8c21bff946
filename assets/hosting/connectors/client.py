"""Questions to a host's API: every status, half page and surprise becomes one ConnectorError in the same words for each host."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

from assets.hosting.connectors.protocol import ConnectorError, Send
from assets.lib.http import Fetched, FetchError, shown

# More pages of one list than any show has: a host that never says which is the last.
MOST_PAGES = 500
Item = TypeVar("Item")


@dataclass(frozen=True)
class Client:
    """One account's questions. `name` is how messages call the host; `headers` go with each question and are never shown."""

    name: str
    base_url: str
    send: Send = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def url(self, path: str, query: Mapping[str, Any] | None = None) -> str:
        """The address of a resource of this host. A value that is a list is repeated."""
        asked = f"?{urlencode(query, doseq=True)}" if query else ""
        return f"{self.base_url.rstrip('/')}/{path.lstrip('/')}{asked}"

    def ask(self, url: str, etag: str | None = None, form: Mapping[str, str] | None = None, *, is_foreign: bool = False) -> Fetched:
        """The answer, 200 or (with `etag`) 304. A foreign address, such as a link to a file, gets none of our headers.

        Raises ConnectorError: transient after 429, 5xx, a lost connection.
        """
        headers = {"Accept": "*/*"} if is_foreign else {"Accept": "application/json", **self.headers}
        try:
            answer = self.send(url, headers, etag, form)
        except FetchError as error:
            raise ConnectorError(f"{self.name}: {error}", is_transient=error.is_transient) from error
        if answer.status == 200 or (answer.status == 304 and etag):
            return answer
        raise self._refused(answer, url)

    def read(self, url: str, etag: str | None = None, form: Mapping[str, str] | None = None) -> Any:
        """The JSON document at `url`."""
        return self.document(self.ask(url, etag, form), url)

    def document(self, answer: Fetched, url: str) -> Any:
        """The JSON of an answer; half a page and a web page in its place are faults of the moment."""
        try:
            return json.loads(answer.body, parse_float=Decimal)
        except ValueError as error:
            start = answer.body[:80].decode("utf-8", "replace")
            if not answer.body.strip():
                found = "an empty answer"
            elif start.lstrip().startswith("<"):
                found = f"a web page that begins with {start!r}"
            else:
                found = f"{len(answer.body)} bytes that begin with {start!r} and are no whole document"
            raise ConnectorError(
                f"{self.name}: found {found} at {shown(url)}, expected JSON: it is asked again later", is_transient=True,
                status=answer.status,
            ) from error  # fmt: skip

    def unexpected(self, url: str, found: str, expected: str) -> ConnectorError:
        """A document of another shape than the published one: asking again changes nothing."""
        return ConnectorError(
            f"{self.name}: found {found[:300]} at {shown(url)}, expected {expected}: nothing of that answer was taken",
            is_transient=False, status=200,
        )  # fmt: skip

    def listed(self, document: Any, url: str, *path: str) -> list[Any]:
        """The list under `path` of the document."""
        found = document
        for name in path:
            if not isinstance(found, dict) or name not in found:
                raise self.unexpected(url, described(found), f"an object with `{name}`")
            found = found[name]
        if not isinstance(found, list):
            raise self.unexpected(url, described(found), f"a list in `{'.'.join(path)}`" if path else "a list")
        return found

    def each(self, items: list[Any], url: str, expected: str, read: Callable[[Any], Item]) -> list[Item]:
        """`read` of every item; a field that is missing or cannot be is named, with what was `expected`."""
        done = []
        for item in items:
            try:
                done.append(read(item))
            except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
                cause = f" ({error})" if isinstance(error, ValueError) else ""
                raise self.unexpected(url, f"{json.dumps(item, default=str)[:200]}{cause}", expected) from error
        return done

    def pages(self, first: str, following: Callable[[Any, str], str | None]) -> Iterator[tuple[Any, str]]:
        """Every page from `first` on, with its address; `following` gives that of the next one, None on the last.

        A page that leads to one seen before, to another origin, or on without end is a fault: credentials go nowhere else.
        """
        seen: set[str] = set()
        url: str | None = first
        while url is not None:
            if url in seen or len(seen) >= MOST_PAGES:
                raise self.unexpected(url, f"page after page, {len(seen)} of them", "a last page")
            seen.add(url)
            document = self.read(url)
            if not isinstance(document, dict):
                raise self.unexpected(url, described(document), "an object with a page of a list")
            yield document, url
            told = following(document, url)
            url = urljoin(url, told) if told else None
            if url is not None and _origin(url) != _origin(first):
                raise self.unexpected(first, f"a next page at {shown(url)}", f"one at {shown(self.base_url)}")

    def _refused(self, answer: Fetched, url: str) -> ConnectorError:
        status = answer.status
        is_transient = status == 429 or status >= 500
        if status in (401, 403):
            advice = "check the account's credential and whether it may read this show"
        elif status == 404:
            advice = "check the show's id and the base URL"
        elif status in (400, 422):
            advice = f"it refuses {_complaint(answer)}"
        elif is_transient:
            advice = "it is asked again later"
        else:
            advice = "check the account's base URL"
        message = f"{self.name} answered {status} at {shown(url)}, expected 200: {advice}"
        return ConnectorError(message, is_transient=is_transient, status=status, retry_after_s=answer.retry_after_s)


def whole(value: Any, what: str = "count") -> Decimal:
    """A count as a host writes it: a whole number from 0 on, or a string of digits. Raises ValueError."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0 or value != int(value):
        raise ValueError(f"the {what} {value!r} is no whole number from 0 on")
    return Decimal(int(value))


def iso_day(text: Any) -> date:
    """The date of an ISO 8601 date or time. Raises ValueError."""
    return date.fromisoformat(str(text)[:10])


def described(found: Any) -> str:
    """A JSON value by its kind, and an object by its keys: what is in it may be long, or somebody's."""
    if isinstance(found, dict):
        return f"an object with {', '.join(f'`{name}`' for name in list(found)[:12]) or 'no field'}"
    return {"list": "a list", "str": "a text", "NoneType": "null"}.get(type(found).__name__, f"the value {found!r}")


def remaining(keys: list[str], walk: Mapping[str, Any], dates: list[str]) -> list[str]:
    """The keys still to be read, and first those that an interrupted walk left over.

    `walk` is {"dates": […], "done": […]} of the cursor. One of the same dates goes on; one of other dates is begun anew with what
    the old one did not reach, so that a host that fails half-way each day still has everything read.
    """
    done = set(walk.get("done", ()))
    left = [key for key in keys if key not in done]
    return left if walk.get("dates") == dates else left + [key for key in keys if key in done]


def _complaint(answer: Fetched) -> str:
    """What a 400 or 422 says is wrong: the parameter that it names, else the answer's beginning."""
    try:
        error = json.loads(answer.body)
        error = error.get("error", error) if isinstance(error, dict) else error
        if isinstance(error, dict) and "param" in error:
            return f"the parameter `{error['param']}` ({str(error.get('message', ''))[:200]})"
        if isinstance(error, dict) and ("message" in error or "error_description" in error):
            return f"the request: {str(error.get('error_description') or error.get('message'))[:200]}"
    except (ValueError, AttributeError):
        pass
    return f"the request with: {answer.body[:200].decode('utf-8', 'replace')}"


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.rpartition("@")[2]
