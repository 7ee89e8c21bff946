"""All campaigns of an account within a period, and one campaign's promise against its outcome."""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.models.attribution import ModelTotal
from api.marts.models.base import Build, Money, Shape, Status


class Result(Shape):
    """What was delivered and paid in the period, and the credit of the linear model for conversions of the period's days."""

    ads_delivered: int
    spend: Money
    conversions: Decimal
    revenue: Money
    roas: float | None = Field(description="Revenue over spend; null without spend.")


class CurrencyResult(Result):
    """One currency; campaigns are those of the period's rows."""

    campaigns: int
    before: Result | None = Field(description="The same of as many days before the period; null where nothing happened in them.")


class CampaignResult(Result):
    campaign_id: UUID
    campaign_name: str
    sponsor_id: UUID
    sponsor_name: str
    status: Status
    flight_start: date
    flight_end: date


class ShowResult(Result):
    """One show and currency; show null: credit of a link or code that names the campaign alone."""

    show_id: UUID | None
    show_title: str


class DayResult(Result):
    """One UTC day and currency."""

    day: date


class Apart(Shape):
    """Linear credit that is in no figure above, by currency: what no touch explains, or what no exchange rate turns into the
    campaign's currency."""

    kind: Literal["unattributed", "unconverted"]
    conversions: Decimal
    revenue: Money


class NetworkSummary(Shape):
    """All campaigns of the account, or of one sponsor, within a period of UTC days, both included; as built."""

    build: Build
    first_day: date
    last_day: date
    sponsor_id: UUID | None
    sponsor_name: str | None
    totals: list[CurrencyResult]
    models: list[ModelTotal] = Field(description="Credit of the period's conversions under every model.")
    campaigns: list[CampaignResult]
    shows: list[ShowResult]
    days: list[DayResult]
    apart: list[Apart]


class Promise(Shape):
    """One placement, or the campaign where `placement_id` is null: what was promised, and what came of it."""

    placement_id: UUID | None
    show_title: str
    position: str
    insertion: str
    contracted_ads: int | None
    ads_delivered: int
    difference: int | None = Field(description="Delivered less contracted; null where no number was contracted.")
    delivered_rate: float | None
    promised_spend: Money | None = Field(description="The contract at its price; null where the price is a share or has no number.")
    spend: Money
    verdict: Literal["met", "short", "nothing_contracted", "in_flight"]


class PromiseWeek(Shape):
    """Seven UTC days of the flight, the last fewer: the contract spread evenly over the flight against what was delivered."""

    first_day: date
    last_day: date
    due_ads: Decimal | None
    ads_delivered: int


class CampaignOutcome(Shape):
    """One campaign after its flight: promise against outcome, as built."""

    build: Build
    campaign_id: UUID
    flight_start: date
    flight_end: date
    is_over: bool = Field(description="Whether the build was published after the flight's last UTC day.")
    total: Promise
    placements: list[Promise]
    weeks: list[PromiseWeek]
    after_flight_ads: int = Field(description="Delivered after the flight's last day; they are in the outcome.")
    make_good_ads: int
    first_ad_on: date | None
    last_ad_on: date | None
