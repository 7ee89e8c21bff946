"""Lists as versioned data (domain rules, section 1): imported with a version that is the digest of their content.

A new version judges what lands from then on; what was counted under an old one stays as it is.
"""

import csv
import io
import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from assets.hosting.counting.user_agent import LIST_KINDS, AgentLists, Kind, opawg_rule, packaged_lists
from assets.lib.copy import insert_new
from assets.lib.privacy import IpRanges, build_ranges, file_digest
from assets.lib.quarantine import Rejected, quarantine
from assets.lib.warehouse import connect

IP_RANGES = "ip_ranges"
USER_AGENTS = "user_agents"
IP_HEADER = ["network", "ip_class"]
IP_CLASSES = frozenset({"household", "mobile", "corporate", "datacenter", "vpn", "unknown"})
OPAWG_FILES: Mapping[Kind, str] = {"bot": "bots", "app": "apps", "library": "libraries", "browser": "browsers"}


class ListError(ValueError):
    """A list that cannot be read; the message says what was found and expected. Nothing of it was imported."""


@dataclass(frozen=True)
class LoadedList:
    """`is_new` is False where the same content was imported before; it is then the newest version again."""

    list_name: str
    version: str
    entries: int
    quarantined: int
    is_new: bool


def load_ip_ranges(url: str, path: Path, run_id: str = "import") -> LoadedList:
    """Import a CSV `network,ip_class` to ops.ip_ranges as a new version. A row that cannot be read is quarantined alone."""
    reader = csv.reader(io.StringIO(path.read_text("utf-8-sig")))
    header = [name.strip().lower() for name in next(reader, [])]
    if header != IP_HEADER:
        raise ListError(
            f"found the header {','.join(header)!r} in {path.name}, expected {','.join(IP_HEADER)!r}: nothing was imported"
        )
    entries: dict[str, str] = {}
    rejected: list[Rejected] = []
    for row in reader:
        problem = _ip_row_problem(row, entries)
        if problem:
            rejected.append(Rejected("bad_ip_range", problem, ",".join(row).encode(), {"file": path.name, "line": reader.line_num}))
        elif row:
            entries[str(ipaddress.ip_network(row[0].strip(), strict=False))] = row[1].strip()
    version = file_digest(json.dumps(sorted(entries.items())).encode())
    with connect(url, "ingest") as connection:
        is_new = _announce(connection, IP_RANGES, version, path.name, len(entries))
        if is_new:
            rows = ((version, network, ip_class) for network, ip_class in entries.items())
            insert_new(connection, "ops.ip_ranges", ("list_version", "network", "ip_class"), rows, ("list_version", "network"))
        if rejected and is_new:
            quarantine(connection, "ip_ranges", run_id, rejected, None)
    return LoadedList(IP_RANGES, version, len(entries), len(rejected), is_new)


def load_user_agents(url: str, path: Path) -> LoadedList:
    """Import a folder of opawg lists (`bots.runtime.json`, `apps…`, `libraries…`, `browsers…`), or one such file's folder.

    Raises ListError where a file or a pattern in it is wrong.
    """
    folder = path if path.is_dir() else path.parent
    rows: list[tuple[Kind, int, str, str, str | None]] = []
    for kind in LIST_KINDS:
        name = OPAWG_FILES[kind]
        file = next((file for file in (folder / f"{name}.runtime.json", folder / f"{name}.json") if file.exists()), None)
        if file is None:
            raise ListError(f"found no {name}.runtime.json in {folder}, expected the four opawg lists: nothing was imported")
        rows += [(kind, number, *entry) for number, entry in enumerate(_opawg_entries(file))]
    version = f"opawg-{file_digest(json.dumps(rows).encode())}"
    columns = ("list_version", "list_kind", "position_number", "agent_name", "agent_pattern", "category")
    with connect(url, "ingest") as connection:
        is_new = _announce(connection, USER_AGENTS, version, folder.name, len(rows))
        if is_new:
            insert_new(connection, "ops.user_agent_patterns", columns, ((version, *row) for row in rows), columns[:3])
    return LoadedList(USER_AGENTS, version, len(rows), 0, is_new)


def newest_ip_ranges(connection: psycopg.Connection[Any]) -> IpRanges:
    """The newest version, ready for look-up; an empty one, under which every address is `unknown`, where none was imported."""
    version = _newest(connection, IP_RANGES)
    if version is None:
        return IpRanges()
    return build_ranges(
        version, connection.execute("select network::text, ip_class from ops.ip_ranges where list_version = %s", [version])
    )


def newest_agent_lists(connection: psycopg.Connection[Any]) -> AgentLists:
    """The newest imported version, or the package's list where none was imported."""
    version = _newest(connection, USER_AGENTS)
    if version is None:
        return packaged_lists()
    rows = connection.execute(
        "select list_kind, agent_pattern, category from ops.user_agent_patterns where list_version = %s "
        "order by array_position(%s::text[], list_kind), position_number",
        [version, list(LIST_KINDS)],
    )
    return AgentLists(version, [opawg_rule(*row) for row in rows])


def _ip_row_problem(row: list[str], known: Mapping[str, str]) -> str | None:
    if not row:
        return None
    if len(row) != 2 or row[1].strip() not in IP_CLASSES:
        return f"found {','.join(row)!r}, expected a network and one of {', '.join(sorted(IP_CLASSES))}"
    try:
        network = str(ipaddress.ip_network(row[0].strip(), strict=False))
    except ValueError:
        return f"found {row[0]!r}, expected a network such as 203.0.113.0/24"
    if known.get(network, row[1].strip()) != row[1].strip():
        return f"found {network} as {row[1].strip()}, but an earlier line says {known[network]}: keep one of them"
    return None


def _opawg_entries(file: Path) -> list[tuple[str, str, str | None]]:
    try:
        document = json.loads(file.read_text("utf-8"))
        entries = [(str(e["name"]), str(e["pattern"]), e.get("category")) for e in document["entries"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ListError(f"found {error} in {file.name}, expected {{entries: [{{name, pattern}}]}}: nothing was imported") from error
    for name, pattern, _ in entries:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ListError(f"found the pattern {pattern!r} of {name!r} in {file.name}, which is none: {error}") from error
    return entries


def _announce(connection: psycopg.Connection[Any], name: str, version: str, source: str, entries: int) -> bool:
    row = connection.execute(
        "insert into ops.lists (list_name, list_version, source, entry_count) values (%s, %s, %s, %s) "
        "on conflict (list_name, list_version) do update set loaded_at = now() returning xmax = 0",
        [name, version, source, entries],
    ).fetchone()
    return bool(row and row[0])


def _newest(connection: psycopg.Connection[Any], name: str) -> str | None:
    row = connection.execute(
        "select list_version from ops.lists where list_name = %s order by loaded_at desc, list_version limit 1", [name]
    ).fetchone()
    return str(row[0]) if row else None
