"""Group commit: what requests put into a bounded queue is committed together, and only then acknowledged.

No timer decides a group's size: while one commit is on its way to the disk, the next group gathers.
"""

import asyncio
import contextlib
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import psycopg
import structlog

from api.collector import metrics
from api.collector.protocol import RefusalError, UnavailableError
from api.collector.storage import Connection, Quarantined, Stored, first_line, is_data_error, store, store_one_by_one

# One COPY: large enough for a batch of 2,500 events of 3 KB, small enough that nobody waits long behind it.
GROUP_BYTES = 8_000_000
# Under load a commit's own cost is shared by more requests when the next group gathers a little longer; alone, nobody waits.
BUSY_REQUESTS = 8
GATHER_SECONDS = 0.002
PARTITION_DAYS_AHEAD = 7
PARTITION_RETRY_SECONDS = 60.0
# Reconnecting: from 0.2 s, doubled to 2 s.
RETRY_SECONDS = (0.2, 2.0)

log = structlog.get_logger("collector.writer")


@dataclass(slots=True)
class Work:
    """What one request waits for: all of it is committed, or none is acknowledged."""

    events: list[Stored]
    faults: list[Quarantined]
    size: int
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class GroupWriter:
    """The queue and the tasks that commit it. One per process; made and closed inside the running event loop."""

    def __init__(self, database_url: str, run_id: str, writers: int, max_rows: int, max_bytes: int, commit_seconds: float) -> None:
        self._url, self._run_id, self._commit_seconds = database_url, run_id, commit_seconds
        self._max_rows, self._max_bytes = max_rows, max_bytes
        self._queue: deque[Work] = deque()
        self._rows = self._bytes = self._connected = 0
        self._wake = asyncio.Event()
        self._is_closing = False
        self._partitions_until, self._partitions_asked_at = date.min, -PARTITION_RETRY_SECONDS
        self._tasks = [asyncio.create_task(self._run(number), name=f"writer-{number}") for number in range(writers)]

    @property
    def is_up(self) -> bool:
        return self._connected > 0

    async def commit(self, events: list[Stored], faults: list[Quarantined]) -> None:
        """Return when every row is on disk. Raises RefusalError (429) where the queue is full, and UnavailableError where nobody
        can say that it is: the database is away, or did not answer in time."""
        if not self.is_up:
            raise UnavailableError("the database is away")
        size = sum(len(event.line) for event in events) + sum(len(fault.original) for fault in faults)
        rows = len(events) + len(faults)
        if self._queue and (self._rows + rows > self._max_rows or self._bytes + size > self._max_bytes):
            raise RefusalError(429, "queue_full", "found more events waiting than are held at once: send this again", retry_after=1)
        work = Work(events, faults, size)
        self._queue.append(work)
        self._rows += rows
        self._bytes += size
        self._wake.set()
        await work.done

    async def close(self) -> None:
        """Commit what waits, then disconnect."""
        self._is_closing = True
        self._wake.set()
        await asyncio.gather(*self._tasks)

    async def _run(self, number: int) -> None:
        pause = RETRY_SECONDS[0]
        while not (self._is_closing and not self._queue):
            connection: Connection | None = None
            try:
                async with asyncio.timeout(self._commit_seconds):
                    connection = await self._connect()
                pause = RETRY_SECONDS[0]
                await self._serve(connection)
            except (psycopg.Error, OSError, TimeoutError) as error:
                log.warning(
                    "database_away", writer=number, error=type(error).__name__, detail=first_line(error), retry_seconds=pause
                )
                if not self.is_up:
                    self._fail(self._take_all(), "the database is away")
                    if self._is_closing:
                        return
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_SECONDS[1])
            finally:
                if connection is not None:
                    with contextlib.suppress(psycopg.Error, OSError):
                        await connection.close()

    async def _connect(self) -> Connection:
        connection = await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, connect_timeout=5, application_name="hostread-collector", prepare_threshold=None,
            options="-c role=hostread_collector -c synchronous_commit=on -c timezone=UTC -c lock_timeout=5s", keepalives_idle=5,
        )  # fmt: skip
        await self._ensure_partitions(connection)
        return connection

    async def _ensure_partitions(self, connection: Connection) -> None:
        today = datetime.now(UTC).date()
        waits = time.monotonic() < self._partitions_asked_at + PARTITION_RETRY_SECONDS
        if waits or self._partitions_until > today + timedelta(days=1):
            return
        until = today + timedelta(days=PARTITION_DAYS_AHEAD)
        try:
            await connection.execute("select raw.ensure_day_partitions('raw.collector_events', %s, %s)", [today, until])
            self._partitions_until = until
        except psycopg.errors.LockNotAvailable:
            # Somebody holds the default partition for long: events go on, at worst into it, and a minute on we ask again.
            log.warning("partitions_not_made", retry_seconds=PARTITION_RETRY_SECONDS)
            self._partitions_asked_at = time.monotonic()

    async def _serve(self, connection: Connection) -> None:
        self._connected += 1
        metrics.DATABASE_UP.set(self._connected)
        try:
            while self._queue or not self._is_closing:
                if not self._queue:
                    self._wake.clear()
                    await self._wake.wait()
                elif group := self._take_group():
                    await self._commit_group(connection, group)
                    if len(group) >= BUSY_REQUESTS:
                        await asyncio.sleep(GATHER_SECONDS)
        finally:
            self._connected -= 1
            metrics.DATABASE_UP.set(self._connected)

    async def _commit_group(self, connection: Connection, group: list[Work]) -> None:
        started = time.perf_counter()
        events = [event for work in group for event in work.events]
        faults = [fault for work in group for fault in work.faults]
        try:
            async with asyncio.timeout(self._commit_seconds):
                await self._ensure_partitions(connection)
                try:
                    await store(connection, [event.line for event in events], faults, self._run_id)
                except psycopg.Error as error:
                    if not is_data_error(error):
                        raise
                    refused = await store_one_by_one(connection, events, faults, self._run_id)
                    log.warning("events_refused_by_database", events=refused, detail=first_line(error))
        except BaseException:
            self._fail(group, "the database did not take the events")
            raise
        metrics.COMMIT_SECONDS.observe(time.perf_counter() - started)
        metrics.GROUP_EVENTS.observe(len(events))
        for work in group:
            if not work.done.done():
                work.done.set_result(None)

    def _take_group(self) -> list[Work]:
        group: list[Work] = []
        size = 0
        while self._queue and (not group or size + self._queue[0].size <= GROUP_BYTES):
            group.append(self._pop())
            size += group[-1].size
        return group

    def _take_all(self) -> list[Work]:
        return [self._pop() for _ in range(len(self._queue))]

    def _pop(self) -> Work:
        work = self._queue.popleft()
        self._rows -= len(work.events) + len(work.faults)
        self._bytes -= work.size
        metrics.QUEUE_ROWS.set(self._rows)
        return work

    @staticmethod
    def _fail(group: list[Work], reason: str) -> None:
        for work in group:
            if not work.done.done():
                work.done.set_exception(UnavailableError(reason))
