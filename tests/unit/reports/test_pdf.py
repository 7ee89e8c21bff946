import io
import os
import shutil
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from api.marts.figures import CampaignFigures
from api.reports.axes import nice_scale
from api.reports.figures import build_document
from api.reports.fonts import FontsMissingError, register_fonts
from api.reports.look import Look, looking
from api.reports.pdf import render_pdf
from api.reports.pdf_parts import figure_table
from api.reports.theme import CONTENT, styles
from api.reports.xlsx import render_xlsx

MakeFigures = Callable[..., CampaignFigures]


def read(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content))


def test_the_same_figures_give_the_same_bytes(make_figures: MakeFigures) -> None:
    assert render_pdf(build_document(make_figures())) == render_pdf(build_document(make_figures()))
    assert render_xlsx(build_document(make_figures())) == render_xlsx(build_document(make_figures()))


def test_an_outline_page_numbers_and_metadata(make_figures: MakeFigures) -> None:
    reader = read(render_pdf(build_document(make_figures())))
    assert [entry.title for entry in reader.outline] == [
        "At a glance", "Delivery and pacing", "Attribution by model", "Attribution by placement", "Evidence",
        "Return on the sponsorship", "Day by day", "Methods and traceability",
    ]  # fmt: skip
    for number, page in enumerate(reader.pages, start=1):
        assert f"Page {number} of {len(reader.pages)}" in page.extract_text()
    assert reader.metadata
    assert reader.metadata.title == "Autumn Launch – Northwind Coffee"
    assert reader.metadata.author == "Lighthouse Audio"


def test_nothing_in_it_runs_or_leads_outside(make_figures: MakeFigures) -> None:
    content = render_pdf(build_document(make_figures(name='<a href="http://evil.example">x</a> <img src="/etc/passwd">')))
    reader = read(content)
    for page in reader.pages:
        assert "/Annots" not in page
        assert "/XObject" not in page["/Resources"] or not page["/Resources"]["/XObject"]
    for word in (b"/JavaScript", b"/JS", b"/URI", b"/Launch", b"/EmbeddedFile"):
        assert word not in content


def test_every_font_is_embedded(make_figures: MakeFigures) -> None:
    for page in read(render_pdf(build_document(make_figures()))).pages:
        for font in page["/Resources"]["/Font"].values():
            font = font.get_object()
            descriptor = font.get("/FontDescriptor")
            # reportlab lists Helvetica in every file; no text is set in it.
            assert (descriptor is None and font["/BaseFont"] == "/Helvetica") or "/FontFile2" in descriptor.get_object()


def test_a_chart_that_has_no_data_is_left_out(make_figures: MakeFigures) -> None:
    text = "".join(page.extract_text() for page in read(render_pdf(build_document(make_figures(is_empty=True)))).pages)
    assert "Cumulative delivery" not in text
    assert "Nothing to show" in text


def test_a_sum_is_never_alone_at_the_head_of_a_page(make_figures: MakeFigures) -> None:
    """Wherever the page ends within the table: its last part holds the heading, the sum and a row that it sums."""
    register_fonts()
    shows = tuple(f"Show {n}" for n in range(6))
    table = build_document(make_figures(shows=shows)).sections[3].table("revenue")
    assert table.totals
    laid = figure_table(table, styles())
    _, height = laid.wrap(CONTENT, 10_000)
    parts = [laid.split(CONTENT, room) for room in range(30, int(height))]
    assert {len(part) for part in parts} >= {2} and all(len(part[-1]._cellvalues) >= 3 for part in parts if len(part) == 2)


def test_two_years_of_days_and_a_hundred_placements_are_laid_out(make_figures: MakeFigures) -> None:
    figures = make_figures(days=728, shows=tuple(f"Show number {n} with a rather long title" for n in range(100)))
    assert 20 < len(read(render_pdf(build_document(figures))).pages) < 60


