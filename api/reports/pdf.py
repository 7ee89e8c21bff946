"""The report as a PDF: A4, vector charts, embedded fonts, an outline, page numbers; the same figures give the same bytes."""

from io import BytesIO

from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
)

from api.reports import pdf_charts, theme
from api.reports.document import Document, Section
from api.reports.pdf_pages import cover, inner
from api.reports.pdf_parts import Cards, SectionHeading, figure_table, key_values, warning
from api.reports.text import BOLD, REGULAR, clean, markup, register_fonts

CHARTS = {
    "headline": (pdf_charts.delivery_chart, pdf_charts.conversions_chart),
    "delivery": (pdf_charts.ads_chart,),
    "attribution": (pdf_charts.model_chart,),
    "evidence": (pdf_charts.evidence_chart,),
    "lift": (pdf_charts.lift_chart,),
}
# Points that must be left on a page for a section to begin there; one that is read alone begins its own.
ROOM = {"daily": 300, "methods": theme.PAGE_HEIGHT}


def render_pdf(document: Document) -> bytes:
    """The PDF's bytes. Raises FontsMissingError where the report's fonts are not installed."""
    register_fonts()
    # Twice: how many pages there are is known after the first time.
    pages = build(document, BytesIO(), 0)
    buffer = BytesIO()
    build(document, buffer, pages)
    return buffer.getvalue()


def build(document: Document, buffer: BytesIO, pages: int) -> int:
    """Lay the report out into `buffer`; returns its number of pages."""
    template = BaseDocTemplate(
        buffer,
        pagesize=(theme.PAGE_WIDTH, theme.PAGE_HEIGHT),
        title=clean(f"{document.title} – {document.sponsor}"),
        author=clean(document.publisher),
        subject=clean(f"{document.subtitle} · build {document.build_id}"),
        creator="Hostread",
        producer="Hostread",
        lang="en",
        # No time and no random id in the file.
        invariant=1,
        # A document may name no file and no address that a paragraph could fetch.
        trustedHosts=[],
        trustedSchemes=[],
    )
    top = theme.PAGE_HEIGHT - theme.COVER_HEIGHT
    below = Frame(
        theme.MARGIN, 48, theme.CONTENT, top - 48 - 14, id="below", leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0
    )
    full = Frame(
        theme.MARGIN,
        48,
        theme.CONTENT,
        theme.PAGE_HEIGHT - 48 - 62,
        id="full",
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )
    template.addPageTemplates(
        [
            PageTemplate("cover", [below], onPage=lambda canvas, _: cover(canvas, document, pages)),
            PageTemplate("inner", [full], onPage=lambda canvas, _: inner(canvas, document, pages)),
        ]
    )
    template.build(story(document))
    return int(template.page)


def story(document: Document) -> list[Flowable]:
    styles = theme.styles()
    parts: list[Flowable] = [NextPageTemplate("inner")]
    for words in document.warnings:
        parts += [warning(words, styles), Spacer(1, 10)]
    for section in document.sections:
        parts += section_parts(document, section, styles)
    return parts


def section_parts(document: Document, section: Section, styles: theme.Styles) -> list[Flowable]:
    head: list[Flowable] = [SectionHeading(section.section_id, section.title)]
    if section.intro:
        head.append(Paragraph(markup(section.intro, REGULAR, 1200), styles.body))
    if section.figures:
        head += [Spacer(1, 4), figures_part(section, styles)]
    drawings = [drawing for chart in CHARTS.get(section.section_id, ()) if (drawing := chart(document)) is not None]
    for drawing in drawings:
        head += [Spacer(1, 10), drawing]
    # What opens a section stays on one page; the cover's frame is made for all of the first.
    parts: list[Flowable] = (
        [*head] if section.section_id == "headline" else [CondPageBreak(ROOM.get(section.section_id, 170)), KeepTogether(head)]
    )
    for table in section.tables:
        title = Paragraph(markup(table.title, BOLD), styles.table_title)
        if not table.rows:
            parts += [title, Paragraph("Nothing to show: the build holds no row of this kind.", styles.note)]
            continue
        parts += [CondPageBreak(90), title, figure_table(table, styles)]
        if table.note:
            parts.append(Paragraph(markup(table.note, REGULAR, 600), styles.note))
    return parts


def figures_part(section: Section, styles: theme.Styles) -> Flowable:
    if section.section_id == "headline":
        return Cards(section.figures, 4, 15)
    if section.section_id == "methods" or len(section.figures) < 3:
        return key_values(section.figures, styles)
    return Cards(section.figures, 4 if len(section.figures) > 3 else 3, 12.5)
