"""The shapes that leave the marts. Money: a decimal amount beside its currency; times and days: UTC; rates: 0 to 1."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.marts.money import to_amount

ModelName = Literal["first_touch", "last_touch", "linear", "time_decay", "position_based"]
Basis = Literal["conversion_date", "exposure_date"]
CountingWindow = Literal["calendar", "first_touch", "last_touch", "host"]
Status = Literal["draft", "active", "paused", "completed", "cancelled"]
MODELS: tuple[ModelName, ...] = get_args(ModelName)
NONE_ID = UUID(int=0)


class Shape(BaseModel):
    """A value read from one snapshot: it never changes."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class Money(Shape):
    """An exact amount, as a decimal string in JSON, beside its ISO 4217 currency."""

    amount: Decimal = Field(examples=["1234.50"])
    currency: str = Field(examples=["USD"])

    @classmethod
    def of(cls, minor: int, currency: str) -> "Money":
        return cls(amount=to_amount(int(minor), currency), currency=currency)


class Build(Shape):
    """One published build of the marts: what every figure beside it comes from."""

    build_id: UUID
    published_at: datetime
    is_stale: bool = Field(description="True where a newer build failed its checks and was held back.")
    stale_reason: str | None = None


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
    exposure_conversions: int
    click_conversions: int
    vanity_conversions: int
    code_conversions: int
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


class CampaignAnalytics(Shape):
    """One campaign's page: performance, and its delivery and conversions by day."""

    build: Build
    campaign: CampaignSummary
    performance: Performance
    placements: list[Placement]
    delivery: list[DeliveryDay]
    conversions: list[ConversionDay] = Field(description="By conversion date, under the model named in each row.")


class ModelTotal(Shape):
    """One model and currency: credited conversions and revenue."""

    model: ModelName
    conversions: Decimal
    revenue: Money


class PlacementTotal(ModelTotal):
    """One placement, model and currency of a campaign. A marked link or a code may name the campaign alone: then the placement
    is the zero UUID, the show null and its title empty."""

    placement_id: UUID
    show_id: UUID | None
    show_title: str


class CampaignAttribution(Shape):
    """One campaign's credit under every model, side by side, on one basis."""

    build: Build
    campaign_id: UUID
    basis: Basis
    models: list[ModelTotal]
    placements: list[PlacementTotal]
    daily: list[ConversionDay]


class CampaignTotal(ModelTotal):
    """One campaign, model and currency of a tenant; campaign None: conversions that no touch explains."""

    campaign_id: UUID | None
    campaign_name: str
    sponsor_id: UUID


class TenantAttribution(Shape):
    """A tenant's credit by campaign under every model; with the unattributed rows it sums to all conversions."""

    build: Build
    basis: Basis
    models: list[ModelTotal]
    campaigns: list[CampaignTotal]


class Roi(Shape):
    """One campaign and model. ROI = (revenue x margin - spend) / spend; null at zero spend (domain rules, section 6)."""

    model: ModelName
    spend: Money
    revenue: Money
    conversions: Decimal
    margin_rate: Decimal
    roi: float | None
    roas: float | None
    cost_per_conversion: Money | None
    average_order_value: Money | None


class CampaignRoi(Shape):
    """One campaign's return under every model."""

    build: Build
    campaign_id: UUID
    campaign_name: str
    rows: list[Roi]


class TenantRoi(Shape):
    """Every campaign's return under every model."""

    build: Build
    campaigns: list[CampaignRoi]


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


class TtfvFigures(Shape):
    """Time to first value of a cohort by Kaplan-Meier, in seconds (domain rules, section 9); null: the curve ends before."""

    signup_week: date | None = Field(description="Monday of the week of registration; null: all weeks.")
    users: int
    users_with_value: int
    median_s: float | None
    p75_s: float | None
    p90_s: float | None
    within_15_min_rate: float | None
    at_risk_15_min: int
    data_errors: int


class Ttfv(Shape):
    """Time to first value of all registrations and by week, with the observed times for a histogram."""

    build: Build
    overall: TtfvFigures | None
    weekly: list[TtfvFigures]
    observed_s: list[float] = Field(description="One per user who reached value, in seconds, ascending.")


class FunnelStep(Shape):
    """One step of the completion funnel, entered by creation date; week null: all weeks."""

    created_week: date | None
    step_number: int
    step: str
    campaigns: int
    mature_campaigns: int
    rate: float | None


class Completion(Shape):
    """How many campaigns come to their end: over all, and over those whose flight and window have passed."""

    build: Build
    campaigns: int
    completed_campaigns: int
    completion_rate: float | None
    mature_campaigns: int
    mature_completed_campaigns: int
    mature_completion_rate: float | None
    funnel: list[FunnelStep]
    weekly_funnel: list[FunnelStep]
