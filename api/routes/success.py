"""Customer success over all customers that somebody looks after: one's own account, an agency's, or the platform's."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.auth.dependencies import ServicesDep, TenantReaderDep
from api.success.figures import onboarding_figures, sentiment
from api.success.models import CostTotals, CustomerAlert, CustomerWeek, Feedback, OnboardingFigures, Sentiment, Target
from api.success.overview import Success, read_success

router = APIRouter(prefix="/v1", tags=["success"])
SHOWN = 50


class SuccessWeeks(BaseModel):
    weeks: list[CustomerWeek] = Field(description="Oldest first; people are counted once per customer and week.")


class SuccessTargets(BaseModel):
    targets: list[Target]


class SuccessDashboard(BaseModel):
    """What matters today."""

    onboarding: OnboardingFigures
    sentiment: Sentiment = Field(description="Of the answers of the last 90 days.")
    this_month: CostTotals | None = Field(description="As far as it has come; null: no cost or no events.")
    last_month: CostTotals | None
    open_alerts: list[CustomerAlert]
    targets: list[Target]


class ScoreCount(BaseModel):
    given: int = Field(description="The score.")
    answers: int = Field(description="Answers that gave it.")


class FeedbackDashboard(BaseModel):
    """What customers say: how the scores lie, and the newest words. Of all answers ever, the figures of 90 days apart."""

    sentiment: Sentiment = Field(description="Of the answers of the last 90 days.")
    nps_scores: list[ScoreCount] = Field(description="0 to 10.")
    satisfaction_scores: list[ScoreCount] = Field(description="1 to 10.")
    technical_issues: list[CustomerAlert] = Field(description="Those that stand.")
    newest: list[Feedback]


class SatisfactionWeek(BaseModel):
    week: str
    sentiment: Sentiment


class Satisfaction(BaseModel):
    """NPS and satisfaction of today and by week."""

    sentiment: Sentiment
    weeks: list[SatisfactionWeek] = Field(description="Weeks with an answer, oldest first.")


@router.get("/success/weekly", operation_id="success_weekly", summary="Read customer success by week")
def get_weekly(principal: TenantReaderDep, found: ServicesDep) -> SuccessWeeks:
    """One row per week in which anything was seen of a customer: events, work done, and what was said."""
    return SuccessWeeks(weeks=read_success(found, principal).weeks)


@router.get("/success/targets", operation_id="success_targets", summary="Read targets and what was measured")
def get_targets(principal: TenantReaderDep, found: ServicesDep) -> SuccessTargets:
    """One row per promise: target, actual, numerator, denominator, and what they count. What was not measured says so."""
    return SuccessTargets(targets=read_success(found, principal).targets)


@router.get("/success/dashboard", operation_id="success_dashboard", summary="Read customer success")
def get_dashboard(principal: TenantReaderDep, found: ServicesDep) -> SuccessDashboard:
    """One picture of the customers that who asks looks after: onboarding, sentiment, unit economics, alerts, targets."""
    success = read_success(found, principal)
    return SuccessDashboard(
        onboarding=onboarding_figures(success.customers),
        sentiment=sentiment(success.figures),
        this_month=success.totals(is_current=True),
        last_month=success.totals(is_current=False),
        open_alerts=[alert for alert in success.alerts if alert.closed_at is None],
        targets=success.targets,
    )


@router.get("/success/feedback-dashboard", operation_id="success_feedback_dashboard", summary="Read what customers say")
def get_feedback_dashboard(principal: TenantReaderDep, found: ServicesDep) -> FeedbackDashboard:
    """One picture of the answers: how the scores lie, what stands as a technical issue, and the newest words."""
    return feedback_dashboard(read_success(found, principal))


@router.get("/analytics/satisfaction", operation_id="success_satisfaction", summary="Read satisfaction")
def get_satisfaction(principal: TenantReaderDep, found: ServicesDep) -> Satisfaction:
    """One row per week with an answer, and the figures of the last 90 days."""
    success = read_success(found, principal)
    said = [week for week in success.weeks if week.sentiment.nps_answers or week.sentiment.satisfaction_answers]
    return Satisfaction(
        sentiment=sentiment(success.figures),
        weeks=[SatisfactionWeek(week=week.week.isoformat(), sentiment=week.sentiment) for week in said],
    )


def feedback_dashboard(success: Success) -> FeedbackDashboard:
    nps = [one.nps_score for one in success.feedback]
    satisfied = [one.satisfaction_score for one in success.feedback]
    return FeedbackDashboard(
        sentiment=sentiment(success.figures),
        nps_scores=[ScoreCount(given=score, answers=nps.count(score)) for score in range(11)],
        satisfaction_scores=[ScoreCount(given=score, answers=satisfied.count(score)) for score in range(1, 11)],
        technical_issues=[a for a in success.alerts if a.kind == "technical_issue" and a.closed_at is None],
        newest=success.feedback[:SHOWN],
    )
