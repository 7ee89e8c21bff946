"""Recounts: days judged again by a named version of a list, because somebody asked for it; recorded with what it changed.

What can be judged again is: agents, which are kept whole; addresses only as far as they are kept, which is their prefix (/24, /48).
A prefix is judged again where every address in it has one class under the version.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from assets.hosting.counting.user_agent import Classify, make_classifier, packaged_lists
from assets.hosting.lists import agent_lists_of, ip_ranges_of, seeded_ip_ranges
from assets.lib.copy import copy_rows
from assets.lib.privacy import IpRanges
from assets.lib.warehouse import connect

AGENT_COLUMNS = ("tenant_id", "day", "user_agent", "user_agent_kind", "user_agent_list_version", "recount_id")
PREFIX_COLUMNS = ("tenant_id", "day", "ip_prefix", "ip_class", "ip_list_version", "recount_id")
TABLES = ("raw.logs_requests", "raw.prefix_requests")


class RecountError(ValueError):
    """What was asked cannot be done; the message says what was found and expected."""


@dataclass(frozen=True)
class Recount:
    """One recount that was asked for: UTC days, both ends included."""

    recount_id: UUID
    tenant_id: int
    list_name: str
    list_version: str
    from_day: date
    to_day: date


@dataclass(frozen=True)
class Rejudged:
    """What the verdicts of one recount came to, in requests."""

    recount: Recount
    in_range: int
    changed: int
    not_judgeable: int


def parse_list(text: str) -> tuple[str, str]:
    """`user_agents@opawg-0123456789ab` → its parts; raises RecountError."""
    name, _, version = text.partition("@")
    if name not in ("user_agents", "ip_ranges") or not version:
        raise RecountError(
            f"found {text!r}, expected user_agents@VERSION or ip_ranges@VERSION: `hostread lists` shows the versions"
        )
    return name, version


def ask_recount(
    connection: psycopg.Connection[Any], tenant_id: int, list_text: str, from_day: date, to_day: date, who: str, reason: str = ""
) -> UUID:
    """Record that a recount is wanted, in the caller's transaction; the next build does it. Raises RecountError."""
    name, version = parse_list(list_text)
    if to_day < from_day:
        raise RecountError(f"found the days {from_day} to {to_day}, expected the last one not before the first")
    if not is_known(connection, name, version):
        raise RecountError(f"found no version {version} of {name}, expected one of: {', '.join(known_versions(connection, name))}")
    row = connection.execute(
        "insert into ops.recounts (tenant_id, list_name, list_version, from_day, to_day, reason, asked_by) "
        "values (%s, %s, %s, %s, %s, %s, %s) returning recount_id",
        [tenant_id, name, version, from_day, to_day, reason, who],
    ).fetchone()
    assert row is not None  # noqa: S101
    return UUID(str(_first(row)))


def is_known(connection: psycopg.Connection[Any], name: str, version: str) -> bool:
    return version in known_versions(connection, name)


def known_versions(connection: psycopg.Connection[Any], name: str) -> list[str]:
    """The versions that can judge now, newest first: those in the database, and what the installed packages are."""
    rows = connection.execute(
        "select list_version from ops.lists where list_name = %s order by loaded_at desc, list_version", [name]
    ).fetchall()
    installed = packaged_lists().version if name == "user_agents" else seeded_ip_ranges().version
    return [*(str(_first(row)) for row in rows), installed]


def apply_recounts(url: str) -> list[Rejudged]:
    """Judge what was asked for and not judged yet, one transaction each; a recount that fails says why and is not tried again."""
    done = []
    with connect(url, "ingest", autocommit=True) as connection:
        asked = connection.execute(
            "select recount_id, tenant_id, list_name, list_version, from_day, to_day from ops.recounts "
            "where judged_at is null and failed_reason is null order by asked_at"
        ).fetchall()
        for row in asked:
            recount = Recount(*row)
            try:
                with connection.transaction():
                    done.append(_apply(connection, url, recount))
            except RecountError as error:
                connection.execute(
                    "update ops.recounts set failed_reason = %s where recount_id = %s", [str(error), recount.recount_id]
                )
    return done


