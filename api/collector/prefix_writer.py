"""Records prefix requests: committed together by COPY, or kept in the spool while the database is away. A listener never waits for
either longer than a moment, and is sent on whatever becomes of the row."""

import asyncio
import contextlib
from collections import deque
from datetime import UTC, date, datetime, timedelta

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from api.collector import metrics
from api.collector.prefix_rows import COPY
from api.collector.prefix_spool import PrefixSpool
from api.collector.sources import Pool
from api.collector.storage import first_line, is_data_error

QUEUE_ROWS = 20_000
GROUP_ROWS = 5_000
# How long a listener's redirect waits for its row: a commit takes milliseconds.
WAIT_SECONDS = 0.5
# How long one commit may take, its connection's share of that among it, before its rows go to the spool.
COMMIT_SECONDS, CONNECT_SECONDS = 5.0, 1.0
DRAIN_SECONDS = 2.0
PARTITION_DAYS_AHEAD = 7
AWAY = (psycopg.Error, OSError, TimeoutError, PoolTimeout)
log = structlog.get_logger("collector.prefix")
Waiting = tuple[bytes, "asyncio.Future[None]"]


class PrefixWriter:
    """One per process; made and closed inside the running event loop."""

    def __init__(self, pool: Pool, spool: PrefixSpool) -> None:
        self._pool, self._spool = pool, spool
        self._queue: deque[Waiting] = deque()
        self._wake = asyncio.Event()
        # Nothing is added to the file between its reading and its emptying.
        self._spooling = asyncio.Lock()
        self._partitions_until = date.min
        # While the database is known to be away rows go to the spool at once; the draining finds out when it is back.
        self._is_away = self._is_closing = False
        self._tasks = [
            asyncio.create_task(self._run(), name="prefix-writer"),
            asyncio.create_task(self._drain(), name="prefix-drain"),
        ]

    async def record(self, line: bytes) -> None:
        """Return once the row is on disk, or after a moment: the rest happens behind the listener's back."""
        if len(self._queue) >= QUEUE_ROWS:
            metrics.PREFIX.labels("dropped").inc()
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((line, done))
        self._wake.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(done), WAIT_SECONDS)

    async def close(self) -> None:
        self._is_closing = True
        self._wake.set()
        await self._tasks[0]
        self._tasks[1].cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._spool.close()

    async def _run(self) -> None:
        while self._queue or not self._is_closing:
            if not self._queue:
                self._wake.clear()
                await self._wake.wait()
                continue
            group = [self._queue.popleft() for _ in range(min(len(self._queue), GROUP_ROWS))]
            await self._store([line for line, _ in group])
            for _, done in group:
                if not done.done():
                    done.set_result(None)

    async def _store(self, lines: list[bytes]) -> None:
        if not self._is_away:
            try:
                async with asyncio.timeout(COMMIT_SECONDS):
                    refused = await self._commit(lines)
            except AWAY as error:
                log.warning("prefix_rows_spooled", rows=len(lines), error=type(error).__name__)
                self._is_away = True
            else:
                metrics.PREFIX.labels("recorded").inc(len(lines) - refused)
                metrics.PREFIX.labels("refused").inc(refused)
                return
        try:
            async with self._spooling:
                kept = await asyncio.to_thread(self._spool.append, lines)
        except OSError as full:
            log.error("prefix_rows_lost", rows=len(lines), error=type(full).__name__)
            kept = 0
        metrics.PREFIX.labels("spooled").inc(kept)
        metrics.PREFIX.labels("dropped").inc(len(lines) - kept)

    async def _drain(self) -> None:
        """What the spool holds goes to the database as soon as that answers."""
        while True:
            try:
                if self._is_away:
                    async with self._pool.connection(timeout=CONNECT_SECONDS) as connection:
                        await connection.execute("select 1")
                    self._is_away = False
                async with self._spooling, asyncio.timeout(60):
                    for path, text in self._spool.waiting():
                        lines = text.splitlines(keepends=True)
                        for at in range(0, len(lines), GROUP_ROWS):
                            await self._commit(lines[at : at + GROUP_ROWS])
                        self._spool.stored(path)
                        if lines:
                            log.info("prefix_spool_drained", rows=len(lines))
            except AWAY as error:
                log.info("prefix_spool_waits", error=type(error).__name__)
            await asyncio.sleep(DRAIN_SECONDS)

    async def _commit(self, lines: list[bytes]) -> int:
        """Commit the rows; returns how many the database refused for what they say, which are then in no table."""
        async with self._pool.connection(timeout=CONNECT_SECONDS) as connection:
            await self._ensure_partitions(connection)
            try:
                await _copy(connection, lines)
            except psycopg.Error as error:
                if not is_data_error(error):
                    raise
                log.warning("prefix_rows_refused", detail=first_line(error))
                return sum([await _is_refused(connection, line) for line in lines])
        return 0

    async def _ensure_partitions(self, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        today = datetime.now(UTC).date()
        if self._partitions_until <= today + timedelta(days=1):
            until = today + timedelta(days=PARTITION_DAYS_AHEAD)
            await connection.execute("select raw.ensure_day_partitions('raw.prefix_requests', %s, %s)", [today, until])
            self._partitions_until = until


async def _copy(connection: psycopg.AsyncConnection[tuple[object, ...]], lines: list[bytes]) -> None:
    async with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        await copy.write(b"".join(lines))


async def _is_refused(connection: psycopg.AsyncConnection[tuple[object, ...]], line: bytes) -> bool:
    try:
        await _copy(connection, [line])
    except psycopg.Error as error:
        if not is_data_error(error):
            raise
        return True
    return False
