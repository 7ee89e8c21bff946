"""What a write key stands for, and the list that classes addresses: looked up in the database, remembered for a while."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from api.auth.write_keys import Site, find_site, is_possible
from api.collector.privacy import IpClasses
from api.collector.protocol import UnavailableError

KNOWN_SECONDS = 30.0
# A 401 drops the event for ever, so an unknown key is asked for again soon after it was made.
UNKNOWN_SECONDS = 2.0
REMEMBERED_KEYS = 20_000
LIST_SECONDS = 60.0
LOOKUP_SECONDS = 5.0

Pool = AsyncConnectionPool[psycopg.AsyncConnection[tuple[Any, ...]]]
log = structlog.get_logger("collector.sources")


@dataclass(frozen=True, slots=True)
class Source:
    """A site and the household key of its tenant that is valid now."""

    site: Site
    columns: tuple[str, str]
    key_epoch: int | None
    secret: bytes | None


class Sources:
    """Remembers sources by write key, bounded, and the newest list of IP ranges."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: OrderedDict[str, tuple[float, Source | None]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Source | None]] = {}
        self.ip_classes = IpClasses()
        self._refresher = asyncio.create_task(self._keep_ip_classes(), name="ip-classes")

    async def find(self, write_key: str) -> Source | None:
        """The source of a key, or None for an unknown or disabled one. Raises UnavailableError while the database is away."""
        remembered = self._known.get(write_key)
        if remembered is not None and remembered[0] > time.monotonic():
            return remembered[1]
        if not is_possible(write_key):
            return None
        task = self._asking.get(write_key)
        if task is None:
            task = self._asking[write_key] = asyncio.create_task(self._ask(write_key))
            task.add_done_callback(lambda _: self._asking.pop(write_key, None))
        return await asyncio.shield(task)

    async def is_ready(self) -> bool:
        """Whether the database answers now."""
        try:
            async with asyncio.timeout(2), self._pool.connection(timeout=2) as connection:
                await connection.execute("select 1")
        except (psycopg.Error, OSError, TimeoutError, PoolTimeout):
            return False
        return True

    async def close(self) -> None:
        self._refresher.cancel()
        await asyncio.gather(self._refresher, return_exceptions=True)

    async def _ask(self, write_key: str) -> Source | None:
        try:
            async with asyncio.timeout(LOOKUP_SECONDS), self._pool.connection(timeout=LOOKUP_SECONDS) as connection:
                site = await find_site(connection, write_key)
                source = None if site is None else await _with_household_key(connection, site)
        except (psycopg.Error, OSError, TimeoutError, PoolTimeout) as error:
            raise UnavailableError("the database is away") from error
        self._known[write_key] = (time.monotonic() + (UNKNOWN_SECONDS if source is None else KNOWN_SECONDS), source)
        self._known.move_to_end(write_key)
        while len(self._known) > REMEMBERED_KEYS:
            self._known.popitem(last=False)
        return source

    async def _keep_ip_classes(self) -> None:
        while True:
            try:
                async with self._pool.connection(timeout=LOOKUP_SECONDS) as connection:
                    self.ip_classes = await load_ip_classes(connection, self.ip_classes)
            except (psycopg.Error, OSError, PoolTimeout) as error:
                log.warning("ip_list_not_read", error=type(error).__name__)
                await asyncio.sleep(1)
                continue
            await asyncio.sleep(LIST_SECONDS)


async def load_ip_classes(connection: psycopg.AsyncConnection[tuple[Any, ...]], current: IpClasses) -> IpClasses:
    """The newest version of ops.lists' ip_ranges; `current` where that is the one already held."""
    cursor = await connection.execute(
        "select list_version from ops.lists where list_name = 'ip_ranges' order by loaded_at desc, list_version desc limit 1"
    )
    row = await cursor.fetchone()
    if row is None:
        return IpClasses()
    if row[0] == current.version:
        return current
    cursor = await connection.execute("select network, ip_class from ops.ip_ranges where list_version = %s", [row[0]])
    ranges = await cursor.fetchall()
    log.info("ip_list_read", version=row[0], networks=len(ranges))
    return IpClasses.of(row[0], ranges)


async def _with_household_key(connection: psycopg.AsyncConnection[tuple[Any, ...]], site: Site) -> Source:
    cursor = await connection.execute(
        "select key_epoch, secret from app.household_keys where tenant_id = %s and valid_from <= %s and valid_to > %s "
        "order by key_epoch desc limit 1",
        [site.tenant_id, now := datetime.now(UTC), now],
    )
    row = await cursor.fetchone()
    epoch, secret = (None, None) if row is None else (int(row[0]), bytes(row[1]))
    return Source(site, (str(site.tenant_id), str(site.site_id)), epoch, secret)