def finish_recounts(url: str) -> int:
    """Write what is counted now beside recounts that a published build holds; returns how many were finished."""
    with connect(url, "ingest") as connection:
        finished = connection.execute(
            "select r.recount_id, r.tenant_id, r.from_day, r.to_day, b.build_id from ops.recounts as r "
            "cross join lateral (select build_id from marts.builds where to_xact > r.xact order by published_at desc limit 1) as b "
            "where r.judged_at is not null and r.finished_at is null"
        ).fetchall()
        for recount_id, tenant_id, from_day, to_day, build_id in finished:
            connection.execute(
                "update ops.recounts set counted_after = %s, finished_at = now(), build_id = %s where recount_id = %s",
                [Jsonb(counts(url, tenant_id, from_day, to_day)), build_id, recount_id],
            )
    return len(finished)


def counts(url: str, tenant_id: int, from_day: date, to_day: date) -> dict[str, int]:
    """{source/window: downloads} of our own counts of the days, as published; nothing before the first build."""
    # As whoever reads the published counts: the role that lands data does not.
    with connect(url, "reader") as connection:
        connection.execute("select set_config('hostread.tenant_id', %s, true)", [str(tenant_id)])
        exists = connection.execute("select to_regclass('marts.episode_downloads_daily') is not null").fetchone()
        if not exists or not exists[0]:
            return {}
        rows = connection.execute(
            "select source || '/' || counting_window, sum(downloads)::bigint from marts.episode_downloads_daily "
            "where tenant_id = %s and day between %s and %s and source in ('logs', 'prefix') group by 1 order by 1",
            [tenant_id, from_day, to_day],
        ).fetchall()
    return {str(name): int(count) for name, count in rows}


def _apply(connection: psycopg.Connection[Any], url: str, recount: Recount) -> Rejudged:
    before = counts(url, recount.tenant_id, recount.from_day, recount.to_day)
    rejudged = _by_agents(connection, recount) if recount.list_name == "user_agents" else _by_prefixes(connection, recount)
    connection.execute(
        # The transaction of the verdicts, not that of the asking, is what a build's window has to hold.
        "update ops.recounts set judged_at = now(), xact = pg_current_xact_id(), requests_in_range = %s, requests_changed = %s, "
        "requests_not_judgeable = %s, counted_before = %s where recount_id = %s",
        [rejudged.in_range, rejudged.changed, rejudged.not_judgeable, Jsonb(before), recount.recount_id],
    )
    return rejudged


def _by_agents(connection: psycopg.Connection[Any], recount: Recount) -> Rejudged:
    version = recount.list_version
    lists = packaged_lists() if version == packaged_lists().version else agent_lists_of(connection, version)
    if not lists.rules:
        raise RecountError(f"found no pattern of user_agents version {version}, expected a version that is kept")
    classify = make_classifier(lists)
    found = _distinct(connection, recount, "user_agent", "user_agent_kind")
    _overlay(
        connection, "ops.rejudged_agents", "user_agent", "user_agent_kind", "user_agent_list_version", AGENT_COLUMNS,
        ((recount.tenant_id, day, agent, classify(agent), version, recount.recount_id) for day, agent in found),
    )  # fmt: skip
    return _tally(recount, found, _agent_verdicts(found, classify))


def _by_prefixes(connection: psycopg.Connection[Any], recount: Recount) -> Rejudged:
    version = recount.list_version
    ranges = seeded_ip_ranges() if version == seeded_ip_ranges().version else ip_ranges_of(connection, version)
    found = _distinct(connection, recount, "ip_prefix", "ip_class")
    judge = PrefixJudge(ranges)
    verdicts = {text: judge.classify(text) for text in {text for _, text in found}}
    _overlay(
        connection, "ops.rejudged_prefixes", "ip_prefix", "ip_class", "ip_list_version", PREFIX_COLUMNS,
        (
            (recount.tenant_id, day, text, verdict, version, recount.recount_id)
            for day, text in found if (verdict := verdicts[text]) is not None
        ),
    )  # fmt: skip
    return _tally(recount, found, verdicts)


