"""One campaign: as entered, as delivered, as it performed."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from api.marts.models.base import Build, ModelName, Money, Shape, Status, Unconverted


class CampaignSummary(Shape):
    """One campaign as its owner entered it."""

    campaign_id: UUID
    sponsor_id: UUID
    sponsor_name: str
    name: str
    status: Status
    currency: str
    flight_start: date
    flight_end: date
    goal_kind: str
    utm_campaign: str | None
    created_at: datetime
    updated_at: datetime


class Placement(Shape):
    """One placement of a campaign with what was delivered of it and what that cost."""

    placement_id: UUID
    show_id: UUID
    show_title: str
    position: str
    insertion: str
    flight_start: date
    flight_end: date
    price_model: str
    price: Money
    share_rate: Decimal | None = Field(
        default=None, description="Of the revenue that the placement owns; a revenue share has no price."
    )
    contracted_ads: int | None
    ads_delivered: int
    spend: Money


class Performance(Shape):
    """One campaign's delivery, pacing, visits, conversions and revenue. `is_live` says whether events after the build are in it."""

    contracted_ads: int | None
    ads_delivered: int
    flight_elapsed_rate: float
    delivered_rate: float | None
    pacing_rate: float | None
    make_good_ads: int
    spend: Money
    visits: int
    conversions: int
    revenue: Money
    verified_revenue: Money
    unconverted: list[Unconverted] = Field(
        default=[], description="What no rate turns into the campaign's currency: in `conversions`, and not in any revenue."
    )
    fraud: list[Unconverted] = Field(
        default=[], description="What stands apart as fraud, by currency, refunds taken off: in no other figure here."
    )
    exposure_conversions: int
    click_conversions: int
    vanity_conversions: int
    code_conversions: int
    survey_conversions: int = Field(default=0, description="That nothing but the customer's own answer to a survey explains.")
    first_event_at: datetime | None
    last_event_at: datetime | None
    is_live: bool


class CampaignRow(Shape):
    """One campaign in a list, with its built performance; None where no build knows it yet."""

    campaign: CampaignSummary
    performance: Performance | None


class DeliveryDay(Shape):
    """One day of a campaign: ads delivered and what they cost, over all placements."""

    day: date
    ads_delivered: int
    spend: Money


class ConversionDay(Shape):
    """One day, model and currency of a campaign: credited conversions (the sum of weights) and revenue."""

    day: date
    model: ModelName
    conversions: Decimal
    revenue: Money
    is_unconverted: bool = Field(
        default=False, description="In the conversions' own currency, since no rate turns it into the campaign's."
    )


class CampaignAnalytics(Shape):
    """One campaign's page: performance, and its delivery and conversions by day."""

    build: Build
    campaign: CampaignSummary
    performance: Performance
    placements: list[Placement]
    delivery: list[DeliveryDay]
    conversions: list[ConversionDay] = Field(description="By conversion date, under the model named in each row.")
