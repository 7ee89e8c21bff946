"""ops.log_files: how far each log file has landed. A file is its content, not its name: copied, rotated or compressed, and in
whatever source of the tenant, it goes on where it was."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from assets.hosting.log_content import Content, content_at, digests_at, whole_content


class ConcurrentLandingError(RuntimeError):
    """Another run landed the same file at the same time; this one stopped, and nothing was landed twice."""


@dataclass(frozen=True)
class FileKey:
    """One row of ops.log_files. `name` is the file's path, or what stands for it where it was uploaded."""

    tenant_id: int
    log_source_id: UUID
    name: str
    head: bytes


@dataclass(frozen=True)
class _Landed:
    log_source_id: UUID
    name: str
    offset: int
    chain: bytes | None
    digest: bytes | None


@contextmanager
def only_landing(connection: psycopg.Connection[Any], key: FileKey) -> Iterator[None]:
    """Raises ConcurrentLandingError where another session lands a file with this beginning; the same content may have two names."""
    lock = [f"log file {key.tenant_id} {key.head.hex()}"]
    row = connection.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", lock).fetchone()
    if row is None or not row[0]:
        raise ConcurrentLandingError(f"{key.name} is being landed by another run: this one stopped, and nothing was landed twice")
    try:
        yield
    finally:
        with suppress(psycopg.Error):
            connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", lock)


def landed_so_far(connection: psycopg.Connection[Any], key: FileKey, path: Path) -> tuple[int, Content | None]:
    """The offset from which to land the file, and its content's digest up to there; (0, nothing) for a new file."""
    rows = [
        _Landed(*row)
        for row in connection.execute(
            "select log_source_id, path, committed_offset, block_chain, content_sha256 from ops.log_files "
            "where tenant_id = %s and head_sha256 = %s order by committed_offset desc",
            [key.tenant_id, key.head],
        )
    ]
    own = next((row for row in rows if (row.log_source_id, row.name) == (key.log_source_id, key.name)), None)
    others = [row for row in rows if row is not own and row.offset > (own.offset if own else 0)]
    best = _furthest(path, others) or own
    if own is None or best is not own:
        _register(connection, key, best)
    if best is None:
        return 0, Content()
    if best.digest is None or best.chain is None:
        return best.offset, None
    return best.offset, content_at(path, best.offset, best.chain)


def _furthest(path: Path, others: Sequence[_Landed]) -> _Landed | None:
    """The furthest landed file whose content up to its offset is this one's too; for a shorter copy of one, this one's end."""
    if not others:
        return None
    here = digests_at(path, [row.offset for row in others])
    for row in others:
        if row.offset in here and here[row.offset].digest == row.digest:
            return row
    whole = whole_content(path)
    for row in others:
        if row.offset > whole.offset > 0 and _begins_with(Path(row.name), whole):
            return _Landed(row.log_source_id, row.name, whole.offset, whole.chain, whole.digest)
    return None


def _begins_with(earlier: Path, content: Content) -> bool:
    with suppress(OSError, EOFError):
        found = digests_at(earlier, [content.offset]).get(content.offset)
        return found is not None and found.digest == content.digest
    return False


def _register(connection: psycopg.Connection[Any], key: FileKey, known: _Landed | None) -> None:
    """A row for the file under this name; one that is there moves on to what landed of the same content elsewhere."""
    empty = Content()
    connection.execute(
        "insert into ops.log_files (tenant_id, log_source_id, path, head_sha256, committed_offset, block_chain, content_sha256) "
        "values (%s, %s, %s, %s, %s, %s, %s) on conflict (tenant_id, log_source_id, path, head_sha256) do update "
        "set committed_offset = excluded.committed_offset, block_chain = excluded.block_chain, "
        "content_sha256 = excluded.content_sha256",
        [
            key.tenant_id, key.log_source_id, key.name, key.head, known.offset if known else 0,
            known.chain if known else empty.chain, known.digest if known else empty.digest,
        ],
    )  # fmt: skip


def commit_offset(
    connection: psycopg.Connection[Any], key: FileKey, *, start: int, end: int, landed: int, quarantined: int,
    content: tuple[bytes, bytes] | None = None,
) -> None:  # fmt: skip
    """Move the file's offset from `start` to `end` in the caller's transaction, which holds the rows between them.

    `content` is the digest up to `end`, and its chain. Raises ConcurrentLandingError where the offset no longer stands at `start`.
    """
    digest, chain = content or (None, None)
    updated = connection.execute(
        "update ops.log_files set committed_offset = %s, landed_count = landed_count + %s, "
        "quarantined_count = quarantined_count + %s, content_sha256 = %s, block_chain = %s, updated_at = now() "
        "where tenant_id = %s and log_source_id = %s and path = %s and head_sha256 = %s and committed_offset = %s",
        [end, landed, quarantined, digest, chain, key.tenant_id, key.log_source_id, key.name, key.head, start],
    ).rowcount
    if updated != 1:
        raise ConcurrentLandingError(f"{key.name} is being landed by another run: this one stopped, and nothing was landed twice")
