"""A spool: one SQLite file of one process, in which batches are safe while the database is away.

Write-ahead log with synchronous=FULL: add() returns when the disk has the batches. A file beside it is locked while its owner
lives; the lock goes with the process, however it ends, and whoever gets it then owns the spool.
"""

import contextlib
import fcntl
import os
import sqlite3
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

SUFFIX = ".spool"
SIDE_FILES = ("-wal", "-shm")
_SCHEMA = """
create table if not exists batches (
    position integer primary key autoincrement, batch_id blob not null unique, size integer not null, payload blob not null
);
create table if not exists facts (name text primary key, value text not null);
"""


class SpoolFullError(Exception):
    """The batch does not fit: nothing of it was kept."""


class SpoolDamagedError(Exception):
    """The file is not the database that was written."""


class Kept(NamedTuple):
    """One batch as it lies in a spool."""

    position: int
    batch_id: uuid.UUID
    payload: bytes


class Spool:
    """An open spool of which this process is the owner. Not thread-safe: one thread at a time."""

    def __init__(self, path: Path, lock: int, max_bytes: int) -> None:
        self.path, self._lock, self._max_bytes = path, lock, max_bytes
        with _damage(path):
            self._database = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
            self._database.execute("pragma journal_mode=wal")
            self._database.execute("pragma synchronous=full")
            self._database.executescript(_SCHEMA)
            self.count, self.bytes = self._database.execute("select count(*), coalesce(sum(size), 0) from batches").fetchone()
        _sync_folder(path.parent)

    @property
    def identity(self) -> str | None:
        """Which database the batches are for; None until that was seen."""
        row = self._database.execute("select value from facts where name = 'identity'").fetchone()
        return None if row is None else str(row[0])

    @identity.setter
    def identity(self, value: str) -> None:
        self._database.execute("insert or replace into facts values ('identity', ?)", [value])

    def check(self) -> None:
        """Read the whole file. Raises SpoolDamagedError with what SQLite found."""
        with _damage(self.path):
            found = self._database.execute("pragma quick_check(1)").fetchone()[0]
        if found != "ok":
            raise SpoolDamagedError(str(found))

    def add(self, batches: Sequence[tuple[uuid.UUID, bytes]]) -> None:
        """Keep the batches, all or none, on disk. Raises SpoolFullError, or SpoolDamagedError where the file is broken."""
        size = sum(len(payload) for _, payload in batches)
        if self.bytes + size > self._max_bytes:
            raise SpoolFullError(f"found {self.bytes} bytes in the spool and {size} more, expected at most {self._max_bytes}")
        rows = [(batch_id.bytes, len(payload), payload) for batch_id, payload in batches]
        with _damage(self.path), self._transaction():
            self._database.executemany("insert or ignore into batches (batch_id, size, payload) values (?, ?, ?)", rows)
        self.bytes += size
        self.count += len(rows)

    def read(self, max_bytes: int, after: int = 0) -> list[Kept]:
        """The oldest batches behind `after`, at least one if there is any, of `max_bytes` together."""
        kept: list[Kept] = []
        size = 0
        with _damage(self.path):
            rows = self._database.execute(
                "select position, batch_id, payload from batches where position > ? order by position", [after]
            )
            for position, batch_id, payload in rows:
                size += len(payload)
                if kept and size > max_bytes:
                    break
                kept.append(Kept(position, uuid.UUID(bytes=batch_id), payload))
            rows.close()
        return kept

    def remove(self, batches: Sequence[Kept]) -> None:
        """Forget batches that the database has."""
        with _damage(self.path), self._transaction():
            self._database.executemany("delete from batches where position = ?", [(batch.position,) for batch in batches])
        self.bytes -= sum(len(batch.payload) for batch in batches)
        self.count -= len(batches)
        if self.count == 0:
            self._database.execute("pragma wal_checkpoint(truncate)")

    def close(self) -> None:
        """Let go of the spool: an empty one is deleted, one with batches waits for the next owner."""
        self._database.close()
        if self.count == 0:
            _unlink(self.path)
        os.close(self._lock)

    def set_aside(self) -> Path:
        """Rename a broken spool, its log with it, so that nobody takes it for a good one and nobody deletes it."""
        with contextlib.suppress(sqlite3.Error):
            self._database.close()
        return _set_aside(self.path, self._lock)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("begin immediate")
        try:
            yield
            self._database.execute("commit")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("rollback")
            raise


def make_spool(folder: Path, name: str, max_bytes: int) -> Spool:
    """A new spool of this process's own."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{name}{SUFFIX}"
    lock = _try_lock(path)
    assert lock is not None, f"{path} is locked by another process, and its name is ours alone"  # noqa: S101
    return Spool(path, lock, max_bytes)


def orphans(folder: Path) -> list[Path]:
    """The spools of `folder`, oldest first; whose owner lives is only seen by trying to adopt them."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def adopt(path: Path, max_bytes: int) -> Spool | None:
    """Own the spool of a dead process; None where its owner lives or somebody else has drained it meanwhile.

    Raises SpoolDamagedError, with the file set aside, where it cannot be read.
    """
    lock = _try_lock(path)
    if lock is None:
        return None
    if not path.exists():
        _lock_path(path).unlink(missing_ok=True)
        os.close(lock)
        return None
    try:
        spool = Spool(path, lock, max_bytes)
    except SpoolDamagedError as error:
        raise SpoolDamagedError(f"{error}; the file is now {_set_aside(path, lock)}") from error
    try:
        spool.check()
    except SpoolDamagedError as error:
        raise SpoolDamagedError(f"{error}; the file is now {spool.set_aside()}") from error
    return spool


def _try_lock(path: Path) -> int | None:
    lock = os.open(_lock_path(path), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _lock_path(path: Path) -> Path:
    return path.with_suffix(".lock")


def _unlink(path: Path) -> None:
    # The lock last: while it is held, nobody looks at the rest.
    for side in ("", *SIDE_FILES):
        Path(f"{path}{side}").unlink(missing_ok=True)
    _lock_path(path).unlink(missing_ok=True)


def _set_aside(path: Path, lock: int) -> Path:
    target = path.with_suffix(f".damaged-{int(time.time())}")
    for side in SIDE_FILES:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{side}").rename(f"{target}{side}")
    path.rename(target)
    _lock_path(path).unlink(missing_ok=True)
    os.close(lock)
    return target


@contextlib.contextmanager
def _damage(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        # Somebody looks at the file, or its disk is full: nothing is broken, and nothing of this was kept.
        if "full" in str(error) or "locked" in str(error):
            raise SpoolFullError(f"{path}: {error}") from error
        raise SpoolDamagedError(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise SpoolDamagedError(f"{path}: {error}") from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
