"""The hosts whose exports are read, and which of them wrote a file."""

from collections.abc import Mapping, Sequence
from datetime import date

from assets.hosting.exports.apple import APPLE
from assets.hosting.exports.libsyn import LIBSYN
from assets.hosting.exports.protocol import Export, ExportRow, Reading, word
from assets.hosting.exports.reading import layout, read_table
from assets.hosting.exports.spotify import SPOTIFY
from assets.hosting.exports.tables import ExportError, Table, open_export
from assets.lib.quarantine import Rejected

EXPORTS: Mapping[str, Export] = {one.host: one for one in (LIBSYN, SPOTIFY, APPLE)}
# The column that a host alone writes decides where the others are shared.
MARKS: Mapping[str, tuple[str, ...]] = {
    "spotify": ("starts", "streams", "time utc", "audience size"),
    "apple": ("unique devices", "engaged", "apple id", "total time listened", "consumption"),
}


def read_export(content: bytes, file_name: str, as_of: date, host: str | None = None) -> Reading:
    """A CSV or zip → canonical rows. `host` where the file does not tell; `as_of` is the day of totals that name no day.

    Raises ExportError where nothing of the file can be used; of a zip, a table that cannot be is in the notes.
    """
    tables = open_export(content, file_name)
    export = _chosen(tables, host)
    rows: list[ExportRow] = []
    rejected: list[Rejected] = []
    notes: list[str] = []
    refused: list[str] = []
    for table in tables:
        try:
            found = layout(export, table)
        except ExportError as error:
            refused.append(str(error))
            continue
        for one in read_table(export, table, found, as_of):
            (rejected if isinstance(one, Rejected) else rows).append(one)  # type: ignore[arg-type]
        if found.left_out:
            notes.append(f"{table.name}: not kept: {', '.join(found.left_out)}")
    if refused and len(refused) == len(tables):
        raise ExportError("; ".join(refused))
    return Reading(export.host, rows, rejected, [*refused, *notes])


def _chosen(tables: Sequence[Table], host: str | None) -> Export:
    if host is not None:
        if host not in EXPORTS:
            raise ExportError(f"found the host {host!r}, expected one of {', '.join(EXPORTS)}")
        return EXPORTS[host]
    read = {name: sum(_is_read(export, table) for table in tables) for name, export in EXPORTS.items()}
    most = max(read.values())
    candidates = [name for name, count in read.items() if count == most]
    if most == 0:
        found = "; ".join(f"{table.name}: {','.join(table.header)[:200]!r}" for table in tables[:5])
        expected = "; ".join(f"{one.name}: {' or '.join(one.examples)}" for one in EXPORTS.values())
        raise ExportError(f"found the header {found}, expected one of {expected}: nothing was imported from this file")
    if len(candidates) > 1:
        words = " ".join(word(name) for table in tables for name in table.header)
        candidates = [name for name in candidates if any(mark in words for mark in MARKS.get(name, ()))] or candidates
    if len(candidates) > 1:
        names = " and ".join(EXPORTS[name].name for name in candidates)
        raise ExportError(
            f"found the header {','.join(tables[0].header)[:200]!r}, which {names} both write, expected to be told which: "
            f"--host {' or --host '.join(candidates)}"
        )
    return EXPORTS[candidates[0]]


def _is_read(export: Export, table: Table) -> bool:
    try:
        layout(export, table)
    except ExportError:
        return False
    return True
