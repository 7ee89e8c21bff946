"""What a chart says, as data: the browser draws it and the page's table spells it from one and the same object.

The payload is no ECharts option: it names values, units and tones, and `static/charts.js` decides how they look in light and dark.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from api.dashboard import formats

UnitKind = Literal["count", "money", "rate", "multiple", "decimal", "minutes"]
Tone = Literal["1", "2", "3", "4", "5", "muted"]
Value = int | float | Decimal | None


@dataclass(frozen=True)
class Unit:
    """What a value is: money needs its currency."""

    kind: UnitKind = "count"
    currency: str = ""

    def spell(self, value: Value) -> str:
        spellings: Mapping[str, Callable[[Value], str]] = {
            "count": formats.number,
            "money": lambda v: formats.money(None if v is None else Decimal(str(v)), self.currency),
            "rate": formats.rate,
            "multiple": formats.multiple,
            "decimal": lambda v: formats.number(v, 2),
            "minutes": lambda v: formats.duration(None if v is None else float(v) * 60),
        }
        return spellings[self.kind](value)


@dataclass(frozen=True)
class Series:
    """One line or set of bars; `values` has one entry per category, None where there is none. `tone` picks the colour."""

    name: str
    values: Sequence[Value]
    tone: Tone = "1"
    form: Literal["line", "area", "bar"] = "bar"
    is_dashed: bool = False
    # A colour for each bar, where the categories have colours of their own.
    item_tones: Sequence[Tone] = ()


@dataclass(frozen=True)
class Chart:
    """One chart: categories along one axis, series of one unit along the other."""

    chart_id: str
    title: str
    categories: Sequence[str | date]
    series: Sequence[Series]
    unit: Unit = Unit()
    category_name: str = "Day"
    note: str = ""
    empty_text: str = "Nothing to draw yet."
    is_horizontal: bool = False
    is_stacked: bool = False
    # Where values span orders of magnitude; they must be above zero.
    is_log: bool = False
    size: Literal["short", "normal", "tall"] = "normal"
    marks: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not any(value for series in self.series for value in series.values)

    @property
    def description(self) -> str:
        """What a screen reader says in place of the picture; the table beside it has the figures."""
        names = ", ".join(series.name for series in self.series)
        entries = formats.plural(len(self.categories), "entry", "entries")
        return f"{self.title}: {names} for {entries}. A table with the figures follows."

    def payload(self) -> dict[str, Any]:
        """The JSON that the page embeds."""
        return {
            "categories": [c.isoformat() if isinstance(c, date) else c for c in self.categories],
            "is_time": bool(self.categories) and isinstance(self.categories[0], date),
            "unit": {"kind": self.unit.kind, "currency": self.unit.currency},
            "is_horizontal": self.is_horizontal,
            "is_stacked": self.is_stacked,
            "is_log": self.is_log,
            "marks": dict(self.marks),
            "series": [
                {
                    "name": s.name,
                    "values": [_plain(v) for v in s.values],
                    "tone": s.tone,
                    "item_tones": list(s.item_tones),
                    "form": s.form,
                    "is_dashed": s.is_dashed,
                }
                for s in self.series
            ],
        }

    def rows(self) -> list[tuple[str, list[str]]]:
        """The same figures as a table: a row per category, spelled as everywhere on the page."""
        return [
            (formats.day(category) if isinstance(category, date) else category, [self.unit.spell(s.values[i]) for s in self.series])
            for i, category in enumerate(self.categories)
        ]


def _plain(value: Value) -> int | float | None:
    return float(value) if isinstance(value, Decimal) else value
