"""Credit and return under each model."""

from decimal import Decimal
from uuid import UUID

from pydantic import Field

from api.marts.models.base import IN_PAGES, Basis, Build, ModelName, Money, Paged, Shape
from api.marts.models.campaigns import ConversionDay


class ModelTotal(Shape):
    """One model and currency: credited conversions and revenue, in the campaign's currency but for what no rate turns into it."""

    model: ModelName
    conversions: Decimal
    revenue: Money
    is_unconverted: bool = Field(
        default=False, description="In the conversions' own currency, since no rate turns it into the campaign's."
    )


class PlacementTotal(ModelTotal):
    """One placement, model and currency of a campaign. A marked link or a code may name the campaign alone: then the placement
    is the zero UUID, the show null and its title empty."""

    placement_id: UUID
    show_id: UUID | None
    show_title: str


class CustomModelTotal(Shape):
    """One of the account's own models and currency."""

    model: str = Field(description="`custom:` and the model's id.")
    name: str
    conversions: Decimal
    revenue: Money
    is_unconverted: bool


class CampaignAttribution(Shape):
    """One campaign's credit under every model, side by side, on one basis."""

    build: Build
    campaign_id: UUID
    basis: Basis
    models: list[ModelTotal]
    fraud: list[ModelTotal] = Field(default=[], description="What stands apart as fraud, in no other figure here (docs/fraud.md).")
    custom_models: list[CustomModelTotal] = Field(default=[], description="The account's own models.")
    placements: list[PlacementTotal]
    daily: list[ConversionDay]
    is_live: bool = Field(default=False, description="Whether conversions after the build are in it.")


class CampaignTotal(ModelTotal):
    """One campaign, model and currency of a tenant; campaign None: conversions that no touch explains."""

    campaign_id: UUID | None
    campaign_name: str
    sponsor_id: UUID


class TenantAttribution(Paged):
    """A tenant's credit by campaign under every model; with the unattributed rows and `fraud` it sums to all conversions."""

    build: Build
    basis: Basis
    models: list[ModelTotal]
    fraud: list[ModelTotal] = Field(default=[], description="What stands apart as fraud, in no other figure here (docs/fraud.md).")
    campaigns: list[CampaignTotal] = Field(json_schema_extra=IN_PAGES)
    is_live: bool = Field(default=False, description="Whether conversions after the build are in it.")
