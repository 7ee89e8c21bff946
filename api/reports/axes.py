"""The frame of a chart: where values lie, its title, legend, grid and days. Lengths are points."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from reportlab.graphics.shapes import Drawing, Line, String
from reportlab.lib.colors import Color

from api.reports import formats, theme
from api.reports.fonts import BOLD, REGULAR
from api.reports.text import clean, fitting, named, visual, width

LABEL = 7.2
LEFT, RIGHT, TOP, BOTTOM = 38.0, 10.0, 22.0, 18.0


@dataclass(frozen=True)
class Plot:
    """Where data lie on a drawing: the box, and what its height and width stand for."""

    x: float
    y: float
    width: float
    height: float
    top: Decimal
    steps: int
    count: int

    def at(self, index: int, value: Decimal) -> tuple[float, float]:
        across = self.width * (index / (self.count - 1)) if self.count > 1 else self.width / 2
        return self.x + across, self.y + self.height * float(value / self.top)


def nice_scale(largest: Decimal) -> tuple[Decimal, int]:
    """The least round top that holds `largest`, and its number of steps, each 1, 2, 2.5 or 5 times a power of ten."""
    if largest <= 0:
        return Decimal(4), 4
    scales = []
    for steps in (4, 5, 3, 6):
        raw = largest / steps
        size = Decimal(10) ** math.floor(raw.log10())
        step = next(f * size for f in (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10)) if f * size >= raw)
        # Most axes are of counts: steps of 2.5 would look odd where whole ones do.
        if step == step.to_integral_value() or largest < steps:
            scales.append((step * steps, steps))
    return min(scales, key=lambda scale: scale[0])


def heading(drawing: Drawing, title: str, height: float) -> None:
    # reportlab lets nobody set an attribute that it does not know.
    drawing.__dict__["title"] = title
    label(drawing, 0, height - 10, title, size=10, colour=theme.INK, font=BOLD)


def legend(drawing: Drawing, names: Sequence[tuple[str, Color, bool]], height: float) -> None:
    x = 0.0
    for name, colour, dashed in names:
        dash = [3, 2.5] if dashed else None
        drawing.add(Line(x, height - 24, x + 14, height - 24, strokeColor=colour, strokeWidth=2, strokeDashArray=dash))
        label(drawing, x + 18, height - 26.5, name, size=7.8, colour=theme.MUTED)
        x += 18 + width(clean(name), REGULAR, 7.8) + 16


def grid(drawing: Drawing, plot: Plot, currency: str) -> None:
    steps = plot.steps
    for step in range(steps + 1):
        value = plot.top * step / steps
        y = plot.y + plot.height * step / steps
        drawing.add(Line(plot.x, y, plot.x + plot.width, y, strokeColor=theme.MUTED if step == 0 else theme.HAIR, strokeWidth=0.5))
        label(
            drawing,
            plot.x - 5,
            y - 2.5,
            axis_label(value, plot.top / steps, currency),
            size=LABEL,
            colour=theme.MUTED,
            anchor="end",
        )


def axis_label(value: Decimal, step: Decimal, currency: str) -> str:
    """Compact from a thousand on; below it with the digits that the step needs, so that no label is printed twice."""
    if value >= 1000 or step == step.to_integral_value():
        return formats.compact(value, currency)
    digits = max(0, -int(step.normalize().as_tuple().exponent))
    return formats.grouped(value, digits)


def day_axis(drawing: Drawing, plot: Plot, first_day: date, columns: bool = False) -> None:
    """At most seven days named, evenly apart."""
    every = max(1, math.ceil((plot.count - 1) / 6)) if plot.count > 1 else 1
    for index in range(0, plot.count, every):
        x = plot.x + plot.width * (index + 0.5) / plot.count if columns else plot.at(index, Decimal(0))[0]
        anchor = "middle"
        if not columns and index == 0 and plot.count > 1:
            anchor = "start"
        elif not columns and index == plot.count - 1 and plot.count > 1:
            anchor = "end"
        drawing.add(Line(x, plot.y, x, plot.y - 2.5, strokeColor=theme.MUTED, strokeWidth=0.5))
        label(
            drawing,
            x,
            plot.y - 11,
            formats.day_short(first_day + timedelta(days=index)),
            size=LABEL,
            colour=theme.MUTED,
            anchor=anchor,
        )


def label(
    drawing: Drawing, x: float, y: float, text: str, *, size: float, colour: Color, font: str = REGULAR, anchor: str = "start"
) -> None:
    """One line of text in fonts that hold its characters."""
    shown = named(clean(text, 90), font)
    line, whole = visual(shown), width(shown, font, size)
    at = x - whole if anchor == "end" else x - whole / 2 if anchor == "middle" else x
    for face, run in fitting(line, font):
        drawing.add(String(at, y, run, fontName=face, fontSize=size, fillColor=colour))
        at += width(run, face, size)
