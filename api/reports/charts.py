"""Vector charts, drawn from shapes so that type, colours and grid are the report's own. Lengths are points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reportlab.graphics.shapes import Drawing, Line, Path, PolyLine, Rect
from reportlab.lib.colors import Color

from api.reports import formats, theme
from api.reports.axes import BOTTOM, LABEL, LEFT, RIGHT, TOP, Plot, day_axis, grid, heading, label, legend, nice_scale
from api.reports.fonts import BOLD, REGULAR
from api.reports.text import width


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


INTERVAL_STEPS = tuple(map(Decimal, ("0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "100", "1000", "100000")))


@dataclass(frozen=True)
class Interval:
    """A share with its interval; a placebo is drawn in another colour. None: there is no value, its words stand instead."""

    label: str
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    shown: str
    colour: Color


def interval_chart(title: str, intervals: Sequence[Interval], widest: Decimal, height_each: float = 19.0) -> Drawing:
    """Marks with their intervals on one scale around a line at zero; what lies beyond `widest` is drawn at the scale's end."""
    height = TOP + 6 + height_each * len(intervals) + BOTTOM
    drawing = Drawing(theme.CONTENT, height)
    heading(drawing, title, height)
    label_room = min(max((width(i.label, REGULAR, 8.4) for i in intervals), default=0) + 12, 170)
    value_room = max((width(i.shown, BOLD, 8.4) for i in intervals), default=0) + 10
    room = theme.CONTENT - label_room - value_room
    ends = [end for i in intervals for end in (i.low, i.value, i.high) if end is not None]
    low, high = min([Decimal("-0.2"), *ends]), min(max([Decimal("0.2"), *ends]), widest)

    def across(value: Decimal) -> float:
        return float(label_room) + float(room) * float((min(max(value, low), high) - low) / (high - low))

    for tick in interval_ticks(low, high):
        x = across(tick)
        shade = theme.HAIR if tick else theme.MUTED
        drawing.add(Line(x, BOTTOM - 2, x, height - TOP, strokeColor=shade, strokeWidth=0.5))
        label(drawing, x, 4, formats.percent(tick, 0), size=LABEL, colour=theme.MUTED, anchor="middle")
    for index, one in enumerate(intervals):
        y = height - TOP - 4 - height_each * (index + 1) + 6
        label(drawing, 0, y + 1, one.label, size=8.4, colour=theme.BODY)
        if one.low is not None and one.high is not None:
            left, right = across(one.low), across(one.high)
            soft = Color(one.colour.red, one.colour.green, one.colour.blue, alpha=0.28)
            drawing.add(Rect(left, y + 1, max(right - left, 0.8), 6, fillColor=soft, strokeColor=None, rx=2, ry=2))
        if one.value is not None:
            drawing.add(Rect(across(one.value) - 1, y - 1, 2, 10, fillColor=one.colour, strokeColor=None))
        label(drawing, theme.CONTENT, y + 1, one.shown, size=8.4, colour=theme.INK, font=BOLD, anchor="end")
    return drawing


def interval_ticks(low: Decimal, high: Decimal) -> list[Decimal]:
    """Zero, and round shares on both sides of it, four to eight of them within the scale."""
    step = next(s for s in INTERVAL_STEPS if (high - low) / s <= 8)
    first, last = int(low / step), int(high / step)
    return [step * n for n in range(first, last + 1)]


def area(points: Sequence[tuple[float, float]], base: float, colour: Color) -> Path:
    path = Path(fillColor=Color(colour.red, colour.green, colour.blue, alpha=0.12), strokeColor=None)
    path.moveTo(points[0][0], base)
    for x, y in points:
        path.lineTo(x, y)
    path.lineTo(points[-1][0], base)
    path.closePath()
    return path
