"""Write keys: what a sponsor's site sends its events under. Public by nature: they let nobody read anything."""

import secrets
from dataclasses import dataclass
from uuid import UUID

import psycopg

# Says what it is wherever it turns up, as in a page's source or a log.
PREFIX = "hrw_"
RANDOM_BYTES = 24
SHORTEST, LONGEST = 16, 100


@dataclass(frozen=True, slots=True)
class Site:
    """One sponsor's site, as its write key names it. `allowed_origins` empty: any origin may send. `events_per_second` None: the
    collector's own rate."""

    tenant_id: int
    site_id: UUID
    sponsor_id: UUID
    allowed_origins: tuple[str, ...]
    events_per_second: int | None = None


def new_write_key() -> str:
    """A fresh key of 192 random bits, url-safe and without a colon (Basic authentication ends the user name there)."""
    return PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def is_possible(write_key: str) -> bool:
    """Whether the text could be a write key at all: what cannot be one costs no look-up."""
    return SHORTEST <= len(write_key) <= LONGEST and write_key.isascii() and write_key.isprintable()


async def find_site(connection: psycopg.AsyncConnection[tuple[object, ...]], write_key: str) -> Site | None:
    """The enabled site of a write key, or None. Needs the role hostread_collector; the tenant is not known before this."""
    cursor = await connection.execute(
        "select tenant_id, site_id, sponsor_id, allowed_origins, events_per_second from app.find_site(%s)", [write_key]
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    tenant_id, site_id, sponsor_id, origins, rate = row
    assert isinstance(tenant_id, int) and isinstance(site_id, UUID) and isinstance(sponsor_id, UUID)  # noqa: S101
    assert isinstance(origins, list) and isinstance(rate, int | None)  # noqa: S101
    return Site(tenant_id, site_id, sponsor_id, tuple(origins), rate)
