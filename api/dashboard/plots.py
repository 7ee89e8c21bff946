"""Pictures that are no chart of series: a time line, a heat map, a curve with its bands. Data here, looks in the browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.dashboard import formats


@dataclass(frozen=True)
class Mark:
    """One moment on a lane; `is_hollow`: it did not count."""

    at: datetime
    lane: str
    text: str
    is_hollow: bool = False


@dataclass(frozen=True)
class Timeline:
    """Lanes from top to bottom, marks on them, and the one moment that all is about."""

    plot_id: str
    title: str
    lanes: Sequence[str]
    marks: Sequence[Mark]
    moment: datetime
    moment_name: str
    note: str = ""
    empty_text: str = "Nothing to draw."
    kind: str = "timeline"

    @property
    def is_short(self) -> bool:
        return len(self.lanes) < 3

    @property
    def is_empty(self) -> bool:
        return not self.marks

    @property
    def description(self) -> str:
        hollow = sum(1 for mark in self.marks if mark.is_hollow)
        return (
            f"{self.title}: {formats.plural(len(self.marks) - hollow, 'touch', 'touches')} that count and {hollow} that do not, "
            f"{self.moment_name.lower()} on {formats.moment(self.moment)}. A table with all of them follows."
        )

    def payload(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "lanes": list(self.lanes),
            "marks": [
                {
                    "at": mark.at.isoformat(), "lane": self.lanes.index(mark.lane), "text": mark.text,
                    "when": formats.moment(mark.at), "is_hollow": mark.is_hollow,
                }
                for mark in self.marks
            ],
            "moment": self.moment.isoformat(),
            "moment_name": self.moment_name,
        }  # fmt: skip


@dataclass(frozen=True)
class Heatmap:
    """A value for each pair of a row and a column; None where there is none."""

    plot_id: str
    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[int | None]]
    unit: str
    note: str = ""
    empty_text: str = "Nothing to draw."
    kind: str = "heatmap"
    is_short: bool = False

    @property
    def is_empty(self) -> bool:
        return not any(value for row in self.values for value in row)

    @property
    def description(self) -> str:
        return f"{self.title}: {self.unit} for {len(self.rows)} by {len(self.columns)}. A table with the figures follows."

    def payload(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "rows": list(self.rows), "columns": list(self.columns), "values": [list(row) for row in self.values],
            "unit": self.unit,
        }  # fmt: skip


@dataclass(frozen=True)
class Curve:
    """A line over amounts of money with bands, one amount marked; `points`: (x, y, low 80, high 80, low 95, high 95)."""

    plot_id: str
    title: str
    points: Sequence[Sequence[float]]
    currency: str
    x_name: str
    y_name: str
    mark: float
    mark_name: str
    note: str = ""
    empty_text: str = "Nothing to draw."
    kind: str = "curve"
    is_short: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.points

    @property
    def description(self) -> str:
        return f"{self.title}: {self.y_name} by {self.x_name}, with 80% and 95% bands. A table with the figures follows."

    def payload(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "points": [list(point) for point in self.points], "currency": self.currency, "x_name": self.x_name,
            "y_name": self.y_name, "mark": self.mark, "mark_name": self.mark_name,
        }  # fmt: skip
