"""One conversion explained: its path with every weight, what did not count and why, and by which rules. Holds no personal data."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.models.base import Build, Money, Shape
from api.marts.models.fraud import FraudScore
from api.marts.models.identity import Merge

Matched = Literal["user", "browser", "person", "split", "household", "own"]
IneligibleReason = Literal[
    "of_another_conversion",
    "other_sponsor",
    "other_goal",
    "after_conversion",
    "before_previous_conversion",
    "outside_window",
    "unusable_ip",
    "crowded_address",
    "mobile_window",
    "merge_split",
    "shared_id",
    "not_in_build",
]
CodeStatus = Literal["credited", "later_code", "unknown", "not_yet_valid", "expired", "other_sponsor", "other_goal"]
HouseholdStatus = Literal["matched_by", "no_consent", "unusable_ip", "crowded_address", "not_reported"]


class ModelCredit(Shape):
    """What one model gives to one touch: a share of the conversion and the part of its value."""

    model: str = Field(description="Of the account's own models, `custom:` and the id.")
    name: str
    weight: Decimal
    amount: Money


class CampaignConversion(Shape):
    """One conversion that has a touch of this campaign in its path, and what each model gives this campaign of it."""

    conversion_id: UUID
    conversion_kind: str
    order_id: str | None
    converted_at: datetime
    value: Money
    is_verified: bool
    is_owner: bool = Field(description="Whether the conversion's evidence makes it this campaign's own; else it assisted.")
    owner_evidence: str
    is_fraud: bool = Field(default=False, description="Stands apart: its credit is in none of the campaign's figures.")
    evidence: list[str]
    touches: int = Field(description="Touches of this campaign in the path.")
    path_length: int
    credit: list[ModelCredit]


class ExplainedConversion(Shape):
    """What happened."""

    conversion_id: UUID
    conversion_kind: str
    origin_conversion_id: UUID | None = Field(description="Of a refund: the order whose path and weights it inherits.")
    sponsor_id: UUID
    order_id: str | None
    converted_at: datetime
    value: Money
    is_verified: bool
    is_value_malformed: bool


class ExplainedTouch(Shape):
    """One touch of the path, in path order."""

    position: int
    touch_id: UUID
    touch_kind: str
    touch_at: datetime
    age_s: float = Field(description="Seconds before the conversion; of a refund, before the order's.")
    campaign_id: UUID
    campaign_name: str
    placement_id: UUID | None
    show_title: str | None
    episode_guid: str | None
    joined_by: list[Merge] = Field(
        description="The links that make its id the conversion's person, from there on. Empty: they share an id, or a household."
    )
    credit: list[ModelCredit]


class IneligibleTouch(Shape):
    """A touch that shares the person or the household, and did not count."""

    touch_id: UUID
    touch_kind: str
    touch_at: datetime
    age_s: float = Field(description="Seconds before the conversion; negative: after it.")
    campaign_id: UUID
    campaign_name: str
    show_title: str | None
    matched_by: list[Matched]
    reason: IneligibleReason
    explanation: str


class IneligibleCount(Shape):
    """How many touches did not count for one reason."""

    reason: IneligibleReason
    touches: int


class OrderCode(Shape):
    """A promo code on the order. Codes that this account does not have are counted as one `unknown`, and not repeated."""

    code: str | None
    status: CodeStatus
    count: int
    explanation: str
    leak_suspicions: list[str] = Field(default=[], description="Why this use may come of a leaked code (docs/attribution.md).")
    is_leaked: bool = Field(default=False, description="Whether the code is leaked by its uses as a whole.")


class Matching(Shape):
    """How the person was looked for."""

    household: HouseholdStatus
    household_explanation: str
    ip_class: str
    has_browser: bool
    has_user: bool
    previous_converted_at: datetime | None = Field(description="Where the path begins, if the account resets paths.")


class Evidence(Shape):
    """One kind of evidence that saw the conversion."""

    kind: str
    strength: int = Field(description="1 is the strongest.")
    touches: int
    is_owner: bool


class Ownership(Shape):
    """Who owns the conversion, and by which precedence."""

    campaign_id: UUID | None
    campaign_name: str
    evidence: str
    precedence: list[str]
    is_code_ambiguous: bool
    is_deterministic: bool = Field(
        description="Owned by a click, a vanity path, or a code that is neither leaked nor suspect here."
    )
    explanation: str


class ModelVersion(Shape):
    """A model and the version of its rule, or of its parameters."""

    model: str
    name: str
    version: str


class ListUsed(Shape):
    """A list that judged agents and addresses when this was built."""

    list_name: str
    version: str


class Versions(Shape):
    """By what the conversion was attributed."""

    rules_version: str
    exposure_window_s: int
    click_window_s: int
    vanity_window_s: int
    code_grace_days: int
    windows_by_kind: dict[str, dict[str, int]]
    household_devices: int = Field(default=15, description="An address by which more devices were seen is no household.")
    household_devices_window_s: int = Field(default=604_800, description="Within how many seconds they are counted.")
    half_life_s: int
    position_weights: list[Decimal]
    reset_path_on_conversion: bool
    models: list[ModelVersion]
    lists: list[ListUsed]
    method_statement: str | None


class Reopening(Shape):
    """A later build that changed this conversion's credit."""

    reopened_at: datetime
    cause: Literal["identity_merge", "identity_split", "late_event", "recount", "setting", "books", "entries", "full_build"] = (
        Field(description="What the build held that changed it (docs/attribution.md).")
    )
    touches_before: int
    touches_after: int
    build_id: UUID


class Explanation(Shape):
    """One conversion: its path, what was not eligible and why, its evidence and owner, and the versions of all that decided."""

    build: Build
    conversion: ExplainedConversion
    path: list[ExplainedTouch]
    not_eligible: list[IneligibleTouch] = Field(description="The nearest 200; `not_eligible_counts` has all of them.")
    not_eligible_counts: list[IneligibleCount]
    codes: list[OrderCode]
    matching: Matching
    evidence: list[Evidence]
    owner: Ownership
    reopenings: list[Reopening] = Field(description="The builds that changed its credit after it was published, newest first.")
    fraud: FraudScore | None = Field(
        default=None, description="Of a refund: its order's. Null: the build has none, or a sponsor's own login asks."
    )
    versions: Versions
