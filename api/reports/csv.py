"""The report as CSV in long form: one row per figure, the same figures as the PDF and the spreadsheet.

UTF-8 with a byte order mark (Excel reads it as UTF-8 only so), RFC 4180 quoting, CRLF.
"""

import csv
import io
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import cast, get_args

from api.reports.document import Document, Figure, Unit, Value, all_figures, plain
from api.reports.text import clean

HEADER = ("section", "figure_id", "label", "dimension", "value", "unit", "currency", "build_id")
# A spreadsheet runs what begins so (OWASP, CSV injection); full-width forms are folded to these by some of them.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠|%")
TEXT_LIMIT = 2_000


def render_csv(document: Document) -> bytes:
    """The CSV's bytes: value in full precision with a dot, dates and times in ISO 8601 UTC, the words where there is no value."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for section, figure in all_figures(document):
        writer.writerow(
            (
                section.section_id,
                inert(figure.figure_id),
                inert(figure.label),
                inert(figure.dimension),
                value(figure),
                figure.unit,
                figure.currency or "",
                document.build_id,
            )
        )
    return out.getvalue().encode("utf-8-sig")


def value(figure: Figure) -> str:
    """Numbers, dates and times as they are (a negative amount begins with a minus and is no formula); words made inert."""
    if figure.unit == "text" or figure.value is None:
        return inert(plain(figure))
    return plain(figure)


def inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula: behind an apostrophe, where it begins like one."""
    line = clean(text, TEXT_LIMIT)
    return f"'{line}" if line.startswith(FORMULA_STARTS) else line


def read_figures(content: bytes) -> list[Figure]:
    """The figures of a rendered CSV, as the PDF beside it shows them; the inverse of `render_csv` but for words made inert."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return [
        Figure(
            row["figure_id"],
            row["label"],
            parsed(row["value"], row["unit"]),
            as_unit(row["unit"]),
            row["currency"] or None,
            row["dimension"],
            row["value"],
        )
        for row in rows
    ]


def parsed(text: str, unit: str) -> Value:
    """A value of `unit`; None where it is the words for there being none."""
    try:
        if unit == "text":
            return text
        if unit == "date":
            return date.fromisoformat(text)
        if unit == "datetime":
            return datetime.fromisoformat(text)
        return Decimal(text)
    except (ValueError, InvalidOperation):
        return None


def as_unit(text: str) -> Unit:
    for unit in get_args(Unit):
        if unit == text:
            return cast(Unit, unit)
    raise ValueError(f"found the unit {text!r}, expected one of {get_args(Unit)}: the file is not a report of this release")
