"""A process's pulse: every few seconds it says that it lives, and adds what it counted to what all processes counted."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import structlog
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout

from api.database import AppDatabase, DatabaseUnavailableError
from api.monitoring.tally import Cell, Tally

EVERY_S = 5.0
# A process that ends within a second has nothing to say; most of the tests' do.
FIRST_AFTER_S = 1.0
BEAT = """
insert into ops.processes (process_id, kind, figures) values (%s, %s, %s)
on conflict (process_id) do update set seen_at = now(), figures = excluded.figures
"""
# Whoever was killed cannot say good-bye: it is shown as silent for a day.
FORGET = "delete from ops.processes where process_id = %s or seen_at < now() - interval '1 day'"
# In one order, so that no two processes wait for each other.
ADD = """
insert into ops.served_minutes as s (minute_at, kind, name, outcome, bucket, request_count)
select * from unnest(%s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::smallint[], %s::bigint[])
on conflict (kind, minute_at, name, outcome, bucket) do update set request_count = s.request_count + excluded.request_count
"""


class Pulse:
    """The pulse of an API process, as a task of its event loop."""

    def __init__(self, database: AppDatabase, tally: Tally) -> None:
        self._database, self._tally = database, tally
        self._process_id = uuid4()
        self._has_beaten = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="pulse")

    async def stop(self) -> None:
        """The last counts, where the database was there; a pool that is closed next ends what still waits for it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._has_beaten:
            with contextlib.suppress(DatabaseUnavailableError):
                await asyncio.to_thread(self._write, self._tally.take(), FORGET, [self._process_id])

    async def _run(self) -> None:
        await asyncio.sleep(FIRST_AFTER_S)
        while True:
            await self.beat()
            await asyncio.sleep(EVERY_S)

    async def beat(self) -> None:
        """Say that this process lives and hand over its counts; they wait where the database does not answer."""
        counts = self._tally.take()
        try:
            await asyncio.to_thread(self._write, counts, BEAT, [self._process_id, "api", Jsonb({})])
            self._has_beaten = True
        except Exception as error:  # whatever it is, measuring must not end with it
            self._tally.give_back(counts)
            structlog.get_logger("monitoring").warning("pulse_missed", error=type(error).__name__)

    def _write(self, counts: Mapping[Cell, int], said: str, values: list[Any]) -> None:
        with self._database.transaction() as c:
            if counts:
                c.execute(ADD, columns(counts))
            c.execute(said, values)


def columns(counts: Mapping[Cell, int]) -> list[list[Any]]:
    """The rows of ops.served_minutes, one list a column."""
    rows = sorted(counts.items())
    return [
        [datetime.fromtimestamp(cell.minute, UTC) for cell, _ in rows],
        *([cell[place] for cell, _ in rows] for place in range(1, len(Cell._fields))),
        [count for _, count in rows],
    ]


async def keep_collector_pulse(pool: Any, figures: Callable[[], Mapping[str, float]]) -> None:
    """The pulse of a collector, over its own pool, until it is cancelled: then the row goes, if the database is there."""
    process_id = uuid4()
    await asyncio.sleep(FIRST_AFTER_S)
    try:
        while True:
            with contextlib.suppress(psycopg.Error, PoolTimeout):
                async with pool.connection() as connection:
                    await connection.execute(BEAT, [process_id, "collector", Jsonb(dict(figures()))])
            await asyncio.sleep(EVERY_S)
    finally:
        with contextlib.suppress(psycopg.Error, PoolTimeout):
            async with pool.connection(timeout=1) as connection:
                await connection.execute(FORGET, [process_id])


class WorkerPulse:
    """The pulse of a process without an event loop: a thread with a connection of its own, on the role hostread_app."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]], kind: str) -> None:
        self._connect, self._kind = connect, kind
        self._process_id = uuid4()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def __enter__(self) -> "WorkerPulse":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(EVERY_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(psycopg.Error), self._connect() as connection:
                while not self._stop.is_set():
                    with connection.transaction():
                        connection.execute(BEAT, [self._process_id, self._kind, Jsonb({})])
                    self._stop.wait(EVERY_S)
                connection.execute(FORGET, [self._process_id])
            self._stop.wait(EVERY_S)
