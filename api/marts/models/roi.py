"""What a sponsorship came to: under each model, in every universe of windows and IP classes, by show and by week."""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.models.base import IN_PAGES, Basis, Build, ModelName, Money, Paged, Shape, Unconverted

IpClasses = Literal["all", "household"]
Verdict = Literal["known", "no_spend", "no_conversion", "revenue_without_rate", "negative_revenue"]


class Span(Shape):
    """The least and the greatest value of a figure over the multiverse, the account's own windows among it."""

    lowest: float
    highest: float


class Return(Shape):
    """ROI = (revenue x margin - spend) / spend; null at zero spend (domain rules, section 6)."""

    spend: Money
    revenue: Money
    conversions: Decimal
    margin_rate: Decimal
    roi: float | None
    roas: float | None
    cost_per_conversion: Money | None
    average_order_value: Money | None
    unconverted: list[Unconverted] = Field(
        default=[], description="What no rate turns into the campaign's currency: in `conversions`, and not in `revenue`."
    )
    verdict: Verdict = Field(
        default="known",
        description="`known`, or why the return says less: nothing spent, nothing came, no rate for some, refunds beyond sales.",
    )
    new_customers: Decimal = Field(
        default=Decimal(0), description="Conversions whose buyer is not known to have bought of this sponsor before."
    )
    cost_per_new_customer: Money | None = Field(default=None, description="CAC.")
    visits: int = 0
    cost_per_visit: Money | None = Field(default=None, description="CPV.")
    break_even_revenue: Money | None = Field(default=None, description="Revenue at which ROI is 0; null without a margin.")
    break_even_roas: float | None = None
    break_even_conversions: float | None = Field(default=None, description="Of the average order value.")
    lifetime_value: Money | None = Field(default=None, description="What the sponsor says a new customer is worth over the years.")
    lifetime_roi: float | None = Field(default=None, description="(new customers x lifetime value x margin - spend) / spend.")
    roi_span: Span | None = Field(default=None, description="Under this model, over windows and IP classes.")
    roas_span: Span | None = None


class Roi(Return):
    """One campaign and built-in model."""

    model: ModelName


class CustomRoi(Return):
    """One campaign and one of the account's own models."""

    model: str = Field(description="`custom:` and the model's id.")
    name: str


class CampaignRoi(Shape):
    """One campaign's return under every model."""

    build: Build
    campaign_id: UUID
    campaign_name: str
    rows: list[Roi]
    custom_models: list[CustomRoi] = Field(default=[], description="The account's own models.")


class TenantRoi(Paged):
    """Every campaign's return under every model."""

    build: Build
    campaigns: list[CampaignRoi] = Field(json_schema_extra=IN_PAGES)


class Universe(Shape):
    """The return as it would be if this window, these IP classes and this model were the rule."""

    window_days: int
    ip_classes: IpClasses = Field(description="`household`: a match by the address alone counts only between households.")
    model: str = Field(
        description="A built-in model, or `custom:` and the id of one of the account's own, named in `custom_models`."
    )
    conversions: Decimal
    revenue: Money
    roi: float | None
    roas: float | None


class ShowRank(Shape):
    """One show with spend and its place among the campaign's shows by ROAS."""

    show_id: UUID
    show_title: str
    spend: Money
    revenue: Money
    roas: float
    headline_rank: int
    best_rank: int
    worst_rank: int
    roas_span: Span
    flips_with: int = Field(description="Shows that are behind it in one universe and ahead of it in another; a tie is no flip.")


class Multiverse(Shape):
    """The headline (linear, the account's windows) with its range, every universe, and whether the ranking of shows flips."""

    headline_model: ModelName = "linear"
    roi: float | None = Field(description="The headline's; null at zero spend.")
    roas: float | None
    roi_span: Span | None = Field(description="Over all windows, IP classes and models, the account's own among them.")
    roas_span: Span | None
    is_sign_sure: bool | None = Field(description="Whether ROI has one sign in every universe; null where there is no ROI.")
    universes: list[Universe]
    shows: list[ShowRank]
    is_ranking_sure: bool | None = Field(description="Whether no two shows change places; null with fewer than two shows.")


class CampaignReturn(CampaignRoi):
    """One campaign's return under every model, and the multiverse around it; null where it is newer than the build."""

    multiverse: Multiverse | None


class Cohort(Shape):
    """One week and model: spend of the week, and what came in that week or of that week's exposures."""

    cohort_week: date
    model: str
    spend: Money
    conversions: Decimal
    revenue: Money
    roi: float | None
    roas: float | None
    is_mature: bool = Field(description="Whether the week, and by exposure date the window after it, has passed.")


class CampaignCohorts(Shape):
    """One campaign's return by week, on one basis."""

    build: Build
    campaign_id: UUID
    basis: Basis
    rows: list[Cohort]
