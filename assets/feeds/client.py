"""Every active show's feed, asked conditionally and landed.

One broken feed is one failed row in ops.fetch_state, never a failed run.
"""

import hashlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg

from assets.feeds.landing import Landed, land_feed
from assets.feeds.model import Feed, NotAFeedError
from assets.feeds.parse import parse_feed
from assets.lib.clock import now
from assets.lib.fetch_state import State, Success, load_states, record_failure, record_successes
from assets.lib.http import Fetched, FetchError, FetchPolicy, fetch, shown
from assets.lib.warehouse import connect

SOURCE = "feeds"
# Bodies in memory at once, and connections to one host at once.
WINDOW = 32
PER_HOST = 2


@dataclass(frozen=True)
class Show:
    tenant_id: int
    show_id: UUID
    feed_url: str


@dataclass(frozen=True)
class Answer:
    """What one feed gave: a feed to land, nothing new, or a failure with its message."""

    show: Show
    url: str
    at: datetime
    status: int | None = None
    fetched: Fetched | None = None
    feed: Feed | None = None
    failure: str | None = None
    is_transient: bool = False
    retry_after_s: float | None = None


@dataclass(frozen=True)
class FeedsSummary:
    """One run over the feeds: counts of feeds and of rows, and (feed, message) of those that failed."""

    landed: int = 0
    unchanged: int = 0
    waiting: int = 0
    failed: int = 0
    transient: int = 0
    documents: int = 0
    channels: int = 0
    items: int = 0
    failures: tuple[tuple[str, str], ...] = ()


Progress = Callable[[str], None]


def asked(summary: FeedsSummary) -> int:
    """How many feeds were asked."""
    return summary.landed + summary.unchanged + summary.failed


def refresh_feeds(
    url: str, run_id: str, *, allow_private: bool = False, threads: int = 8, is_forced: bool = False,
    tenant_id: int | None = None, show_id: UUID | None = None, progress: Progress | None = None, policy: FetchPolicy | None = None,
) -> FeedsSummary:  # fmt: skip
    """Ask each active show's feed (of one tenant or show where named) and land what is new.

    `is_forced` asks those too that are in their pause after a failure. Raises psycopg.OperationalError where the warehouse is away.
    """
    policy = policy or FetchPolicy(allow_private=allow_private)
    with connect(url, "ingest", autocommit=True) as connection:
        active = active_shows(connection)
        shows = [show for show in active if tenant_id in (None, show.tenant_id) and show_id in (None, show.show_id)]
        states = load_states(connection, SOURCE)
        due = [show for show in shows if is_forced or _state(states, show).is_due]
        summary = FeedsSummary(waiting=len(shows) - len(due))
        with ThreadPoolExecutor(threads, thread_name_prefix="feeds") as pool:
            hosts: Mapping[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(PER_HOST))
            for window in _windows(due):
                # Made here: a defaultdict is not safe to fill from several threads.
                gates = [hosts[urlsplit(show.feed_url).netloc] for show in window]
                known = [_state(states, show) for show in window]
                answers = list(pool.map(partial(_ask_politely, policy), window, known, gates))
                summary = _land_all(connection, answers, states, run_id, summary)
                if progress is not None:
                    progress(f"feeds: {asked(summary)} of {len(due)}, {summary.items:,} new items")
    return summary


def active_shows(connection: psycopg.Connection[Any]) -> list[Show]:
    """Every tenant's active shows."""
    rows = connection.execute("select tenant_id, show_id, feed_url from app.shows where is_active order by tenant_id, show_id")
    return [Show(*row) for row in rows]


def ask(show: Show, state: State, policy: FetchPolicy) -> Answer:
    """One feed's answer, parsed. Raises nothing: what went wrong is in the answer."""
    # What permanent redirects led to (301, 308) is asked directly, until the show names another feed.
    url = state.url if state.url and state.cursor.get("feed_url") == show.feed_url else show.feed_url
    known = state if url == state.url else State()
    at = now()
    try:
        fetched = fetch(url, policy, etag=known.etag, last_modified=known.last_modified)
        return _judge(Answer(show, url, at, fetched.status, fetched, retry_after_s=fetched.retry_after_s), known)
    except FetchError as error:
        return Answer(show, url, at, failure=str(error), is_transient=error.is_transient)
    except Exception as error:
        # A feed that breaks a parser must not take the other feeds along.
        return Answer(show, url, at, failure=f"{shown(url)} could not be read: {type(error).__name__}: {error}")


