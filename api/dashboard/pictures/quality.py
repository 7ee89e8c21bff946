"""Charts of reconciliation: two counts side by side, and what their gap is made of."""

from collections.abc import Mapping
from typing import Any

from api.dashboard.charts import Chart, Series
from api.dashboard.pictures.campaign import days_between
from api.marts.models.quality import CAUSES, ReconciliationPair

CAUSE_NAMES: Mapping[str, str] = {
    "time_zone": "Time zone",
    "late_data": "Late data",
    "window": "Counting window",
    "threshold": "Minute of audio",
    "bots": "Bots and data centres",
    "geography": "Geography",
    "missing_source": "Missing source",
    "unexplained": "Unexplained",
}
VERDICT_NAMES: Mapping[str, str] = {
    "within_5_percent": "Within 5 %",
    "explained": "Explained",
    "unexplained": "Unexplained",
    "missing_source": "Missing source",
    "not_comparable": "Another metric",
}
KIND_NAMES: Mapping[str, str] = {
    "spike": "Spike",
    "drop": "Drop",
    "household_dominates": "One household",
    "agent_dominates": "One agent",
    "impossible_completion": "Completion",
}


def source_name(source: str) -> str:
    """A source as people call it: ours by what it is, a host by its name."""
    return {"logs": "Own logs", "prefix": "Own prefix", "op3": "OP3"}.get(source, source.replace("_", " ").title())


def counts_by_day(pair: ReconciliationPair) -> Chart:
    """Both counts of each day; a day that one lacks has no point in its line."""
    by_day = {row.day: row for row in pair.daily}
    days = days_between(min(by_day), max(by_day)) if by_day else []

    def values(field: str) -> list[Any]:
        return [getattr(by_day[day], field) if day in by_day else None for day in days]

    return Chart(
        "counts",
        "Two counts, day by day",
        days,
        [
            Series(source_name(pair.source_a), values("count_a"), form="line"),
            Series(source_name(pair.source_b), values("count_b"), form="line", tone="3", is_dashed=True),
        ],
        note=f"Ours by UTC days, 24 h from the first request; the other's in its own days ({pair.time_zone or 'as it has them'}).",
        empty_text="Neither source has a download in this range.",
    )


def causes(pair: ReconciliationPair) -> Chart:
    """The gap over the range, cause by cause; what was not measured between these two is left out."""
    measured = [(cause, value) for cause in CAUSES if (value := getattr(pair.causes, cause)) is not None]
    return Chart(
        "causes",
        "What the gap is made of",
        [CAUSE_NAMES[cause] for cause, _ in measured],
        [
            Series(
                "Downloads",
                [value for _, value in measured],
                item_tones=["muted" if c == "unexplained" else "1" for c, _ in measured],
            )
        ],
        category_name="Cause",
        is_horizontal=True,
        note="Each cause is our own requests counted with and without it; together they are the gap.",
        empty_text="There is no gap.",
    )
