"""Fetch what the publishers say now. A broken source keeps its last document and says what is wrong; the others go on."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg

from assets.lib.clock import now
from assets.lib.http import Fetched, FetchError, FetchPolicy, fetch, shown
from assets.lib.quarantine import Rejected, quarantine
from assets.lib.warehouse import connect
from assets.lists.formats import FormatError, parse
from assets.lists.snapshots import record_snapshot, register_sources
from assets.lists.sources import LIST_NAMES, ListSource
from assets.lists.versions import Composed, compose

# The largest of them, Azure's, has some 4 MB.
LIMITS = {"max_read_bytes": 60_000_000, "max_decoded_bytes": 120_000_000, "total_s": 120.0}
FIRST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(hours=24)
SHOWN_REJECTED = 100
Fetch = Callable[..., Fetched]


@dataclass
class Refreshed:
    """What one refresh did: sources by what came of them, the versions composed, and (source, message) of what is wrong."""

    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    held: list[tuple[str, str]] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    versions: list[Composed] = field(default_factory=list)


def refresh_lists(
    url: str, run_id: str, sources: Sequence[ListSource], *, allow_private: bool = False, is_forced: bool = False
) -> Refreshed:
    """Ask each source that is due, conditionally, and compose the lists anew. `is_forced` asks those too that pause after a fault.

    Raises psycopg.OperationalError where the warehouse is away.
    """
    done = Refreshed()
    policy = FetchPolicy(allow_private=allow_private, **LIMITS)  # type: ignore[arg-type]
    with connect(url, "ingest", autocommit=True) as connection:
        register_sources(connection, sources)
        for source in sources:
            _refresh(connection, source, policy, run_id, is_forced, done)
        done.versions = compose_all(connection)
    return done


def ensure_lists(url: str, sources: Sequence[ListSource]) -> list[Composed]:
    """Without asking anybody: register the sources and compose the lists of what is known, packages and seed included."""
    with connect(url, "ingest", autocommit=True) as connection:
        register_sources(connection, sources)
        return compose_all(connection)


def compose_all(connection: psycopg.Connection[Any]) -> list[Composed]:
    """The newest version of each list that has a source."""
    composed = []
    for list_name in LIST_NAMES:
        with connection.transaction():
            made = compose(connection, list_name)
        composed += [made] if made is not None else []
    return composed


def _refresh(
    connection: psycopg.Connection[Any], source: ListSource, policy: FetchPolicy, run_id: str, is_forced: bool, done: Refreshed
) -> None:
    row = connection.execute(
        "select s.etag, s.last_modified, s.consecutive_failures, s.next_attempt_at <= now(), exists ("
        "select 1 from ops.list_snapshots as d where d.source_name = s.source_name and d.origin = 'fetched') "
        "from ops.list_sources as s where s.source_name = %s",
        [source.name],
    ).fetchone()
    assert row is not None  # noqa: S101
    etag, last_modified, failures, is_due, is_known = row
    if not is_due and not is_forced:
        done.waiting.append(source.name)
        return
    at = now()
    try:
        # Without a document of its own, what was not modified is of no use.
        answer = _ask(source, policy, etag if is_known else None, last_modified if is_known else None)
        if answer.is_not_modified:
            _succeed(connection, source, at, 304, etag, last_modified)
            connection.execute(
                "update ops.list_snapshots set seen_at = now() where (source_name, snapshot_version) = ("
                "select d.source_name, d.snapshot_version from ops.list_snapshots as d where d.source_name = %s "
                "order by d.fetched_at desc limit 1)",
                [source.name],
            )
            done.unchanged.append(source.name)
            return
        if answer.status != 200:
            raise FetchError(f"{shown(source.url)} answered {answer.status}, expected 200 with the list")
        parsed = parse(answer.body, source.format, source.ip_class)
    except (FetchError, FormatError) as error:
        message = f"{error}. The last good version stays in use" if isinstance(error, FetchError) else (
            f"{shown(source.url)} is no list of the format {source.format}: {error}. The last good version stays in use"
        )  # fmt: skip
        _fail(connection, source, at, failures, message)
        done.failures.append((source.name, message))
        return
    with connection.transaction():
        before = connection.execute("select count(*) from ops.list_snapshots where source_name = %s", [source.name]).fetchone()
        version, held = record_snapshot(connection, source.name, source.list_name, "fetched", parsed.entries)
        after = connection.execute("select count(*) from ops.list_snapshots where source_name = %s", [source.name]).fetchone()
        if parsed.rejected and before != after:
            rejected = [
                Rejected("bad_list_entry", fault, text.encode(), {"source": source.name, "version": version})
                for text, fault in parsed.rejected[:SHOWN_REJECTED]
            ]
            quarantine(connection, "lists", run_id, rejected, None)
        _succeed(connection, source, at, answer.status, answer.headers.get("etag"), answer.headers.get("last-modified"))
    if held:
        done.held.append((source.name, f"{source.name}@{version} is held: {held}"))
    else:
        (done.changed if before != after else done.unchanged).append(source.name)


def _ask(source: ListSource, policy: FetchPolicy, etag: str | None, last_modified: str | None) -> Fetched:
    if source.follow is None:
        return fetch(source.url, policy, etag=etag, last_modified=last_modified)
    page = fetch(source.url, policy)
    link = re.search(source.follow, page.body.decode("utf-8", "replace"))
    if page.status != 200 or link is None:
        raise FetchError(
            f"{shown(source.url)} answered {page.status} without a link to the list, expected one like {source.follow}"
        )
    return fetch(link.group(), policy, etag=etag, last_modified=last_modified)


def _succeed(
    connection: psycopg.Connection[Any], source: ListSource, at: datetime, status: int, etag: str | None, last_modified: str | None
) -> None:
    connection.execute(
        "update ops.list_sources set etag = %s, last_modified = %s, last_status = %s, last_attempt_at = %s, last_success_at = %s, "
        "last_error = null, consecutive_failures = 0, next_attempt_at = '-infinity' where source_name = %s",
        [etag, last_modified, status, at, at, source.name],
    )


def _fail(connection: psycopg.Connection[Any], source: ListSource, at: datetime, failures: int, message: str) -> None:
    pause = min(FIRST_PAUSE * 2 ** min(failures, 10), LONGEST_PAUSE)
    connection.execute(
        "update ops.list_sources set last_attempt_at = %s, last_error = %s, consecutive_failures = %s, next_attempt_at = %s "
        "where source_name = %s",
        [at, message[:2000].replace("\x00", ""), failures + 1, at + pause, source.name],
    )
