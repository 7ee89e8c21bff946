"""app.import_files and ops.imports: every file that was brought, and what came of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from assets.imports.landing import ImportFile, Kind, Outcome
from assets.lib.privacy import scrub
from assets.lib.warehouse import connect

Origin = Literal["dashboard", "api", "command", "folder"]
TRIES = 3
# An upload that could not be landed waits for a minute, then two, and is left where it lies after the third try.
_WAITING = (
    "from app.import_files as f left join ops.imports as i using (import_id) "
    "where f.content is not null and (i.import_id is null or (i.status = 'failed' and i.attempt_count < %(tries)s "
    "and i.finished_at < now() - i.attempt_count * interval '1 minute'))"
)


@dataclass(frozen=True)
class Brought:
    """A file as it is remembered: who brought it, how, and how large it is."""

    origin: Origin
    byte_count: int
    actor_kind: str = "user"
    actor_id: UUID | None = None


def is_any_waiting(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute(f"select exists (select 1 {_WAITING})", {"tries": TRIES}).fetchone()
    return bool(row and row[0])


def waiting_ids(connection: psycopg.Connection[Any]) -> list[UUID]:
    """The uploads to land, in the order in which they came."""
    rows = connection.execute(f"select f.import_id {_WAITING} order by f.created_at, f.import_id", {"tries": TRIES})
    return [row[0] for row in rows]


def load_upload(connection: psycopg.Connection[Any], import_id: UUID) -> tuple[ImportFile, bytes] | None:
    """The file without its bytes, and its bytes as they are sealed; None where another run landed it meanwhile."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "select import_id, tenant_id, kind, file_name, content_sha256, show_id, sponsor_id, host, base_url, content "
            "from app.import_files where import_id = %s and content is not null",
            [import_id],
        ).fetchone()
    if row is None:
        return None
    sealed = bytes(row.pop("content"))
    row["content_sha256"] = bytes(row["content_sha256"])
    return ImportFile(**row), sealed


def remember(url: str, file: ImportFile, brought: Brought) -> None:
    """A row for a file that was not uploaded: one that the command or the folder reads where it lies."""
    with connect(url, "app") as connection:
        connection.execute("select set_config('hostread.tenant_id', %s, true)", [str(file.tenant_id)])
        connection.execute(
            "insert into app.import_files (import_id, tenant_id, kind, origin, file_name, content_sha256, byte_count, show_id, "
            "sponsor_id, host, base_url, actor_kind, actor_id) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                file.import_id, file.tenant_id, file.kind, brought.origin, file.file_name[:300], file.content_sha256,
                brought.byte_count, file.show_id, file.sponsor_id, file.host, file.base_url, brought.actor_kind, brought.actor_id,
            ],
        )  # fmt: skip


def record_outcome(connection: psycopg.Connection[Any], file: ImportFile, outcome: Outcome, run_id: str) -> None:
    """What came of a file; an upload's bytes go where nothing more can come of them. In the caller's transaction, or its own."""
    with connection.transaction():
        connection.execute(
            "insert into ops.imports as i (import_id, tenant_id, status, format, landed_count, unchanged_count, quarantined_count, "
            "message, examples, run_id) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (import_id) do update set "
            "status = excluded.status, format = excluded.format, landed_count = i.landed_count + excluded.landed_count, "
            "unchanged_count = excluded.unchanged_count, quarantined_count = i.quarantined_count + excluded.quarantined_count, "
            "message = excluded.message, examples = excluded.examples, run_id = excluded.run_id, "
            "attempt_count = i.attempt_count + 1, finished_at = now()",
            [
                file.import_id, file.tenant_id, outcome.status, outcome.format, outcome.landed, outcome.unchanged,
                outcome.quarantined, _shown(outcome.message), Jsonb([_shown(one) for one in outcome.examples]), run_id,
            ],
        )  # fmt: skip
        if outcome.status != "failed":
            connection.execute("update app.import_files set content = null where import_id = %s", [file.import_id])


def new_file(tenant_id: int, kind: Kind, path: Path, digest: bytes, **known: Any) -> ImportFile:
    """A file that lies at `path`."""
    return ImportFile(uuid4(), tenant_id, kind, path.name, digest, path=path, **known)


def _shown(text: str) -> str:
    """A message may quote the file: no address and no NUL byte."""
    return scrub(text.encode("utf-8", "replace")[:4000]).decode("utf-8", "replace").replace("\x00", "")
