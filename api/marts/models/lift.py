"""Lift: how much more the exposed bought than households like them, beside its placebo; or why that cannot be said."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.models.base import Build, Shape

LiftVerdict = Literal["estimated", "too_little_power", "no_exposure", "no_control", "not_comparable", "not_run"]
LiftDesign = Literal["matched", "time_holdout", "geo_holdout"]


class LiftSpan(Shape):
    """One span of weeks since a household's first exposure; below 0 it lies before it and is a placebo. Rates are per household."""

    week_from: int
    week_to: int = Field(description="The week after the last: 0 to 1 is the first seven days.")
    is_placebo: bool
    verdict: LiftVerdict
    reason: str
    exposed_count: int
    matched_count: int = Field(description="Exposed households with unexposed ones like them: whom the lift is of.")
    control_count: int
    exposed_conversions: int
    control_conversions: int
    detectable_lift: float | None = Field(description="The smallest lift that would be seen with a probability of 80 %.")
    exposed_rate: float | None
    control_rate: float | None
    lift: float | None = Field(description="(exposed - control) / control; null without an estimate.")
    lift_low: float | None = Field(description="Lower end of the 95 % interval.")
    lift_high: float | None
    incremental_conversions: float | None = Field(
        description="What the matched households bought beyond what they would have anyway."
    )
    incremental_low: float | None
    incremental_high: float | None


class FalsePositives(Shape):
    """How often a lift was "found" where there can be none, over all studies of the account; about 5 % should be."""

    tests: int
    positive: int
    rate: float | None = Field(description="Null without a test.")


class CampaignLift(Shape):
    """One campaign's lift: the headline (four weeks), each week, the placebos before the exposure, measured false positives."""

    build: Build
    campaign_id: UUID
    design: LiftDesign | None
    verdict: LiftVerdict
    reason: str
    headline: LiftSpan | None
    placebo: LiftSpan | None
    weeks: list[LiftSpan]
    placebo_weeks: list[LiftSpan]
    split_tests: FalsePositives = Field(description="A/A: random halves of unexposed households, compared as if one were exposed.")
    placebo_tests: FalsePositives = Field(description="Single weeks before the exposure, over all campaigns of the account.")
    model_version: str | None
    seed: int | None
    fitted_build_id: UUID | None
    fitted_at: datetime | None
