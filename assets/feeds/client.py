"""Every active show's feed, asked conditionally and landed.

One broken feed is one failed row in ops.fetch_state, never a failed run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg

from assets.feeds.asking import Answer, Show, address, announced, ask, wants_rest
from assets.feeds.recording import FAILED, LANDED, SOURCE, Outcome, record
from assets.lib.clock import now
from assets.lib.fetch_state import State, Success, load_states, postpone, record_successes
from assets.lib.http import FetchPolicy, shown
from assets.lib.politeness import HostRestsError, Manners, ask_politely
from assets.lib.warehouse import connect

# Unchanged feeds are written down together: a thousand are five round trips.
TOGETHER = 200
MANNERS = Manners(threads=8, per_host=2)


@dataclass
class FeedsSummary:
    """One run over the feeds: counts of feeds and of rows, and (feed, message) of those that failed. `waiting` are those that
    were not due, or whose host asked for a pause; `moved` those whose new address was believed."""

    landed: int = 0
    unchanged: int = 0
    waiting: int = 0
    failed: int = 0
    transient: int = 0
    moved: int = 0
    documents: int = 0
    channels: int = 0
    items: int = 0
    snapshots: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)

    @property
    def asked(self) -> int:
        return self.landed + self.unchanged + self.failed


Progress = Callable[[str], None]
States = Mapping[tuple[int, str], State]


def refresh_feeds(
    url: str, run_id: str, *, allow_private: bool = False, is_forced: bool = False, tenant_id: int | None = None,
    show_id: UUID | None = None, progress: Progress | None = None, policy: FetchPolicy | None = None, manners: Manners = MANNERS,
) -> FeedsSummary:  # fmt: skip
    """Ask each active show's feed (of one tenant or show where named) and land what is new.

    `is_forced` asks those too that are in their pause after a failure. Raises psycopg.OperationalError where the warehouse is away.
    """
    with connect(url, "ingest", autocommit=True) as connection:
        active = active_shows(connection)
        shows = [show for show in active if tenant_id in (None, show.tenant_id) and show_id in (None, show.show_id)]
        states = load_states(connection, SOURCE)
        due = [show for show in shows if is_forced or _state(states, show).is_due]
        summary = FeedsSummary(waiting=len(shows) - len(due))
        run = _Run(connection, states, run_id, summary)
        for answer in _answers(due, states, policy or FetchPolicy(allow_private=allow_private), manners):
            run.take(answer)
            if progress is not None and (summary.asked % 100 == 0 or summary.asked == len(due)):
                progress(f"feeds: {summary.asked} of {len(due)}, {summary.items:,} new items")
        run.close()
    return summary


def active_shows(connection: psycopg.Connection[Any]) -> list[Show]:
    """Every tenant's active shows."""
    rows = connection.execute("select tenant_id, show_id, feed_url from app.shows where is_active order by tenant_id, show_id")
    return [Show(*row) for row in rows]


def _answers(shows: Sequence[Show], states: States, policy: FetchPolicy, manners: Manners) -> Any:
    rests: dict[str, float] = {}

    def worker(show: Show) -> Answer:
        answer = ask(show, _state(states, show), policy)
        if wants_rest(answer):
            rests[_host(show, states)] = answer.retry_after_s or 0.0
            raise HostRestsError(answer)
        return answer

    def skipped(show: Show) -> Answer:
        return Answer(show, show.feed_url, now(), retry_after_s=rests.get(_host(show, states)), is_postponed=True)

    return ask_politely(((_host(show, states), show) for show in shows), worker, manners, skipped, _is_light)


def _is_light(answer: Answer) -> bool:
    return answer.fetched is None or (answer.feed is None and not answer.fetched.body)


def _host(show: Show, states: States) -> str:
    state = _state(states, show)
    try:
        return urlsplit(announced(state, now()) or address(show, state)).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


class _Run:
    """What is done with the answers of one run, in the thread that has the connection."""

    def __init__(self, connection: psycopg.Connection[Any], states: States, run_id: str, summary: FeedsSummary) -> None:
        self._connection, self._states, self._summary = connection, states, summary
        self._record = partial(record, connection, run_id=run_id)
        self._unchanged: list[Success] = []

    def take(self, answer: Answer) -> None:
        show, summary = answer.show, self._summary
        if answer.is_postponed:
            summary.waiting += 1
            postpone(self._connection, SOURCE, [(show.tenant_id, str(show.show_id))], answer.at, answer.retry_after_s or 0)
            return
        outcome: Outcome = self._record(answer, _state(self._states, show))
        if outcome.kind == FAILED:
            summary.failed += 1
            summary.transient += outcome.is_transient
            summary.failures.append((shown(show.feed_url), outcome.message))
        elif outcome.kind == LANDED:
            summary.landed += 1
        else:
            summary.unchanged += 1
        if outcome.success is not None:
            self._unchanged.append(outcome.success)
        summary.moved += outcome.has_moved
        summary.documents += outcome.rows.documents
        summary.channels += outcome.rows.channels
        summary.items += outcome.rows.items
        summary.snapshots += outcome.rows.snapshots
        if len(self._unchanged) >= TOGETHER:
            self.close()

    def close(self) -> None:
        if self._unchanged:
            record_successes(self._connection, SOURCE, self._unchanged)
            self._unchanged.clear()


def _state(states: States, show: Show) -> State:
    state = states.get((show.tenant_id, str(show.show_id)), State())
    if state.cursor.get("feed_url") not in (None, show.feed_url):
        # The show has another feed now: what was known of the old one, its pause included, says nothing of it.
        return State()
    return state
