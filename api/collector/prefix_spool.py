"""Prefix requests that the database did not take, as lines of COPY in one file a process, until it does. Each line is fsynced when
`append` returns, and may be stored twice after a crash: the union of byte intervals counts it once.

A process holds a lock on its file; one whose process is gone is adopted by the next.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

PATTERN = "prefix-*.copy"


class PrefixSpool:
    """The file of this process, and those that others left behind. Not for two threads at once."""

    def __init__(self, folder: Path, run_id: str, max_bytes: int) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        folder.mkdir(parents=True, exist_ok=True)
        self._own = folder / f"prefix-{run_id}.copy"
        self._file = os.open(self._own, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._size = 0

    def append(self, lines: list[bytes]) -> int:
        """Keep as many of the lines as fit; returns how many."""
        kept: list[bytes] = []
        for line in lines:
            if self._size + len(line) > self._max_bytes:
                break
            kept.append(line)
            self._size += len(line)
        if kept:
            os.write(self._file, b"".join(kept))
            os.fsync(self._file)
        return len(kept)

    def waiting(self) -> Iterator[tuple[Path, bytes]]:
        """Each file with lines to store, this process's own first. A line cut off by a crash was never acknowledged."""
        if self._size or self._own.stat().st_size:
            yield self._own, _complete(self._own.read_bytes())
        for path in sorted(self._folder.glob(PATTERN)):
            if path != self._own and (text := _orphan(path)) is not None:
                yield path, text

    def stored(self, path: Path) -> None:
        """The lines of a file are in the database: forget them."""
        if path == self._own:
            os.ftruncate(self._file, 0)
            os.fsync(self._file)
            self._size = 0
        else:
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave the file where it holds lines; the next process adopts it."""
        if not self._size:
            self._own.unlink(missing_ok=True)
        os.close(self._file)


def _orphan(path: Path) -> bytes | None:
    with contextlib.suppress(OSError), path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return _complete(file.read())
    return None


def _complete(text: bytes) -> bytes:
    return text[: text.rfind(b"\n") + 1]
