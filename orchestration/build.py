"""Write, audit, publish: a build is begun, dbt builds and tests candidates, and one transaction makes them what readers see.

At most one build runs. Its process holds an advisory lock while it lives, so that an attempt whose owner died is known for one.
"""

import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from orchestration.attribution_restatements import record_restated_credit
from orchestration.dbt_command import TARGET_PATH, build_arguments, run_arguments, run_dbt
from orchestration.mart_tables import apply_marts, read_marts
from orchestration.reopened import record_reopened
from orchestration.restatements import record_restatements

BUILD_LOCK = 0x6275696C64
LIVE = "path:models/live"
ROLE = "-c role=hostread_transform"


class BuildError(RuntimeError):
    """A build cannot go on; the message says why and what to do."""


class BuildRunningError(BuildError):
    """Another build holds the lock."""


@dataclass(frozen=True)
class BuildWindow:
    """One attempt: it builds the raw rows with from_xact <= xact < to_xact."""

    build_id: uuid.UUID
    mode: str
    from_xact: str
    to_xact: str


@dataclass(frozen=True)
class BuildOutcome:
    """What became of a build: `published` with its row counts by mart, or `held` with the checks that failed."""

    build_id: uuid.UUID
    status: str
    row_counts: Mapping[str, int] = field(default_factory=dict)
    failed_checks: Sequence[Mapping[str, Any]] = ()


# The session that proves that a build of this process lives, and the thread that began it.
_owned: dict[uuid.UUID, tuple[psycopg.Connection[Any], threading.Thread]] = {}
_owned_guard = threading.Lock()


def begin_build(url: str, mode: str, run_id: str, as_of: datetime | None = None) -> BuildWindow:
    """Record a new attempt and the rows it covers: from the last published build (`full`: from the start) to what is settled now.

    `as_of` is the moment that its figures speak of where they depend on the clock; None is now.

    Raises BuildRunningError while another one runs. Attempts whose owner is gone are marked abandoned.
    """
    if mode not in {"incremental", "full"}:
        raise ValueError(f"found mode {mode!r}, expected 'incremental' or 'full'")
    _release_left_over()
    connection = psycopg.connect(url, autocommit=True, options=ROLE)
    try:
        row = connection.execute("select pg_try_advisory_lock(%s)", [BUILD_LOCK]).fetchone()
        if row is None or not row[0]:
            raise BuildRunningError("another build of this database is running, expected none: wait until it has ended")
        with connection.transaction():
            connection.execute("update ops.build_attempts set status = 'abandoned', finished_at = now() where status = 'running'")
            build_id = uuid.uuid4()
            window = connection.execute(
                "insert into ops.build_attempts (build_id, mode, status, from_xact, to_xact, run_id, as_of) "
                "select %(id)s, %(mode)s, 'running', case when %(mode)s = 'full' then '0'::xid8 else ops.build_from_xact() end, "
                "pg_snapshot_xmin(pg_current_snapshot()), %(run_id)s, coalesce(%(as_of)s, now()) "
                "returning from_xact::text, to_xact::text",
                {"id": build_id, "mode": mode, "run_id": run_id, "as_of": as_of},
            ).fetchone()
    except BaseException:
        connection.close()
        raise
    assert window is not None  # noqa: S101
    with _owned_guard:
        _owned[build_id] = (connection, threading.current_thread())
    return BuildWindow(build_id, mode, window[0], window[1])


def running_build(url: str, run_id: str) -> uuid.UUID:
    """The build that `run_id` began and has neither published nor held; raises BuildError where there is none."""
    with psycopg.connect(url, options=ROLE) as connection:
        row = connection.execute(
            "select build_id from ops.build_attempts where status = 'running' and run_id = %s", [run_id]
        ).fetchone()
    if row is None:
        raise BuildError(f"found no running build of run {run_id}, expected one: build the models in the same run as marts.builds")
    return uuid.UUID(str(row[0]))


