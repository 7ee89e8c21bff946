"""Versions of the lists: composed of one document of each source, named by the digest of what they hold, kept for ever.

A version judges what lands from then on. What was counted under another keeps that one's name until a recount is asked for.
"""

import ipaddress
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from assets.lib.clock import now
from assets.lib.copy import insert_new
from assets.lib.privacy import file_digest
from assets.lists import packaged
from assets.lists.snapshots import Snapshot, active_sources, newest_snapshot
from assets.lists.sources import ListName

Entry = Sequence[Any]
OPAWG: Mapping[str, str] = {"opawg_bots": "bot", "opawg_apps": "app", "opawg_libraries": "library", "opawg_browsers": "browser"}
CRAWLERS = "crawlers"
# A safe entry counts for so long after somebody validated it (domain rules, section 1, rule 6).
SAFE_FOR = timedelta(days=90)
REJECTED_CLASSES = frozenset({"datacenter", "vpn"})


@dataclass(frozen=True)
class Composed:
    """A version of a list; `is_new` is False where the same content was composed before, and is the newest again."""

    list_name: str
    version: str
    entries: int
    is_new: bool


def compose(connection: psycopg.Connection[Any], list_name: ListName) -> Composed | None:
    """Make the newest version of a list from what its sources say now; None where it has no source at all."""
    return _compose_ranges(connection) if list_name == "ip_ranges" else _compose_agents(connection)


def newest_version(connection: psycopg.Connection[Any], list_name: str) -> str | None:
    row = connection.execute(
        "select list_version from ops.lists where list_name = %s order by loaded_at desc, list_version limit 1", [list_name]
    ).fetchone()
    return str(row[0]) if row else None


def agent_rows(parts: Sequence[Snapshot], crawlers: Sequence[Entry]) -> list[tuple[str, int, str, str, str | None]]:
    """(kind, position, name, pattern, category) in the order of trial: bots, apps, libraries, browsers (domain rules, section 1).

    Crawlers stand behind the libraries, as libraries that only programs use: the crawler list also names players, and what opawg
    knows as an app is one.
    """
    lists: dict[str, list[Entry]] = {kind: [] for kind in ("bot", "app", "library", "browser")}
    for part in parts:
        lists[OPAWG[part.source_name]] += part.entries
    if not parts:
        lists["app"] += packaged.PLAYERS_THE_CRAWLERS_NAME
        lists["browser"] += packaged.BROWSERS
    lists["library"] += [[name, pattern, "bot"] for name, pattern, *_ in crawlers]
    return [(kind, at, str(e[0]), str(e[1]), e[2]) for kind, entries in lists.items() for at, e in enumerate(entries)]


