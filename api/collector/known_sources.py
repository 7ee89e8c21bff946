"""The sites behind write keys as last seen, on disk: a process that starts while the database is away still knows them.

One SQLite file for all processes of a spool folder. It holds what a write key names and nothing secret: the tenant's household key
is not here, so that a key which is destroyed is gone; events of a site known from here alone match no household.
"""

import contextlib
import dataclasses
import sqlite3
import time
from pathlib import Path
from uuid import UUID

import orjson
import structlog

from api.auth.write_keys import Site

FILE = "sources.sqlite"
KEPT_KEYS = 20_000
_SCHEMA = """
create table if not exists sites (write_key text primary key, site text not null, seen_at real not null);
create table if not exists facts (name text primary key, value text not null);
"""

log = structlog.get_logger("collector.sources")


class KnownSources:
    """Reads are a look-up in memory's reach; writes happen when a key is new or its site changed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / FILE
        self._written: dict[str, Site] = {}
        try:
            self._database = self._open()
        except sqlite3.DatabaseError as error:
            aside = self._path.with_suffix(f".damaged-{int(time.time())}")
            self._path.rename(aside)
            log.error("known_sources_damaged", detail=str(error), kept_as=str(aside), expected="a file that a collector wrote")
            self._database = self._open()

    @property
    def identity(self) -> str | None:
        """The database that the sites are of."""
        row = self._database.execute("select value from facts where name = 'identity'").fetchone()
        return None if row is None else str(row[0])

    def keep_identity(self, identity: str) -> None:
        """Another database's sites are no sites here."""
        if self.identity not in (None, identity):
            self._database.execute("delete from sites")
        with contextlib.suppress(sqlite3.OperationalError):
            self._database.execute("insert or replace into facts values ('identity', ?)", [identity])

    def find(self, write_key: str) -> Site | None:
        """The site of a key as it was when the database last named it."""
        row = self._database.execute("select site from sites where write_key = ?", [write_key]).fetchone()
        return None if row is None else _read(row[0])

    def keep(self, write_key: str, site: Site | None) -> None:
        """Remember what the database answered; None: the key names no site now."""
        if site is not None and self._written.get(write_key) == site:
            return
        # What cannot be kept is asked for again: the answer at hand does not wait for it.
        with contextlib.suppress(sqlite3.OperationalError):
            if site is None:
                self._database.execute("delete from sites where write_key = ?", [write_key])
                self._written.pop(write_key, None)
                return
            written = orjson.dumps(dataclasses.asdict(site)).decode()
            self._database.execute("insert or replace into sites values (?, ?, ?)", [write_key, written, time.time()])
            if len(self._written) >= KEPT_KEYS:
                self._written.clear()
                self._database.execute(
                    "delete from sites where write_key not in (select write_key from sites order by seen_at desc limit ?)",
                    [KEPT_KEYS],
                )
            self._written[write_key] = site

    def holds_any(self) -> bool:
        return self._database.execute("select 1 from sites limit 1").fetchone() is not None

    def close(self) -> None:
        self._database.close()

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, isolation_level=None, timeout=2)
        database.execute("pragma journal_mode=wal")
        database.execute("pragma synchronous=normal")
        database.executescript(_SCHEMA)
        return database


def _read(text: str) -> Site | None:
    """The site as it was kept; None where another release kept it, with other fields."""
    fields = orjson.loads(text)
    try:
        fields.update({name: UUID(fields[name]) for name in ("site_id", "sponsor_id")})
        return Site(**{**fields, "allowed_origins": tuple(fields["allowed_origins"])})
    except (KeyError, TypeError, ValueError):
        return None
