"""Log files → raw.logs_requests, each complete line exactly once: the file's offset is committed with the rows that it stands for.

A run that is killed between two batches goes on where the last commit ended; a file that was copied, rotated or compressed is known
by its content.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from assets.hosting.counting.user_agent import AgentLists, Classify, make_classifier
from assets.hosting.lists import newest_agent_lists, newest_ip_ranges
from assets.hosting.log_batches import Batch, judged_batches
from assets.hosting.log_files import head_digest, head_lines, is_packed, matching_files, read_lines
from assets.hosting.log_formats import HEAD_LINES, detect_format, make_parser
from assets.hosting.log_lines import COLUMNS, Judge, make_judge
from assets.hosting.log_offsets import ConcurrentLandingError, FileKey, commit_offset, landed_so_far, only_landing
from assets.hosting.log_request import LogFormatError
from assets.lib.clock import now
from assets.lib.copy import copy_text
from assets.lib.fetch_state import State, Success, load_states, record_failure, record_successes
from assets.lib.privacy import HouseholdKey, IpRanges
from assets.lib.quarantine import quarantine
from assets.lib.warehouse import connect

SOURCE = "logs"
# The path of a source whose files were uploaded: nothing lies there.
UPLOADS = "upload:"
BATCH_LINES = 20_000
# A day outside goes to the default partition: a wrong clock must not make a partition for each day since 1970.
OLDEST_DAYS = 1_100
NEWEST_DAYS = 2


@dataclass(frozen=True)
class LogSource:
    tenant_id: int
    log_source_id: UUID
    name: str
    path: str
    log_format: str
    base_url: str | None = None


@dataclass(frozen=True)
class LogsSummary:
    """Counts of files and lines of one run, and (source, message) of what failed."""

    files: int = 0
    landed: int = 0
    quarantined: int = 0
    failures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class FileProgress:
    """How far a file is: lines landed and quarantined in this run, and the offset committed."""

    path: Path
    landed: int
    quarantined: int
    offset: int


Progress = Callable[[FileProgress], None]


@dataclass
class Landing:
    """One run's connection and what it judges with; the days known to have their partition."""

    connection: psycopg.Connection[Any]
    run_id: str
    batch_lines: int = BATCH_LINES
    progress: Progress | None = None
    days: set[int] = field(default_factory=set)


def land_logs(
    url: str, run_id: str, *, tenant_id: int | None = None, log_source_id: UUID | None = None, batch_lines: int = BATCH_LINES,
    is_final: bool = False, progress: Progress | None = None,
) -> LogsSummary:  # fmt: skip
    """Land what is new in every log source (of one tenant or source where named).

    A file that cannot be read is a failed row in ops.fetch_state, and the others go on. `is_final` takes a last line without
    its end. Raises psycopg.OperationalError where the warehouse is away.
    """
    summary = LogsSummary()
    with connect(url, "ingest", autocommit=True) as connection:
        sources = [
            source for source in _sources(connection)
            if tenant_id in (None, source.tenant_id) and log_source_id in (None, source.log_source_id)
        ]  # fmt: skip
        if not sources:
            return summary
        keys, ranges, agents = _household_keys(connection), newest_ip_ranges(connection), newest_agent_lists(connection)
        classify, states = make_classifier(agents), load_states(connection, SOURCE)
        landing = Landing(connection, run_id, batch_lines, progress)
        for source in sources:
            done = _land_tenants_source(landing, source, keys, ranges, agents, classify, is_final)
            _record(connection, source, states, done)
            summary = LogsSummary(
                summary.files + done.files, summary.landed + done.landed, summary.quarantined + done.quarantined,
                (*summary.failures, *done.failures),
            )  # fmt: skip
    return summary


