"""How the product serves its users (domain rules, section 9)."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from api.marts.models.base import Build, Shape


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


class CurvePoint(Shape):
    """One moment of the Kaplan-Meier curve: who is still without value, with its 95 % band, of how many."""

    moment_s: int = Field(description="Seconds after registration.")
    at_risk: int = Field(description="Users without value just before it who had been seen that long.")
    users_with_value: int
    waiting_rate: float
    waiting_low: float | None = Field(description="Null where the curve is 1 or 0.")
    waiting_high: float | None


class ConversionSeen(Shape):
    """Time from registration to the first look at a campaign that had a conversion, by Kaplan-Meier, in seconds."""

    users: int
    users_with_value: int
    median_s: float | None
    p75_s: float | None
    p90_s: float | None
    data_errors: int


class Ttfv(Shape):
    """Time to first value of all registrations and by week, with the observed times for a histogram and the curve."""

    build: Build
    overall: TtfvFigures | None
    weekly: list[TtfvFigures]
    observed_s: list[float] = Field(description="One per user who reached value, in seconds, ascending.")
    curve: list[CurvePoint]
    conversion_seen: ConversionSeen | None = Field(description="Beside it: until a first attributed conversion was seen.")


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
    delivered_rate: float | None = Field(description="Ads delivered / ads contracted, over the mature campaigns with a contract.")
    funnel: list[FunnelStep]
    weekly_funnel: list[FunnelStep]


class RateFigures(Shape):
    """One cohort: users and campaigns of the week in which they began, reports and attempts of their own; week null: all."""

    week: date | None
    registered_users: int
    creating_users: int
    campaign_creation_rate: float | None
    created_campaigns: int
    reported_campaigns: int
    report_generation_rate: float | None
    requested_reports: int
    generated_reports: int
    failed_reports: int
    report_success_rate: float | None
    report_median_s: float | None
    report_p95_s: float | None
    core_loop_attempts: int
    core_loop_errors: int = Field(description="Tries that met an error of ours.")
    core_loop_refusals: int = Field(description="Tries that were refused for what they asked.")
    error_rate: float | None = Field(description="Errors / attempts; target under 0.02.")


class ProductRates(Shape):
    """Campaign creation, report generation and the core loop's errors, over all and by week."""

    build: Build
    overall: RateFigures | None
    weekly: list[RateFigures]


class FrictionPoint(Shape):
    """One place where people stop, repeat or fail."""

    friction_rank: int
    kind: Literal["stop", "repeat", "fail"]
    step: str
    reached: int
    affected: int
    affected_rate: float
    occurrences: int
    last_at: datetime


class Friction(Shape):
    """Where people stop, repeat or fail, the place that hits most first."""

    build: Build
    points: list[FrictionPoint]
