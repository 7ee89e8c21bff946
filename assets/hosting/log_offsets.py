"""ops.log_files: how far each log file has landed. A file is its first line, not its name: rotated, it goes on where it was."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from assets.hosting.log_files import have_same_start, head_digest


class ConcurrentLandingError(RuntimeError):
    """Another run landed the same file at the same time; this one stopped, and nothing was landed twice."""


def committed_offset(connection: psycopg.Connection[Any], tenant_id: int, log_source_id: UUID, path: Path, head: bytes) -> int:
    """How far this file was landed, whatever its name was then; a new file begins at 0."""
    rows: Mapping[str, int] = dict(
        connection.execute(
            "select path, committed_offset from ops.log_files where tenant_id = %s and log_source_id = %s and head_sha256 = %s",
            [tenant_id, log_source_id, head],
        ).fetchall()
    )
    if str(path) in rows:
        return rows[str(path)]
    for earlier, offset in sorted(rows.items(), key=lambda item: -item[1]):
        if _is_elsewhere(Path(earlier), path, head, offset):
            # Rotated, or compressed: the file goes on under its new name, where the old one ended.
            return _register(connection, tenant_id, log_source_id, path, head, offset)
    return _register(connection, tenant_id, log_source_id, path, head, 0)


def _is_elsewhere(earlier: Path, path: Path, head: bytes, offset: int) -> bool:
    """Whether `path` is what was landed as `earlier`: that name is gone or taken by another file, or both hold the same bytes.

    Two files of one source may begin with the same line (a comment, say) and still be two.
    """
    try:
        is_gone = head_digest(earlier) != head
    except (OSError, EOFError):
        is_gone = True
    return is_gone or have_same_start(earlier, path, offset)


def _register(
    connection: psycopg.Connection[Any], tenant_id: int, log_source_id: UUID, path: Path, head: bytes, offset: int
) -> int:
    connection.execute(
        "insert into ops.log_files (tenant_id, log_source_id, path, head_sha256, committed_offset) values (%s, %s, %s, %s, %s) "
        "on conflict do nothing",
        [tenant_id, log_source_id, str(path), head, offset],
    )
    return offset


def commit_offset(
    connection: psycopg.Connection[Any], tenant_id: int, log_source_id: UUID, path: Path, head: bytes, *,
    start: int, end: int, landed: int, quarantined: int,
) -> None:  # fmt: skip
    """Move the file's offset from `start` to `end` in the caller's transaction, which holds the rows between them.

    Raises ConcurrentLandingError where it no longer stands at `start`.
    """
    updated = connection.execute(
        "update ops.log_files set committed_offset = %s, landed_count = landed_count + %s, "
        "quarantined_count = quarantined_count + %s, updated_at = now() "
        "where tenant_id = %s and log_source_id = %s and path = %s and head_sha256 = %s and committed_offset = %s",
        [end, landed, quarantined, tenant_id, log_source_id, str(path), head, start],
    ).rowcount
    if updated != 1:
        raise ConcurrentLandingError(f"{path} is being landed by another run: this one stopped, and nothing was landed twice")
