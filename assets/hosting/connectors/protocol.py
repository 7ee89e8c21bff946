"""What a connector is: a host's name and limits, and a function from an account to batches of canonical rows.

It knows no database and no schedule; a reader of exported files yields the same rows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, Protocol
from uuid import UUID

from assets.lib.http import Fetched
from assets.lib.quarantine import Rejected

# Hosts restate history: each pull reads these many days again (domain-rules section 2).
TRAILING_DAYS = 35
# The episode key of a figure of the show as a whole: its followers, its listeners, who are not the sum of its episodes'.
WHOLE_SHOW = "*"

Metric = Literal["download", "play", "stream", "listener", "follower"]
Grain = Literal["event", "day", "month", "all_time"]


@dataclass(frozen=True)
class Account:
    """A tenant's account at a host. `timezone` is the show's, or that of the host's own days where it has one."""

    tenant_id: int
    account_id: UUID
    show_id: UUID
    host: str
    base_url: str
    external_show_id: str
    timezone: str
    credential: str = field(repr=False)


@dataclass(frozen=True)
class Statistic:
    """The canonical raw row of domain-rules section 2, but for what is the same in the whole batch.

    Cumulative: a snapshot of a counter that only grows. Its period is the one day on which it was read (both ends), so that each
    day has a snapshot and successive ones can be differenced. `media_key` (assets.lib.media) finds the episode where the host
    names no GUID.
    """

    episode_key: str
    episode_guid: str | None
    value: Decimal
    period_start: date
    period_end: date
    metric: Metric = "download"
    metric_standard: Literal["iab2", "host", "apple", "spotify"] = "host"
    grain: Grain = "day"
    dimension: str = ""
    dimension_value: str = ""
    is_cumulative: bool = False
    media_key: str | None = None


@dataclass(frozen=True)
class Scope:
    """What an answer was complete for: a daily value of these days, metrics and dimensions that it leaves out is zero.

    `episode_key` None: of every episode. `dimensions`: of the totals ("") alone by default.
    """

    days: frozenset[date]
    metrics: frozenset[str] = frozenset({"download"})
    dimensions: frozenset[str] = frozenset({""})
    episode_key: str | None = None


@dataclass(frozen=True)
class Batch:
    """What one complete answer says; it lands whole, with its cursor, in one transaction.

    `cursor` is merged into the account's own: what to ask with the next time. `rejected` are rows that could not be used.
    """

    rows: Sequence[Statistic]
    complete: Sequence[Scope] = ()
    cursor: Mapping[str, Any] = field(default_factory=dict)
    rejected: Sequence[Rejected] = ()


@dataclass(frozen=True)
class Period:
    """The days to read, both included, and the day that it is: all in the account's time zone."""

    first: date
    last: date
    today: date

    @classmethod
    def trailing(cls, today: date) -> "Period":
        return cls(today - timedelta(days=TRAILING_DAYS - 1), today, today)

    @property
    def days(self) -> list[date]:
        """Oldest first."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


class ConnectorError(RuntimeError):
    """The host gave no usable answer; the message says what was found, expected and to do. Transient: a later try may succeed."""

    def __init__(self, message: str, *, is_transient: bool, status: int | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.is_transient = is_transient
        self.status = status
        self.retry_after_s = retry_after_s


class Send(Protocol):
    """One question to the host, at its pace: a GET, or a POST of `form`. Raises FetchError."""

    def __call__(
        self, url: str, headers: Mapping[str, str], etag: str | None = None, form: Mapping[str, str] | None = None
    ) -> Fetched: ...


@dataclass(frozen=True)
class Limits:
    """At most `requests` in any `seconds`; who asks more is refused for `blocked_s`."""

    requests: int
    seconds: float
    blocked_s: float


Pull = Callable[[Account, Send, Mapping[str, Any], Period], Iterator[Batch]]


@dataclass(frozen=True)
class Connector:
    """One host. `timezone`: that of its days, where they are not the podcast's own.

    `pull` yields a batch an answer and raises ConnectorError; what it yielded before that stands, and the next pull, given the
    cursor of those batches, goes on from there.
    """

    host: str
    name: str
    pull: Pull
    limits: Limits | None = None
    timezone: str | None = None