@given(st.decimals(min_value=Decimal("0.001"), max_value=Decimal(10) ** 12, places=3))
def test_a_scale_holds_its_largest_value_without_wasting_the_room(largest: Decimal) -> None:
    top, steps = nice_scale(largest)
    assert largest <= top <= largest * 2
    assert 3 <= steps <= 6
    step = top / steps
    assert largest < 6 or step == int(step), "whole steps on an axis of counts"


def test_a_scale_without_any_value() -> None:
    assert nice_scale(Decimal(0)) == (Decimal(4), 4)


def test_missing_fonts_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FontsMissingError, match="make install"):
        register_fonts(tmp_path)


@pytest.mark.skipif(shutil.which("pdftoppm") is None and "CI" not in os.environ, reason="needs poppler-utils")
def test_each_page_can_be_drawn_by_another_program(make_figures: MakeFigures, tmp_path: Path) -> None:
    content = render_pdf(build_document(make_figures(sponsor="شركة القهوة", shows=("קפה", "Ночь", "Νύχτα"))))
    (tmp_path / "report.pdf").write_bytes(content)
    done = subprocess.run(
        ["pdftoppm", "-r", "40", "-png", "report.pdf", "page"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert len(list(tmp_path.glob("page-*.png"))) == len(read(content).pages)


def test_every_piece_of_a_page_has_its_role_in_reading_order(make_figures: MakeFigures) -> None:
    """The fault: a PDF that a program reads aloud as one run of words, with page heads between them."""
    with looking(Look(language="de", logo=picture())):
        reader = read(render_pdf(build_document(make_figures())))
    root = reader.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"], root["/ViewerPreferences"]["/DisplayDocTitle"]) == ("de", True, True)
    whole = root["/StructTreeRoot"]["/K"][0].get_object()
    kids = [kid.get_object() for kid in whole["/K"]]
    roles = [kid["/S"] for kid in kids]
    assert roles[:4] == ["/Figure", "/P", "/H1", "/P"] and kids[0]["/Alt"] == "Logo von Lighthouse Audio"
    assert roles.count("/H2") == 8, "one a section"
    charts = [kid["/Alt"] for kid in kids if kid["/S"] == "/Figure"][1:]
    assert (
        charts[0]
        == "Diagramm: Auslieferung, aufsummiert, gegenüber dem Vertrag. Seine Zahlen stehen in den Tabellen dieses Berichts."
    )
    table = next(kid for kid in kids if kid["/S"] == "/Table")
    first, *others = [row.get_object() for row in table["/K"]]
    assert {cell.get_object()["/S"] for cell in first["/K"]} == {"/TH"} and len(first["/K"]) == 9
    assert all({cell.get_object()["/S"] for cell in row["/K"]} == {"/TD"} for row in others) and len(others) == 4
    for number, page in enumerate(reader.pages):
        parents = root["/StructTreeRoot"]["/ParentTree"]["/Nums"][2 * page["/StructParents"] + 1].get_object()
        content = page.get_contents().get_data()
        assert content.count(b"/MCID") == len(parents) > 0, f"page {number + 1}: each mark has its element"
        assert content.count(b" BDC") + content.count(b" BMC") == content.count(b"EMC")


def test_the_logo_stands_beside_the_first_sheets_title_in_its_own_shape(make_figures: MakeFigures) -> None:
    """The faults: a white label that ends at the PDF; a logo that is drawn out of shape, or over the figures."""
    with looking(Look(language="es", logo=picture())):
        book = openpyxl.load_workbook(io.BytesIO(render_xlsx(build_document(make_figures()))))
    first, *others = book.worksheets
    (image,) = first._images
    assert image._data() == picture()
    assert (image.anchor._from.row, image.anchor._from.col) == (0, 3) and image.anchor.to.row == 0
    assert image.width / image.height == pytest.approx(200 / 60, abs=0.1)
    assert not any(sheet._images for sheet in others)


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (200, 60), (200, 60, 40)).save(buffer, "PNG")
    return buffer.getvalue()