def hold_published(connection: psycopg.Connection[Any]) -> uuid.UUID | None:
    """The last build, locked against the next one while `connection` lives: its candidates and what they were made of are what is
    published. None where a build runs, or the last one was held.
    """
    row = connection.execute(
        "select a.build_id, a.status = 'published' and pg_try_advisory_lock(%s) from ops.build_attempts as a "
        "order by a.started_at desc limit 1",
        [BUILD_LOCK],
    ).fetchone()
    return uuid.UUID(str(row[0])) if row is not None and row[1] else None


def publish_build(url: str, build_id: uuid.UUID, target_path: Path = TARGET_PATH) -> dict[str, int]:
    """Make the candidates what readers see, in one transaction, and renew the live views; row counts by mart.

    Which tables are marts, and their keys, is read from the manifest that dbt left in `target_path`.
    Raises BuildError where the build is not running any more.
    """
    marts = read_marts(target_path / "manifest.json")
    with psycopg.connect(url, options=ROLE) as connection:
        attempt = connection.execute("select status from ops.build_attempts where build_id = %s for update", [build_id]).fetchone()
        if attempt is None or attempt[0] != "running":
            raise BuildError(f"found build {build_id} {attempt[0] if attempt else 'unknown'}, expected it running: begin a new one")
        record_restatements(connection, build_id)
        record_reopened(connection, build_id)
        record_restated_credit(connection, build_id)
        counts = apply_marts(connection, marts)
        connection.execute(
            "insert into marts.builds (build_id, mode, from_xact, to_xact, row_counts, started_at, as_of) "
            "select build_id, mode, from_xact, to_xact, %s, started_at, as_of from ops.build_attempts where build_id = %s",
            [Jsonb(counts), build_id],
        )
        _finish(connection, build_id, "published", [])
    _release(build_id)
    renew_live_views(url, target_path)
    return counts


def renew_live_views(url: str, target_path: Path = TARGET_PATH) -> None:
    """Make the views of models/live as the project has them. Raises BuildError where one fails; the marts stay published."""
    result = run_dbt(url, run_arguments((LIVE,)), target_path)
    if result.failed_checks:
        raise BuildError(f"the marts are published but a live view failed: {result.failed_checks}")


def hold_build(url: str, build_id: uuid.UUID, failed_checks: Sequence[Mapping[str, Any]]) -> None:
    """Keep the last published build served, marked stale: this one failed `failed_checks`."""
    with psycopg.connect(url, options=ROLE) as connection:
        _finish(connection, build_id, "held", failed_checks)
    _release(build_id)


def run_build(
    url: str, run_id: str, mode: str = "incremental", target_path: Path = TARGET_PATH, as_of: datetime | None = None
) -> BuildOutcome:
    """Begin, build and test everything, then publish, or hold where a blocking check failed."""
    window = begin_build(url, mode, run_id, as_of)
    try:
        result = run_dbt(url, build_arguments(mode, exclude=(LIVE,)), target_path)
        if result.failed_checks:
            hold_build(url, window.build_id, result.failed_checks)
            return BuildOutcome(window.build_id, "held", failed_checks=result.failed_checks)
        return BuildOutcome(window.build_id, "published", publish_build(url, window.build_id, target_path))
    except BaseException as error:
        if window.build_id in _owned:
            hold_build(url, window.build_id, [{"name": "build", "status": "error", "message": str(error)}])
        raise


def _finish(
    connection: psycopg.Connection[Any], build_id: uuid.UUID, status: str, failed_checks: Sequence[Mapping[str, Any]]
) -> None:
    done = connection.execute(
        "update ops.build_attempts set status = %s, failed_checks = %s, finished_at = clock_timestamp() "
        "where build_id = %s and status = 'running'",
        [status, Jsonb(list(failed_checks)), build_id],
    )
    if done.rowcount != 1:
        raise BuildError(f"build {build_id} is not running any more, expected it to be: it was {status} too late; begin a new one")


def _release(build_id: uuid.UUID) -> None:
    with _owned_guard:
        owned = _owned.pop(build_id, None)
    if owned is not None:
        owned[0].close()


def _release_left_over() -> None:
    """Let go of builds of this process that nobody will end: their thread begins another one, or is no more."""
    with _owned_guard:
        left = [key for key, (_, thread) in _owned.items() if thread is threading.current_thread() or not thread.is_alive()]
    for build_id in left:
        _release(build_id)