def with_safe(entries: Mapping[str, str], safe: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The ranges with the safe ones in force: no data centre or VPN inside a safe network is left."""
    networks = [(ipaddress.ip_network(text), ip_class) for text, ip_class in safe]
    kept = {
        text: ip_class
        for text, ip_class in entries.items()
        if ip_class not in REJECTED_CLASSES or not any(_holds(outer, ipaddress.ip_network(text)) for outer, _ in networks)
    }
    return kept | {str(network): ip_class for network, ip_class in networks}


def _holds(outer: Any, inner: Any) -> bool:
    return bool(outer.version == inner.version and inner.subnet_of(outer))


def _compose_agents(connection: psycopg.Connection[Any]) -> Composed | None:
    found = {
        snapshot.source_name: snapshot
        for name, _ in active_sources(connection, "user_agents")
        if (snapshot := newest_snapshot(connection, name)) is not None
    }
    if not found and not active_sources(connection, "user_agents"):
        return None
    # Half of the opawg lists would take every app for unknown.
    opawg = [found[name] for name in OPAWG] if OPAWG.keys() <= found.keys() else []
    crawlers = found[CRAWLERS].entries if CRAWLERS in found else packaged.crawlers()
    players = packaged.preloading_players()
    parts = [_part(snapshot) for snapshot in opawg]
    parts.append(_part(found[CRAWLERS]) if CRAWLERS in found else _installed(CRAWLERS, packaged.crawler_version(), len(crawlers)))
    if not opawg:
        parts.append(_installed("apps_libraries_browsers", packaged.detector_version(), 0))
    parts.append(_installed("preloading_players", file_digest(json.dumps(players).encode()), len(players)))
    rows = agent_rows(opawg, crawlers)
    version = ("opawg-" if opawg else "packaged-") + file_digest(json.dumps([rows, players, [] if opawg else parts]).encode())
    is_new = _announce(connection, "user_agents", version, parts, len(rows) + len(players))
    if is_new:
        columns = ("list_version", "list_kind", "position_number", "agent_name", "agent_pattern", "category")
        insert_new(connection, "ops.user_agent_patterns", columns, ((version, *row) for row in rows), columns[:3])
        player_columns = ("list_version", "user_agent_prefix", "source", "validated_on")
        insert_new(connection, "ops.preloading_players", player_columns, ((version, *row) for row in players), player_columns[:2])
    return Composed("user_agents", version, len(rows) + len(players), is_new)


def _compose_ranges(connection: psycopg.Connection[Any]) -> Composed | None:
    sources = active_sources(connection, "ip_ranges")
    entries: dict[str, str] = {}
    parts: list[dict[str, Any]] = []
    for name, url in sources:
        snapshot = newest_snapshot(connection, name)
        seeded = packaged.seeded_ranges().get(name, []) if url is not None and snapshot is None else []
        if snapshot is not None:
            parts.append(_part(snapshot))
        elif seeded:
            parts.append(_installed(name, f"seed-{packaged.SEED_DATE}", len(seeded), origin="seed"))
        for network, ip_class in snapshot.entries if snapshot is not None else seeded:
            entries.setdefault(network, ip_class)
    if not parts:
        return None
    safe, stale = safe_networks(connection)
    if safe or stale:
        parts.append({**_installed("safe_list", file_digest(json.dumps(safe).encode()), len(safe)), "stale_entries": stale})
    entries = with_safe(entries, safe)
    version = file_digest(json.dumps(sorted(entries.items())).encode())
    is_new = _announce(connection, "ip_ranges", version, parts, len(entries))
    if is_new:
        rows = ((version, network, ip_class) for network, ip_class in entries.items())
        insert_new(connection, "ops.ip_ranges", ("list_version", "network", "ip_class"), rows, ("list_version", "network"))
    return Composed("ip_ranges", version, len(entries), is_new)


def safe_networks(connection: psycopg.Connection[Any]) -> tuple[list[tuple[str, str]], int]:
    """The safe networks in force with their classes, and how many are stale and not applied."""
    rows = connection.execute(
        "select network::text, ip_class, validated_at from ops.safe_list where removed_at is null order by network"
    ).fetchall()
    oldest = now() - SAFE_FOR
    return [(network, ip_class) for network, ip_class, at in rows if at > oldest], sum(at <= oldest for _, _, at in rows)


def _part(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "source": snapshot.source_name, "version": snapshot.version, "origin": snapshot.origin,
        "date": snapshot.fetched_at.date().isoformat(), "entries": len(snapshot.entries),
    }  # fmt: skip


def _installed(source: str, version: str, entries: int, origin: str = "package") -> dict[str, Any]:
    date = packaged.SEED_DATE if origin == "seed" else None
    return {"source": source, "version": version, "origin": origin, "date": date, "entries": entries}


def _announce(
    connection: psycopg.Connection[Any], name: str, version: str, parts: Sequence[Mapping[str, Any]], entries: int
) -> bool:
    row = connection.execute(
        "insert into ops.lists (list_name, list_version, source, entry_count, parts) values (%s, %s, %s, %s, %s) "
        "on conflict (list_name, list_version) do update set loaded_at = clock_timestamp(), parts = excluded.parts "
        "returning xmax = 0",
        [name, version, ", ".join(part["source"] for part in parts), entries, Jsonb(list(parts))],
    ).fetchone()
    return bool(row and row[0])