def _judge(answer: Answer, known: State) -> Answer:
    fetched = answer.fetched
    assert fetched is not None  # noqa: S101
    if fetched.is_not_modified:
        return answer
    if fetched.status == 410:
        return replace(answer, failure=f"{shown(answer.url)} answered 410 (gone): it is not asked again; give the show's new feed")
    if fetched.status != 200:
        is_transient = fetched.status == 429 or fetched.status >= 500
        advice = "it is asked again later" if is_transient else "check the show's feed address"
        message = f"{shown(answer.url)} answered {fetched.status}, expected 200 or 304: {advice}"
        return replace(answer, failure=message, is_transient=is_transient)
    if hashlib.sha256(fetched.body).digest() == known.content_sha256:
        return answer
    try:
        return replace(answer, feed=parse_feed(fetched.body, fetched.headers.get("content-type")))
    except NotAFeedError as error:
        return replace(answer, failure=f"{shown(answer.url)}: {error}")


def _ask_politely(policy: FetchPolicy, show: Show, state: State, gate: threading.Semaphore) -> Answer:
    with gate:
        return ask(show, state, policy)


def _land_all(
    connection: psycopg.Connection[Any], answers: Sequence[Answer], states: Mapping[tuple[int, str], State], run_id: str,
    summary: FeedsSummary,
) -> FeedsSummary:  # fmt: skip
    unchanged = []
    for answer in answers:
        state = _state(states, answer.show)
        landed: Landed | None = None
        if answer.failure is None and answer.feed is not None:
            answer, landed = _land_one(connection, answer, run_id)
        if answer.failure is not None:
            _record_failure(connection, answer, state)
            summary = replace(
                summary, failed=summary.failed + 1, transient=summary.transient + answer.is_transient,
                failures=(*summary.failures, (shown(answer.show.feed_url), answer.failure)),
            )  # fmt: skip
        elif landed is None:
            unchanged.append(_success(answer, state))
            summary = replace(summary, unchanged=summary.unchanged + 1)
        else:
            summary = replace(
                summary, landed=summary.landed + 1, documents=summary.documents + landed.documents,
                channels=summary.channels + landed.channels, items=summary.items + landed.items,
            )  # fmt: skip
    if unchanged:
        record_successes(connection, SOURCE, unchanged)
    return summary


def _land_one(connection: psycopg.Connection[Any], answer: Answer, run_id: str) -> tuple[Answer, Landed | None]:
    """Land an answer with its state in one transaction, so that a state never says more than what landed."""
    fetched, feed = answer.fetched, answer.feed
    assert fetched is not None and feed is not None  # noqa: S101
    try:
        with connection.transaction():
            landed = land_feed(
                connection, answer.show.tenant_id, answer.show.show_id, feed, fetched.body,
                content_type=fetched.headers.get("content-type"), fetched_at=answer.at, run_id=run_id,
            )  # fmt: skip
            record_successes(connection, SOURCE, [_success(answer, State())])
        return answer, landed
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        message = f"{shown(answer.url)} could not be stored: {str(error).strip()}. The feed's earlier rows stay as they are"
        return replace(answer, failure=message, is_transient=False), None


def _success(answer: Answer, state: State) -> Success:
    fetched = answer.fetched
    assert fetched is not None  # noqa: S101
    etag, modified = fetched.headers.get("etag"), fetched.headers.get("last-modified")
    if fetched.is_not_modified:
        # A 304 may leave out what it confirms.
        etag, modified = etag or state.etag, modified or state.last_modified
    return Success(
        answer.show.tenant_id, str(answer.show.show_id), fetched.moved_to or answer.url, fetched.status, answer.at, etag, modified,
        None if fetched.is_not_modified else hashlib.sha256(fetched.body).digest(), {"feed_url": answer.show.feed_url},
    )  # fmt: skip


def _record_failure(connection: psycopg.Connection[Any], answer: Answer, state: State) -> None:
    record_failure(
        connection, SOURCE, answer.show.tenant_id, str(answer.show.show_id), state.url or answer.url, message=answer.failure or "",
        at=answer.at, failures=state.consecutive_failures, status=answer.status, retry_after_s=answer.retry_after_s,
        is_final=answer.status == 410,
    )  # fmt: skip


def _state(states: Mapping[tuple[int, str], State], show: Show) -> State:
    state = states.get((show.tenant_id, str(show.show_id)), State())
    if state.cursor.get("feed_url") not in (None, show.feed_url):
        # The show has another feed now: what was known of the old one, its pause included, says nothing of it.
        return State()
    return state


def _windows(shows: Sequence[Show]) -> Iterator[list[Show]]:
    iterator = iter(shows)
    while window := list(islice(iterator, WINDOW)):
        yield window
