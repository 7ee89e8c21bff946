"""How the product serves its users (domain rules, section 9)."""

from datetime import date

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