def import_logs(
    url: str, tenant_id: int, path: Path, run_id: str, *, name: str | None = None, base_url: str | None = None,
    progress: Progress | None = None,
) -> LogsSummary:  # fmt: skip
    """Add a file (or a glob) as a log source of the tenant and land it, its last line too: `hostread import logs FILE`.

    Its format is that of the first file's first lines; where they are in none, nothing is added, and the failure says so.
    """
    pattern = str(path.absolute())
    files = matching_files(pattern)
    if not files:
        return LogsSummary(failures=((pattern, f"found no file at {pattern}, expected a log, plain or gzip"),))
    try:
        head = head_lines(files[0], HEAD_LINES, is_final=True)
        log_format = detect_format(head)
        make_parser(log_format, head, base_url)
    except (LogFormatError, OSError, zlib.error) as error:
        return LogsSummary(failures=((str(files[0]), str(error)),))
    source_id = add_source(url, tenant_id, name or path.name, pattern, log_format, base_url)
    return land_logs(url, run_id, tenant_id=tenant_id, log_source_id=source_id, is_final=True, progress=progress)


def add_source(url: str, tenant_id: int, name: str, path: str, log_format: str, base_url: str | None) -> UUID:
    """The tenant's log source of this path; one that is there takes on the format and, where given, the base URL."""
    with connect(url, "app") as connection:
        connection.execute("select set_config('hostread.tenant_id', %s, true)", [str(tenant_id)])
        row = connection.execute(
            "insert into app.log_sources (tenant_id, name, path, format, base_url) values (%s, %s, %s, %s, %s) "
            "on conflict (tenant_id, path) do update set format = excluded.format, "
            "base_url = coalesce(excluded.base_url, log_sources.base_url) returning log_source_id",
            [tenant_id, name, path, log_format, base_url],
        ).fetchone()
    assert row is not None  # noqa: S101
    source_id: UUID = row[0]
    return source_id


def land_upload(
    url: str, tenant_id: int, file: Path, run_id: str, *, name: str, log_format: str, base_url: str | None
) -> LogsSummary:
    """Land a file that lies here for this once: an upload, under a source of its own that no later run looks for."""
    source_id = add_source(
        url, tenant_id, f"uploads, {log_format}", f"{UPLOADS}{log_format}:{base_url or ''}", log_format, base_url
    )
    source = LogSource(tenant_id, source_id, name, str(file), log_format, base_url)
    with connect(url, "ingest", autocommit=True) as connection:
        landing = Landing(connection, run_id)
        keys, ranges, agents = _household_keys(connection), newest_ip_ranges(connection), newest_agent_lists(connection)
        judge = make_judge(tenant_id, source_id, run_id, keys.get(tenant_id, ()), ranges, agents, make_classifier(agents))
        return land_source(landing, source, judge, is_final=True, known_as=f"{UPLOADS}{name}")


def land_source(
    landing: Landing, source: LogSource, judge: Judge, *, is_final: bool = False, known_as: str | None = None
) -> LogsSummary:
    """Land the files of one source. What is wrong with one of them is in the summary, and the others go on.

    `known_as`: what to remember the file by instead of its path, where it lies there for this once.
    """
    paths = matching_files(source.path)
    if not paths:
        return LogsSummary(
            failures=((source.name, f"found no file at {source.path}, expected a log: check the log source's path"),)
        )
    summary = LogsSummary(len(paths))
    for path in paths:
        try:
            for done in _land_file(landing, source, judge, path, is_final=is_final or is_packed(path), known_as=known_as):
                summary = replace(summary, landed=summary.landed + done.rows, quarantined=summary.quarantined + len(done.rejected))
        except LogFormatError as error:
            summary = replace(summary, failures=(*summary.failures, (source.name, f"{path}: {error}")))
        except (OSError, EOFError, zlib.error, ConcurrentLandingError) as error:
            message = f"{path} could not be read to its end: {error}. What stood before landed; the rest lands when it can be read"
            summary = replace(summary, failures=(*summary.failures, (source.name, message)))
    return summary


def _land_file(
    landing: Landing, source: LogSource, judge: Judge, path: Path, *, is_final: bool, known_as: str | None
) -> Iterator[Batch]:
    first = head_lines(path, HEAD_LINES, is_final=is_final)
    head = head_digest(first)
    if head is None:
        return
    judge.parse = make_parser(source.log_format, first, source.base_url)
    key = FileKey(source.tenant_id, source.log_source_id, known_as or str(path), head)
    with only_landing(landing.connection, key):
        at, content = landed_so_far(landing.connection, key, path)
        landed = quarantined = 0
        lines = read_lines(path, at, is_final=is_final)
        for batch in judged_batches(lines, judge, path.name, landing.batch_lines, content):
            _land_batch(landing, key, at, batch)
            at, landed, quarantined = batch.end, landed + batch.rows, quarantined + len(batch.rejected)
            if landing.progress is not None:
                landing.progress(FileProgress(path, landed, quarantined, at))
            yield batch


