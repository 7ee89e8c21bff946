"""The watched folder: files that lie where they say whose they are. Nothing is moved; what was read is known by its bytes.

<folder>/<tenant>/<show>/…      statistics of the show: its id, or its title in small letters with hyphens
<folder>/<tenant>/logs/…        also orders/, spend/, currency_rates/ and survey_answers/
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from assets.imports.landing import Kind
from assets.lib.fetch_state import Success, load_states, record_successes

SOURCE = "import_folder"
# A file that was written to within these seconds may still be growing.
SETTLED_S = 10
PLACES: Mapping[str, Kind] = {
    "logs": "logs", "orders": "orders", "spend": "spend", "currency_rates": "currency_rates", "survey_answers": "survey_answers",
}  # fmt: skip
UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".download", ".filepart", "~", ".swp")


@dataclass(frozen=True)
class Found:
    """A file in the folder: the tenant's and the show's (or kind's) folder, and how it looked."""

    path: Path
    tenant: str
    place: str
    size: int
    modified_ns: int

    @property
    def look(self) -> dict[str, int]:
        return {"size": self.size, "modified_ns": self.modified_ns}


class UnsettledError(RuntimeError):
    """The file changed while it was read: its writer is not done."""


def found_files(folder: Path) -> Iterator[Found]:
    """Every file two folders deep that nobody is writing under a name for unfinished ones."""
    for path in sorted(folder.glob("*/*/*")):
        if path.name.startswith(".") or path.name.endswith(UNFINISHED) or not path.is_file():
            continue
        known = path.stat()
        tenant, place = path.relative_to(folder).parts[:2]
        yield Found(path, tenant, place, known.st_size, known.st_mtime_ns)


def new_files(connection: psycopg.Connection[Any], folder: Path, at_ns: int) -> list[Found]:
    """Those that have settled and do not look as when they were last read."""
    looks = {path: dict(state.cursor) for (_, path), state in load_states(connection, SOURCE).items()}
    tenants = {row[0] for row in connection.execute("select slug from app.tenants")}
    return [
        found for found in found_files(folder)
        if found.tenant in tenants and found.size and at_ns - found.modified_ns >= SETTLED_S * 1_000_000_000
        and looks.get(str(found.path)) != found.look
    ]  # fmt: skip


def unknown_tenants(connection: psycopg.Connection[Any], folder: Path) -> list[str]:
    """Folders of no tenant that hold files: nothing of them is read."""
    tenants = {row[0] for row in connection.execute("select slug from app.tenants")}
    return sorted({found.tenant for found in found_files(folder)} - tenants)


def digest_of(found: Found) -> bytes:
    """The SHA-256 of the file's bytes. Raises UnsettledError where it changed meanwhile."""
    with found.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    known = found.path.stat()
    if (known.st_size, known.st_mtime_ns) != (found.size, found.modified_ns):
        raise UnsettledError(f"{found.path} changed while it was read: it is read again when it rests")
    return digest


def record_look(connection: psycopg.Connection[Any], tenant_id: int, found: Found, digest: bytes, at: Any) -> None:
    path = str(found.path)
    record_successes(connection, SOURCE, [Success(tenant_id, path, path, 200, at, None, None, digest, found.look)])


def was_brought(connection: psycopg.Connection[Any], tenant_id: int, kind: Kind, show_id: UUID | None, digest: bytes) -> bool:
    """Whether the same bytes came by the folder before, under this name or another."""
    row = connection.execute(
        "select exists (select 1 from app.import_files as f inner join ops.imports as i using (import_id) "
        "where f.tenant_id = %s and f.origin = 'folder' and f.kind = %s and f.show_id is not distinct from %s "
        "and f.content_sha256 = %s and i.status = 'landed')",
        [tenant_id, kind, show_id, digest],
    ).fetchone()
    return bool(row and row[0])


def show_of(connection: psycopg.Connection[Any], tenant_id: int, place: str) -> UUID | None:
    """The show that a folder's name means: its id, or the only one whose title reads so."""
    shows = connection.execute("select show_id, title from app.shows where tenant_id = %s", [tenant_id]).fetchall()
    meant = [show_id for show_id, title in shows if place.lower() == str(show_id) or place.lower() == folder_name(title)]
    return meant[0] if len(meant) == 1 else None


def folder_name(title: str) -> str:
    """`The Daily Ø — Extra!` → the-daily-ø-extra."""
    return re.sub(r"[^\w]+", "-", unicodedata.normalize("NFKC", title).casefold()).strip("-")
