"""A whole account: downloads and the overview."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from api.marts.models.attribution import ModelTotal
from api.marts.models.base import Build, CountingWindow, Money, Shape, Unconverted
from api.marts.models.campaigns import CampaignRow, DeliveryDay


class DownloadDay(Shape):
    """One day of a show or an episode from one source in one counting window; listeners are that day's and never add up."""

    day: date
    downloads: int
    request_count: int
    rejected_count: int
    listener_count: int


class EpisodeTotal(Shape):
    """One episode's downloads over the range asked for."""

    episode_guid: str
    title: str | None
    published_at: datetime | None
    downloads: int


class ShowDownloads(Shape):
    """One show's downloads from one source in one counting window, by day and by episode."""

    build: Build
    show_id: UUID
    show_title: str
    source: str
    counting_window: CountingWindow
    downloads: int
    daily: list[DownloadDay]
    episodes: list[EpisodeTotal]


class CurrencyTotal(Shape):
    """One currency of a tenant: what its campaigns cost and brought."""

    currency: str
    campaigns: int
    ads_delivered: int
    spend: Money
    revenue: Money
    conversions: int
    unconverted: list[Unconverted] = Field(
        default=[], description="What no rate turns into the campaigns' currency: in `conversions`, and not in `revenue`."
    )


class DownloadTotal(Shape):
    """One day of all shows of a tenant, counted from logs in the first-touch window."""

    day: date
    downloads: int


class Overview(Shape):
    """A tenant at one glance."""

    build: Build
    status_counts: dict[str, int]
    totals: list[CurrencyTotal]
    models: list[ModelTotal]
    delivery: list[DeliveryDay]
    downloads: list[DownloadTotal]
    campaigns: list[CampaignRow]
