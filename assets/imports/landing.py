"""One file that somebody brought → the raw tables of its kind, and what came of it."""

import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, get_args
from uuid import UUID

from assets.campaigns.imports import ImportFailedError, import_content
from assets.hosting.exports.landing import land_export
from assets.hosting.exports.tables import ExportError
from assets.hosting.log_files import head_lines
from assets.hosting.log_formats import HEAD_LINES, detect_format, make_parser
from assets.hosting.log_request import LogFormatError
from assets.hosting.logs import land_upload
from assets.lib.quarantine import Rejected
from assets.lib.warehouse import connect

Kind = Literal["statistics", "logs", "orders", "spend", "currency_rates", "survey_answers"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Status = Literal["landed", "refused", "failed"]
SHOWN = 20


@dataclass(frozen=True)
class ImportFile:
    """A file and what is known of it. Its bytes are `content`, or lie at `path`."""

    import_id: UUID
    tenant_id: int
    kind: Kind
    file_name: str
    content_sha256: bytes
    content: bytes = field(default=b"", repr=False)
    path: Path | None = None
    show_id: UUID | None = None
    sponsor_id: UUID | None = None
    host: str | None = None
    base_url: str | None = None
    as_of: date | None = None

    def read(self) -> bytes:
        return self.content if self.path is None else self.path.read_bytes()


@dataclass(frozen=True)
class Outcome:
    """What came of a file: landed, refused (nothing of it can be used; the message says why) or failed (may be tried again)."""

    status: Status
    format: str | None = None
    landed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    message: str = ""
    examples: Sequence[str] = ()


def land_file(url: str, file: ImportFile, run_id: str) -> Outcome:
    """Land one file. What is wrong with the file is in the outcome; raises psycopg.OperationalError where the warehouse is away."""
    try:
        if file.kind == "statistics":
            return _statistics(url, file, run_id)
        if file.kind == "logs":
            return _logs(url, file, run_id)
        done = import_content(url, file.kind, file.tenant_id, file.file_name, file.read(), run_id, file.sponsor_id)
        return Outcome("landed", file.kind, done.landed, done.unchanged, done.quarantined)
    except (ExportError, ImportFailedError, LogFormatError) as error:
        return Outcome("refused", message=str(error))
    except (OSError, zlib.error) as error:
        return Outcome("failed", message=f"{file.file_name} could not be read: {error}. Expected a whole file: bring it again")


def _statistics(url: str, file: ImportFile, run_id: str) -> Outcome:
    if file.show_id is None:
        raise ExportError("found no show, expected to be told whose statistics these are")
    with connect(url, "ingest", autocommit=True) as connection:
        done = land_export(
            connection, file.tenant_id, file.show_id, file.read(), file.file_name, run_id, host=file.host, as_of=file.as_of
        )
    return Outcome(
        "landed", done.host, done.landed, done.unchanged, len(done.rejected), "; ".join(done.notes), _examples(done.rejected)
    )


def _logs(url: str, file: ImportFile, run_id: str) -> Outcome:
    with _on_disk(file) as path:
        head = head_lines(path, HEAD_LINES, is_final=True)
        log_format = detect_format(head)
        make_parser(log_format, head, file.base_url)
        done = land_upload(
            url, file.tenant_id, path, run_id, name=file.content_sha256.hex(), log_format=log_format, base_url=file.base_url
        )
    if done.failures:
        message = "; ".join(text.replace(str(path), file.file_name) for _, text in done.failures)
        return Outcome("failed", log_format, done.landed, 0, done.quarantined, message)
    nothing = "" if done.landed or done.quarantined else "every line of it had landed before, under this name or another"
    return Outcome("landed", log_format, done.landed, 0, done.quarantined, nothing)


def _examples(rejected: Sequence[Rejected]) -> tuple[str, ...]:
    return tuple(item.reason[:500] for item in rejected[:SHOWN])


@contextmanager
def _on_disk(file: ImportFile) -> Iterator[Path]:
    """The file's path, or that of a copy which only this process can read and which goes when the block ends."""
    if file.path is not None:
        yield file.path
        return
    with tempfile.NamedTemporaryFile(prefix="hostread-import-") as copy:
        copy.write(file.content)
        copy.flush()
        yield Path(copy.name)
