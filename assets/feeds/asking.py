"""One feed asked over HTTP, and what its answer means. No database."""

import hashlib
import threading
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from assets.feeds.model import Feed, NotAFeedError
from assets.feeds.moves import Move
from assets.feeds.parse import parse_feed
from assets.lib.clock import now
from assets.lib.fetch_state import State
from assets.lib.http import Fetched, FetchError, FetchPolicy, fetch, shown

# Parsed, a document takes twenty times its size: one at a time of those that are large.
LARGE_BYTES = 4_000_000
_one_large = threading.Lock()
# How long after a new address was announced and gave no feed it is tried again, doubled each time.
FIRST_PAUSE = timedelta(hours=1)
MOST_LEFT = 20


@dataclass(frozen=True)
class Show:
    tenant_id: int
    show_id: UUID
    feed_url: str


@dataclass(frozen=True)
class Answer:
    """What one feed gave: a feed to land, nothing new, or a failure with its message. `url` is what was asked; `move` is where the
    answer says that the show is now; `is_trial`: it was asked of an announced address, and the old one still stands."""

    show: Show
    url: str
    at: datetime
    status: int | None = None
    fetched: Fetched | None = None
    feed: Feed | None = None
    failure: str | None = None
    is_transient: bool = False
    is_final: bool = False
    retry_after_s: float | None = None
    move: Move | None = None
    is_trial: bool = False
    is_postponed: bool = False


def address(show: Show, state: State) -> str:
    """Where the show's feed is: what a move led to, until the show names another feed."""
    return state.url if state.url and state.cursor.get("feed_url") == show.feed_url else show.feed_url


def announced(state: State, at: datetime) -> str | None:
    """The address that the feed says is its new one, where it is time to try it."""
    said = state.cursor.get("announced") or {}
    due = datetime.fromisoformat(said["not_before"]) if said.get("not_before") else at
    return said.get("url") if at >= due else None


def ask(show: Show, state: State, policy: FetchPolicy) -> Answer:
    """One feed's answer, parsed. Raises nothing: what went wrong is in the answer."""
    at = now()
    url = address(show, state)
    trial = announced(state, at)
    if trial is not None:
        # One question a run: the old address is asked again with the next.
        return _asked(Answer(show, trial, at, move=Move(url, trial, "itunes:new-feed-url"), is_trial=True), State(), policy)
    return _asked(Answer(show, url, at), state if url == state.url else State(), policy)


def _asked(answer: Answer, known: State, policy: FetchPolicy) -> Answer:
    try:
        fetched = fetch(answer.url, policy, etag=known.etag, last_modified=known.last_modified)
        if fetched.is_not_modified and not fetched.moved_to and not answer.is_trial:
            # Nearly all of them, nearly always: made at once.
            return Answer(answer.show, answer.url, answer.at, fetched.status, fetched)
        if fetched.is_not_modified and fetched.moved_to:
            # Whether it is the same show there can only be told by the feed itself.
            fetched, known = fetch(answer.url, policy), replace(known, content_sha256=None)
        return _judged(replace(answer, status=fetched.status, fetched=fetched, retry_after_s=fetched.retry_after_s), known)
    except FetchError as error:
        return replace(answer, failure=str(error), is_transient=error.is_transient)
    except Exception as error:
        # A feed that breaks a parser must not take the other feeds along.
        return replace(answer, failure=f"{shown(answer.url)} could not be read: {type(error).__name__}: {str(error)[:300]}")


def _judged(answer: Answer, known: State) -> Answer:
    fetched = answer.fetched
    assert fetched is not None  # noqa: S101
    if fetched.is_not_modified:
        return answer
    if fetched.status == 410:
        message = f"{shown(answer.url)} answered 410 (gone): it is not asked again; give the show's new feed"
        return replace(answer, failure=message, is_final=True)
    if fetched.status != 200:
        is_transient = fetched.status == 429 or fetched.status >= 500
        advice = "it is asked again later" if is_transient else "check the show's feed address"
        message = f"{shown(answer.url)} answered {fetched.status}, expected 200 or 304: {advice}"
        return replace(answer, failure=message, is_transient=is_transient)
    if fetched.moved_to and answer.move is None:
        answer = replace(answer, move=Move(answer.url, fetched.moved_to, "permanent redirect"))
    elif hashlib.sha256(fetched.body).digest() == known.content_sha256:
        return answer
    try:
        with _one_large if len(fetched.body) > LARGE_BYTES else nullcontext():
            return replace(answer, feed=parse_feed(fetched.body, fetched.headers.get("content-type"), fetched.url))
    except NotAFeedError as error:
        return replace(answer, failure=f"{shown(answer.url)}: {error}")


def wants_rest(answer: Answer) -> bool:
    """Whether the host, not only the feed, asked to be left alone (RFC 6585, section 4; RFC 9110, section 10.2.3)."""
    return answer.status == 429 or (answer.status == 503 and answer.retry_after_s is not None)


def cursor_after(answer: Answer, state: State, *, has_moved: bool = False) -> dict[str, Any]:
    """What to remember for the next question: whose feed this is, the addresses that were left, and an announced one."""
    left = [*state.cursor.get("left", []), *([answer.move.from_url] if has_moved and answer.move else [])][-MOST_LEFT:]
    cursor: dict[str, Any] = {"feed_url": answer.show.feed_url} | ({"left": left} if left else {})
    said = state.cursor.get("announced")
    if answer.feed is None:
        return cursor | ({"announced": said} if said and not has_moved else {})
    here = {
        answer.url,
        *([answer.move.to_url] if has_moved and answer.move else []),
        *([answer.fetched.url] if answer.fetched else []),
    }
    new = answer.feed.channel.new_feed_url
    # One that was left is not gone back to: two feeds that name each other would be asked in turn for ever.
    if new is None or not _is_web(new) or any(_same(new, other) for other in (*here, *left)):
        return cursor
    return cursor | {"announced": said if said and said.get("url") == new else {"url": new, "tries": 0}}


def cursor_after_trial(state: State, show: Show, at: datetime) -> dict[str, Any]:
    """An announced address that did not hold what was announced is tried again later, ever more rarely."""
    said = dict(state.cursor.get("announced") or {})
    tries = int(said.get("tries", 0))
    said |= {"tries": tries + 1, "not_before": (at + FIRST_PAUSE * 2 ** min(tries, 8)).isoformat()}
    return {**state.cursor, "feed_url": show.feed_url, "announced": said}


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and len(url) < 2000
    except ValueError:
        return False


def _same(one: str, other: str) -> bool:
    return one.rstrip("/").casefold() == other.rstrip("/").casefold()
