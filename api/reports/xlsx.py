"""The report as a spreadsheet: one sheet per section, typed cells, native charts; nothing from data is a formula or a link."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

from api.marts.money import exponent
from api.reports.document import Document, Figure, Section, Table
from api.reports.formats import mark
from api.reports.language import say
from api.reports.look import LOOK
from api.reports.text import clean
from api.reports.xlsx_pictures import HAIR, INK, MUTED, add_chart, add_logo

OPTIONS = {
    "in_memory": True,
    # What begins with = or looks like an address stays text.
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
    "default_date_format": "yyyy-mm-dd",
}
TEXT_LIMIT = 2_000
PANEL, AMBER = "#F5F7FB", "#E5890A"
# A fixed time: the same figures give the same bytes.
CREATED = datetime(2000, 1, 1)  # noqa: DTZ001  # xlsxwriter takes naive times


def render_xlsx(document: Document) -> bytes:
    """The workbook's bytes."""
    buffer = BytesIO()
    workbook = xlsxwriter.Workbook(buffer, OPTIONS)
    workbook.set_properties(
        {
            "title": clean(f"{document.title} – {document.sponsor}", 200),
            "author": clean(document.publisher, 200),
            "subject": clean(document.subtitle, 200),
            "comments": f"Build {document.build_id}",
            "created": CREATED,
        }
    )
    formats = Formats(workbook)
    for section in document.sections:
        write_section(workbook, document, section, formats)
    if (logo := LOOK.get().logo) is not None:
        add_logo(workbook.worksheets()[0], logo, document)
    workbook.close()
    return buffer.getvalue()


class Formats:
    """Cell formats by what they show; xlsxwriter wants each made once."""

    def __init__(self, workbook: Any) -> None:
        self._workbook, self._made = workbook, dict[tuple[tuple[str, Any], ...], Any]()

    def get(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format({"font_name": "Calibri", "font_size": 10, "font_color": INK, **properties})
        return self._made[key]

    def of(self, figure: Figure, *, total: bool) -> Any:
        more: dict[str, Any] = {"bold": True, "bg_color": PANEL, "top": 1} if total else {"bottom": 1, "bottom_color": HAIR}
        if figure.value is None:
            return self.get(font_color=MUTED, align="right" if figure.unit != "text" else "left", **(more | {"italic": True}))
        return self.get(num_format=number_format(figure), valign="top", text_wrap=figure.unit == "text", **more)


def number_format(figure: Figure) -> str:
    """Excel's number format for a figure's unit and currency; the stored value keeps all its digits."""
    if figure.unit == "money":
        digits = exponent(figure.currency or "")
        places = "." + "0" * digits if digits else ""
        quoted = f'"{mark(figure.currency or "")}"'
        return f"{quoted}#,##0{places};-{quoted}#,##0{places}"
    whole = not isinstance(figure.value, Decimal) or figure.value == figure.value.to_integral_value()
    by_unit = {
        "estimate": "#,##0",
        "rate": "0.0%",
        "ratio": '0.00"×"',
        "date": "yyyy-mm-dd",
        "datetime": 'yyyy-mm-dd hh:mm:ss" UTC"',
        "text": "@",
    }
    return by_unit.get(figure.unit, "#,##0" if whole else "#,##0.00")


def write_section(workbook: Any, document: Document, section: Section, formats: Formats) -> None:
    sheet = workbook.add_worksheet(clean(section.title, 31))
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 12, 19)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, clean(section.title), formats.get(bold=True, font_size=16))
    sheet.write_string(
        1, 0, clean(f"{document.title} · {document.sponsor} · {document.subtitle}", 250), formats.get(font_color=MUTED)
    )
    sheet.write_string(2, 0, f"Build {document.build_id}", formats.get(font_color=MUTED))
    row = 4
    for words in document.warnings:
        sheet.write_string(row, 0, clean(words, TEXT_LIMIT), formats.get(bold=True, font_color=AMBER))
        row += 2
    for figure in section.figures:
        sheet.write_string(row, 0, clean(figure.label), formats.get(bottom=1, bottom_color=HAIR))
        write_figure(sheet, row, 1, figure, formats.of(figure, total=False))
        if figure.note:
            sheet.write_string(row, 2, clean(figure.note), formats.get(font_color=MUTED))
        row += 1
    row += 1 if section.figures else 0
    for table in section.tables:
        row = write_table(workbook, sheet, section, table, row, formats)


def write_table(workbook: Any, sheet: Any, section: Section, table: Table, row: int, formats: Formats) -> int:
    """Write one table from `row` down; returns the first free row beneath it."""
    sheet.write_string(row, 0, clean(table.title), formats.get(bold=True, font_size=12))
    row += 1
    for column, words in enumerate(table.headings):
        right = bool(table.rows) and table.rows[0][column].unit in ("count", "estimate", "money", "rate", "ratio")
        shape = formats.get(
            bold=True, font_color=MUTED, bottom=2, text_wrap=True, align="right" if right else "left", valign="bottom"
        )
        sheet.write_string(row, column, clean(words), shape)
    first = row + 1
    for figures in table.rows:
        row += 1
        for column, figure in enumerate(figures):
            write_figure(sheet, row, column, figure, formats.of(figure, total=table.totals and figures is table.rows[-1]))
    if not table.rows:
        row += 1
        sheet.write_string(row, 0, say("nothing to show"), formats.get(font_color=MUTED, italic=True))
    else:
        add_chart(workbook, sheet, section, table, first, row)
    return row + 2


def write_figure(sheet: Any, row: int, column: int, figure: Figure, shape: Any) -> None:
    """One typed cell: a number, a date, or text that stays text."""
    value = figure.value
    if value is None:
        sheet.write_string(row, column, clean(figure.absent), shape)
    elif isinstance(value, str):
        sheet.write_string(row, column, clean(value, TEXT_LIMIT), shape)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value.astimezone(UTC).replace(tzinfo=None), shape)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime.combine(value, time()), shape)
    else:
        sheet.write_number(row, column, float(value), shape)
