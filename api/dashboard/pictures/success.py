"""Customer success as tiles, lines and charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from api.dashboard import formats
from api.dashboard.charts import Chart, Series
from api.dashboard.rendering import Tile, money
from api.success.models import CostTotals, Customer, CustomerWeek, OnboardingFigures, Sentiment, Target

VERDICTS = {"met": ("Met", "active"), "missed": ("Missed", "failed"), "not_measured": ("Not measured", "draft")}
ALERTS = {"satisfaction": "Satisfaction is low", "nps": "NPS is low", "technical_issue": "Technical issue"}


@dataclass(frozen=True)
class TargetLine:
    """One promise as a row of the page."""

    title: str
    target: str
    actual: str
    counts: str
    verdict: str
    tone: str
    basis: str
    measured: str


def success_tiles(clock: OnboardingFigures, said: Sentiment, month: CostTotals | None) -> list[Tile]:
    """Onboarding, NPS, satisfaction and, where costs are stated, what a thousand events cost and customers save."""
    tiles = [
        Tile(
            "Onboarded within 5 minutes", formats.rate(clock.within_target_rate, 0),
            f"{formats.number(clock.within_target)} of {formats.number(clock.judged)}", clock.within_target_rate, 0.8,
        ),
        Tile("Median time to the first event", formats.duration(_seconds(clock.median_minutes)), "those that wait included"),
        *sentiment_tiles(said),
    ]  # fmt: skip
    if month is not None:
        cost = month.cost_per_1000_events
        exact = f"{month.currency} {cost}" if cost is not None else formats.NONE
        tiles += [
            Tile("Cost of 1,000 events, last month", exact, f"{formats.number(month.accepted_events)} events"),
            Tile("Saving, last month", money(month.saving), f"{formats.rate(month.saving_rate, 0)} of the former cost"),
        ]
    return tiles


def sentiment_tiles(said: Sentiment) -> list[Tile]:
    """NPS and satisfaction of 90 days, each with its answers."""
    satisfied = formats.NONE if said.satisfaction is None else f"{formats.number(said.satisfaction, 1)} of 10"
    return [
        Tile("NPS, 90 days", nps(said.nps), f"{formats.plural(said.nps_answers, 'answer')}; target 50"),
        Tile("Satisfaction, 90 days", satisfied, f"{formats.plural(said.satisfaction_answers, 'answer')}; target 7"),
    ]


def nps(score: float | None) -> str:
    """`+40`, `−10`, `0`."""
    return formats.NONE if score is None else f"{'+' if round(score) > 0 else ''}{formats.number(score)}"


def onboarding_line(customer: Customer) -> str:
    """How long the account took to its first event, or that it waits."""
    clock = customer.onboarding
    if clock is None:
        return "First build to come"
    if clock.is_data_error:
        return "Event before the account"
    return "No event yet" if clock.minutes is None else formats.duration(clock.minutes * 60)


def onboarding_tiles(customer: Customer) -> list[Tile]:
    """One customer's clock and volume."""
    return [
        Tile("Time to the first event", onboarding_line(customer), "target under 5 minutes"),
        Tile("Accepted events", formats.compact(customer.accepted_events), "", exact=formats.number(customer.accepted_events)),
    ]


def target_lines(targets: Sequence[Target]) -> list[TargetLine]:
    return [target_line(target) for target in targets]


def target_line(target: Target) -> TargetLine:
    """One promise, its figures spelled."""
    sign = "≥" if target.is_least else "<"
    counts = f"{_count(target.numerator)} of {_count(target.denominator)}" if target.denominator is not None else formats.NONE
    verdict, tone = VERDICTS[target.verdict]
    return TargetLine(
        target.title,
        f"{sign}\u00a0{_spell(target.target, target.unit)}" if target.target else "more than nothing",
        _spell(target.actual, target.unit),
        counts,
        verdict,
        tone,
        target.basis,
        target.measured,
    )


def satisfaction_by_week(weeks: Sequence[CustomerWeek]) -> Chart:
    """Mean satisfaction of each week's answers; a week without one is a gap."""
    return Chart(
        "satisfaction-weekly", "Satisfaction by week", [week.week for week in weeks],
        [
            Series("Satisfaction", [week.sentiment.satisfaction for week in weeks]),
            Series("Target", [7 for _ in weeks], tone="muted", form="line", is_dashed=True),
        ],
        category_name="Week of", note="1 to 10, of the answers of that week.", empty_text="Nobody has answered yet.",
    )  # fmt: skip


def events_by_week(weeks: Sequence[CustomerWeek]) -> Chart:
    """Accepted events of each week."""
    return Chart(
        "events-weekly", "Accepted events by week", [week.week for week in weeks],
        [Series("Events", [week.accepted_events for week in weeks])], category_name="Week of",
        empty_text="No event was accepted yet.",
    )  # fmt: skip


def scores(counts: Sequence[tuple[int, int]], chart_id: str, title: str) -> Chart:
    """How many gave each score."""
    return Chart(
        chart_id, title, [str(score) for score, _ in counts], [Series("Answers", [answers for _, answers in counts])],
        category_name="Score", size="short", empty_text="Nobody has answered yet.",
    )  # fmt: skip


def _seconds(minutes: float | None) -> float | None:
    return None if minutes is None else minutes * 60


def _spell(value: float | None, unit: str) -> str:
    if value is None:
        return formats.NONE
    if unit == "share":
        return formats.rate(value, 1)
    return {"ms": f"{formats.number(value)}\u00a0ms", "of 10": formats.number(value, 1), "points": nps(value)}[unit]


def _count(value: float | None) -> str:
    if value is None:
        return formats.NONE
    return formats.number(Decimal(repr(value)), 0 if float(value).is_integer() else 2)
