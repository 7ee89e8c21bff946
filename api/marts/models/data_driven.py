"""Data-driven credit: shares with intervals, and verdicts where there are none."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.models.base import Build, Money, Shape

Granularity = Literal["show", "episode", "placement", "position", "channel"]
DataDrivenModel = Literal["markov", "shapley"]
Verdict = Literal["estimated", "too_little_data", "not_identifiable"]


class DataDrivenFit(Shape):
    """One fit of a model: what it stands on. `reason` says why there is none."""

    model: DataDrivenModel
    verdict: Verdict
    reason: str
    model_version: str
    seed: int
    markov_order: int | None
    is_exact: bool | None
    fitted_build_id: UUID
    fitted_at: datetime


class DataDrivenChannel(Shape):
    """One model, channel and currency: its share of the sponsor's attributed conversions with a 95 % interval.

    Channels that are always met together have no share of their own: `joint_channel` names the one that holds it.
    """

    model: DataDrivenModel
    channel: str
    name: str
    is_own: bool
    campaign_id: UUID | None
    placement_id: UUID | None
    show_id: UUID | None
    episode_guid: str | None
    joint_channel: str | None
    verdict: Verdict
    share: float | None
    share_low: float | None
    share_high: float | None
    share_error: float | None
    effect: float | None
    conversions: Decimal | None
    revenue: Money | None
    converted_journeys: int
    lost_journeys: int


class DataDrivenAttribution(Shape):
    """The fits of a campaign's sponsor and goal at one granularity; `is_own` marks the channels that are this campaign's."""

    build: Build
    campaign_id: UUID
    granularity: Granularity
    fits: list[DataDrivenFit]
    channels: list[DataDrivenChannel]
    is_live: bool = Field(
        default=False, description="Whether conversions after the build are in the totals that the fits named share out."
    )
