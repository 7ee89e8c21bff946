"""What stands on a page beside the text: the cover's band, the running head and the foot."""

import math
from io import BytesIO
from typing import Any

from reportlab.lib.utils import ImageReader

from api.reports import theme
from api.reports.document import Document
from api.reports.fonts import BOLD, REGULAR
from api.reports.formats import at
from api.reports.language import say
from api.reports.look import LOOK
from api.reports.pdf_parts import write, write_visual
from api.reports.pdf_tags import Tag
from api.reports.text import clean, lines, width

LOGO_WIDTH, LOGO_HEIGHT = 120.0, 30.0


def cover(canvas: Any, document: Document, pages: int) -> None:
    """The first page's band: who, what, when, over a wave that is always the same."""
    base = theme.PAGE_HEIGHT - theme.COVER_HEIGHT
    with canvas.artifact():
        canvas.setFillColor(theme.band())
        canvas.rect(0, base, theme.PAGE_WIDTH, theme.COVER_HEIGHT, stroke=0, fill=1)
        wave(canvas, base)
    room = theme.CONTENT
    name = clean(document.publisher)
    with canvas.marked(Tag("Figure", alt=say("Logo of {name}", name=name))) if LOOK.get().logo else canvas.artifact():
        taken = logo(canvas, theme.PAGE_HEIGHT - 62)
    with canvas.marked(Tag("P")):
        write(canvas, theme.MARGIN + taken, theme.PAGE_HEIGHT - 48, name, BOLD, 10, theme.on_band(), room - taken)
    y = theme.PAGE_HEIGHT - 96
    with canvas.marked(Tag("H1")):
        for line in lines(clean(document.title), BOLD, 25, room, 2):
            write_visual(canvas, theme.MARGIN, y, line, BOLD, 25, theme.on_band())
            y -= 30
    whom = say("Prepared for {sponsor}", sponsor=clean(document.sponsor))
    with canvas.marked(Tag("P")):
        write(canvas, theme.MARGIN, y - 2, whom, REGULAR, 12, theme.on_band(), room)
    with canvas.marked(Tag("P")):
        write(canvas, theme.MARGIN, base + 24, document.subtitle, REGULAR, 9, theme.on_band(), room * 0.62)
    if document.published_at is not None:
        end, told = theme.PAGE_WIDTH - theme.MARGIN, say("As of {at}", at=at(document.published_at))
        with canvas.marked(Tag("P")):
            write(canvas, end, base + 24, told, REGULAR, 9, theme.on_band(), anchor="end")
    with canvas.artifact():
        footer(canvas, document, pages)


def logo(canvas: Any, y: float) -> float:
    """The account's logo on a white card, so that it is seen on any band; returns the room it takes, none without one."""
    picture = LOOK.get().logo
    if picture is None:
        return 0.0
    image = ImageReader(BytesIO(picture))
    wide, tall = image.getSize()
    height = min(LOGO_HEIGHT, LOGO_WIDTH * tall / wide)
    across = height * wide / tall
    middle = y + 17.5
    canvas.setFillColor(theme.WHITE)
    canvas.roundRect(theme.MARGIN, middle - height / 2 - 5, across + 10, height + 10, 4, stroke=0, fill=1)
    canvas.drawImage(image, theme.MARGIN + 5, middle - height / 2, across, height, mask="auto")
    return float(across) + 22


def wave(canvas: Any, base: float) -> None:
    """A sound wave along the band's foot."""
    canvas.saveState()
    canvas.setFillColor(theme.accent())
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
    with canvas.artifact():
        running_head(canvas, document)
        footer(canvas, document, pages)


def running_head(canvas: Any, document: Document) -> None:
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


def footer(canvas: Any, document: Document, pages: int) -> None:
    write(canvas, theme.MARGIN, 28, f"Build {document.build_id}", REGULAR, 7, theme.MUTED)
    write(
        canvas,
        theme.PAGE_WIDTH - theme.MARGIN,
        28,
        say("Page {page} of {pages}", page=canvas.getPageNumber(), pages=pages),
        REGULAR,
        7,
        theme.MUTED,
        anchor="end",
    )
