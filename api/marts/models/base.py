"""What all shapes are made of: money, the build, and the words for models, bases, windows and statuses."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from api.marts.money import to_amount

ModelName = Literal["first_touch", "last_touch", "linear", "time_decay", "position_based"]
Basis = Literal["conversion_date", "exposure_date"]
CountingWindow = Literal["calendar", "first_touch", "last_touch", "host"]
Status = Literal["draft", "active", "paused", "completed", "cancelled"]
MODELS: tuple[ModelName, ...] = get_args(ModelName)
MODEL_NAMES: Mapping[str, str] = {
    "first_touch": "First touch",
    "last_touch": "Last touch",
    "linear": "Linear",
    "time_decay": "Time decay",
    "position_based": "Position based",
}
NONE_ID = UUID(int=0)


def model_name(model: str) -> str:
    """A built-in model's name for people; whatever else is a tenant's own model, whose name is as they wrote it."""
    return MODEL_NAMES.get(model, model)


class Shape(BaseModel):
    """A value read from one snapshot: it never changes."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    @classmethod
    def fields_of(cls, row: Mapping[str, Any]) -> dict[str, Any]:
        """What a row has of this shape's fields, by name."""
        return {name: value for name, value in row.items() if name in cls.model_fields}


IN_PAGES: dict[str, JsonValue] = {"x-in-pages": True}


class Paged(Shape):
    """An answer with a list that is read in pages: `items`, or the field that is marked IN_PAGES."""

    next_cursor: str | None = Field(description="Give it as `after` for the next page; null: this was the last.")


class Money(Shape):
    """An exact amount, as a decimal string in JSON, beside its ISO 4217 currency."""

    amount: Decimal = Field(examples=["1234.50"])
    currency: str = Field(examples=["USD"])

    @classmethod
    def of(cls, minor: int, currency: str) -> "Money":
        return cls(amount=to_amount(int(minor), currency), currency=currency)


class Unconverted(Shape):
    """One currency of what stands apart from the revenue: its conversions, and what they are worth."""

    conversions: Decimal = Field(description="Without refunds; under a model the sum of weights.")
    amount: Money


class Build(Shape):
    """One published build of the marts: what every figure beside it comes from."""

    build_id: UUID
    published_at: datetime
    is_stale: bool = Field(description="True where a newer build failed its checks and was held back.")
    stale_reason: str | None = None
