"""How much conversions look like fraud, and what was decided on them."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.models.base import Build, Money, Shape

Verdict = Literal["fraud", "honest"]
Scope = Literal["conversion", "code", "device"]


class FraudReason(Shape):
    """One rule that fired, with what it measured and where it fires (docs/fraud.md)."""

    reason: str
    name: str = Field(description="For people.")
    measured: Decimal
    threshold: Decimal
    weight: Decimal = Field(description="What it makes of the score alone.")
    explanation: str


class FraudScore(Shape):
    """How much one conversion looks like fraud, why, and whether it stands apart from the credited figures."""

    score: float | None = Field(description="0 to 1, no probability; null where no rule could judge.")
    is_suspect: bool
    reasons: list[FraudReason]
    not_judged: list[str] = Field(description="Rules whose inputs are missing here: they say neither yes nor no.")
    rules_version: str | None
    is_fraud: bool = Field(description="Whether it is out of the credited figures, in this build.")
    decided_by: Literal["decision", "score"] | None
    decision_id: UUID | None


class FraudConversion(FraudScore):
    """One conversion with its score."""

    conversion_id: UUID
    conversion_kind: str
    order_id: str | None
    sponsor_id: UUID
    sponsor_name: str
    converted_at: datetime
    value: Money
    codes: list[str] = Field(description="Of the account's own promo codes, those on the order.")
    has_device: bool = Field(description="Whether a decision can be on its device.")


class ScoreBand(Shape):
    """How many conversions have a score from `from_score` up to the next band's."""

    from_score: float
    conversions: int
    fraud: int = Field(description="Of these, those out of the credited figures.")


class FraudTotal(Shape):
    """What stands apart in one currency, refunds taken off."""

    conversions: int
    amount: Money


class FraudOverview(Shape):
    """The account's scores in bands of a tenth, and what stands apart."""

    build: Build
    bands: list[ScoreBand]
    not_judged: int = Field(description="Conversions that no rule could judge.")
    suspects: int = Field(description="Scored as suspect, and nobody has decided yet.")
    apart: list[FraudTotal]
