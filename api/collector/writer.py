"""Group commit: what requests put into a bounded queue is made durable together, and only then acknowledged.

Durable is committed by the database or, while that is away, fsynced in the spool. No timer decides a group's size: while one
commit is on its way to the disk, the next group gathers.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import psycopg
import structlog

from api.collector import metrics
from api.collector.batches import Batch, Quarantined, Receipt
from api.collector.protocol import UnavailableError
from api.collector.spooling import Spooling
from api.collector.storage import Connection, Stored, first_line, is_data_error, store, store_one_by_one
from api.collector.waiting import WaitingQueue, Work, acknowledge, as_batch, fail

# One COPY: small enough that a client whose batch is committed sends its next while the others' is on its way to the disk.
GROUP_BYTES = 2_000_000
# Under load a commit's own cost is shared by more requests when the next group gathers a little longer; alone, nobody waits.
BUSY_REQUESTS = 8
GATHER_SECONDS = 0.001
PARTITION_DAYS_AHEAD = 7
PARTITION_RETRY_SECONDS = 60.0
# Reconnecting: from 0.2 s, doubled to 2 s.
RETRY_SECONDS = (0.2, 2.0)
# A spool older than this is drained without knowing its batches again; admission still counts each event once.
BATCH_DAYS = 30
# A server that went away without a word is found out by the commit's own limit, and a dead peer by these.
CONNECTION = {
    "connect_timeout": 5, "application_name": "hostread-collector", "prepare_threshold": None,
    "options": "-c role=hostread_collector -c synchronous_commit=on -c timezone=UTC -c lock_timeout=5s",
    "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3,
}  # fmt: skip

log = structlog.get_logger("collector.writer")


@dataclass(frozen=True, slots=True)
class Limits:
    """`writers`: connections that commit; `rows` and `bytes`: what may wait; `commit_seconds`: how long one commit may take."""

    writers: int = 2
    rows: int = 20_000
    bytes: int = 64_000_000
    commit_seconds: float = 10.0


class GroupWriter:
    """The queue and the tasks that empty it. One per process; made and closed inside the running event loop."""

    def __init__(self, database_url: str, run_id: str, spooling: Spooling, limits: Limits) -> None:
        self._url, self._run_id, self._spooling, self._commit_seconds = database_url, run_id, spooling, limits.commit_seconds
        self._queue = WaitingQueue(limits.rows, limits.bytes)
        self._connected = 0
        self._has_tried = False
        self._is_closing = False
        self._changed = asyncio.Event()
        self._partitions_until, self._partitions_asked_at = date.min, -PARTITION_RETRY_SECONDS
        self._tasks = [asyncio.create_task(self._run(number), name=f"writer-{number}") for number in range(limits.writers)]
        self._tasks.append(asyncio.create_task(self._spool(), name="spool-writer"))

    @property
    def is_up(self) -> bool:
        """Whether events are committed; else they are spooled."""
        return self._connected > 0

    @property
    def is_ready(self) -> bool:
        """Whether an event can be made durable now."""
        return self.is_up or (self._has_tried and self._spooling.is_ready)

    async def commit(self, events: list[Stored], faults: list[Quarantined], receipt: Receipt | None = None) -> None:
        """Return when every row is on disk. Raises RefusalError (429) where the queue is full, and UnavailableError where nobody
        can say that it is: the database is away and the spool is full."""
        work = Work(events, faults, receipt)
        self._queue.put(work)
        await work.done

    async def close(self) -> None:
        """Make durable what waits, then disconnect."""
        self._is_closing = True
        self._queue.nudge()
        self._changed.set()
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
                self._has_tried = True
                self._changed.set()
                with contextlib.suppress(TimeoutError):
                    # What is left in the queue when the process ends is the spool's.
                    await asyncio.wait_for(self._closing(), pause)
                    return
                pause = min(pause * 2, RETRY_SECONDS[1])
            finally:
                if connection is not None:
                    with contextlib.suppress(psycopg.Error, OSError):
                        await connection.close()

    async def _closing(self) -> None:
        while not self._is_closing:
            self._changed.clear()
            await self._changed.wait()

    async def _connect(self) -> Connection:
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True, **CONNECTION)  # type: ignore[arg-type]
        await self._ensure_partitions(connection)
        await self._spooling.identify(connection)
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
            return
        await connection.execute(
            "delete from raw.collector_batches where committed_at < now() - make_interval(days => %s)", [BATCH_DAYS]
        )

    async def _serve(self, connection: Connection) -> None:
        self._count_connected(1)
        try:
            while self._queue or not self._is_closing:
                await self._queue.filled()
                if group := self._queue.take(GROUP_BYTES):
                    await self._commit_group(connection, group)
                    if len(group) >= BUSY_REQUESTS:
                        await asyncio.sleep(GATHER_SECONDS)
        finally:
            self._count_connected(-1)

    def _count_connected(self, change: int) -> None:
        self._connected += change
        metrics.DATABASE_UP.set(self._connected)
        self._changed.set()

    async def _commit_group(self, connection: Connection, group: list[Work]) -> None:
        """Raises what ends the connection. Whether the group was committed by then is not known: it is spooled under the same
        number, by which the database knows it again."""
        started = time.perf_counter()
        batch = as_batch(group, self._run_id)
        task = asyncio.create_task(self._store(connection, batch, group))
        await asyncio.wait({task}, timeout=self._commit_seconds)
        if not task.done():
            # Closed first: a driver that is cancelled would wait for the server's last word.
            await connection.close()
            task.cancel()
        try:
            await task
        except (psycopg.Error, OSError, asyncio.CancelledError) as error:
            await self._spool_group(batch, group)
            if isinstance(error, asyncio.CancelledError):
                raise TimeoutError(f"no answer to a commit within {self._commit_seconds} s") from error
            raise
        metrics.COMMIT_SECONDS.observe(time.perf_counter() - started)
        metrics.GROUP_EVENTS.observe(len(batch.lines))
        acknowledge(group)

    async def _store(self, connection: Connection, batch: Batch, group: list[Work]) -> None:
        await self._ensure_partitions(connection)
        try:
            await store(connection, [batch])
        except psycopg.Error as error:
            if not is_data_error(error):
                raise
            refused = await store_one_by_one(connection, batch, [event.quarantined for work in group for event in work.events])
            log.warning("events_refused_by_database", events=refused, detail=first_line(error))

    async def _spool(self) -> None:
        """While no connection stands, what waits goes into the spool; a process that starts tries to connect first."""
        while not (self._is_closing and not self._queue):
            if self.is_up or not self._has_tried:
                self._changed.clear()
                await self._changed.wait()
            else:
                await self._queue.filled()
                if not self.is_up and (group := self._queue.take(GROUP_BYTES)):
                    await self._spool_group(as_batch(group, self._run_id), group)

    async def _spool_group(self, batch: Batch, group: list[Work]) -> None:
        try:
            await self._spooling.add(batch)
        except UnavailableError as error:
            fail(group, str(error))
        else:
            acknowledge(group)
