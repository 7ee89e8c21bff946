"""The task that empties spools into the database whenever that is there, over a connection of its own."""

import asyncio

import psycopg
import structlog

from api.collector.spooling import Spooling
from api.collector.storage import Connection, first_line
from api.collector.writer import CONNECTION, GroupWriter

POLL_SECONDS = 0.5
RETRY_SECONDS = 2.0
# When the process ends with the database there, its own spool is emptied first, within this.
LAST_SECONDS = 5.0

log = structlog.get_logger("collector.spool")


class Drainer:
    """Made and closed inside the running event loop; closed before the writer, whose word on the database it goes by."""

    def __init__(self, database_url: str, writer: GroupWriter, spooling: Spooling) -> None:
        self._url, self._writer, self._spooling = database_url, writer, spooling
        self._task = asyncio.create_task(self._run(), name="spool-drainer")

    async def close(self) -> None:
        """Stop; a drain that is cut off is done again by whoever owns the spool next, and stores nothing twice."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def finish(self) -> None:
        """Empty what this process owns, if the database is there and takes it soon."""
        try:
            async with asyncio.timeout(LAST_SECONDS):
                if self._spooling.waiting:
                    await self._spooling.drain(self._connect)
        except (psycopg.Error, OSError, TimeoutError) as error:
            log.warning("spool_not_drained", error=type(error).__name__, detail=first_line(error))

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if not self._writer.is_up:
                continue
            try:
                await self._spooling.drain(self._connect)
            except (psycopg.Error, OSError, TimeoutError) as error:
                log.warning("spool_not_drained", error=type(error).__name__, detail=first_line(error), retry_seconds=RETRY_SECONDS)
                await asyncio.sleep(RETRY_SECONDS)

    async def _connect(self) -> Connection:
        return await psycopg.AsyncConnection.connect(self._url, autocommit=True, **CONNECTION)  # type: ignore[arg-type]
