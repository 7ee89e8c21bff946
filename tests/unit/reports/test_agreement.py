"""PDF = XLSX = CSV, cell by cell, with names that would like to be something else."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import openpyxl
import pypdf
import pytest

from api.marts.figures import CampaignFigures, NetworkFigures
from api.marts.models import Money
from api.reports.csv import inert, read_figures, render_csv
from api.reports.document import Document, Figure, all_figures
from api.reports.figures import build_document
from api.reports.formats import shown
from api.reports.look import PLAIN, Look, looking
from api.reports.pdf import render_pdf
from api.reports.restated import Told, changes, restated_section
from api.reports.text import clean, is_right_to_left
from api.reports.xlsx import render_xlsx
from api.success.review import ReviewFigures

MakeFigures = Callable[..., CampaignFigures]
HOSTILE: dict[str, Any] = {
    "name": "=cmd|'/C calc'!A0 <b>unclosed <img src=\"file:///etc/passwd\">",
    "sponsor": "@SUM(1+1)*" + "x" * 1_000_000,
    "tenant": "+1-800 <script>alert(1)</script>",
    "shows": ("-2+3", "http://evil.example/", 'שלום <a href="http://evil.example">עולם'),
}


SCRIPTS = {
    "name": "東京の朝 深夜播客", "sponsor": "서울 커피", "tenant": "नमस्ते हिन्दी",
    "shows": ("深夜播客：城市", "กาแฟ", "Ночь", "🎉 RTL שלום"),
}  # fmt: skip
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {}, "hostile": HOSTILE, "absent": {"contracted": None, "cpm_minor": 0}, "empty": {"is_empty": True, "shows": ()},
    "own_models": {"own_models": ("Clicks count twice", "=cmd|'/C calc'!A0 <b>")}, "scripts": SCRIPTS, "german": {}, "spanish": {},
    "yen": {"currency": "JPY", "stale_reason": "a newer build was held back"},
}  # fmt: skip
LOOKS = {"german": Look(language="de", name="=cmd <b>", band="#F2D64B"), "spanish": Look(language="es")}
NETWORKS: dict[str, dict[str, Any]] = {
    "network": {}, "network_hostile": {"campaigns": (HOSTILE["name"], "x" * 10**6), "shows": HOSTILE["shows"], "sponsor": "=1+1"},
    "network_empty": {"is_empty": True},
}  # fmt: skip
REVIEWS: dict[str, dict[str, Any]] = {
    "review": {}, "review_unstated": {"cost": None, "former": None}, "review_euro": {"former": Money.of(90_000, "EUR")},
}  # fmt: skip
POST = ("plain", "hostile", "absent", "empty", "german", "scripts")


@pytest.fixture(params=[*SHAPES, *NETWORKS, *(f"post_{name}" for name in POST), *REVIEWS, "outlook", "restated"])
def document(
    request: pytest.FixtureRequest,
    make_figures: MakeFigures,
    make_network: Callable[..., NetworkFigures],
    make_review: Callable[..., ReviewFigures],
    outlook: SimpleNamespace,
) -> Iterator[Document]:
    """Built and rendered under the look that the report has."""
    name = request.param.removeprefix("post_")
    kind = "post_campaign" if request.param.startswith("post_") else "network" if name in NETWORKS else "campaign"
    with looking(LOOKS.get(name, PLAIN)):
        if name == "restated":
            yield restated(make_figures)
        elif name == "outlook":
            without = {"verdict": "too_little_data", "reason": "=cmd|'/C calc'!A0", "expected_count": None, "method": None}
            forecasts = [outlook.foreseen("ads"), outlook.foreseen("conversions", **without)]
            yield build_document(outlook.known(make_figures(), {}, {}, forecasts))
        elif name in REVIEWS:
            yield build_document(make_review(**REVIEWS[name]), kind="value_review")
        else:
            yield build_document(make_network(**NETWORKS[name]) if kind == "network" else make_figures(**SHAPES[name]), kind=kind)


def restated(make_figures: MakeFigures) -> Document:
    """A report that differs from an earlier one in each figure of its days."""
    before, now = build_document(make_figures()), make_figures(cpm_minor=2_600)
    told = Told("r", 1, "b", now.build.published_at, tuple(read_figures(render_csv(before))), {})
    document = build_document(now)
    found = changes(document, told)
    assert found and {c.after.label for c in found} == {"Spend"}
    return build_document(now, version=2, restated=(restated_section(told, found, 2),))


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
