"""What is drawn on the spreadsheet's sheets: native charts beside the tables that one makes readable, and the account's logo."""

import struct
from io import BytesIO
from typing import Any

from api.reports.document import Document, Section, Table
from api.reports.language import say
from api.reports.look import LOOK
from api.reports.text import clean

INK, MUTED, HAIR = "#14213D", "#5F6B85", "#DDE2EC"
# Pixels that the logo has beside the first sheet's title: it keeps its shape within them.
LOGO_HEIGHT, LOGO_WIDTH = 44, 240


def add_logo(sheet: Any, logo: bytes, document: Document) -> None:
    """The account's logo (a PNG) in the row of the title, beside it."""
    width, height = struct.unpack(">II", logo[16:24])
    scale = min(LOGO_HEIGHT / height, LOGO_WIDTH / width)
    sheet.set_row_pixels(0, LOGO_HEIGHT + 4)
    told = {
        "image_data": BytesIO(logo), "x_scale": scale, "y_scale": scale, "y_offset": 2, "object_position": 3,
        "description": say("Logo of {name}", name=clean(document.publisher)),
    }  # fmt: skip
    sheet.insert_image(0, 3, "logo.png", told)


def add_chart(workbook: Any, sheet: Any, section: Section, table: Table, first: int, last: int) -> None:
    """A native chart beside the tables that one makes readable."""
    accent = LOOK.get().accent
    if section.section_id == "attribution":
        kind, column, title, at = {"type": "bar"}, 2, table.headings[2], (first - 2, 5)
    elif section.section_id == "daily":
        kind, column, title, at = {"type": "line"}, 1, say("Ads delivered by day"), (first - 2, 9)
        if not any(row[1].value for row in table.rows):
            column, title = 3, table.headings[3]
    else:
        return
    chart = workbook.add_chart(kind)
    sheet_name = clean(section.title, 31)
    line = {"color": accent, "width": 1.75} if kind["type"] == "line" else {"none": True}
    chart.add_series(
        {
            "name": clean(title),
            "categories": [sheet_name, first, 0, last, 0],
            "values": [sheet_name, first, column, last, column],
            "fill": {"color": accent},
            "line": line,
            "gap": 60,
        }
    )
    chart.set_title({"name": clean(title), "name_font": {"size": 12, "color": INK}, "overlay": False})
    chart.set_legend({"none": True})
    chart.set_y_axis(
        {"major_gridlines": {"visible": kind["type"] == "line", "line": {"color": HAIR}}, "reverse": kind["type"] == "bar"}
    )
    chart.set_x_axis({"num_font": {"color": MUTED}, "major_gridlines": {"visible": kind["type"] == "bar", "line": {"color": HAIR}}})
    chart.set_size({"width": 640, "height": 300})
    sheet.insert_chart(*at, chart)