def _land_batch(landing: Landing, key: FileKey, start: int, batch: Batch) -> None:
    connection = landing.connection
    _ensure_partitions(landing, batch.days)
    with connection.transaction():
        # Offset and rows are one: what a crash of the server takes of the last moments is landed again. The run's own record,
        # which is waited for, comes after and makes all of it last.
        connection.execute("set local synchronous_commit = off")
        commit_offset(
            connection, key, start=start, end=batch.end, landed=batch.rows, quarantined=len(batch.rejected), content=batch.content
        )
        if batch.rows:
            copy_text(connection, "raw.logs_requests", COLUMNS, [batch.text])
        if batch.rejected:
            quarantine(connection, SOURCE, landing.run_id, batch.rejected, key.tenant_id)


def _ensure_partitions(landing: Landing, days: frozenset[int]) -> None:
    """A partition for each new day, in a transaction of its own: its lock is not held while rows are copied."""
    today = now().date()
    first, last = (today - timedelta(days=OLDEST_DAYS)).toordinal(), (today + timedelta(days=NEWEST_DAYS)).toordinal()
    new = sorted(day for day in days - landing.days if first <= day <= last)
    for start, end in _runs(new):
        landing.connection.execute(
            "select raw.ensure_day_partitions('raw.logs_requests', %s, %s)", [date.fromordinal(start), date.fromordinal(end)]
        )
    landing.days |= days


def _runs(days: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Consecutive days as (first, last)."""
    start = previous = None
    for day in days:
        if start is None or previous is None:
            start = day
        elif day != previous + 1:
            yield start, previous
            start = day
        previous = day
    if start is not None and previous is not None:
        yield start, previous


def _sources(connection: psycopg.Connection[Any]) -> list[LogSource]:
    rows = connection.execute(
        "select tenant_id, log_source_id, name, path, format, base_url from app.log_sources where not starts_with(path, %s) "
        "order by tenant_id, name, log_source_id",
        [UPLOADS],
    )
    return [LogSource(*row) for row in rows]


def _household_keys(connection: psycopg.Connection[Any]) -> dict[int, list[HouseholdKey]]:
    keys: dict[int, list[HouseholdKey]] = {}
    # Infinities are no Python datetime: the ends of time stand for them.
    for tenant_id, epoch, secret, valid_from, valid_to in connection.execute(
        "select tenant_id, key_epoch, secret, greatest(valid_from, '0001-01-02Z'), least(valid_to, '9999-12-30Z') "
        "from app.household_keys order by tenant_id, key_epoch"
    ):
        keys.setdefault(tenant_id, []).append(HouseholdKey(epoch, bytes(secret), valid_from, valid_to))
    return keys


def _land_tenants_source(
    landing: Landing, source: LogSource, keys: Mapping[int, Sequence[HouseholdKey]], ranges: IpRanges, agents: AgentLists,
    classify: Classify, is_final: bool,
) -> LogsSummary:  # fmt: skip
    try:
        judge = make_judge(
            source.tenant_id, source.log_source_id, landing.run_id, keys.get(source.tenant_id, ()), ranges, agents, classify
        )
    except ValueError as error:
        return LogsSummary(failures=((source.name, str(error)),))
    return land_source(landing, source, judge, is_final=is_final)


def _record(
    connection: psycopg.Connection[Any], source: LogSource, states: Mapping[tuple[int, str], State], done: LogsSummary
) -> None:
    key = (source.tenant_id, str(source.log_source_id))
    if not done.failures:
        record_successes(connection, SOURCE, [Success(*key, source.path, 200, now())])
        return
    message = "; ".join(text for _, text in done.failures)
    failures = states.get(key, State()).consecutive_failures
    record_failure(connection, SOURCE, *key, source.path, message=message, at=now(), failures=failures)
