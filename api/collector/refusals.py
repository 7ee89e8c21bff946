"""Counts what was turned away before it could become an event: one row of raw.collector_refusals per minute and reason."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from api.collector import metrics

FLUSH_SECONDS = 2.0
# Tenant, site, minute and reason: however many requests come, this many rows wait at most.
LARGEST_TALLY = 10_000

Key = tuple[int | None, UUID | None, datetime, str]
log = structlog.get_logger("collector.refusals")


class Refusals:
    """Adds up refusals in memory and writes the sums every two seconds; what was not written yet waits for the database."""

    def __init__(self, pool: AsyncConnectionPool[psycopg.AsyncConnection[tuple[Any, ...]]], run_id: str) -> None:
        self._pool, self._run_id = pool, run_id
        self._tally: Counter[Key] = Counter()
        self._task = asyncio.create_task(self._run(), name="refusals")

    def count(self, code: str, tenant_id: int | None, site_id: UUID | None) -> None:
        metrics.REFUSALS.labels(code).inc()
        key = (tenant_id, site_id, datetime.now(UTC).replace(second=0, microsecond=0), code)
        if key in self._tally or len(self._tally) < LARGEST_TALLY:
            self._tally[key] += 1

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._flush()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self._flush()

    async def _flush(self) -> None:
        if not self._tally:
            return
        taken, self._tally = self._tally, Counter()
        try:
            async with self._pool.connection(timeout=FLUSH_SECONDS) as connection, connection.cursor() as cursor:
                await cursor.executemany(
                    "insert into raw.collector_refusals (tenant_id, site_id, minute_at, reason_code, refused_count, run_id) "
                    "values (%s, %s, %s, %s, %s, %s)",
                    [(*key, count, self._run_id) for key, count in taken.items()],
                )
        except BaseException as error:
            self._tally.update(taken)
            if not isinstance(error, psycopg.Error | OSError | PoolTimeout):
                raise
            log.warning("refusals_not_written", error=type(error).__name__, waiting=len(self._tally))
