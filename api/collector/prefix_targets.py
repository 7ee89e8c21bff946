"""What the prefix of a show (or of a site's tenant) may lead to: looked up in the database, remembered for as long as that is away,
and kept in a file beside the spool, so that a collector started meanwhile still sends listeners on."""

import asyncio
import contextlib
import json
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from api.collector.enclosures import leads
from api.collector.households import HouseholdKey, load_keys
from api.collector.judging import RequestRules
from api.collector.protocol import UnavailableError
from api.collector.sources import LOOKUP_SECONDS, Pool

# A new host in a feed is allowed this long after the feed was read; an unknown show is asked for again sooner.
KNOWN_SECONDS, UNKNOWN_SECONDS = 60.0, 5.0
REMEMBERED = 20_000
# Enclosures of one show: the newest this many distinct addresses name its hosts.
MOST_ENCLOSURES = 20_000
_SHOWS = (
    "select tenant_id, show_id from app.shows where show_id = %(id)s union "
    "select s.tenant_id, s.show_id from app.shows as s join app.sites as i on i.tenant_id = s.tenant_id where i.site_id = %(id)s"
)
_ENCLOSURES = (
    "select show_id, enclosure_url from raw.feeds_items where tenant_id = %s and show_id = any(%s) and enclosure_url is not null "
    "group by show_id, enclosure_url order by max(fetched_at) desc limit %s"
)
log = structlog.get_logger("collector.prefix")


@dataclass(frozen=True, slots=True)
class Target:
    """A prefix: the shows that it stands for, each with the leads that its feed names, and the keys of their tenant. Without keys
    (from the file) a listener is sent on and not counted."""

    tenant_id: int
    shows: tuple[tuple[UUID, frozenset[str]], ...]
    keys: tuple[HouseholdKey, ...] = ()


class Targets:
    """Remembers targets by the id in the prefix, bounded."""

    def __init__(self, pool: Pool, rules: RequestRules, file: Path | None) -> None:
        self._pool, self._rules, self._file = pool, rules, file
        self._known: OrderedDict[UUID, tuple[float, Target | None]] = OrderedDict()
        self._asking: dict[UUID, asyncio.Task[Target | None]] = {}
        self._kept = _read(file)

    async def find(self, prefix_id: UUID) -> Target | None:
        """The target, None for an unknown id. Raises UnavailableError where the database is away and it was never known."""
        remembered = self._known.get(prefix_id)
        if remembered is not None and remembered[0] > time.monotonic():
            return remembered[1]
        task = self._asking.get(prefix_id)
        if task is None:
            task = self._asking[prefix_id] = asyncio.create_task(self._ask(prefix_id))
            task.add_done_callback(lambda _: self._asking.pop(prefix_id, None))
        if remembered is not None and remembered[1] is not None:
            return remembered[1]  # what was right a minute ago serves while the look-up runs
        return await asyncio.shield(task)

    async def _ask(self, prefix_id: UUID) -> Target | None:
        try:
            async with asyncio.timeout(LOOKUP_SECONDS), self._pool.connection(timeout=LOOKUP_SECONDS) as connection:
                target = await self._load(connection, prefix_id)
        except (psycopg.Error, OSError, TimeoutError, PoolTimeout) as error:
            log.warning("prefix_not_looked_up", error=type(error).__name__)
            target = (self._known.get(prefix_id) or (0.0, None))[1] or self._kept.get(prefix_id)
            if target is None:
                raise UnavailableError("the database is away") from error
            self._remember(prefix_id, target, UNKNOWN_SECONDS)
            return target
        self._remember(prefix_id, target, KNOWN_SECONDS if target is not None else UNKNOWN_SECONDS)
        if target is not None and self._shows_changed(prefix_id, target):
            self._kept[prefix_id] = target
            await asyncio.to_thread(_write, self._file, dict(self._kept))
        return target

    async def _load(self, connection: psycopg.AsyncConnection[tuple[Any, ...]], prefix_id: UUID) -> Target | None:
        shows = await (await connection.execute(_SHOWS, {"id": prefix_id})).fetchall()
        if not shows:
            return None
        tenant_id, show_ids = int(shows[0][0]), [row[1] for row in shows]
        urls: dict[UUID, list[str]] = {show_id: [] for show_id in show_ids}
        for show_id, url in await (await connection.execute(_ENCLOSURES, [tenant_id, show_ids, MOST_ENCLOSURES])).fetchall():
            urls[show_id].append(url)
        named = tuple((show_id, leads(found, self._rules.strip_prefixes)) for show_id, found in sorted(urls.items()))
        return Target(tenant_id, named, await load_keys(connection, tenant_id))

    def _remember(self, prefix_id: UUID, target: Target | None, seconds: float) -> None:
        self._known[prefix_id] = (time.monotonic() + seconds, target)
        self._known.move_to_end(prefix_id)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _shows_changed(self, prefix_id: UUID, target: Target) -> bool:
        kept = self._kept.get(prefix_id)
        return kept is None or (kept.tenant_id, kept.shows) != (target.tenant_id, target.shows)


def _read(file: Path | None) -> dict[UUID, Target]:
    """What an earlier process knew; nothing where it cannot be read: the database says it anew."""
    if file is None:
        return {}
    try:
        return {
            UUID(key): Target(int(tenant_id), tuple((UUID(show), frozenset(map(str, found))) for show, found in shows))
            for key, (tenant_id, shows) in json.loads(file.read_text("utf-8")).items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(file: Path | None, kept: dict[UUID, Target]) -> None:
    if file is None:
        return
    document = {str(key): (t.tenant_id, [(str(show), sorted(found)) for show, found in t.shows]) for key, t in kept.items()}
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        written = file.with_suffix(f".{id(kept)}")
        written.write_text(json.dumps(document), "utf-8")
        written.replace(file)
