"""The look of the PDF: colours, measures and paragraph styles. Lengths are points; A4 portrait."""

from dataclasses import dataclass

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle

from api.reports.fonts import BOLD, REGULAR
from api.reports.look import LOOK

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 45.0
CONTENT = PAGE_WIDTH - 2 * MARGIN
COVER_HEIGHT = 218.0

INK = HexColor("#14213D")
BODY = HexColor("#33405C")
MUTED = HexColor("#5F6B85")
HAIR = HexColor("#DDE2EC")
PANEL = HexColor("#F5F7FB")
WHITE = HexColor("#FFFFFF")
TEAL = HexColor("#12A594")
AMBER = HexColor("#E5890A")
WARNING_PANEL = HexColor("#FFF5E0")


def accent() -> Color:
    """The colour of what is drawn, as the look has it."""
    return HexColor(LOOK.get().accent)


def band() -> Color:
    """The cover's band."""
    return HexColor(LOOK.get().band)


def on_band() -> Color:
    """Text on it."""
    return HexColor(LOOK.get().on_band)


@dataclass(frozen=True)
class Styles:
    """One paragraph style per role of text."""

    section: ParagraphStyle
    table_title: ParagraphStyle
    body: ParagraphStyle
    note: ParagraphStyle
    cell: ParagraphStyle
    cell_bold: ParagraphStyle
    cell_right: ParagraphStyle
    heading: ParagraphStyle
    heading_right: ParagraphStyle
    warning: ParagraphStyle


def style(name: str, font: str, size: float, leading: float, colour: Color, **more: object) -> ParagraphStyle:
    return ParagraphStyle(name, fontName=font, fontSize=size, leading=leading, textColor=colour, splitLongWords=1, **more)


def styles() -> Styles:
    return Styles(
        section=style("section", BOLD, 16, 20, INK, spaceBefore=6, spaceAfter=4),
        table_title=style("table_title", BOLD, 10, 13, INK, spaceBefore=12, spaceAfter=5),
        body=style("body", REGULAR, 9.2, 13.6, BODY, spaceAfter=4),
        note=style("note", REGULAR, 7.6, 10.6, MUTED, spaceBefore=4, spaceAfter=4),
        cell=style("cell", REGULAR, 8, 10.6, BODY),
        cell_bold=style("cell_bold", BOLD, 8, 10.6, INK),
        cell_right=style("cell_right", REGULAR, 8, 10.6, BODY, alignment=TA_RIGHT),
        heading=style("heading", BOLD, 7.2, 9.4, MUTED),
        heading_right=style("heading_right", BOLD, 7.2, 9.4, MUTED, alignment=TA_RIGHT),
        warning=style("warning", REGULAR, 9, 12.6, INK),
    )
