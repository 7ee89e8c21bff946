"""The lists that judge a request on arrival (domain rules, section 1): imported by hand, and read in their newest version.

A new version judges what lands from then on; what was counted under an old one stays as it is (docs/lists.md).
"""

import csv
import io
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from assets.hosting.counting.user_agent import LIST_KINDS, AgentLists, Kind, opawg_rule, packaged_lists
from assets.lib.privacy import IpRanges, build_ranges
from assets.lib.quarantine import Rejected, quarantine
from assets.lib.warehouse import connect
from assets.lists import packaged
from assets.lists.formats import FormatError, parse
from assets.lists.snapshots import IMPORTED, record_snapshot, register_import
from assets.lists.sources import IP_CLASSES, ListName
from assets.lists.versions import OPAWG, Composed, compose, newest_version

IP_RANGES: ListName = "ip_ranges"
USER_AGENTS: ListName = "user_agents"
IP_HEADER = ["network", "ip_class"]
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
    """Import a CSV `network,ip_class`: it is believed before any publisher's list. A row that cannot be read is quarantined."""
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
    with connect(url, "ingest") as connection:
        register_import(connection, IMPORTED, IP_RANGES, "classes")
        record_snapshot(connection, IMPORTED, IP_RANGES, "imported", sorted(map(list, entries.items())))
        composed = _composed(connection, IP_RANGES)
        if rejected and composed.is_new:
            quarantine(connection, "ip_ranges", run_id, rejected, None)
    return LoadedList(IP_RANGES, composed.version, composed.entries, len(rejected), composed.is_new)


def load_user_agents(url: str, path: Path) -> LoadedList:
    """Import a folder of opawg lists (`bots.runtime.json`, `apps…`, `libraries…`, `browsers…`), or one such file's folder.

    Raises ListError where a file or a pattern in it is wrong.
    """
    folder = path if path.is_dir() else path.parent
    read = {f"opawg_{name}": _opawg_entries(folder, name) for name in OPAWG_FILES.values()}
    with connect(url, "ingest") as connection:
        for source_name, entries in read.items():
            register_import(connection, source_name, USER_AGENTS, "opawg")
            record_snapshot(connection, source_name, USER_AGENTS, "imported", entries)
        composed = _composed(connection, USER_AGENTS)
    return LoadedList(USER_AGENTS, composed.version, composed.entries, 0, composed.is_new)


def newest_ip_ranges(connection: psycopg.Connection[Any]) -> IpRanges:
    """The newest version, ready for look-up; the dated seed of published ranges where there is none."""
    version = newest_version(connection, IP_RANGES)
    return seeded_ip_ranges() if version is None else ip_ranges_of(connection, version)


def ip_ranges_of(connection: psycopg.Connection[Any], version: str) -> IpRanges:
    return build_ranges(
        version, connection.execute("select network::text, ip_class from ops.ip_ranges where list_version = %s", [version])
    )


def seeded_ip_ranges() -> IpRanges:
    entries = [(network, ip_class) for ranges in packaged.seeded_ranges().values() for network, ip_class in ranges]
    return build_ranges(f"seed-{packaged.SEED_DATE}", entries)


def newest_agent_lists(connection: psycopg.Connection[Any]) -> AgentLists:
    """The newest version; what installed packages know where there is none."""
    version = newest_version(connection, USER_AGENTS)
    return packaged_lists() if version is None else agent_lists_of(connection, version)


def agent_lists_of(connection: psycopg.Connection[Any], version: str) -> AgentLists:
    rows = connection.execute(
        "select list_kind, agent_pattern, category from ops.user_agent_patterns where list_version = %s "
        "order by array_position(%s::text[], list_kind), position_number",
        [version, list(LIST_KINDS)],
    )
    return AgentLists(version, [opawg_rule(*row) for row in rows], detects=version.startswith("packaged-"))


def _composed(connection: psycopg.Connection[Any], list_name: Any) -> Composed:
    composed = compose(connection, list_name)
    assert composed is not None  # noqa: S101  # a source was just imported
    return composed


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


def _opawg_entries(folder: Path, name: str) -> list[list[Any]]:
    assert f"opawg_{name}" in OPAWG  # noqa: S101
    file = next((file for file in (folder / f"{name}.runtime.json", folder / f"{name}.json") if file.exists()), None)
    if file is None:
        raise ListError(f"found no {name}.runtime.json in {folder}, expected the four opawg lists: nothing was imported")
    try:
        parsed = parse(file.read_bytes(), "opawg")
    except FormatError as error:
        raise ListError(f"{error} in {file.name}: nothing was imported") from error
    if parsed.rejected:
        raise ListError(f"{parsed.rejected[0][1]} in {file.name}: nothing was imported")
    return parsed.entries
