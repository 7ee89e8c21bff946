"""The building blocks of the PDF: section headings, cards, tables and the warning. Lengths are points."""

from collections.abc import Sequence
from typing import Any

from reportlab.lib.colors import Color
from reportlab.platypus import Flowable, Table, TableStyle

from api.reports import document, theme
from api.reports.document import Figure
from api.reports.fonts import BOLD, REGULAR
from api.reports.formats import shown
from api.reports.pdf_tags import Tag, Text, text
from api.reports.text import clean, fitting, lines, markup, width

PADDING = 4.0
CELL_LIMIT = 600
NUMERIC = ("count", "estimate", "money", "rate", "ratio")


class SectionHeading(Flowable):  # type: ignore[misc]  # reportlab is untyped
    """A section's title with a short accent rule, and its place in the outline."""

    def __init__(self, section_id: str, title: str) -> None:
        super().__init__()
        self.section_id, self.title = section_id, title
        self.spaceBefore = 18

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        return available_width, 40

    def draw(self) -> None:
        self.canv.bookmarkPage(self.section_id)
        self.canv.addOutlineEntry(self.title, self.section_id, level=0)
        with self.canv.artifact():
            self.canv.setFillColor(theme.accent())
            self.canv.rect(0, 33, 26, 2.6, stroke=0, fill=1)
        with self.canv.marked(Tag("H2")):
            write(self.canv, 0, 12, self.title, BOLD, 16, theme.INK)


class Cards(Flowable):  # type: ignore[misc]
    """Figures as cards, `columns` in a row: what it is, its value, and the note that makes it readable."""

    def __init__(self, figures: Sequence[Figure], columns: int, size: float) -> None:
        super().__init__()
        self.figures, self.columns, self.size = figures, columns, size
        self.height_each = size * 1.2 + (46 if any(f.note for f in figures) else 28)
        self.gap = 8.0

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        self.room = available_width
        rows = -(-len(self.figures) // self.columns)
        return available_width, rows * (self.height_each + self.gap)

    def draw(self) -> None:
        each = (self.room - self.gap * (self.columns - 1)) / self.columns
        rows = -(-len(self.figures) // self.columns)
        for index, figure in enumerate(self.figures):
            row, column = divmod(index, self.columns)
            x, y = column * (each + self.gap), (rows - 1 - row) * (self.height_each + self.gap) + self.gap
            with self.canv.artifact():
                self.canv.setFillColor(theme.PANEL)
                self.canv.roundRect(x, y, each, self.height_each, 5, stroke=0, fill=1)
            with self.canv.marked(Tag("P")):
                self._card(figure, x + 10, y, each - 18)

    def _card(self, figure: Figure, x: float, y: float, room: float) -> None:
        write(self.canv, x, y + self.height_each - 15, figure.label, REGULAR, 7.8, theme.MUTED, room)
        value = shown(figure)
        size = fitting_size(value, BOLD, self.size, room)
        absent = figure.value is None
        base = y + self.height_each - 19 - self.size
        write(self.canv, x, base, value, REGULAR if absent else BOLD, size, theme.MUTED if absent else theme.INK, room)
        for n, line in enumerate(lines(clean(figure.note), REGULAR, 7, room, 2) if figure.note else ()):
            write_visual(self.canv, x, base - 11 - n * 8.6, line, REGULAR, 7, theme.MUTED)


def figure_table(table: document.Table, styles: theme.Styles, room: float = theme.CONTENT) -> Table:
    """A table of figures: words to the left, numbers to the right, the heading repeated on each page that it runs over."""
    parts = table.widths or (1.0,) * len(table.headings)
    widths = [room * part / sum(parts) for part in parts]
    first = table.rows[0] if table.rows else ()
    numeric = [bool(first) and first[i].unit in NUMERIC for i in range(len(table.headings))]
    whole = Tag("Table")
    first_row = Tag("TR", whole)
    head = [
        heading(words, styles.heading_right if numeric[i] else styles.heading, widths[i], first_row)
        for i, words in enumerate(table.headings)
    ]
    last = len(table.rows) - 1
    body = [
        [
            cell(figure, styles, widths[i] - 2 * PADDING, of, bold=table.totals and n == last)
            for of in (Tag("TR", whole),)
            for i, figure in enumerate(row)
        ]
        for n, row in enumerate(table.rows)
    ]
    laid = Table([head, *body], colWidths=widths, repeatRows=1, hAlign="LEFT")
    laid.setStyle(TableStyle(rules(len(table.rows), totals=table.totals)))
    return laid


def rules(rows: int, *, totals: bool) -> list[tuple[Any, ...]]:
    lines_: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("VALIGN", (0, 1), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), PADDING),
        ("TOPPADDING", (0, 0), (-1, -1), 3.4),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.6),
        ("LINEBELOW", (0, 0), (-1, 0), 0.9, theme.INK),
    ]
    if rows:
        lines_.append(("LINEBELOW", (0, 1), (-1, -1), 0.4, theme.HAIR))
    if totals and rows > 1:
        lines_ += [("LINEABOVE", (0, -1), (-1, -1), 0.9, theme.INK), ("BACKGROUND", (0, -1), (-1, -1), theme.PANEL)]
        # A sum never stands alone at the head of a page.
        lines_.append(("NOSPLIT", (0, -2), (-1, -1)))
    return lines_


