"""Charts of the product metrics: time to first value by week and as a histogram, and the completion funnel (section 9)."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise

from api.dashboard import formats
from api.dashboard.charts import Chart, Series, Unit, Value
from api.marts.models import FunnelStep, TtfvFigures
from api.marts.models.product import CurvePoint, FrictionPoint, RateFigures

TARGET_WITHIN_15_MIN = 0.8
STEP_NAMES: Mapping[str, str] = {
    "created": "Created",
    "attribution_configured": "Attribution configured",
    "first_event_received": "First event received",
    "analytics_viewed": "Analytics viewed",
    "report_generated": "Report generated",
    "completed": "Completed",
}
# What a step is called where people stop at it, repeat it or fail in it.
ACTIONS: Mapping[str, str] = {
    "user_registered": "registering",
    "campaign_created": "creating a campaign",
    "attribution_configured": "configuring attribution",
    "first_event_received": "the first event",
    "analytics_viewed": "looking at analytics",
    "report_generated": "a report that was not the final one",
    "create_campaign": "creating a campaign",
    "change_campaign": "changing a campaign",
    "view_analytics": "opening analytics",
    "request_report": "requesting a report",
    "generate_report": "generating a report",
    "download_report": "downloading a report",
}
TARGET_ERROR_RATE = 0.02
SHOWN_FRICTION = 3
# Upper ends in seconds, each exclusive, and the names of the bins they make.
BINS = (300, 900, 1_800, 3_600, 14_400, 86_400, 604_800)
BIN_NAMES = ("< 5 min", "5–15 min", "15–30 min", "30–60 min", "1–4 h", "4–24 h", "1–7 d", "> 7 d")


def ttfv_by_week(weeks: Sequence[TtfvFigures]) -> Chart:
    """Kaplan-Meier median and 75th percentile in minutes by signup week; a quantile that the curve does not reach is a gap."""
    rows = [week for week in weeks if week.signup_week is not None]
    return Chart(
        "ttfv-weekly", "Time to first campaign, by week of registration", [w.signup_week for w in rows if w.signup_week],
        [
            Series("Median", [_minutes(w.median_s) for w in rows], form="line"),
            Series("75th percentile", [_minutes(w.p75_s) for w in rows], tone="2", form="line"),
        ],
        unit=Unit("minutes"),
        is_log=True, category_name="Week of",
        note="Kaplan–Meier estimates: users who have no campaign yet stay in the count. A gap: fewer users got so far.",
        empty_text="Nobody has registered yet.",
    )  # fmt: skip


def within_target_by_week(weeks: Sequence[TtfvFigures]) -> Chart:
    """The share of each week's users with a campaign within 15 minutes, beside the target."""
    rows = [week for week in weeks if week.signup_week is not None]
    return Chart(
        "ttfv-share", "First campaign within 15 minutes", [w.signup_week for w in rows if w.signup_week],
        [
            Series("Share of users", [w.within_15_min_rate for w in rows]),
            Series("Target", [TARGET_WITHIN_15_MIN for _ in rows], tone="muted", form="line", is_dashed=True),
        ],
        unit=Unit("rate"), category_name="Week of", empty_text="Nobody has registered yet.",
    )  # fmt: skip


def histogram(observed_s: Sequence[float]) -> Chart:
    """Users by the time from registration to their first campaign; those still without one are not in it."""
    counts = [0] * len(BIN_NAMES)
    for seconds in observed_s:
        counts[bisect_right(BINS, seconds)] += 1
    return Chart(
        "ttfv-histogram", "How long it took", list(BIN_NAMES), [Series("Users", counts)], category_name="Time", is_horizontal=True,
        note="Users who have created a campaign, by the time it took them from registration.",
        empty_text="No user has created a campaign yet.",
    )  # fmt: skip


def survival(points: Sequence[CurvePoint]) -> Chart:
    """The share of users still without a campaign, by time since registration, with its 95 % band."""
    return Chart(
        "ttfv-curve", "Still without a campaign", [formats.duration(point.moment_s) for point in points],
        [
            Series("Users without a campaign", [point.waiting_rate for point in points], form="line"),
            Series("Band, upper", [point.waiting_high for point in points], tone="muted", form="line", is_dashed=True),
            Series("Band, lower", [point.waiting_low for point in points], tone="muted", form="line", is_dashed=True),
        ],
        unit=Unit("rate"), category_name="After",
        note=at_risk_note(points), empty_text="Nobody has registered yet.",
    )  # fmt: skip


def at_risk_note(points: Sequence[CurvePoint]) -> str:
    """How many stand behind the curve at the moments that people ask for."""
    shown = [f"{formats.number(p.at_risk)} at {formats.duration(p.moment_s)}" for p in points if p.moment_s in (60, 900, 86_400)]
    return f"Kaplan–Meier estimate with its 95% band. At risk: {', '.join(shown)}." if shown else ""


def rates_by_week(weeks: Sequence[RateFigures]) -> Chart:
    """Campaign creation and report generation by cohort week."""
    rows = [week for week in weeks if week.week is not None]
    return Chart(
        "rates-weekly", "Users who create a campaign, campaigns that get a report", [w.week for w in rows if w.week],
        [
            Series("Users with a campaign", [w.campaign_creation_rate for w in rows]),
            Series("Campaigns with a report", [w.report_generation_rate for w in rows], tone="2"),
        ],
        unit=Unit("rate"), category_name="Week of",
        note="Of the users who registered and the campaigns that were created that week, whenever they got there.",
        empty_text="Nobody has registered yet.",
    )  # fmt: skip


def friction_lines(points: Sequence[FrictionPoint]) -> list[tuple[str, str, str]]:
    """(what happens, how often, where it was last) of the points that hit most."""
    return [(friction_name(p), friction_reach(p), formats.moment(p.last_at)) for p in points[:SHOWN_FRICTION]]


def friction_name(point: FrictionPoint) -> str:
    """`Stop after registering`, `Repeat changing a campaign`, `Fail at opening analytics`."""
    link = {"stop": "Stop after", "repeat": "Repeat", "fail": "Fail at"}[point.kind]
    return f"{link} {ACTIONS.get(point.step, point.step)}"


def friction_reach(point: FrictionPoint) -> str:
    return f"{formats.number(point.affected)} of {formats.number(point.reached)} ({formats.rate(point.affected_rate)})"


def funnel(steps: Sequence[FunnelStep]) -> Chart:
    """Campaigns that came at least as far as each step."""
    return Chart(
        "funnel", "From created to completed", [STEP_NAMES.get(s.step, s.step) for s in steps],
        [Series("Campaigns", [s.campaigns for s in steps])], category_name="Step", is_horizontal=True,
        note="All campaigns, by creation date; later steps may come after the period's end.",
        empty_text="No campaign has been created yet.",
    )  # fmt: skip


def drop_off(steps: Sequence[FunnelStep]) -> tuple[str, int] | None:
    """The step that loses most campaigns, and how many; None where none is lost."""
    losses = [(STEP_NAMES.get(b.step, b.step), a.campaigns - b.campaigns) for a, b in pairwise(steps)]
    worst = max(losses, key=lambda loss: loss[1], default=None)
    return worst if worst and worst[1] > 0 else None


def _minutes(seconds: float | None) -> Value:
    # At least a second: a logarithmic axis has no zero.
    return None if seconds is None else max(seconds, 1) / 60
