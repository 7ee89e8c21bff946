"""Figures over several customers: counts are added, shares and scores are made of the sums, a median is of customers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from api.success.models import Customer, CustomerWeek, Onboarding, OnboardingFigures, Sentiment

# Domain rules, section 9: target under 5 minutes.
ONBOARDING_TARGET_MINUTES = 5.0
ANSWERS = ("nps_answers", "promoters", "detractors", "satisfaction_answers", "satisfaction_sum", "technical_issues")
WORK = ("accepted_count", "active_users", "created_campaigns", "generated_reports")


def sentiment(rows: Iterable[Mapping[str, Any]]) -> Sentiment:
    """NPS and satisfaction of all answers that these rows count."""
    sums = dict.fromkeys(ANSWERS, 0)
    for row in rows:
        for name in ANSWERS:
            sums[name] += int(row[name])
    answers, satisfied = sums["nps_answers"], sums["satisfaction_answers"]
    return Sentiment(
        nps=100 * (sums["promoters"] - sums["detractors"]) / answers if answers else None,
        nps_answers=answers,
        promoters=sums["promoters"],
        detractors=sums["detractors"],
        satisfaction=sums["satisfaction_sum"] / satisfied if satisfied else None,
        satisfaction_answers=satisfied,
        technical_issues=sums["technical_issues"],
    )


def onboarding(row: Mapping[str, Any], now: datetime) -> Onboarding:
    """One customer's clock, as it stands."""
    account_at = datetime.fromisoformat(row["account_at"])
    seconds, is_error = row["onboarding_s"], bool(row["is_data_error"])
    minutes = None if seconds is None or is_error else float(seconds) / 60
    waited = (now - account_at).total_seconds() / 60
    within = minutes < ONBOARDING_TARGET_MINUTES if minutes is not None else None
    if minutes is None and not is_error and waited >= ONBOARDING_TARGET_MINUTES:
        within = False
    return Onboarding(
        account_at=account_at,
        first_event_at=datetime.fromisoformat(row["first_event_at"]) if row["first_event_at"] else None,
        minutes=minutes,
        is_within_target=within,
        is_data_error=is_error,
    )


def onboarding_figures(customers: Sequence[Customer]) -> OnboardingFigures:
    """Over customers whose clock is known; one that still waits has waited longer than any that is done."""
    clocks = [c.onboarding for c in customers if c.onboarding is not None]
    sound = [clock for clock in clocks if not clock.is_data_error]
    judged = [clock for clock in sound if clock.is_within_target is not None]
    within = sum(clock.is_within_target is True for clock in judged)
    times = sorted(clock.minutes for clock in sound if clock.minutes is not None)
    return OnboardingFigures(
        customers=len(customers),
        onboarded=len(times),
        within_target=within,
        judged=len(judged),
        within_target_rate=within / len(judged) if judged else None,
        median_minutes=times[(len(judged) - 1) // 2] if judged and (len(judged) - 1) // 2 < len(times) else None,
        data_errors=len(clocks) - len(sound),
    )


def weeks(rows: Iterable[Mapping[str, Any]]) -> list[CustomerWeek]:
    """One row per week, oldest first, over all customers in `rows`; people are counted once per customer and week."""
    found = []
    for week, of_week in groupby(sorted(rows, key=lambda row: str(row["week"])), key=lambda row: row["week"]):
        these = list(of_week)
        work = {name: sum(int(row[name]) for row in these) for name in WORK}
        found.append(
            CustomerWeek(
                week=week, customers=len({row["customer_id"] for row in these}), accepted_events=work["accepted_count"],
                active_users=work["active_users"], created_campaigns=work["created_campaigns"],
                generated_reports=work["generated_reports"], sentiment=sentiment(these),
            )
        )  # fmt: skip
    return found
