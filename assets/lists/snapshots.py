"""ops.list_sources and ops.list_snapshots: what each source published, and whether it is used."""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import psycopg

from assets.lib.privacy import file_digest
from assets.lists.plausibility import implausible
from assets.lists.sources import ListName, ListSource

Origin = Literal["fetched", "imported", "package", "seed"]
IMPORTED = "imported"
FIRST_PUBLISHER = 100


@dataclass(frozen=True)
class Snapshot:
    """One document of one source, by its content."""

    source_name: str
    version: str
    list_name: str
    origin: Origin
    fetched_at: Any
    entries: Sequence[Sequence[Any]] = field(repr=False)


def register_sources(connection: psycopg.Connection[Any], sources: Sequence[ListSource]) -> None:
    """Make the settings' sources those that are fetched and used; a publisher that is no longer named is used no more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update ops.list_sources set is_active = false where url is not null and source_name <> all(%s)",
            [[source.name for source in sources]],
        )
        cursor.executemany(
            "insert into ops.list_sources (source_name, list_name, format, url, ip_class, position_number) "
            "values (%s, %s, %s, %s, %s, %s) on conflict (source_name) do update set list_name = excluded.list_name, "
            "format = excluded.format, url = excluded.url, ip_class = excluded.ip_class, "
            "position_number = excluded.position_number, is_active = true",
            [
                (source.name, source.list_name, source.format, source.url, source.ip_class, FIRST_PUBLISHER + at)
                for at, source in enumerate(sources)
            ],
        )


def register_import(connection: psycopg.Connection[Any], source_name: str, list_name: ListName, format_name: str) -> None:
    """A source that somebody imports by hand; one that is fetched too stays where it was."""
    connection.execute(
        "insert into ops.list_sources (source_name, list_name, format, position_number) values (%s, %s, %s, 0) "
        "on conflict (source_name) do update set is_active = true",
        [source_name, list_name, format_name],
    )


def record_snapshot(
    connection: psycopg.Connection[Any], source_name: str, list_name: str, origin: Origin, entries: Sequence[Sequence[Any]]
) -> tuple[str, str | None]:
    """Keep a document; returns its version, and why it is held where it is. What somebody imported is believed as it is."""
    content = json.dumps(entries, separators=(",", ":")).encode()
    version = file_digest(content)
    current = newest_snapshot(connection, source_name)
    if current is not None and current.version == version:
        connection.execute(
            "update ops.list_snapshots set seen_at = now() where source_name = %s and snapshot_version = %s", [source_name, version]
        )
        return version, None
    reason = implausible(source_name, list_name, entries, current.entries if current else None) if origin == "fetched" else None
    decided = connection.execute(
        "insert into ops.list_snapshots as s (source_name, snapshot_version, list_name, origin, entry_count, status, held_reason, "
        "entries) values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (source_name, snapshot_version) do update set "
        # Somebody decided on this document before: that stands.
        "seen_at = now(), fetched_at = case when s.status = 'accepted' then now() else s.fetched_at end "
        "returning s.status, s.held_reason",
        [
            source_name, version, list_name, origin, len(entries), "held" if reason else "accepted", reason,
            zlib.compress(content, 9),
        ],
    ).fetchone()  # fmt: skip
    assert decided is not None  # noqa: S101
    return version, (decided[1] or "refused before") if decided[0] != "accepted" else None


def newest_snapshot(connection: psycopg.Connection[Any], source_name: str) -> Snapshot | None:
    """What is used of a source: its newest accepted document."""
    row = connection.execute(
        "select source_name, snapshot_version, list_name, origin, fetched_at, entries from ops.list_snapshots "
        "where source_name = %s and status = 'accepted' order by fetched_at desc, snapshot_version limit 1",
        [source_name],
    ).fetchone()
    if row is None:
        return None
    name, version, list_name, origin, fetched_at, content = row
    return Snapshot(name, version, list_name, origin, fetched_at, json.loads(zlib.decompress(content)))


def active_sources(connection: psycopg.Connection[Any], list_name: str) -> Iterable[tuple[str, str | None]]:
    """(name, url) of a list's sources in the order in which they are believed."""
    return connection.execute(
        "select source_name, url from ops.list_sources where list_name = %s and is_active order by position_number, source_name",
        [list_name],
    ).fetchall()


class DecisionError(ValueError):
    """There is no such held document; the message says which there are."""


def decide(connection: psycopg.Connection[Any], source_name: str, version: str, status: str, who: str) -> str:
    """Accept or refuse a held document, by who; returns the list's name. Raises DecisionError."""
    row = connection.execute(
        "update ops.list_snapshots set status = %s, decided_by = %s, decided_at = now(), "
        "fetched_at = case when %s = 'accepted' then now() else fetched_at end "
        "where source_name = %s and snapshot_version = %s and status = 'held' returning list_name",
        [status, who, status, source_name, version],
    ).fetchone()
    if row is None:
        held = connection.execute(
            "select source_name || '@' || snapshot_version from ops.list_snapshots where status = 'held' order by 1"
        ).fetchall()
        names = ", ".join(name for (name,) in held) or "none is held"
        raise DecisionError(f"found no held document {source_name}@{version}, expected one of: {names}")
    return str(row[0])
