"""Log files on disk: which file it is whatever its name, and its complete lines from an offset on. No database here."""

import gzip
import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import cast

CHUNK = 4_000_000
# A line beyond this is no request; it is handed on cut, so that memory stays bounded.
LONGEST_LINE = 1_000_000
# (offset, offset of the next line, the line without its end)
Line = tuple[int, int, bytes]


def matching_files(pattern: str) -> list[Path]:
    """The files that a path or a glob names, in order of their names."""
    path = Path(pattern)
    if path.is_file():
        return [path]
    depth = next((at for at, part in enumerate(path.parts) if set(part) & set("*?[")), len(path.parts))
    rest = path.parts[depth:]
    return sorted(found for found in Path(*path.parts[:depth]).glob(str(Path(*rest))) if found.is_file()) if rest else []


def open_log(path: Path) -> BufferedReader:
    """The file's own bytes; those of a .gz decoded."""
    return cast(BufferedReader, gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def head_digest(path: Path, *, is_final: bool = False) -> bytes | None:
    """What tells the file from another of the same name: the SHA-256 of its first complete line, which does not change while the
    file grows. None while there is no complete line; `is_final` takes a first line without its end as if it had one."""
    with open_log(path) as file:
        head = file.readline(LONGEST_LINE)
    if is_final and head and not head.endswith(b"\n"):
        head += b"\n"
    return hashlib.sha256(head).digest() if head.endswith(b"\n") or len(head) == LONGEST_LINE else None


def have_same_start(one: Path, other: Path, length: int) -> bool:
    """Whether two files begin with the same `length` bytes: a copy, or a rotated file that was compressed."""
    with suppress(OSError, EOFError), open_log(one) as first, open_log(other) as second:
        left = length
        while left > 0:
            block = min(CHUNK, left)
            a, b = first.read(block), second.read(block)
            if a != b or not a:
                return False
            left -= len(a)
        return True
    return False


def read_lines(path: Path, offset: int, *, is_final: bool = False) -> Iterator[Line]:
    """Each complete line from `offset` on; constant memory.

    A last line without its end is left for the next time: its writer may be in the middle of it. `is_final` takes it too.
    Raises EOFError for a .gz that was cut off, after its last complete line.
    """
    with open_log(path) as file:
        if offset:
            file.seek(offset, os.SEEK_SET)
        at, rest, skipped = offset, b"", 0
        # read1 gives what can be decoded: a plain read of an archive that was cut off gives nothing of its last block.
        while chunk := file.read1(CHUNK):
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()
            for line in lines:
                end = at + len(line) + 1 + skipped
                yield at, end, line
                at, skipped = end, 0
            if len(rest) > LONGEST_LINE:
                skipped += len(rest) - LONGEST_LINE
                rest = rest[:LONGEST_LINE]
        if rest and is_final:
            yield at, at + len(rest) + skipped + 1, rest