Found = Mapping[tuple[date, str], Mapping[str, int]]


def _distinct(connection: psycopg.Connection[Any], recount: Recount, column: str, verdict: str) -> Found:
    """{(UTC day, agent or prefix): {verdict of the arrival: requests}} of the days."""
    found: dict[tuple[date, str], dict[str, int]] = {}
    for table in TABLES:
        rows = connection.execute(
            f"select (requested_at at time zone 'UTC')::date, {column}, {verdict}, count(*) from {table} "  # noqa: S608
            "where tenant_id = %s and requested_at >= %s::date::timestamp at time zone 'UTC' "
            "and requested_at < (%s::date + 1)::timestamp at time zone 'UTC' group by 1, 2, 3",
            [recount.tenant_id, recount.from_day, recount.to_day],
        )
        for day, text, kind, count in rows:
            kinds = found.setdefault((day, text), {})
            kinds[kind] = kinds.get(kind, 0) + count
    return found


def _agent_verdicts(found: Found, classify: Classify) -> dict[str, str | None]:
    return {agent: classify(agent) for agent in {agent for _, agent in found}}


def _tally(recount: Recount, found: Found, verdicts: Mapping[str, str | None]) -> Rejudged:
    in_range = sum(sum(kinds.values()) for kinds in found.values())
    missed = sum(sum(kinds.values()) for (_, text), kinds in found.items() if verdicts[text] is None)
    same = sum(kinds.get(str(verdicts[text]), 0) for (_, text), kinds in found.items() if verdicts[text] is not None)
    return Rejudged(recount, in_range, in_range - missed - same, missed)


def _overlay(
    connection: psycopg.Connection[Any], table: str, key: str, verdict: str, version: str, columns: tuple[str, ...],
    rows: Iterable[tuple[Any, ...]],
) -> None:  # fmt: skip
    """Write verdicts over those of an earlier recount of the same day."""
    names = ", ".join(columns)
    connection.execute(f"create temporary table verdicts on commit drop as select {names} from {table} with no data")  # noqa: S608
    copy_rows(connection, "verdicts", columns, rows)
    connection.execute(
        f"insert into {table} ({names}) select {names} from verdicts on conflict (tenant_id, day, {key}) do update set "  # noqa: S608
        f"{verdict} = excluded.{verdict}, {version} = excluded.{version}, recount_id = excluded.recount_id, "
        "xact = pg_current_xact_id()"
    )
    connection.execute("drop table verdicts")


class PrefixJudge:
    """Classes of whole prefixes (/24, /48) under one version of the ranges."""

    def __init__(self, ranges: IpRanges) -> None:
        self._ranges = ranges
        self._inside: dict[tuple[int, int], set[str]] = {}
        for (version, length), networks in ranges.tables.items():
            kept = 24 if version == 4 else 48
            for number, ip_class in networks.items() if length > kept else ():
                self._inside.setdefault((version, number >> (length - kept)), set()).add(ip_class)

    def classify(self, text: str) -> str | None:
        """The class of every address in the prefix, or None where the version divides it: the address is not kept."""
        network = ipaddress.ip_network(text)
        outer = self._outer(network)
        return outer if self._classes_inside(network) <= {outer} else None

    def _classes_inside(self, network: Any) -> set[str]:
        bits = 32 if network.version == 4 else 128
        return self._inside.get((network.version, int(network.network_address) >> (bits - network.prefixlen)), set())

    def _outer(self, network: Any) -> str:
        """The class of what holds the whole prefix."""
        bits = 32 if network.version == 4 else 128
        for (version, length), networks in self._ranges.tables.items():
            if version == network.version and length <= network.prefixlen:
                found = networks.get(int(network.network_address) >> (bits - length))
                if found is not None:
                    return found
        return "household"


def _first(row: Any) -> Any:
    """The first column of a row, be it a tuple or a mapping."""
    return next(iter(row.values())) if isinstance(row, Mapping) else row[0]
