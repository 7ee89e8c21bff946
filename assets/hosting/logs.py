"""Log files → raw.logs_requests, each complete line exactly once: the file's offset is committed with the rows that it stands for.

A run that is killed between two batches goes on where the last commit ended; a file that was rotated is known by its first line.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from assets.hosting.counting.user_agent import make_classifier
from assets.hosting.lists import newest_agent_lists, newest_ip_ranges
from assets.hosting.log_files import Line, head_digest, matching_files, read_lines
from assets.hosting.log_lines import COLUMNS, BadLineError, Judge, make_judge
from assets.hosting.log_offsets import ConcurrentLandingError, commit_offset, committed_offset
from assets.lib.clock import now
from assets.lib.copy import copy_text
from assets.lib.fetch_state import State, Success, load_states, record_failure, record_successes
from assets.lib.privacy import HouseholdKey
from assets.lib.quarantine import Rejected, quarantine
from assets.lib.warehouse import connect

SOURCE = "logs"
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
            try:
                judge = make_judge(
                    source.tenant_id, source.log_source_id, run_id, keys.get(source.tenant_id, ()), ranges, agents, classify
                )
                done = land_source(landing, source, judge, is_final=is_final)
            except (OSError, EOFError, ValueError, ConcurrentLandingError) as error:
                summary = replace(summary, failures=(*summary.failures, (source.name, _failed(connection, source, states, error))))
                continue
            record_successes(connection, SOURCE, [Success(source.tenant_id, str(source.log_source_id), source.path, 200, now())])
            summary = replace(
                summary, files=summary.files + done.files, landed=summary.landed + done.landed,
                quarantined=summary.quarantined + done.quarantined,
            )  # fmt: skip
    return summary


def import_logs(
    url: str, tenant_id: int, path: Path, run_id: str, *, name: str | None = None, progress: Progress | None = None
) -> LogsSummary:
    """Add a file (or a glob) as a log source of the tenant and land it, its last line too: `hostread import logs FILE`."""
    pattern = str(path.absolute())
    if not matching_files(pattern):
        return LogsSummary(failures=((pattern, f"found no file at {pattern}, expected a log of JSON lines (.jsonl or .jsonl.gz)"),))
    with connect(url, "app") as connection:
        connection.execute("select set_config('hostread.tenant_id', %s, true)", [str(tenant_id)])
        row = connection.execute(
            "insert into app.log_sources (tenant_id, name, path, format) values (%s, %s, %s, 'jsonl') "
            "on conflict (tenant_id, path) do update set name = log_sources.name returning log_source_id",
            [tenant_id, name or path.name, pattern],
        ).fetchone()
    assert row is not None  # noqa: S101
    return land_logs(url, run_id, tenant_id=tenant_id, log_source_id=row[0], is_final=True, progress=progress)


def land_source(landing: Landing, source: LogSource, judge: Judge, *, is_final: bool = False) -> LogsSummary:
    """Land the files of one source. Raises OSError or EOFError for one that cannot be read; what landed before stays."""
    paths = matching_files(source.path)
    if not paths:
        raise FileNotFoundError(f"found no file at {source.path}, expected a log of JSON lines: check the path of the log source")
    landed = quarantined = 0
    for path in paths:
        progress = _land_file(landing, source, judge, path, is_final=is_final or path.suffix == ".gz")
        landed, quarantined = landed + progress.landed, quarantined + progress.quarantined
    return LogsSummary(len(paths), landed, quarantined)


def _land_file(landing: Landing, source: LogSource, judge: Judge, path: Path, *, is_final: bool) -> FileProgress:
    head = head_digest(path)
    if head is None and is_final and path.stat().st_size:
        head = b""  # one line without its end is the whole file
    if head is None:
        return FileProgress(path, 0, 0, 0)
    progress = FileProgress(path, 0, 0, committed_offset(landing.connection, source.tenant_id, source.log_source_id, path, head))
    lines = read_lines(path, progress.offset, is_final=is_final)
    while batch := list(islice(lines, landing.batch_lines)):
        progress = _land_batch(landing, source, judge, head, progress, batch)
        if landing.progress is not None:
            landing.progress(progress)
    return progress


def _land_batch(
    landing: Landing, source: LogSource, judge: Judge, head: bytes, progress: FileProgress, batch: Sequence[Line]
) -> FileProgress:
    rows: list[str] = []
    rejected: list[Rejected] = []
    days: set[int] = set()
    for offset, _, line in batch:
        try:
            text, day = judge.row(line, offset)
        except BadLineError as error:
            if line.strip():
                rejected.append(Rejected(error.code, str(error), line, {"file": progress.path.name, "offset": offset}))
            continue
        rows.append(text)
        days.add(day)
    end = batch[-1][1]
    connection = landing.connection
    _ensure_partitions(landing, days)
    with connection.transaction():
        commit_offset(
            connection, source.tenant_id, source.log_source_id, progress.path, head,
            start=progress.offset, end=end, landed=len(rows), quarantined=len(rejected),
        )  # fmt: skip
        if rows:
            copy_text(connection, "raw.logs_requests", COLUMNS, ["".join(rows)])
        if rejected:
            quarantine(connection, SOURCE, landing.run_id, rejected, source.tenant_id)
    return FileProgress(progress.path, progress.landed + len(rows), progress.quarantined + len(rejected), end)


def _ensure_partitions(landing: Landing, days: set[int]) -> None:
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
        "select tenant_id, log_source_id, name, path from app.log_sources where format = 'jsonl' "
        "order by tenant_id, name, log_source_id"
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


def _failed(
    connection: psycopg.Connection[Any], source: LogSource, states: Mapping[tuple[int, str], State], error: BaseException
) -> str:
    message = str(error) or type(error).__name__
    key = (source.tenant_id, str(source.log_source_id))
    record_failure(
        connection, SOURCE, *key, source.path, message=message, at=now(), failures=states.get(key, State()).consecutive_failures
    )
    return message
