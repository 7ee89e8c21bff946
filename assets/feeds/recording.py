"""An answer → what lands of it, and what ops says of the feed."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any, Final

import psycopg

from assets.feeds.asking import Answer, cursor_after, cursor_after_trial
from assets.feeds.landing import Landed, land_feed
from assets.feeds.moves import Verdict, judge_move, known_identity, record_move
from assets.lib.fetch_state import State, Success, record_failure, record_successes
from assets.lib.http import shown

SOURCE = "feeds"
LANDED: Final = "landed"
UNCHANGED: Final = "unchanged"
FAILED: Final = "failed"
NOTHING = Landed(0, 0, 0)


@dataclass(frozen=True)
class Outcome:
    """`success` is a state that is still to be written: with the others that changed nothing, in one statement."""

    kind: str
    rows: Landed = NOTHING
    message: str = ""
    is_transient: bool = False
    has_moved: bool = False
    success: Success | None = None


def record(connection: psycopg.Connection[Any], answer: Answer, state: State, *, run_id: str) -> Outcome:
    """Land a feed with its state in one transaction, so that a state never says more than what landed."""
    if answer.failure is None and answer.feed is None:
        return Outcome(UNCHANGED, success=_success(answer, state, has_moved=False))
    if answer.failure is None:
        try:
            with connection.transaction():
                return _landed(connection, answer, state, run_id)
        except _AnotherShowError as refused:
            verdict, answer = refused.verdict, replace(answer, failure=str(refused), feed=None)
            assert answer.move is not None  # noqa: S101
            show = answer.show
            record_move(connection, show.tenant_id, show.show_id, answer.move, verdict, answer.at, run_id)
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            message = f"{shown(answer.url)} could not be stored: {str(error).strip()}. The feed's earlier rows stay as they are"
            answer = replace(answer, failure=message, is_transient=False, is_final=False)
    elif answer.is_trial and answer.move is not None and not answer.is_transient:
        verdict = Verdict(False, answer.failure)
        record_move(connection, answer.show.tenant_id, answer.show.show_id, answer.move, verdict, answer.at, run_id)
    return _failed(connection, answer, state)


class _AnotherShowError(Exception):
    def __init__(self, answer: Answer, verdict: Verdict) -> None:
        move = answer.move
        assert move is not None  # noqa: S101
        super().__init__(
            f"{shown(move.from_url)} leads to {shown(move.to_url)} ({move.reason}), which is another show: {verdict.evidence}. "
            "Nothing of it was landed; if it is this show, give it that feed"
        )
        self.verdict = verdict


def _landed(connection: psycopg.Connection[Any], answer: Answer, state: State, run_id: str) -> Outcome:
    show, feed, fetched = answer.show, answer.feed, answer.fetched
    assert feed is not None and fetched is not None  # noqa: S101
    if answer.move is not None:
        verdict = judge_move(known_identity(connection, show.tenant_id, show.show_id), feed, answer.move)
        if not verdict.is_accepted:
            raise _AnotherShowError(answer, verdict)
        record_move(connection, show.tenant_id, show.show_id, answer.move, verdict, answer.at, run_id)
    rows = land_feed(
        connection, show.tenant_id, show.show_id, feed, fetched.body, content_type=fetched.headers.get("content-type"),
        fetched_at=answer.at, run_id=run_id,
    )  # fmt: skip
    has_moved = answer.move is not None
    record_successes(connection, SOURCE, [_success(answer, state, has_moved=has_moved)])
    return Outcome(LANDED, rows, has_moved=has_moved)


def _success(answer: Answer, state: State, *, has_moved: bool) -> Success:
    fetched = answer.fetched
    assert fetched is not None  # noqa: S101
    etag, modified = fetched.headers.get("etag"), fetched.headers.get("last-modified")
    if fetched.is_not_modified:
        # A 304 may leave out what it confirms.
        etag, modified = etag or state.etag, modified or state.last_modified
    return Success(
        answer.show.tenant_id, str(answer.show.show_id), fetched.moved_to or answer.url, fetched.status, answer.at, etag, modified,
        None if fetched.is_not_modified else hashlib.sha256(fetched.body).digest(),
        cursor_after(answer, state, has_moved=has_moved),
    )  # fmt: skip


def _failed(connection: psycopg.Connection[Any], answer: Answer, state: State) -> Outcome:
    show, message = answer.show, answer.failure or ""
    key = str(show.show_id)
    if answer.is_trial:
        # The old address still stands: it is asked with the next run, and this one is tried again later.
        success = Success(
            show.tenant_id, key, state.url or show.feed_url, answer.status or 0, answer.at, state.etag, state.last_modified, None,
            cursor_after_trial(state, show, answer.at),
        )  # fmt: skip
        return Outcome(UNCHANGED, message=message, success=success)
    # Where a move led to nothing, the address that the show names is asked again: it may lead elsewhere by now.
    is_lost = answer.status in (404, 410) and answer.url != show.feed_url
    cursor = {**state.cursor, "feed_url": show.feed_url}
    record_failure(
        connection, SOURCE, show.tenant_id, key, show.feed_url if is_lost else answer.url, message=message, at=answer.at,
        failures=state.consecutive_failures, status=answer.status, retry_after_s=answer.retry_after_s,
        is_final=answer.is_final and not is_lost, cursor=cursor,
    )  # fmt: skip
    return Outcome(FAILED, message=message, is_transient=answer.is_transient)
