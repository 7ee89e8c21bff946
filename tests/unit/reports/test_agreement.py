"""PDF = XLSX = CSV, cell by cell, with names that would like to be something else."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import openpyxl
import pypdf
import pytest

from api.marts.figures import CampaignFigures
from api.reports.csv import inert, read_figures, render_csv
from api.reports.document import Document, Figure, all_figures
from api.reports.figures import build_document
from api.reports.formats import shown
from api.reports.pdf import render_pdf
from api.reports.text import clean, is_right_to_left
from api.reports.xlsx import render_xlsx

MakeFigures = Callable[..., CampaignFigures]
HOSTILE = {
    "name": "=cmd|'/C calc'!A0 <b>unclosed <img src=\"file:///etc/passwd\">",
    "sponsor": "@SUM(1+1)*" + "x" * 1_000_000,
    "tenant": "+1-800 <script>alert(1)</script>",
    "shows": ("-2+3", "http://evil.example/", 'שלום <a href="http://evil.example">עולם'),
}


@pytest.fixture(params=["plain", "hostile", "absent", "empty", "yen", "own_models", "outlook"])
def document(request: pytest.FixtureRequest, make_figures: MakeFigures, outlook: SimpleNamespace) -> Document:
    if request.param == "outlook":
        without = {"verdict": "too_little_data", "reason": "=cmd|'/C calc'!A0", "expected_count": None, "method": None}
        forecasts = [outlook.foreseen("ads"), outlook.foreseen("conversions", **without)]
        return build_document(outlook.known(make_figures(), {}, {}, forecasts))
    shapes = {
        "plain": {}, "hostile": HOSTILE, "absent": {"contracted": None, "cpm_minor": 0}, "empty": {"is_empty": True, "shows": ()},
        "own_models": {"own_models": ("Clicks count twice", "=cmd|'/C calc'!A0 <b>")},
        "yen": {"currency": "JPY", "stale_reason": "a newer build was held back"},
    }  # fmt: skip
    return build_document(make_figures(**shapes[request.param]))


def test_csv_holds_every_figure_in_full_precision(document: Document) -> None:
    read = {figure.figure_id: figure for figure in read_figures(render_csv(document))}
    for _, figure in all_figures(document):
        found = read.pop(figure.figure_id)
        if figure.value is None:
            assert (found.value, found.absent) == (None, figure.absent)
        elif isinstance(figure.value, str):
            assert found.value == inert(figure.value)
        else:
            assert found.value == figure.value
        assert (found.unit, found.currency) == (figure.unit, figure.currency if figure.unit == "money" else None)
    assert read == {}


def test_no_csv_cell_is_a_formula(document: Document) -> None:
    rows = list(csv.DictReader(io.StringIO(render_csv(document).decode("utf-8-sig"), newline="")))
    for row in rows:
        for name, cell in row.items():
            is_number = name == "value" and row["unit"] != "text"
            assert is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), (name, cell)


def test_the_spreadsheet_holds_every_figure_typed_and_nothing_that_runs(document: Document) -> None:
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(document)))
    assert len(book.worksheets) == len(document.sections)
    for sheet, section in zip(book.worksheets, document.sections, strict=True):
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
        values = [cell.value for cell in cells]
        for figure in section.figures:
            assert any(same(found, typed(figure)) for found in values), figure.figure_id
        for table in section.tables:
            for row in table.rows:
                expected = tuple(typed(figure) for figure in row)
                rows = list(sheet.iter_rows(values_only=True))
                assert any(all(map(same, found, expected)) for found in rows), row[0].figure_id


def same(found: object, expected: object) -> bool:
    """Equal; a number to the 16 digits that the file format is written with."""
    if isinstance(found, int | float) and isinstance(expected, int | float):
        return found == pytest.approx(expected, rel=1e-15, abs=0)
    return found == expected


def typed(figure: Figure) -> object:
    """What openpyxl reads of a figure's cell."""
    value = figure.value
    if value is None:
        return figure.absent
    if isinstance(value, str):
        return clean(value, 2_000)
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return float(value) if isinstance(value, Decimal) and value != int(value) else int(value)


def test_the_pdf_prints_every_figure(document: Document) -> None:
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(document)))
    text = squeezed("".join(page.extract_text() for page in reader.pages))
    for _, figure in all_figures(document):
        words = clean(shown(figure), 600)
        # What reads right to left is set in visual order: its letters are tested in test_text.
        if not is_right_to_left(words):
            assert squeezed(words) in text, (figure.figure_id, words)


def squeezed(text: str) -> str:
    """Without white space: a cell may be broken into lines anywhere."""
    return "".join(text.split())
