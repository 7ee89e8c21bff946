"""A tenant's household keys (domain rules, section 5): each used for its own epoch, all live ones for what converts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg

_QUERY = (
    # Infinities are no Python datetime: the ends of time stand for them.
    "select key_epoch, secret, greatest(valid_from, '0001-01-02Z'), least(valid_to, '9999-12-30Z') "
    "from app.household_keys where tenant_id = %s order by key_epoch"
)


@dataclass(frozen=True, slots=True)
class HouseholdKey:
    """One epoch of a tenant's key: used for what happens at valid_from <= t < valid_to (UTC). It is destroyed once no touch that it
    hashed can still be matched; until then it is live."""

    epoch: int
    secret: bytes = field(repr=False)
    valid_from: datetime
    valid_to: datetime


async def load_keys(connection: psycopg.AsyncConnection[tuple[Any, ...]], tenant_id: int) -> tuple[HouseholdKey, ...]:
    """The keys of a tenant by epoch, those of the past and the next one among them. Needs the role hostread_collector."""
    rows = await (await connection.execute(_QUERY, [tenant_id])).fetchall()
    return tuple(
        HouseholdKey(int(epoch), bytes(secret), start.astimezone(UTC), end.astimezone(UTC)) for epoch, secret, start, end in rows
    )


def key_at(keys: Sequence[HouseholdKey], at: datetime) -> HouseholdKey | None:
    """The key of the epoch that `at` lies in; the nearest one where none does, and None where there is none at all."""
    for key in reversed(keys):
        if key.valid_from <= at:
            return key
    return keys[0] if keys else None


def live_keys(keys: Sequence[HouseholdKey], at: datetime) -> tuple[HouseholdKey, ...]:
    """What a conversion at `at` is hashed under: every key that is not destroyed and whose epoch has begun, by epoch."""
    current = key_at(keys, at)
    return tuple(key for key in keys if key.valid_from <= at or key is current)
