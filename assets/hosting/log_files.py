"""Log files on disk: which file it is whatever its name, and its complete lines from an offset on. No database here."""

import gzip
import hashlib
import os
from collections.abc import Iterator, Sequence
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


def is_packed(path: Path) -> bool:
    """Whether the file is gzip, by its first bytes: a name may say anything."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def open_log(path: Path) -> BufferedReader:
    """The file's own bytes; those of a gzip decoded."""
    return cast(BufferedReader, gzip.open(path, "rb")) if is_packed(path) else path.open("rb")


def head_lines(path: Path, count: int, *, is_final: bool = False) -> list[bytes]:
    """The first complete lines, `count` at most, without their ends; `is_final` takes a last one that has no end too."""
    lines: list[bytes] = []
    with suppress(EOFError), open_log(path) as file:
        while len(lines) < count:
            line = file.readline(LONGEST_LINE)
            if not line.endswith(b"\n") and not (line and (is_final or len(line) == LONGEST_LINE)):
                break
            lines.append(line.removesuffix(b"\n"))
    return lines


def head_digest(lines: Sequence[bytes]) -> bytes | None:
    """What most files are told apart by: the SHA-256 of their first line that is no comment, which does not change while they grow.
    None where there is none yet; files that share it are told apart by their content (log_offsets)."""
    first = next((line for line in lines if line.strip() and not line.startswith(b"#")), None)
    return None if first is None else hashlib.sha256(first + b"\n").digest()


def read_lines(path: Path, offset: int, *, is_final: bool = False) -> Iterator[Line]:
    """Each complete line from `offset` on; constant memory.

    A last line without its end is left for the next time: its writer may be in the middle of it. `is_final` takes it too.
    Raises EOFError for a gzip that was cut off, after its last complete line.
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
