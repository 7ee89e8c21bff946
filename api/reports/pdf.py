"""The report as a PDF: A4, vector charts, embedded fonts, an outline, page numbers; the same figures give the same bytes."""

from collections.abc import Sequence
from io import BytesIO

from reportlab.graphics.shapes import Drawing
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageTemplate,
    Spacer,
)

from api.reports import pdf_charts, theme
from api.reports.document import Document, Section
from api.reports.fonts import BOLD, REGULAR, register_fonts
from api.reports.language import say
from api.reports.look import LOOK
from api.reports.pdf_pages import cover, inner
from api.reports.pdf_parts import Cards, SectionHeading, figure_table, key_values, warning
from api.reports.pdf_tags import Picture, TaggedCanvas, text
from api.reports.text import clean, markup


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
        lang=LOOK.get().language,
        displayDocTitle=1,
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
    template.build(story(document), canvasmaker=TaggedCanvas)
    return int(template.page)


def story(document: Document) -> list[Flowable]:
    styles = theme.styles()
    parts: list[Flowable] = [NextPageTemplate("inner")]
    for words in document.warnings:
        parts += [warning(words, styles), Spacer(1, 10)]
    drawn: set[str] = set()
    for section in document.sections:
        # A chart that two sections name is drawn where it is named first.
        charts = [name for name in section.charts if name not in drawn]
        drawn.update(charts)
        parts += section_parts(document, section, charts, styles)
    return parts


def section_parts(document: Document, section: Section, charts: Sequence[str], styles: theme.Styles) -> list[Flowable]:
    head: list[Flowable] = [SectionHeading(section.section_id, section.title)]
    if section.intro:
        head.append(text(markup(section.intro, REGULAR, 1200), styles.body))
    if section.figures:
        head += [Spacer(1, 4), figures_part(section, styles)]
    drawings = [drawing for name in charts if (drawing := pdf_charts.CHARTS[name](document)) is not None]
    for drawing in drawings:
        head += [Spacer(1, 10), Picture(drawing, alternative(drawing))]
    # What opens a section stays on one page; the cover's frame is made for all of the first.
    parts: list[Flowable] = [*head] if section is document.sections[0] else [CondPageBreak(section.room), KeepTogether(head)]
    for table in section.tables:
        title = text(markup(table.title, BOLD), styles.table_title, "H3")
        if not table.rows:
            parts += [title, text(markup(say("Nothing to show: the build holds no row of this kind.")), styles.note)]
            continue
        parts += [CondPageBreak(90), title, figure_table(table, styles)]
        if table.note:
            parts.append(text(markup(table.note, REGULAR, 600), styles.note))
    return parts


def alternative(drawing: Drawing) -> str:
    """What a chart's picture says, for who does not see it: its title, and where its figures stand."""
    return say("Chart: {title}. Its figures stand in the tables of this report.", title=getattr(drawing, "title", ""))


def figures_part(section: Section, styles: theme.Styles) -> Flowable:
    if section.layout == "large":
        return Cards(section.figures, 4 if len(section.figures) % 4 == 0 else 3, 15)
    if section.layout == "list" or len(section.figures) < 3:
        return key_values(section.figures, styles)
    return Cards(section.figures, 4 if len(section.figures) > 3 else 3, 12.5)
