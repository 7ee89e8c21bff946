"""Vector charts, drawn from shapes so that type, colours and grid are the report's own. Lengths are points."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from reportlab.graphics.shapes import Drawing, Line, Path, PolyLine, Rect, String
from reportlab.lib.colors import Color

from api.reports import formats, theme
from api.reports.text import BOLD, REGULAR, clean, fitting, visual, width

LABEL = 7.2
LEFT, RIGHT, TOP, BOTTOM = 38.0, 10.0, 22.0, 18.0


@dataclass(frozen=True)
class Series:
    """A named run of values, one per day from the first day of the chart; None: no value that day (the line ends)."""

    name: str
    values: tuple[Decimal | None, ...]
    colour: Color
    dashed: bool = False
    filled: bool = False


@dataclass(frozen=True)
class Bar:
    label: str
    value: Decimal
    shown: str
    colour: Color


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
        scales.append((step * steps, steps))
    return min(scales, key=lambda scale: scale[0])


def line_chart(title: str, first_day: date, series: Sequence[Series], height: float, currency: str = "") -> Drawing:
    """Lines over days, from a zero base line, each named in the legend; a filled series has its area tinted."""
    drawing = Drawing(theme.CONTENT, height)
    count = max((len(s.values) for s in series), default=1)
    largest = max((v for s in series for v in s.values if v is not None), default=Decimal(0))
    plot = Plot(LEFT, BOTTOM, theme.CONTENT - LEFT - RIGHT, height - TOP - BOTTOM - 16, *nice_scale(largest), count)
    heading(drawing, title, height)
    legend(drawing, [(s.name, s.colour, s.dashed) for s in series], height)
    grid(drawing, plot, currency)
    day_axis(drawing, plot, first_day)
    for one in series:
        points = [plot.at(i, v) for i, v in enumerate(one.values) if v is not None]
        if one.filled and len(points) > 1:
            drawing.add(area(points, plot.y, one.colour))
        if len(points) > 1:
            dash = [3, 2.5] if one.dashed else None
            flat = [c for point in points for c in point]
            drawing.add(PolyLine(flat, strokeColor=one.colour, strokeWidth=1.3, strokeDashArray=dash, strokeLineJoin=1))
    return drawing


def column_chart(title: str, first_day: date, series: Series, height: float, currency: str = "") -> Drawing:
    """One column per day."""
    drawing = Drawing(theme.CONTENT, height)
    count = max(len(series.values), 1)
    largest = max((v for v in series.values if v is not None), default=Decimal(0))
    plot = Plot(LEFT, BOTTOM, theme.CONTENT - LEFT - RIGHT, height - TOP - BOTTOM - 4, *nice_scale(largest), count)
    heading(drawing, title, height)
    grid(drawing, plot, currency)
    day_axis(drawing, plot, first_day, columns=True)
    slot = plot.width / count
    bar = min(max(slot * 0.68, 0.8), 18)
    for index, value in enumerate(series.values):
        if value is None or value <= 0:
            continue
        tall = plot.height * float(value / plot.top)
        x = plot.x + slot * index + (slot - bar) / 2
        drawing.add(Rect(x, plot.y, bar, tall, fillColor=series.colour, strokeColor=None))
    return drawing


def bar_chart(title: str, bars: Sequence[Bar], height_each: float = 24.0) -> Drawing:
    """Horizontal bars from a common zero, each with its value in words at its end."""
    height = TOP + 6 + height_each * len(bars)
    drawing = Drawing(theme.CONTENT, height)
    heading(drawing, title, height)
    label_room = min(max((width(b.label, REGULAR, 8.4) for b in bars), default=0) + 12, 150)
    value_room = max((width(b.shown, BOLD, 8.4) for b in bars), default=0) + 10
    room = theme.CONTENT - label_room - value_room
    largest = max((b.value for b in bars), default=Decimal(0))
    for index, bar in enumerate(bars):
        y = height - TOP - 4 - height_each * (index + 1) + 6
        label(drawing, 0, y + 4, bar.label, size=8.4, colour=theme.BODY)
        drawing.add(Rect(label_room, y, room, height_each - 10, fillColor=theme.PANEL, strokeColor=None, rx=2, ry=2))
        long = room * float(max(bar.value, Decimal(0)) / largest) if largest > 0 else 0.0
        if long > 0:
            drawing.add(Rect(label_room, y, max(long, 1.5), height_each - 10, fillColor=bar.colour, strokeColor=None, rx=2, ry=2))
        label(drawing, theme.CONTENT, y + 4, bar.shown, size=8.4, colour=theme.INK, font=BOLD, anchor="end")
    return drawing


def heading(drawing: Drawing, title: str, height: float) -> None:
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
    return f"{formats.mark(currency)}{value:,.{digits}f}"


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


def area(points: Sequence[tuple[float, float]], base: float, colour: Color) -> Path:
    path = Path(fillColor=Color(colour.red, colour.green, colour.blue, alpha=0.12), strokeColor=None)
    path.moveTo(points[0][0], base)
    for x, y in points:
        path.lineTo(x, y)
    path.lineTo(points[-1][0], base)
    path.closePath()
    return path


def label(
    drawing: Drawing, x: float, y: float, text: str, *, size: float, colour: Color, font: str = REGULAR, anchor: str = "start"
) -> None:
    """One line of text in fonts that hold its characters."""
    line = visual(clean(text, 90))
    whole = width(clean(text, 90), font, size)
    at = x - whole if anchor == "end" else x - whole / 2 if anchor == "middle" else x
    for face, run in fitting(line, font):
        drawing.add(String(at, y, run, fontName=face, fontSize=size, fillColor=colour))
        at += width(run, face, size)
