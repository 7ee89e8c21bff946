"""The neutral report: sections of figures and tables that PDF, CSV and Excel all print, so that they agree cell by cell.

Every stated value is a `Figure` with an id of its own. A value that the data cannot give is None with the words for it
(`absent`): it is printed as those words in every format, never as 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal

Unit = Literal["text", "count", "estimate", "money", "rate", "ratio", "date", "datetime"]
Value = str | int | Decimal | date | datetime | None

NOT_IDENTIFIABLE = "not identifiable"
# Points of A4: a section that asks for so much room begins its own page.
FULL_PAGE = 842.0


@dataclass(frozen=True)
class Figure:
    """One stated value. `money` is in major units of `currency`; `rate` is 0 to 1; `ratio` a plain factor; an `estimate` is a
    count that was forecast or measured, which people read as a whole number; times are UTC."""

    figure_id: str
    label: str
    value: Value
    unit: Unit = "text"
    currency: str | None = None
    # What the value is of, where it stands in a table: the placement, the day, the model.
    dimension: str = ""
    # The words in place of a value that is None.
    absent: str = NOT_IDENTIFIABLE
    # A short explanation under the figure.
    note: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of figures under common headings; `totals` marks the last row as the sum of those above."""

    table_id: str
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Figure, ...], ...]
    note: str = ""
    totals: bool = False
    # Relative widths of the columns on paper.
    widths: tuple[float, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of a report."""

    section_id: str
    title: str
    intro: str = ""
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    # Names of the charts that are drawn from this report's cells (pdf_charts.CHARTS).
    charts: tuple[str, ...] = ()
    # How its figures stand on paper; large cards lead a report.
    layout: Literal["cards", "large", "list"] = "cards"
    # Points that must be left on a page for the section to begin there.
    room: float = 170

    def table(self, table_id: str) -> Table:
        """The section's table of that id; raises KeyError where there is none."""
        for table in self.tables:
            if table.table_id == table_id:
                return table
        raise KeyError(f"found no table {table_id!r} in section {self.section_id!r}; it has {[t.table_id for t in self.tables]}")


@dataclass(frozen=True)
class Document:
    """One report. `currency` is that of its money; `warnings` are printed before anything else."""

    title: str
    sponsor: str
    publisher: str
    subtitle: str
    currency: str
    build_id: str
    published_at: datetime | None
    sections: tuple[Section, ...]
    warnings: tuple[str, ...] = ()
    is_final: bool = False
    kind: str = "campaign"
    # How often what was told of this subject and period was changed afterwards, counted from 1.
    version: int = 1

    def section(self, section_id: str) -> Section:
        """The section of that id; raises KeyError where there is none."""
        for section in self.sections:
            if section.section_id == section_id:
                return section
        raise KeyError(f"found no section {section_id!r}; the report has {[s.section_id for s in self.sections]}")

    def figure(self, figure_id: str) -> Figure:
        """The figure of that id; raises KeyError where there is none."""
        for _, figure in all_figures(self):
            if figure.figure_id == figure_id:
                return figure
        raise KeyError(f"found no figure {figure_id!r} in the report {self.title!r}")


def all_figures(document: Document) -> Iterator[tuple[Section, Figure]]:
    """Every figure in reading order, those of tables row by row."""
    for section in document.sections:
        for figure in section.figures:
            yield section, figure
        for table in section.tables:
            for row in table.rows:
                for figure in row:
                    yield section, figure


def plain(figure: Figure) -> str:
    """The value for machines: full precision, ISO dates and times, a dot as decimal mark; the words where there is none."""
    value = figure.value
    if value is None:
        return figure.absent
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
