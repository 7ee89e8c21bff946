"""What we promise beside what was measured: each with its numerator and denominator, and nothing made up where none was."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from api.database import Writer
from api.success.figures import ONBOARDING_TARGET_MINUTES
from api.success.models import CostTotals, OnboardingFigures, Sentiment, Target, Verdict

SHEET = Path(__file__).resolve().parents[2] / "docs" / "score-sheet.json"
SERVICE_DAYS = 30
API_P95_MS = 100.0


@dataclass(frozen=True)
class Promise:
    """One target as it is aimed at."""

    name: str
    title: str
    target: float
    unit: str
    basis: str
    is_least: bool = True


WORLDS = Promise(
    "attribution_accuracy", "Attribution accuracy, simulated worlds", 0.95, "share",
    "caused conversions credited to the campaign that caused them by the evidence owner, of all caused conversions that reached us "
    "(docs/score-sheet.json, caused_credited): some leave no evidence, whoever counts",
)  # fmt: skip
DETERMINISTIC = Promise(
    "attribution_accuracy_deterministic", "Attribution accuracy, deterministic evidence", 0.99, "share",
    "conversions owned by a click, a vanity path or a code whose owner is the right campaign, of all that these own "
    "(docs/score-sheet.json, deterministic_right)",
)  # fmt: skip
P95 = Promise(
    "api_p95", "API, 95th percentile", API_P95_MS, "ms",
    f"requests that were answered within the target, of all to the API in {SERVICE_DAYS} days; actual is the percentile", False,
)  # fmt: skip
UPTIME = Promise(
    "uptime", "Uptime", 0.999, "share",
    f"requests to the API that no fault of ours failed, of all in {SERVICE_DAYS} days: what never reached a process is in neither",
)  # fmt: skip
SATISFACTION = Promise("satisfaction", "Satisfaction", 7.0, "of 10", "sum of satisfaction, of the answers of 90 days")
NPS = Promise(
    "nps", "Net promoter score", 50.0, "points", "promoters minus detractors, of the answers of 90 days; actual times 100"
)
SAVINGS = Promise(
    "savings", "Saving against the former cost", 0.0, "share",
    "what customers save, of what they say they paid before, in the last whole month; customers for which both are known",
)  # fmt: skip
ONBOARDING = Promise(
    "onboarding", "Onboarded within five minutes", 0.8, "share",
    f"customers with an accepted event within {ONBOARDING_TARGET_MINUTES:.0f} minutes of their account, of all whose time is over",
)  # fmt: skip


def score_targets(sheet: Mapping[str, Any] | None) -> list[Target]:
    """Accuracy as `make score` measured it, pooled over its seeds."""
    found = []
    for promise, figure in ((WORLDS, "caused_credited"), (DETERMINISTIC, "deterministic_right")):
        rows = (sheet or {}).get("figures", {}).get(figure, {}).get("rows", [])
        row = next((row for row in rows if (row["group"], row["model"]) == ("all", "owner")), None)
        if sheet is None or row is None:
            found.append(not_measured(promise, "no score sheet is here: `make score` writes docs/score-sheet.json"))
            continue
        about = sheet["about"]
        said = f"{about['measured_on']}, at commit {about['commit']}, on {len(about['seeds'])} worlds"
        found.append(measured(promise, row["pooled"], row["met"], row["of"], said))
    return found


def service_targets(row: Mapping[str, Any] | None) -> list[Target]:
    """Of app.service_levels; None: no process has measured a request yet."""
    if row is None:
        return [not_measured(promise, "no request was measured yet") for promise in (P95, UPTIME)]
    asked, said = row["request_count"], f"since {row['first_minute_at']:%Y-%m-%d %H:%M} UTC"
    well = asked - row["failed_count"]
    return [measured(P95, row["p95_ms"], row["within_count"], asked, said), measured(UPTIME, well / asked, well, asked, said)]


def customer_targets(onboarding: OnboardingFigures, said: Sentiment, last_month: CostTotals | None, satisfied: int) -> list[Target]:
    """Of the customers that are seen. `satisfied`: the sum of their satisfaction."""
    nobody = "no answers yet"
    return [
        measured(SATISFACTION, said.satisfaction, satisfied, said.satisfaction_answers, "by the served build")
        if said.satisfaction is not None
        else not_measured(SATISFACTION, nobody),
        measured(NPS, said.nps, said.promoters - said.detractors, said.nps_answers, "by the served build")
        if said.nps is not None
        else not_measured(NPS, nobody),
        measured(
            SAVINGS, last_month.saving_rate, float(last_month.saving.amount), float(last_month.former_cost.amount),
            f"{last_month.month:%Y-%m}, in {last_month.currency}",
        )
        if last_month and last_month.saving_rate is not None and last_month.saving and last_month.former_cost
        else not_measured(SAVINGS, "no customer has both a cost of ours and a former one in the last whole month"),
        measured(ONBOARDING, onboarding.within_target_rate, onboarding.within_target, onboarding.judged, "by the served build")
        if onboarding.within_target_rate is not None
        else not_measured(ONBOARDING, "no customer's five minutes are over"),
    ]  # fmt: skip


def measured(promise: Promise, actual: float, numerator: float, denominator: float, said: str) -> Target:
    # A saving of exactly nothing is none, and five minutes are not under five.
    met = actual >= promise.target if promise.is_least else actual < promise.target
    if promise is SAVINGS:
        met = actual > promise.target
    return _target(promise, actual, numerator, denominator, "met" if met else "missed", said)


def not_measured(promise: Promise, why: str) -> Target:
    return _target(promise, None, None, None, "not_measured", why)


def service_levels(c: Writer, now: datetime) -> Mapping[str, Any] | None:
    """How the API answered in the last days, or None where nothing was measured."""
    since = now - timedelta(days=SERVICE_DAYS)
    return c.execute("select * from app.service_levels(%s, %s)", [since, API_P95_MS]).fetchone()


@lru_cache(maxsize=1)
def score_sheet() -> Mapping[str, Any] | None:
    """docs/score-sheet.json as it was when the process began, or None where there is none."""
    if not SHEET.is_file():
        return None
    found: Mapping[str, Any] = json.loads(SHEET.read_text("utf-8"))
    return found


def last_whole_month(today: date) -> date:
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def all_targets(
    service: Mapping[str, Any] | None, onboarding: OnboardingFigures, said: Sentiment, last_month: CostTotals | None, satisfied: int
) -> Sequence[Target]:
    """Every promise, in the order in which they are told."""
    return [*score_targets(score_sheet()), *service_targets(service), *customer_targets(onboarding, said, last_month, satisfied)]


def _target(
    promise: Promise, actual: float | None, numerator: float | None, denominator: float | None, verdict: Verdict, said: str
) -> Target:
    return Target(
        name=promise.name, title=promise.title, target=promise.target, is_least=promise.is_least, unit=promise.unit, actual=actual,
        numerator=numerator, denominator=denominator, verdict=verdict, basis=promise.basis, measured=said,
    )  # fmt: skip
