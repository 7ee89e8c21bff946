"""Published figures that a later build changed."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.models.base import Money, Paged, Shape

Cause = Literal["late_requests", "recount", "decision", "settings", "feed", "host", "full_build"]


class Restatement(Shape):
    """One figure of a day that was over: an episode's downloads of one source and counting window, before and after."""

    restatement_id: int
    show_id: UUID
    show_title: str
    episode_guid: str
    title: str | None
    day: date
    source: str
    counting_window: str
    downloads_before: int
    downloads_after: int
    cause: Cause = Field(description="What the build held that changed it.")
    build_id: UUID
    restated_at: datetime


class Restatements(Paged):
    """An account's restatements, newest first."""

    items: list[Restatement]


class CreditRestatement(Shape):
    """One figure of a day that was over: a campaign's credit under one model on a day of conversion, before and after."""

    restatement_id: int
    day: date
    model: str
    name: str
    conversions_before: Decimal
    conversions_after: Decimal
    revenue_before: Money
    revenue_after: Money
    cause: str = Field(description="What the build held that changed it (docs/attribution.md).")
    build_id: UUID
    restated_at: datetime


class CreditRestatements(Paged):
    """A campaign's restated credit, newest first."""

    items: list[CreditRestatement]
