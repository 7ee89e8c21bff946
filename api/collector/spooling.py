"""The spools of a folder, seen from the event loop: this process's own is written, and all that nobody else owns are drained."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import psycopg
import structlog

from api.collector import metrics
from api.collector.batches import Batch, BatchUnreadableError, decode, encode
from api.collector.known_sources import KnownSources
from api.collector.protocol import UnavailableError
from api.collector.spool import Kept, Spool, SpoolDamagedError, SpoolFullError, adopt, make_spool, orphans
from api.collector.storage import Connection, first_line, is_data_error, store, store_one_by_one

# One transaction of a drain: small, since live events wait beside it.
DRAIN_BYTES = 2_000_000
DRAIN_SECONDS = 30.0
ADOPT_SECONDS = 10.0
# No more than this many spools of others are held open at once.
ADOPTED = 4

Result = TypeVar("Result")
log = structlog.get_logger("collector.spool")


class Spooling:
    """Owns a spool of its own, and adopts those of dead processes. All file work is done by one thread."""

    def __init__(self, folder: Path, name: str, max_bytes: int, known: KnownSources | None = None) -> None:
        self._folder, self._name, self._max_bytes, self._known = folder, name, max_bytes, known
        self._identity = None if known is None else known.identity
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._own: Spool | None = None
        self._made = 0
        self._adopted: list[Spool] = []
        self._strange: set[Path] = set()
        self._adopt_at = 0.0

    @property
    def is_ready(self) -> bool:
        """Whether a batch can be spooled now."""
        return self._own is not None and self._identity is not None and self._own.bytes < self._max_bytes

    @property
    def waiting(self) -> int:
        """Batches that are on this disk alone, as far as this process owns them."""
        return sum(spool.count for spool in (self._own, *self._adopted) if spool is not None)

    async def open(self) -> None:
        """Make the own spool. Raises OSError where the folder cannot be written: a collector without a spool keeps no promise."""
        self._own = await self._do(self._make)

    async def identify(self, connection: Connection) -> None:
        """Ask the database which one it is."""
        cursor = await connection.execute(
            "select installation_id::text || '/' || current_database() from raw.collector_installation"
        )
        row = await cursor.fetchone()
        if row is None:
            raise psycopg.DataError("found no row in raw.collector_installation, expected one: migrate the database again")
        if self._identity not in (None, row[0]) and self._own is not None and self._own.count:
            log.error(
                "database_is_another", spool=str(self._own.path), waiting=self._own.count, found=row[0], expected=self._identity
            )
            await self._replace_own()
        self._identity = str(row[0])
        if self._known is not None:
            self._known.keep_identity(self._identity)

    async def add(self, batch: Batch) -> None:
        """Return when the batch is on disk. Raises UnavailableError where it is not."""
        if self._own is None or self._identity is None:
            raise UnavailableError("the database is away and was never seen by this process")
        identity = self._identity
        payload = encode(batch)
        try:
            await self._do(self._add, batch, payload, identity)
        except SpoolFullError as error:
            log.warning("spool_full", detail=str(error))
            raise UnavailableError("the database is away and the spool is full") from error
        except SpoolDamagedError as error:
            log.error("spool_damaged", detail=str(error), kept_as=str(await self._do(self._own.set_aside)))
            self._own = await self._do(self._make)
            await self.add(batch)
            return
        metrics.SPOOLED.inc(len(batch.lines))
        self._gauge()

    async def drain(self, connect: Callable[[], Awaitable[Connection]]) -> None:
        """Bring what waits to the database. Raises what the connection raises; what is not there yet waits on."""
        await self._adopt()
        waiting = [spool for spool in (self._own, *self._adopted) if spool is not None and spool.count]
        if not waiting:
            return
        connection = await connect()
        try:
            for spool in waiting:
                await self._drain(connection, spool)
        finally:
            await connection.close()

    async def close(self) -> None:
        """Let go of every spool; what waits is adopted by whoever comes next."""
        for spool in (self._own, *self._adopted):
            if spool is not None:
                if spool.count:
                    log.warning("spool_left", spool=str(spool.path), batches=spool.count, bytes=spool.bytes)
                await self._do(spool.close)
        self._own, self._adopted = None, []
        self._thread.shutdown()

    async def _drain(self, connection: Connection, spool: Spool) -> None:
        if spool.identity != self._identity:
            return
        started, moved, after = time.monotonic(), 0, 0
        unreadable: list[str] = []
        while kept := await self._do(spool.read, DRAIN_BYTES, after):
            began = time.monotonic()
            batches: list[Batch] = []
            good: list[Kept] = []
            for one in kept:
                try:
                    batches.append(decode(one.batch_id, one.payload))
                    good.append(one)
                except (BatchUnreadableError, ValueError, KeyError) as error:
                    unreadable.append(str(error))
            async with asyncio.timeout(DRAIN_SECONDS):
                moved += await _store(connection, batches)
            await self._do(spool.remove, good)
            after = kept[-1].position
            metrics.DRAINED.inc(sum(len(batch.lines) for batch in batches))
            self._gauge()
            # Half of the time at most: those who send now are served first.
            await asyncio.sleep(time.monotonic() - began)
        log.info("spool_drained", spool=str(spool.path), batches=moved, seconds=round(time.monotonic() - started, 3))
        if unreadable:
            log.error("spool_damaged", found=unreadable[:3], batches=len(unreadable), kept_as=str(await self._do(spool.set_aside)))
            metrics.SPOOLS_DAMAGED.inc()
        if spool is not self._own:
            self._adopted.remove(spool)
            if not unreadable:
                await self._do(spool.close)
        elif unreadable:
            self._own = await self._do(self._make)

    async def _adopt(self) -> None:
        if time.monotonic() < self._adopt_at:
            return
        self._adopt_at = time.monotonic() + ADOPT_SECONDS
        held = {spool.path for spool in (self._own, *self._adopted) if spool is not None}
        for path in await self._do(orphans, self._folder):
            if path in held or path in self._strange or len(self._adopted) >= ADOPTED:
                continue
            try:
                spool = await self._do(adopt, path, self._max_bytes)
            except (SpoolDamagedError, SpoolFullError, OSError) as error:
                log.error("spool_damaged", spool=str(path), detail=str(error), expected="a spool that a collector wrote")
                metrics.SPOOLS_DAMAGED.inc()
                continue
            if spool is None:
                continue
            if spool.count and spool.identity != self._identity:
                log.error("spool_of_another_database", spool=str(path), found=spool.identity, expected=self._identity)
                self._strange.add(path)
                await self._do(spool.close)
            elif spool.count == 0:
                await self._do(spool.close)
            else:
                log.info("spool_adopted", spool=str(path), batches=spool.count, bytes=spool.bytes)
                self._adopted.append(spool)

    def _add(self, batch: Batch, payload: bytes, identity: str) -> None:
        assert self._own is not None  # noqa: S101
        if self._own.count == 0:
            self._own.identity = identity
        self._own.add([(batch.batch_id, payload)])

    def _make(self) -> Spool:
        self._made += 1
        return make_spool(self._folder, self._name if self._made == 1 else f"{self._name}-{self._made}", self._max_bytes)

    async def _replace_own(self) -> None:
        if self._own is not None:
            await self._do(self._own.close)
        self._own = await self._do(self._make)

    def _gauge(self) -> None:
        metrics.SPOOL_BYTES.set(sum(spool.bytes for spool in (self._own, *self._adopted) if spool is not None))

    async def _do(self, work: "Callable[..., Result]", *arguments: object) -> "Result":
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*arguments))


async def _store(connection: Connection, batches: list[Batch]) -> int:
    try:
        return await store(connection, batches)
    except psycopg.Error as error:
        if not is_data_error(error):
            raise
        log.warning("events_refused_by_database", detail=first_line(error))
    for batch in batches:
        await store_one_by_one(connection, batch, None)
    return len(batches)
