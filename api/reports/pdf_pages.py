"""What stands on a page beside the text: the cover's band, the running head and the foot."""

import math
from typing import Any

from api.reports import theme
from api.reports.document import Document
from api.reports.formats import at
from api.reports.pdf_parts import write, write_visual
from api.reports.text import BOLD, REGULAR, clean, lines, width


def cover(canvas: Any, document: Document, pages: int) -> None:
    """The first page's band: who, what, when, over a wave that is always the same."""
    base = theme.PAGE_HEIGHT - theme.COVER_HEIGHT
    canvas.setFillColor(theme.DEEP)
    canvas.rect(0, base, theme.PAGE_WIDTH, theme.COVER_HEIGHT, stroke=0, fill=1)
    wave(canvas, base)
    room = theme.CONTENT
    write(canvas, theme.MARGIN, theme.PAGE_HEIGHT - 48, document.publisher, BOLD, 10, theme.WHITE, room)
    y = theme.PAGE_HEIGHT - 96
    for line in lines(clean(document.title), BOLD, 25, room, 2):
        write_visual(canvas, theme.MARGIN, y, line, BOLD, 25, theme.WHITE)
        y -= 30
    write(canvas, theme.MARGIN, y - 2, f"Prepared for {clean(document.sponsor)}", REGULAR, 12, theme.WHITE, room)
    write(canvas, theme.MARGIN, base + 24, document.subtitle, REGULAR, 9, theme.ON_DARK, room * 0.62)
    if document.published_at is not None:
        write(
            canvas,
            theme.PAGE_WIDTH - theme.MARGIN,
            base + 24,
            f"As of {at(document.published_at)}",
            REGULAR,
            9,
            theme.ON_DARK,
            anchor="end",
        )
    footer(canvas, document, pages)


def wave(canvas: Any, base: float) -> None:
    """A sound wave along the band's foot."""
    canvas.saveState()
    canvas.setFillColor(theme.ACCENT)
    canvas.setFillAlpha(0.34)
    count, middle = 84, base + 78
    step = theme.PAGE_WIDTH / count
    for i in range(count // 2, count):
        swell = math.exp(-(((i / count) - 0.82) ** 2) / 0.035)
        tall = 3 + 92 * swell * abs(math.sin(i * 0.9) * math.cos(i * 0.37)) + 6 * abs(math.sin(i * 1.7)) * swell
        canvas.roundRect(i * step, middle - tall / 2 + 20, step * 0.45, tall, step * 0.2, stroke=0, fill=1)
    canvas.restoreState()


def inner(canvas: Any, document: Document, pages: int) -> None:
    """Every further page: a running head and the foot."""
    y = theme.PAGE_HEIGHT - 40
    # Apart, not one string: a name that is written right to left would pull the other one along.
    write(canvas, theme.MARGIN, y, document.sponsor, BOLD, 8, theme.INK, theme.CONTENT * 0.32)
    after = theme.MARGIN + min(width(clean(document.sponsor), BOLD, 8), theme.CONTENT * 0.32) + 8
    write(canvas, after, y, document.title, REGULAR, 8, theme.INK, theme.CONTENT * 0.36)
    write(
        canvas,
        theme.PAGE_WIDTH - theme.MARGIN,
        y,
        clean(document.publisher, 50),
        REGULAR,
        8,
        theme.MUTED,
        theme.CONTENT * 0.3,
        "end",
    )
    canvas.setStrokeColor(theme.HAIR)
    canvas.setLineWidth(0.6)
    canvas.line(theme.MARGIN, y - 8, theme.PAGE_WIDTH - theme.MARGIN, y - 8)
    footer(canvas, document, pages)


def footer(canvas: Any, document: Document, pages: int) -> None:
    write(canvas, theme.MARGIN, 28, f"Build {document.build_id}", REGULAR, 7, theme.MUTED)
    write(
        canvas,
        theme.PAGE_WIDTH - theme.MARGIN,
        28,
        f"Page {canvas.getPageNumber()} of {pages}",
        REGULAR,
        7,
        theme.MUTED,
        anchor="end",
    )
