"""The shapes of customer success. A figure that nothing was measured for is null, and says so; it is never a zero."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.models import Money, Shape

AlertKind = Literal["satisfaction", "nps", "technical_issue"]
FeedbackSource = Literal["form", "survey", "api"]
Verdict = Literal["met", "missed", "not_measured"]


class Onboarding(Shape):
    """The clock from the account's creation to the first accepted event."""

    account_at: datetime
    first_event_at: datetime | None = Field(description="null: no event was accepted yet.")
    minutes: float | None = Field(description="null without an event, and where the event precedes the account.")
    is_within_target: bool | None = Field(description="Within five minutes; null while those are not over.")
    is_data_error: bool = Field(description="The first event precedes the account: in no figure.")


class Sentiment(Shape):
    """What was said in answers: each share has its answers beside it."""

    nps: float | None = Field(
        description="Share of promoters (9, 10) minus detractors (0 to 6), -100 to +100; null without answers."
    )
    nps_answers: int = Field(description="Answers with a score from 0 to 10.")
    promoters: int = Field(description="Of these, scores of 9 and 10.")
    detractors: int = Field(description="Of these, scores of 0 to 6.")
    satisfaction: float | None = Field(description="Mean of 1 to 10; null without answers.")
    satisfaction_answers: int = Field(description="Answers with a satisfaction from 1 to 10.")
    technical_issues: int = Field(description="Answers that tell of something that does not work.")


class Customer(Shape):
    """One account, as those see it who look after it."""

    customer_id: UUID
    slug: str = Field(description="Name it as X-Hostread-Tenant to work in the account, where you are a member.")
    name: str
    currency: str
    timezone: str
    created_at: datetime
    former_monthly_cost: Money | None = Field(description="What the customer says it paid a month before; null: not stated.")
    onboarding: Onboarding | None = Field(description="null until the first build with this account.")
    sentiment: Sentiment | None = Field(description="Of the answers of the last 90 days; null until the first build.")
    accepted_events: int | None = Field(description="Events that were accepted, ever.")
    campaigns: int | None = Field(description="Campaigns that its people created.")
    reported_campaigns: int | None = Field(description="Of these, campaigns with a report.")
    last_feedback_at: datetime | None
    open_alerts: int = Field(description="Alerts that stand.")


class CustomerWeek(Shape):
    """One customer's week, or, over several, one week of all of them."""

    week: date = Field(description="Monday, UTC.")
    customers: int = Field(description="Customers of which anything was seen that week.")
    accepted_events: int = Field(description="Events that were accepted.")
    active_users: int = Field(description="People who did something in the product, once per customer and week.")
    created_campaigns: int = Field(description="Campaigns that were created.")
    generated_reports: int = Field(description="Reports that were generated.")
    sentiment: Sentiment


class MonthEconomics(Shape):
    """One customer's month: what it measured, what that cost to run, and what it saves against what it paid before."""

    month: date = Field(description="Its first day, UTC. The current month as far as it has come.")
    accepted_events: int = Field(description="Events that were accepted, of which the cost is a part.")
    infrastructure_cost: Money | None = Field(description="The customer's part of the installation's cost, by events.")
    cost_per_1000_events: Decimal | None = Field(description="In the currency of that cost.", examples=["0.042100"])
    former_cost: Money | None = Field(description="What it would have paid before in the same time.")
    saving: Money | None = Field(description="The former cost less ours; negative: it costs more.")
    saving_rate: float | None = Field(description="saving / former_cost.")
    why_not: str | None = Field(description="What is missing for a saving, and where to state it.")


class CustomerAlert(Shape):
    """One thing that is wrong with a customer."""

    alert_id: UUID
    customer_id: UUID
    customer_name: str
    kind: AlertKind
    value: float | None = Field(description="What was found, of satisfaction and nps.")
    threshold: float | None = Field(description="It is below this.")
    feedback_id: UUID | None = Field(description="The feedback that tells of a technical issue.")
    opened_at: datetime
    closed_at: datetime | None = Field(description="null: it stands.")


class Feedback(Shape):
    """One answer of a customer."""

    feedback_id: UUID
    customer_id: UUID
    customer_name: str
    nps_score: int | None = Field(description="How likely it is to recommend us, 0 to 10.")
    satisfaction_score: int | None = Field(description="How satisfied it is, 1 to 10.")
    comment: str
    is_technical_issue: bool
    source: FeedbackSource
    created_at: datetime
    alert_id: UUID | None = Field(description="The alert that a technical issue opened.")


class Target(Shape):
    """One promise of ours: what was aimed at, what was measured, and of how much."""

    name: str
    title: str
    target: float = Field(description="What was aimed at, in the unit.")
    is_least: bool = Field(description="Whether the target is the least that will do, or the most.")
    unit: str
    actual: float | None = Field(description="null: not measured.")
    numerator: float | None = Field(description="The part that the basis names.")
    denominator: float | None = Field(description="What it is a part of.")
    verdict: Verdict
    basis: str = Field(description="What the numerator and the denominator count, and where they come from.")
    measured: str = Field(description="When, or why not.")


class OnboardingFigures(Shape):
    """Onboarding over customers: those that still wait are in the denominator."""

    customers: int = Field(description="Customers that are seen.")
    onboarded: int = Field(description="Customers with an accepted event.")
    within_target: int = Field(description="Customers whose first event came within five minutes.")
    judged: int = Field(description="Customers with an event, or whose five minutes are over.")
    within_target_rate: float | None = Field(description="within_target / judged; target 0.8.")
    median_minutes: float | None = Field(
        description="Of all customers, those that wait as longer; null where fewer than half have an event."
    )
    data_errors: int = Field(description="Customers whose first event precedes their account: in no figure.")


class CostTotals(Shape):
    """One month of all customers that can be compared in one currency."""

    month: date
    currency: str
    customers: int = Field(description="Customers with an event in the month.")
    accepted_events: int = Field(description="Their events.")
    infrastructure_cost: Money = Field(description="Their part of what the installation costs.")
    cost_per_1000_events: Decimal | None = Field(description="That cost per 1,000 of their events.")
    former_cost: Money | None = Field(description="What those that stated it would have paid before.")
    saving: Money | None = Field(description="What those save.")
    saving_rate: float | None = Field(description="saving / former_cost.")
