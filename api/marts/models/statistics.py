"""What hosts and apps say of a show: plays, streams, listeners, followers, and downloads by their own count."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.models.base import Build, Shape

Metric = Literal["download", "play", "stream", "listener", "follower"]
Measure = Literal["count", "counter", "unique", "level"]
Grain = Literal["event", "day", "month", "all_time"]


class StatisticPeriod(Shape):
    """One period of one metric from one source, in the source's own days."""

    source: str
    metric: Metric
    measure: Measure = Field(description="`count` and `counter` add up over days and episodes; `unique` and `level` never do.")
    grain: Grain
    period_start: date
    period_end: date
    timezone: str
    value: int | None = Field(description="What the period brought; of a counter or level its step, null for the first snapshot.")
    level: int | None = Field(description="Where a counter or level stood at the period's end.")
    negative_steps: int = Field(description="Counters that fell in the period: the source restated its history.")


class StatisticTotal(Shape):
    """One episode, or the show as a whole where `episode_guid` is null: a metric of one source over the days asked for."""

    episode_guid: str | None
    title: str | None
    source: str
    metric: Metric
    measure: Measure
    grain: Grain
    value: int | None = Field(description="The sum over the periods; null where a sum means nothing (listeners, followers).")
    level: int | None = Field(description="The last level of a counter or of followers.")
    negative_steps: int


class ShowStatistics(Shape):
    """One show by every source that says something of it. Values of different sources or metrics are never added."""

    build: Build
    show_id: UUID
    show_title: str
    periods: list[StatisticPeriod]
    totals: list[StatisticTotal]


class AudienceShare(Shape):
    """One value of a dimension: its count, and its part of all that the source tells of that dimension."""

    value: str
    count: int
    share: float


class ShowAudience(Shape):
    """What one source says a show was downloaded or played with, or where, over the days asked for."""

    build: Build
    show_id: UUID
    show_title: str
    source: str
    metric: Metric
    dimension: str
    dimensions: list[str] = Field(description="The dimensions that this source tells of this show.")
    shares: list[AudienceShare]


class DownloadSource(Shape):
    """One source of figures: our own count, a host read by its API, or one whose exports are imported."""

    source: str
    name: str
    kind: Literal["counted", "api", "export"]
    base_url: str | None
    credential_hint: str
    show_hint: str
    documentation_url: str | None
    last_success_at: datetime | None = Field(description="When an account of this tenant there was read last.")
