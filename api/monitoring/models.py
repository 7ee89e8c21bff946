"""What operators read of the platform's health, over all of its processes."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.models import Shape

SECONDS = Field(description="Seconds, within a fifth: from buckets that add up over processes. null: nothing was measured.")


class Served(Shape):
    """One route template or page, or, with the name null, all of them."""

    name: str | None
    request_count: int
    refused_count: int = Field(description="Answers 4xx: the asker's fault.")
    failed_count: int = Field(description="Answers 5xx, or broken off: ours.")
    error_rate: float | None = Field(description="failed / all, 0 to 1; null: nobody asked.")
    p50_s: float | None = SECONDS
    p95_s: float | None = SECONDS
    p99_s: float | None = SECONDS


class ServedKind(Shape):
    """Answers of one kind, together and by name, the slowest first."""

    total: Served
    by_name: list[Served]


class Freshness(Shape):
    """One source of data and account, or null where it is the platform's."""

    source: Literal["feeds", "hosting", "lists", "marts"]
    tenant_id: int | None
    last_success_at: datetime
    age_s: float
    limit_s: float = Field(description="Above it the source is stale and an alert opens.")

    @property
    def is_stale(self) -> bool:
        return self.age_s > self.limit_s


class Queue(Shape):
    """One queue: how much waits, and how long the oldest has waited where that is known."""

    queue: str
    depth: int
    oldest_s: float | None


class Process(Shape):
    """One process that runs, or that fell silent within a day without saying that it ends."""

    process_id: UUID
    kind: Literal["api", "collector", "report_worker", "scheduler"]
    started_at: datetime
    seen_at: datetime
    is_alive: bool = Field(description="It spoke within half a minute; the scheduler within five.")
    figures: dict[str, float]


class PlatformAlert(Shape):
    """One rule and subject from when it passed its limit until it was well."""

    alert_id: UUID
    rule: str
    title: str
    subject: str
    tenant_id: int | None
    value: float
    worst_value: float
    threshold: float
    unit: Literal["share", "s", "count"]
    detail: str
    advice: str
    opened_at: datetime
    closed_at: datetime | None = Field(description="null: it lasts.")


class Builds(Shape):
    """What became of the builds of the last day."""

    published_count: int
    held_count: int
    abandoned_count: int
    is_held: bool = Field(description="The newest finished one was held back by its checks.")
    last_published_at: datetime | None
    last_duration_s: float | None = Field(description="Of the newest published one.")


class PlatformHealth(Shape):
    """One look at the whole platform."""

    measured_at: datetime
    minutes: int
    api: ServedKind
    pages: ServedKind = Field(description="The server's own time for the dashboard's pages.")
    page_loads: ServedKind = Field(description="From the click to the load event, as browsers say it.")
    freshness: list[Freshness]
    queues: list[Queue]
    processes: list[Process]
    builds: Builds
    alerts: list[PlatformAlert] = Field(description="Those that last, then those that closed within a day, the newest first.")
