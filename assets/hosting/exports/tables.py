"""An exported file → its tables of text: zip or not, in the encodings and separators that spreadsheets write. Pure; nothing of an
archive touches a disk."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

# Of one import, decoded: a bomb ends here, whatever its archive claims.
LARGEST_DECODED = 200_000_000
MOST_MEMBERS = 200
LONGEST_FIELD = 100_000
SEPARATORS = ",;\t|"
TABLE_SUFFIXES = (".csv", ".tsv", ".txt")


class ExportError(ValueError):
    """The file cannot be read, or its header is unknown: nothing of it is imported. Says what was found, expected and to do."""


@dataclass(frozen=True)
class Table:
    """One table: its file's name, its header as written, and (line number, fields) of each row that is not blank."""

    name: str
    header: tuple[str, ...]
    rows: Sequence[tuple[int, tuple[str, ...]]]


def open_export(content: bytes, file_name: str) -> list[Table]:
    """The tables of a CSV, or of every CSV in a zip. Raises ExportError."""
    if content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return [_table(name, data) for name, data in _members(content, file_name)]
    if len(content) > LARGEST_DECODED:
        raise ExportError(f"found {len(content):,} bytes, expected at most {LARGEST_DECODED:,}: split the file")
    return [_table(PurePosixPath(file_name.replace("\\", "/")).name, content)]


def _members(content: bytes, file_name: str) -> Iterator[tuple[str, bytes]]:
    """The name and bytes of each table in a zip; names lose their folders, so that none leads anywhere."""
    left, tables = LARGEST_DECODED, 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_MEMBERS:
                raise ExportError(f"found {len(entries):,} files in {file_name}, expected at most {MOST_MEMBERS}: is it an export?")
            for entry in entries:
                path = PurePosixPath(entry.filename.replace("\\", "/"))
                if entry.is_dir() or path.name.startswith(".") or "__MACOSX" in path.parts:
                    continue
                if path.suffix.lower() not in TABLE_SUFFIXES:
                    raise ExportError(
                        f"found {path.name[:100]!r} in {file_name}, expected CSV files alone: unpack it and import those"
                    )
                if entry.flag_bits & 1:
                    raise ExportError(f"found {path.name[:100]!r} encrypted in {file_name}, expected a plain zip")
                with archive.open(entry) as member:
                    data = member.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise ExportError(f"found over {LARGEST_DECODED:,} bytes unpacked in {file_name}, expected at most that many")
                tables += 1
                yield path.name, data
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, ExportError):
            raise
        raise ExportError(
            f"found a zip that cannot be read ({error}) in {file_name}, expected a whole one: export it again"
        ) from error
    if not tables:
        raise ExportError(f"found no CSV in {file_name}, expected at least one: export it again")


def _table(name: str, content: bytes) -> Table:
    text = decode(content, name)
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    if not first:
        raise ExportError(f"{name}: found an empty file, expected a header and rows")
    separator = max(SEPARATORS, key=lambda mark: (_outside_quotes(first, mark), -SEPARATORS.index(mark)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[tuple[int, tuple[str, ...]]] = []
    header: tuple[str, ...] = ()
    try:
        for fields in reader:
            if not any(field.strip() for field in fields):
                continue
            if not header:
                header = tuple(field.strip() for field in fields)
            else:
                rows.append((reader.line_num, tuple(fields)))
    except csv.Error as error:
        raise ExportError(f"{name}: line {reader.line_num}: found {error}, expected CSV: is a quote left open?") from error
    return Table(name, header, rows)


def decode(content: bytes, name: str) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else Windows-1252. Raises ExportError for what is no text."""
    is_marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if is_marked else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise ExportError(f"{name}: found bytes that are no text, expected a CSV in UTF-8 or UTF-16: export it again, or save it anew")


def _outside_quotes(line: str, mark: str) -> int:
    return sum(part.count(mark) for part in line.split('"')[::2])
