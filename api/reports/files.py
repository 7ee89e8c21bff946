"""A rendered report: three files made of one document, and the names they are saved under."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from api.marts.figures import CampaignFigures, NetworkFigures, figures_sha256
from api.reports.csv import render_csv
from api.reports.document import Document
from api.reports.figures import build_document
from api.reports.look import PLAIN, Look, looking
from api.reports.pdf import render_pdf
from api.reports.restated import Told, changes, restated_section
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
    """A report in all formats, the digest of the figures it shows, its version, and which report it restates."""

    files: tuple[ReportFile, ...]
    figures_sha256: str
    version: int = 1
    restates: str | None = None


def render_report(
    figures: CampaignFigures | NetworkFigures,
    *,
    kind: str = "campaign",
    is_final: bool = False,
    look: Look = PLAIN,
    told: Sequence[Told] = (),
    last_day: date | None = None,
) -> Rendered:
    """Render the three formats from one document; raises text.FontsMissingError where the PDF's fonts are not installed.

    `told` are the latest report of the same subject and period and, where that one was a restatement, the one it restated;
    `last_day` is the period's.
    """
    with looking(look):
        document, restates = restated_document(figures, kind, is_final=is_final, told=told, last_day=last_day)
        return rendered(document, figures, restates)


def restated_document(
    figures: CampaignFigures | NetworkFigures, kind: str, *, is_final: bool, told: Sequence[Told], last_day: date | None
) -> tuple[Document, Told | None]:
    """The report, with what it says otherwise than an earlier one, and that one; the same version where nothing is otherwise."""
    document = build_document(figures, kind=kind, is_final=is_final)
    version = told[0].version if told else 1
    for earlier in told:
        found = changes(document, earlier, last_day)
        if found:
            version = earlier.version + 1
            section = restated_section(earlier, found, version)
            return build_document(figures, kind=kind, is_final=is_final, version=version, restated=(section,)), earlier
    return build_document(figures, kind=kind, is_final=is_final, version=version), None


def rendered(document: Document, figures: CampaignFigures | NetworkFigures, restates: Told | None) -> Rendered:
    contents = {"pdf": render_pdf(document), "csv": render_csv(document), "xlsx": render_xlsx(document)}
    stem = file_stem(document)
    files = tuple(
        ReportFile(kind, f"{stem}.{kind}", MEDIA_TYPES[kind], content, sha256(content).hexdigest())
        for kind, content in contents.items()
    )
    return Rendered(files, figures_sha256(figures), document.version, restates.report_id if restates else None)


def file_stem(document: Document) -> str:
    """autumn-launch-2026-11-20: letters that any file system and any mail header carries."""
    ascii_only = unicodedata.normalize("NFKD", document.title[:400]).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:60].strip("-") or "campaign"
    if document.kind == "post_campaign":
        # Two reports of one campaign in one mail are two names.
        name = f"{name}-after-the-flight"
    dated = f"{name}-{document.published_at.date().isoformat()}" if document.published_at else name
    return dated if document.version == 1 else f"{dated}-v{document.version}"
