"""A restatement: what an earlier version of the same report said, what is so now, and why. Pure.

Only what was over is restated: of a report whose period was over every figure told, of one that still runs the days that were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from api.reports.cells import decimal, moment, number, text, word
from api.reports.document import Document, Figure, Section, Table, Value, all_figures
from api.reports.figures import KINDS
from api.reports.formats import counted, day
from api.reports.language import say

# A difference table is read; beyond this it is counted, and all of it is in the two CSVs.
MOST_ROWS = 200
CAUSES: Mapping[str, str] = {
    "late_requests": "downloads arrived late", "late_event": "events arrived late", "recount": "a recount",
    "decision": "a decision of the account", "settings": "other counting rules", "setting": "other windows, weights or limits",
    "feed": "the feed changed", "host": "the host's own numbers changed", "books": "imported orders changed",
    "entries": "a campaign, placement or code was changed", "identity_split": "people were told apart",
    "identity_merge": "people were joined", "changed_data": "data changed", "full_build": "a full build",
}  # fmt: skip
UNKNOWN = "no build recorded a cause"


@dataclass(frozen=True)
class Told:
    """An earlier report of the same subject and period. `causes`: what builds have recorded since, by day."""

    report_id: str
    version: int
    build_id: str
    published_at: datetime
    figures: tuple[Figure, ...]
    causes: Mapping[date, tuple[str, ...]]


@dataclass(frozen=True)
class Change:
    before: Figure
    after: Figure
    causes: tuple[str, ...]


def changes(document: Document, told: Told, last_day: date | None = None) -> tuple[Change, ...]:
    """The figures that were told of days that were over and read otherwise now, in the report's order.

    `last_day` is the period's; without one, only what is of a day can have been over.
    """
    told_on = told.published_at.date()
    earlier = {figure.figure_id: figure for figure in told.figures}
    every = tuple(dict.fromkeys(cause for causes in told.causes.values() for cause in causes))
    is_over = last_day is not None and last_day < told_on
    found = []
    for section, after in all_figures(document):
        before = earlier.get(after.figure_id)
        if before is None or section.section_id not in KINDS[document.kind].told or after.unit in ("text", "date", "datetime"):
            continue
        of_day = day_of(after)
        if (of_day < told_on if of_day else is_over) and differs(before, after):
            found.append(Change(before, after, told.causes.get(of_day, ()) if of_day else every))
    return tuple(found)


def differs(before: Figure, after: Figure) -> bool:
    """Whether a number is another one; a CSV spells a number that is a float with all its digits."""
    if before.value is None or after.value is None:
        return (before.value is None) != (after.value is None)
    return before.currency != after.currency or not equal(before.value, after.value)


def equal(before: Value, after: Value) -> bool:
    if isinstance(before, int | Decimal) and isinstance(after, int | Decimal):
        return Decimal(before) == Decimal(after)
    return before == after


def day_of(figure: Figure) -> date | None:
    try:
        return date.fromisoformat(figure.dimension)
    except ValueError:
        return None


def restated_section(told: Told, found: Sequence[Change], version: int) -> Section:
    """What a reader of the earlier version must know, before anything else."""
    causes = tuple(dict.fromkeys(cause for change in found for cause in change.causes))
    rows = tuple(row(n, change) for n, change in enumerate(found[:MOST_ROWS], start=1))
    left = len(found) - len(rows)
    return Section(
        "restatement",
        "Restatement",
        intro=counted(
            len(found),
            "This is version {version}. {n} figure of a day that was over differs from version {earlier} of {day}: {causes}.",
            "This is version {version}. {n} figures of days that were over differ from version {earlier} of {day}: {causes}.",
            version=version, earlier=told.version, day=day(told.published_at), causes=in_words(causes),
        ),
        figures=(
            number("restatement.version", "Version", version),
            number("restatement.restates_version", "Restates version", told.version),
            text("restatement.restates_report", "Restated report", told.report_id),
            text("restatement.restates_build", "Its build", told.build_id),
            moment("restatement.restates_published_at", "Its build was published", told.published_at),
            number("restatement.changed_figures", "Figures changed", len(found)),
        ),
        layout="list",
        tables=(
            Table(
                "differences", "Differences", ("Figure", "Of", "Before", "Now", "Difference", "Cause"), rows,
                widths=(2, 1.6, 1.3, 1.3, 1.2, 2.2),
                note=counted(left, "{n} more is in the CSV of both versions.", "{n} more are in the CSV of both versions.")
                if left else "",
            ),
        ),
    )  # fmt: skip


def row(n: int, change: Change) -> tuple[Figure, ...]:
    key, of, before, after = f"restatement.{n}", change.after.dimension, change.before, change.after
    difference = None
    if isinstance(before.value, int | Decimal) and isinstance(after.value, int | Decimal):
        difference = Decimal(after.value) - Decimal(before.value)
    return (
        word(f"{key}.figure", "Figure", after.label, of),
        text(f"{key}.of", "Of", of_words(after), of),
        Figure(f"{key}.before", "Before", decimal_of(before), after.unit, before.currency, of, before.absent),
        Figure(f"{key}.after", "Now", after.value, after.unit, after.currency, of, after.absent),
        Figure(f"{key}.difference", "Difference", difference, after.unit, after.currency, of, "–"),
        text(f"{key}.cause", "Cause", in_words(change.causes), of),
    )


def decimal_of(figure: Figure) -> Value:
    value = figure.value
    return decimal(value) if isinstance(value, int | Decimal) else value


def of_words(figure: Figure) -> str:
    """A day as people write it; else the figure's id, which the CSV of both versions has."""
    one = day_of(figure)
    return day(one) if one else figure.figure_id


def in_words(causes: Sequence[str]) -> str:
    return ", ".join(say(CAUSES.get(cause, cause)) for cause in causes) if causes else say(UNKNOWN)
