"""What a write key stands for, and the list that classes addresses: looked up in the database, remembered for a while."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from api.auth.signing_keys import SigningKeyError, unseal
from api.auth.write_keys import Site, find_site, is_possible
from api.collector.households import HouseholdKey, load_keys
from api.collector.known_sources import KnownSources
from api.collector.privacy import IpClasses
from api.collector.protocol import UnavailableError

KNOWN_SECONDS = 30.0
# A 401 drops the event for ever, so an unknown key is asked for again soon after it was made.
UNKNOWN_SECONDS = 2.0
REMEMBERED_KEYS = 20_000
LIST_SECONDS = 60.0
LOOKUP_SECONDS = 5.0
# While the database is away, or for what is known already, nobody waits long for an answer that may not come.
AWAY_SECONDS = 0.5

Pool = AsyncConnectionPool[psycopg.AsyncConnection[tuple[Any, ...]]]
log = structlog.get_logger("collector.sources")


@dataclass(frozen=True, slots=True)
class Source:
    """A site with the household keys of its tenant and its own signing keys (None: not known here)."""

    site: Site
    columns: tuple[str, str]
    keys: tuple[HouseholdKey, ...]
    signing_keys: tuple[str, ...] | None = field(repr=False)


class Sources:
    """Remembers sources by write key, bounded, and the newest list of IP ranges.

    While the database is away (`is_up`) what is remembered holds, however old it is, and what an earlier process remembered.
    """

    def __init__(
        self, pool: Pool, kept: KnownSources | None = None, is_up: Callable[[], bool] = lambda: True, secret_key: str | None = None
    ) -> None:
        self._pool, self._kept, self._is_up, self._secret_key = pool, kept, is_up, secret_key
        self._known: OrderedDict[str, tuple[float, Source | None]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Source | None]] = {}
        self.ip_classes = IpClasses()
        self._refresher = asyncio.create_task(self._keep_ip_classes(), name="ip-classes")

    async def find(self, write_key: str) -> Source | None:
        """The source of a key, or None for an unknown or disabled one. Raises UnavailableError for a key never seen while the
        database is away."""
        remembered = self._known.get(write_key)
        if remembered is not None and remembered[0] > time.monotonic():
            return remembered[1]
        if not is_possible(write_key):
            return None
        if not self._is_up() and (source := self._recall(write_key)) is not None:
            return source
        task = self._asking.get(write_key)
        if task is None:
            task = self._asking[write_key] = asyncio.create_task(self._ask(write_key))
            task.add_done_callback(lambda _: self._asking.pop(write_key, None))
        return await asyncio.shield(task)

    @property
    def knows_any(self) -> bool:
        """Whether any key would be taken while the database is away."""
        return bool(self._known) or (self._kept is not None and self._kept.holds_any())

    def _recall(self, write_key: str) -> Source | None:
        remembered = self._known.get(write_key)
        if remembered is not None and remembered[1] is not None:
            return remembered[1]
        site = None if self._kept is None else self._kept.find(write_key)
        return None if site is None else _without_secrets(site)

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
        remembered = self._known.get(write_key)
        stale = None if remembered is None else remembered[1]
        seconds = LOOKUP_SECONDS if self._is_up() and stale is None else AWAY_SECONDS
        try:
            async with asyncio.timeout(seconds), self._pool.connection(timeout=seconds) as connection:
                site = await find_site(connection, write_key)
                source = None if site is None else await _with_keys(connection, site, self._secret_key)
        except (psycopg.Error, OSError, TimeoutError, PoolTimeout) as error:
            if stale is not None:
                self._known[write_key] = (time.monotonic() + UNKNOWN_SECONDS, stale)
            if (known := self._recall(write_key)) is not None:
                return known
            raise UnavailableError("the database is away") from error
        if self._kept is not None and (site is not None or self._kept.find(write_key) is not None):
            self._kept.keep(write_key, site)
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


def _without_secrets(site: Site) -> Source:
    """A site that is known from disk alone: it has no household key, so its events match no household."""
    return Source(site, (str(site.tenant_id), str(site.site_id)), (), None)


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


async def _with_keys(connection: psycopg.AsyncConnection[tuple[Any, ...]], site: Site, secret_key: str | None) -> Source:
    keys = await load_keys(connection, site.tenant_id)
    cursor = await connection.execute(
        "select key_encrypted from app.site_signing_keys where tenant_id = %s and site_id = %s and expires_at > now() "
        "order by created_at desc",
        [site.tenant_id, site.site_id],
    )
    signing_keys = None if secret_key is None else tuple(_unsealed([bytes(row[0]) for row in await cursor.fetchall()], secret_key))
    return Source(site, (str(site.tenant_id), str(site.site_id)), keys, signing_keys)


def _unsealed(tokens: list[bytes], secret_key: str) -> list[str]:
    opened: list[str] = []
    for token in tokens:
        try:
            opened.append(unseal(token, secret_key))
        except SigningKeyError as error:
            log.error("signing_key_not_opened", detail=str(error))
    return opened
