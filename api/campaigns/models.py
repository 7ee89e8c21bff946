"""What people enter and read back. Money is a decimal string in the campaign's currency; days are UTC days, both ends included."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.marts.models import Money, Status

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^\x00]*$")]
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Price = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=4, examples=["25.00"])]
VanityPath = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^/?[A-Za-z0-9._~/-]{1,200}$")]
Position = Literal["pre_roll", "mid_roll", "post_roll"]
Insertion = Literal["baked_in", "dynamic"]
PriceModel = Literal["cpm", "flat", "revenue_share"]
ShareRate = Annotated[Decimal, Field(ge=0, le=1, max_digits=7, decimal_places=6, examples=["0.15"])]


class Entry(BaseModel):
    """What a client sends: an unknown field is a mistake that is told, never ignored."""

    model_config = ConfigDict(extra="forbid")


class Entered(BaseModel):
    """What is stored, as it is read back."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class CodeEntry(Entry):
    """A promo code; without dates it is valid over the placement's flight."""

    code: ShortText = Field(examples=["POD20"])
    valid_from: date | None = None
    valid_to: date | None = None


class ShowCodeEntry(CodeEntry):
    """A promo code of a show that belongs to no single placement."""

    show_id: UUID


class PlacementEntry(Entry):
    """One ad in one show; without dates it runs over the campaign's flight."""

    show_id: UUID
    position: Position = "mid_roll"
    insertion: Insertion = "baked_in"
    ad_start_s: Decimal = Field(
        Decimal(0), ge=0, le=86_400, description="Where the ad begins, in seconds from the episode's start."
    )
    ad_duration_s: Decimal = Field(Decimal(60), gt=0, le=3_600)
    flight_start: date | None = None
    flight_end: date | None = None
    price_model: PriceModel = "cpm"
    price: Price = Field(
        Decimal(0), description="CPM: for 1,000 delivered ads. Flat: for the whole flight. In the campaign's currency."
    )
    share_rate: ShareRate | None = Field(
        None, description="Revenue share: of the revenue that the placement owns by strongest evidence, after refunds, 0 to 1."
    )
    contracted_ads: int | None = Field(None, ge=0, le=10_000_000_000)
    episode_guids: list[Text] | None = Field(None, max_length=2_000, description="Baked-in: the episodes that carry the ad.")
    vanity_path: VanityPath | None = Field(None, examples=["/podcast"])
    promo_codes: list[CodeEntry] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def _one_price(self) -> "PlacementEntry":
        is_share = self.price_model == "revenue_share"
        if is_share and (self.share_rate is None or self.price):
            raise ValueError("found a revenue share without share_rate or with a price, expected share_rate (0 to 1) and no price")
        if not is_share and self.share_rate is not None:
            raise ValueError(f"found share_rate with the price model {self.price_model}, expected it with revenue_share alone")
        return self


class CampaignEntry(Entry):
    """A campaign with everything that belongs to it, in one request."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Spring launch",
                    "sponsor_id": "0b8f6c1e-6a53-4d57-9b7e-6f3f3a3a1f10",
                    "currency": "USD",
                    "flight_start": "2026-03-01",
                    "flight_end": "2026-04-30",
                    "utm_campaign": "spring-launch",
                    "status": "active",
                    "placements": [
                        {
                            "show_id": "8a5c2f7e-31c5-4f0a-9c1d-2f5f0c6b7d21",
                            "position": "mid_roll",
                            "insertion": "dynamic",
                            "ad_start_s": 900,
                            "ad_duration_s": 60,
                            "price_model": "cpm",
                            "price": "25.00",
                            "contracted_ads": 50000,
                            "vanity_path": "/spring",
                            "promo_codes": [{"code": "SPRING20"}],
                        }
                    ],
                }
            ]
        }
    )

    name: Text
    sponsor_id: UUID
    currency: Currency | None = Field(None, description="ISO 4217; without it the account's.")
    flight_start: date
    flight_end: date
    goal_kind: ShortText = "purchase"
    utm_campaign: ShortText | None = Field(None, description="The value of utm_campaign that marks this campaign's links.")
    status: Literal["draft", "active"] = "draft"
    placements: list[PlacementEntry] = Field(default_factory=list, max_length=200)
    promo_codes: list[ShowCodeEntry] = Field(default_factory=list, max_length=200)

    @model_validator(mode="after")
    def _in_order(self) -> "CampaignEntry":
        require_order(self.flight_start, self.flight_end, "flight_start", "flight_end")
        return self


class CampaignChange(Entry):
    """What changes; a field left out stays. `placements` and `promo_codes` are added to those that are there."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Spring launch, extended", "flight_end": "2026-05-31"}]})

    name: Text | None = None
    flight_start: date | None = None
    flight_end: date | None = None
    goal_kind: ShortText | None = None
    utm_campaign: ShortText | None = None
    placements: list[PlacementEntry] = Field(default_factory=list, max_length=200)
    promo_codes: list[ShowCodeEntry] = Field(default_factory=list, max_length=200)


class StatusEntry(Entry):
    """A change of status, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "paused", "reason": "host on holiday"}]})

    status: Status
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\x00]*$")] = ""


class PromoCode(Entered):
    """One promo code of a campaign."""

    code_id: UUID
    placement_id: UUID | None
    show_id: UUID
    code: str
    code_normalized: str
    valid_from: date
    valid_to: date


class PlacementView(Entered):
    """One placement of a campaign as entered."""

    placement_id: UUID
    show_id: UUID
    position: Position
    insertion: Insertion
    ad_start_s: Decimal
    ad_duration_s: Decimal
    flight_start: date
    flight_end: date
    price_model: PriceModel
    price: Money
    share_rate: Decimal | None
    contracted_ads: int | None
    episode_guids: list[str] | None
    vanity_path: str | None


class Campaign(Entered):
    """One campaign as entered, without its parts."""

    campaign_id: UUID
    sponsor_id: UUID
    name: str
    status: Status
    currency: str
    flight_start: date
    flight_end: date
    goal_kind: str
    utm_campaign: str | None
    created_at: datetime
    updated_at: datetime


class CampaignDetail(Campaign):
    """One campaign as entered, with its placements and codes."""

    placements: list[PlacementView]
    promo_codes: list[PromoCode]


class StatusChange(Entered):
    """One change of a campaign's status."""

    change_id: int
    from_status: str | None
    to_status: str
    reason: str
    changed_by: UUID | None
    changed_at: datetime


def require_order(first: date, last: date, first_name: str, last_name: str) -> None:
    """Raises ValueError where the last day lies before the first."""
    if last < first:
        raise ValueError(f"found {last_name} {last} before {first_name} {first}, expected the same day or a later one")
