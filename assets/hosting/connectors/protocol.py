"""What a connector is: a function from an account to batches of canonical rows. It knows no database and no schedule."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from assets.lib.http import Fetched

Metric = Literal["download", "play", "stream", "listener", "follower"]


@dataclass(frozen=True)
class Account:
    """A tenant's account at a host. `timezone` is the show's: hosts report by its dates."""

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
    """The canonical raw row of domain-rules section 2, but for what is the same in the whole batch."""

    episode_key: str
    episode_guid: str | None
    value: Decimal
    period_start: date
    period_end: date
    metric: Metric = "download"
    metric_standard: Literal["iab2", "host", "apple", "spotify"] = "host"
    grain: Literal["event", "day", "month", "all_time"] = "day"
    dimension: str = ""
    dimension_value: str = ""
    is_cumulative: bool = False


@dataclass(frozen=True)
class Batch:
    """What one complete answer says. `complete_day`: the answer holds every episode of that day, so one it leaves out is zero.

    `cursor` is merged into the account's own when the batch has landed: what to ask with the next time.
    """

    rows: Sequence[Statistic]
    complete_day: date | None = None
    cursor: Mapping[str, Any] = field(default_factory=dict)


class ConnectorError(RuntimeError):
    """The host gave no usable answer; the message says what was found, expected and to do. Transient: a later try may succeed."""

    def __init__(self, message: str, *, is_transient: bool, status: int | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.is_transient = is_transient
        self.status = status
        self.retry_after_s = retry_after_s


# URL, headers, ETag of the last answer → the answer. Raises FetchError.
Get = Callable[[str, Mapping[str, str], str | None], Fetched]
Connector = Callable[[Account, Get, Mapping[str, Any], date], Iterator[Batch]]
