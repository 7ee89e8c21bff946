"""A rendered report: three files made of one document, and the names they are saved under."""

import re
import unicodedata
from dataclasses import dataclass
from hashlib import sha256

from api.marts.figures import CampaignFigures, figures_sha256
from api.reports.csv import render_csv
from api.reports.document import Document
from api.reports.figures import build_document
from api.reports.pdf import render_pdf
from api.reports.xlsx import render_xlsx

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class ReportFile:
    """One format of a report, as app.report_files holds it; `sha256` is the hex digest of `content`."""

    format: str
    filename: str
    media_type: str
    content: bytes
    sha256: str


@dataclass(frozen=True)
class Rendered:
    """A report in all formats, and the digest of the figures it shows."""

    files: tuple[ReportFile, ...]
    figures_sha256: str


def render_report(figures: CampaignFigures, *, is_final: bool = False) -> Rendered:
    """Render the three formats from one document; raises text.FontsMissingError where the PDF's fonts are not installed."""
    document = build_document(figures, is_final=is_final)
    contents = {"pdf": render_pdf(document), "csv": render_csv(document), "xlsx": render_xlsx(document)}
    stem = file_stem(document)
    files = tuple(
        ReportFile(kind, f"{stem}.{kind}", MEDIA_TYPES[kind], content, sha256(content).hexdigest())
        for kind, content in contents.items()
    )
    return Rendered(files, figures_sha256(figures))


def file_stem(document: Document) -> str:
    """autumn-launch-2026-11-20: letters that any file system and any mail header carries."""
    ascii_only = unicodedata.normalize("NFKD", document.title[:400]).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:60].strip("-") or "campaign"
    return f"{name}-{document.published_at.date().isoformat()}" if document.published_at else name