def heading(words: str, style: Any, column: float, row: Tag) -> Text:
    """A column's heading, set smaller where its longest word would be torn apart."""
    longest = max(words.split(), key=lambda word: width(word, BOLD, style.fontSize))
    size = fitting_size(longest, BOLD, style.fontSize, column - 2 * PADDING - 0.5, 5.5)
    shape = style if size == style.fontSize else variant(style, BOLD, size, style.textColor)
    return text(markup(words, BOLD), shape, "TH", row)


def cell(figure: Figure, styles: theme.Styles, room: float, row: Tag, *, bold: bool) -> Text:
    """One figure as a paragraph that never leaves its cell: set smaller before it is broken."""
    font = BOLD if bold else REGULAR
    numeric = figure.unit in NUMERIC
    base = styles.cell_right if numeric else styles.cell
    words = shown(figure)
    size = fitting_size(words, font, base.fontSize, room, 5.8) if numeric and figure.value is not None else base.fontSize
    colour = theme.MUTED if figure.value is None else theme.INK if bold else base.textColor
    style = base if (size, font, colour) == (base.fontSize, base.fontName, base.textColor) else variant(base, font, size, colour)
    return text(markup(words, font, CELL_LIMIT, room, size), style, "TD", row)


def variant(base: Any, font: str, size: float, colour: Color) -> Any:
    return type(base)(f"{base.name}-{font}-{size:.1f}", parent=base, fontName=font, fontSize=size, textColor=colour)


def key_values(figures: Sequence[Figure], styles: theme.Styles) -> Table:
    """Labels and values in two columns: for what is read one by one."""
    whole, body = Tag("Table"), []
    for figure in figures:
        row, words = Tag("TR", whole), markup(shown(figure), REGULAR, CELL_LIMIT, theme.CONTENT * 0.6, 8)
        style = styles.cell_bold if figure.value else styles.cell
        body.append([text(markup(figure.label), styles.cell, "TH", row), text(words, style, "TD", row)])
    laid = Table(body, colWidths=[theme.CONTENT * 0.34, theme.CONTENT * 0.66], hAlign="LEFT")
    laid.setStyle(TableStyle([*rules(len(body), totals=False)[1:6], ("LINEBELOW", (0, 0), (-1, -1), 0.4, theme.HAIR)]))
    return laid


def warning(words: str, styles: theme.Styles) -> Table:
    """A panel that cannot be overlooked."""
    laid = Table([[text(markup(words, REGULAR, 900), styles.warning)]], colWidths=[theme.CONTENT])
    laid.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), theme.WARNING_PANEL),
                ("LINEBEFORE", (0, 0), (0, -1), 3, theme.AMBER),
                ("LEFTPADDING", (0, 0), (-1, -1), 12),
                ("TOPPADDING", (0, 0), (-1, -1), 8),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
            ]
        )
    )
    return laid


def fitting_size(words: str, font: str, size: float, room: float, least: float = 8.0) -> float:
    """The largest size from `size` down to `least` at which the line fits."""
    line = clean(words)
    wide = width(line, font, size)
    # A hair less: widths are rounded, and a line that is one too wide is cut.
    return size if wide <= room else max(least, size * room / wide * 0.995)


def write(
    canvas: Any,
    x: float,
    y: float,
    words: str,
    font: str,
    size: float,
    colour: Color,
    room: float | None = None,
    anchor: str = "start",
) -> None:
    """One line on the canvas in fonts that hold its characters, cut with an ellipsis where it would leave its room."""
    line = lines(clean(words), font, size, room if room is not None else theme.PAGE_WIDTH * 4, 1)[0]
    write_visual(canvas, x, y, line, font, size, colour, anchor)


def write_visual(canvas: Any, x: float, y: float, line: str, font: str, size: float, colour: Color, anchor: str = "start") -> None:
    """A line that is in visual order already."""
    runs = fitting(line, font)
    at = x - sum(canvas.stringWidth(run, face, size) for face, run in runs) if anchor == "end" else x
    canvas.setFillColor(colour)
    for face, run in runs:
        canvas.setFont(face, size)
        canvas.drawString(at, y, run)
        at += canvas.stringWidth(run, face, size)
