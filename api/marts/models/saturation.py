"""Saturation of a show for a sponsor, and what is advised on it: curves with bands, verdicts, alerts, moves of budget."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.models.base import Build, Money, Shape

Account = Literal["books", "placements"]
Verdict = Literal["unsaturated", "saturating", "saturated", "not_identifiable"]
WindowName = Literal["13", "26", "52", "104", "stacked"]


class Estimate(Shape):
    """A posterior mean with its 80 % interval."""

    mean: float
    low: float
    high: float


class CurvePoint(Shape):
    """What a constant weekly spend brings a week, beyond spending nothing, once its carry-over has settled."""

    spend: Money
    revenue: Money
    low_80: Money
    high_80: Money
    low_95: Money
    high_95: Money
    marginal_return: float = Field(description="Revenue of the next unit of spend there.")


class SaturationWindow(Shape):
    """The curve of one trailing window of weeks; `stacked` is all of them by forward score."""

    window_name: WindowName
    weight: float = Field(description="Its share in the stacked curve; 1 for `stacked`.")
    score: float | None = Field(description="Mean forward log score a week; null where the history is too short for one.")
    observed_weeks: int
    adstock: Estimate | None = Field(description="Share of the carry-over kept from week to week.")
    half_saturation: Estimate | None = Field(description="In units of `reference_spend`.")
    slope: Estimate | None = Field(description="Hill's exponent.")
    curve: list[CurvePoint]


class SaturationWeek(Shape):
    """One whole week that was fitted on."""

    week_start: date
    spend: Money
    revenue: Money


class SaturationChannel(Shape):
    """One show for one sponsor by one account of the money: today's spend on the last fitted curve, and the curve."""

    sponsor_id: UUID
    sponsor_name: str
    show_id: UUID
    show_title: str
    basis: Account = Field(description="`books`: imported spend and what is booked beside it; `placements`: prices and credit.")
    currency: str
    verdict: Verdict
    reason: str
    spend: Money = Field(description="What is spent a week today: the mean of the last four weeks.")
    judged_to_day: date = Field(description="The day after the last one of those weeks.")
    margin_rate: float
    marginal_return: float | None = Field(description="Revenue of the next unit of today's spend; times margin, 1 is break-even.")
    marginal_return_low: float | None = Field(description="Of its 80 % interval.")
    marginal_return_high: float | None
    marginal_return_low_95: float | None
    marginal_return_high_95: float | None
    saturated_probability: float | None = Field(description="That the next unit of today's spend returns less than it costs.")
    unsaturated_probability: float | None = Field(description="That it brings at least half of what the first one did.")
    fitted_verdict: Verdict | None = Field(description="On the day of the fit; null before the first.")
    reference_spend: Money | None
    week_count: int | None
    first_week: date | None
    last_week: date | None
    level_count: int | None = Field(description="Distinct weekly levels of spend.")
    spend_ratio: float | None = Field(description="How many times spend varied.")
    has_drifted: bool | None = Field(description="Whether the last half year answers to spend otherwise than the weeks before it.")
    drift_z: float | None
    drift_p: float | None
    model_version: str | None
    seed: int | None
    fit_day: date | None
    fitted_at: datetime | None
    fitted_build_id: UUID | None
    windows: list[SaturationWindow] = Field(description="The stacked curve, with `windows=all` each window's; none without a fit.")


class Saturation(Shape):
    """Every channel of the account, by sponsor and show."""

    build: Build
    channels: list[SaturationChannel]


class ShowSaturation(Shape):
    """What a report says of one show for the sponsor: today's spend, judged."""

    show_id: UUID
    show_title: str
    basis: Account
    verdict: Verdict
    reason: str
    spend: Money
    returned: float | None = Field(description="Of the next unit of today's spend, after margin; 1 is break-even.")
    returned_low: float | None = Field(description="Of its 80 % interval.")
    returned_high: float | None
    fit_day: date | None


class SaturationAlert(Shape):
    """A verdict that changed: it stands until the next one (`closed_at`)."""

    verdict_id: UUID
    sponsor_id: UUID
    sponsor_name: str
    show_id: UUID
    show_title: str
    basis: Account
    verdict: Verdict
    previous_verdict: Verdict
    reason: str
    spend: Money
    previous_spend: Money
    build_id: UUID
    opened_at: datetime
    closed_at: datetime | None = Field(description="null: it still holds.")
    seen_by: str | None
    seen_at: datetime | None


class BudgetMove(Shape):
    """One show in a reallocation; without advice it keeps its spend."""

    show_id: UUID
    show_title: str
    is_advised: bool
    reason: str
    spend: Money
    advised: Money
    change: Money
    least: Money
    most: Money | None
    marginal_return: float | None = Field(
        description="What the next unit of spend brings, after margin: 1 is break-even. null where the curve is not identifiable."
    )
    marginal_return_low: float | None = Field(description="Of its 80 % interval.")
    marginal_return_high: float | None


class Budget(Shape):
    """One sponsor's weekly budget, moved between its shows within its limits."""

    sponsor_id: UUID
    sponsor_name: str
    basis: Account
    currency: str
    budget: Money
    gain: Money = Field(description="What the move is expected to bring a week, after margin.")
    gain_low: Money = Field(description="Of its 80 % interval.")
    gain_high: Money
    loss_probability: float = Field(description="The chance that the move loses money.")
    reason: str = Field(description="Why nothing is moved; empty where something is.")
    fit_day: date
    model_version: str
    seed: int
    shows: list[BudgetMove]

    @property
    def is_moved(self) -> bool:
        return any(show.change.amount for show in self.shows)


class BudgetAdvice(Shape):
    """Advice for every sponsor with a fitted show."""

    build: Build
    budgets: list[Budget]
