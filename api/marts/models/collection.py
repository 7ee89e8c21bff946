"""How well the collector collects (domain rules, section 9)."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.marts.models.base import Build, Shape


class CollectionFigures(Shape):
    """What came in and what became of it: received = accepted + quarantined + refused. Loss is what never came."""

    received_count: int
    accepted_count: int
    quarantined_count: int
    refused_count: int
    duplicate_count: int = Field(description="Of the accepted, repeated deliveries: each message counts once.")
    numbered_count: int = Field(description="Events that attribution.js is known to have sent: it numbers them.")
    lost_count: int = Field(description="Of these, events that never arrived.")
    historical_count: int = Field(description="Deliveries more than a day old when they came: they are left out of the delays.")
    loss_rate: float | None = Field(description="lost / numbered, 0 to 1; null where nothing numbered its events.")


class CollectionSite(CollectionFigures):
    """One site over the whole range."""

    site_id: UUID
    site_name: str
    alert_hours: int = Field(description="Hours with a loss of 5 % or more, or a 95th percentile of the delay over 5 s.")


class CollectionHour(CollectionFigures):
    """One site and UTC hour of receipt."""

    site_id: UUID
    hour_at: datetime
    delay_p50_s: float | None = Field(description="Median seconds from the event to its receipt, the client's clock corrected.")
    delay_p95_s: float | None
    is_loss_alert: bool
    is_delay_alert: bool


class Collection(Shape):
    """Collection by site over the range, and by site and hour."""

    build: Build
    sites: list[CollectionSite]
    hours: list[CollectionHour]
