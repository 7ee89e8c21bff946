"""What ties conversions to a campaign: which evidence saw the same ones, codes that may be leaked, and the sponsor's survey."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.models.base import Build, Shape

LeakVerdict = Literal["too_little_data", "leaked", "some_suspects", "clean"]
SurveyVerdict = Literal["no_survey", "too_little_data", "stated"]


class Overlap(Shape):
    """One pair of kinds of evidence; a kind with itself: what it saw."""

    evidence: str
    other: str
    conversions: int
    owned_conversions: int = Field(description="Those that `evidence` owns for this campaign; over the diagonal, its conversions.")
    sole_conversions: int = Field(description="On the diagonal: those that no other evidence of this campaign saw.")


class CodeLeak(Shape):
    """One promo code of the campaign. A leaked one is no deterministic evidence; its conversions stay counted."""

    code: str
    show_title: str | None
    uses: int
    suspect_uses: int
    coupon_site_uses: int
    foreign_uses: int
    after_ad_uses: int
    first_used_at: datetime | None
    last_used_at: datetime | None
    verdict: LeakVerdict


class Survey(Shape):
    """The sponsor's survey of customers. The multiplier is projected by direct customers: never multiply pixel results by it."""

    verdict: SurveyVerdict
    answers: int
    podcast_answers: int
    customers: int
    direct_customers: int
    response_rate: float | None
    podcast_rate: float | None
    podcast_rate_low: float | None
    podcast_rate_high: float | None
    projected_customers: float | None
    multiplier: float | None
    multiplier_low: float | None
    multiplier_high: float | None
    first_answer_at: datetime | None
    last_answer_at: datetime | None


class CampaignEvidence(Shape):
    """One campaign's evidence: the overlap matrix, its codes, and its sponsor's survey."""

    build: Build
    campaign_id: UUID
    precedence: list[str]
    overlap: list[Overlap]
    codes: list[CodeLeak]
    survey: Survey
