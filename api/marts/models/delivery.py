"""Delivery against the contract, whom it reached, and what the rest of the flight will bring."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.models.base import Build, Shape

ForecastVerdict = Literal["estimated", "too_little_data", "too_far", "flight_ended", "not_run"]
ForecastFigure = Literal["ads", "downloads", "conversions"]
ForecastMethod = Literal["decay", "response", "seasonal_naive"]
DeliveryFlag = Literal[
    "nothing_delivered", "placement_without_ads", "over_delivered", "heard_after_flight", "few_households", "concentrated"
]


class Reach(Shape):
    """Whom the ads reached. Reach does not add up: not over campaigns, placements or days."""

    households: int = Field(description="Of ads whose address stands for a household; one counts again when keys rotate.")
    listeners: int = Field(description="Households and agents.")
    frequency: float | None = Field(description="Ads per household reached.")
    heard_once: int
    heard_two_or_three: int
    heard_four_or_more: int
    top_tenth_rate: float | None = Field(description="Share of the ads that the tenth of the households that heard most got.")
    usable_rate: float | None = Field(description="Share of the ads whose address stands for a household.")
    crowded_addresses: int = Field(default=0, description="Addresses by which too many devices were seen to be a household's.")
    crowded_rate: float | None = Field(default=None, description="Share of the ads that went to those; no part of usable_rate.")


class CampaignDelivery(Shape):
    """One campaign: pacing, the chance of reaching the guarantee, make-good, reach, and what a person should look at."""

    build: Build
    campaign_id: UUID
    flight_start: date
    flight_end: date
    contracted_ads: int
    ads_delivered: int
    due_ads: int = Field(description="At an even pace by now.")
    under_delivered_ads: int
    flight_elapsed_rate: float
    delivered_rate: float | None
    pacing_rate: float | None
    make_good_ads: int = Field(description="What an ended flight fell short of its contract.")
    forecast_verdict: ForecastVerdict
    forecast_reason: str
    forecast_ads: float | None = Field(description="By the flight's end, those delivered included.")
    forecast_low_ads: float | None = Field(description="Lower end of the 80 % interval.")
    forecast_high_ads: float | None
    guarantee_probability: float | None = Field(description="That the contract is met by the flight's end.")
    expected_make_good_ads: int | None
    reach: Reach
    tail_ads: int = Field(description="Heard after their placement's flight.")
    silent_placements: int = Field(description="In flight for two days at least without an ad delivered.")
    flags: list[DeliveryFlag]


class Forecast(Shape):
    """One figure by the flight's end, what there is so far included, beside the error of earlier such forecasts."""

    figure: ForecastFigure
    verdict: ForecastVerdict
    reason: str
    method: ForecastMethod | None = Field(description="`seasonal_naive`, the last week again, where the model was no nearer.")
    as_of_date: date
    until_date: date
    so_far_count: int
    expected_count: float | None
    low_count: float | None = Field(description="Lower end of the 80 % interval.")
    high_count: float | None
    low_95_count: float | None
    high_95_count: float | None
    backtest_count: int
    error_rate: float | None = Field(description="wMAPE of the backtests' totals.")
    naive_error_rate: float | None = Field(description="Of the last week again, on the same days.")
    model_version: str
    fitted_at: datetime


class CampaignForecast(Shape):
    """One campaign's ads, downloads and conversions by its flight's end; empty before the first daily run."""

    build: Build
    campaign_id: UUID
    forecasts: list[Forecast]
