"""Charts of the product metrics: time to first value by week and as a histogram, and the completion funnel (section 9)."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise

from api.dashboard.charts import Chart, Series, Unit, Value
from api.marts.models import FunnelStep, TtfvFigures

TARGET_WITHIN_15_MIN = 0.8
STEP_NAMES: Mapping[str, str] = {
    "created": "Created",
    "attribution_configured": "Attribution configured",
    "first_event_received": "First event received",
    "analytics_viewed": "Analytics viewed",
    "report_generated": "Report generated",
    "completed": "Completed",
}
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
        "ttfv-histogram", "How long it took", list(BIN_NAMES), [Series("Users", counts)], category_name="Time",
        note="Users who have created a campaign, by the time it took them from registration.",
        empty_text="No user has created a campaign yet.",
    )  # fmt: skip


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
