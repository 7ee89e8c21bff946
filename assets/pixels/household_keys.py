"""The keys that households are hashed with rotate each quarter, and are destroyed once nothing can meet under them (domain rules,
section 5).

The next key is made a week before its quarter begins and says when: every process changes over at that instant, however long it
remembers. A touch is hashed under the key of its own epoch alone, a conversion under all that are live.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from assets.lib.clock import now as current_time

MADE_AHEAD = timedelta(days=7)
# Where a rotation was missed, or is asked for: long enough for every process to have read the new key.
SOONEST = timedelta(minutes=10)
# Logs may be this late (domain rules, section 2: hosts restate 35 days).
LATEST = timedelta(days=35)
FOREVER = datetime(9999, 12, 30, tzinfo=UTC)
LOCK = 0x4B657973


@dataclass(frozen=True)
class Epoch:
    """One key of a tenant without its secret: used for valid_from <= t < valid_to (UTC)."""

    epoch: int
    valid_from: datetime
    valid_to: datetime


@dataclass(frozen=True)
class Change:
    """What is due: when the next epoch starts (None: not yet), and the epochs whose keys are destroyed now."""

    next_starts_at: datetime | None
    destroyed: tuple[int, ...]


@dataclass(frozen=True)
class Rotation:
    """What one run did, over all tenants."""

    made: int
    destroyed: int
    live: int


def quarter_after(at: datetime) -> datetime:
    """The first moment of the calendar quarter after that of `at`, UTC."""
    month = (at.month - 1) // 3 * 3 + 4
    return datetime(at.year + month // 13, (month - 1) % 12 + 1, 1, tzinfo=UTC)


def plan(epochs: Sequence[Epoch], at: datetime, longest_window: timedelta, *, is_asked: bool = False) -> Change:
    """What is due at `at` for one tenant; `epochs` in order, the newest open-ended. `is_asked`: rotate soon, whatever the date.

    A key lives for the longest window and 35 days past its epoch; the one in use is never destroyed.
    """
    newest = epochs[-1] if epochs else None
    starts: datetime | None
    if newest is None:
        starts = at
    elif newest.valid_from > at:
        starts = None  # it is made already
    elif is_asked:
        starts = at + SOONEST
    else:
        # A tenant's first key has always been valid: its quarter is the one that runs now.
        due = quarter_after(newest.valid_from) if newest.valid_from.year > 1 else quarter_after(at)
        starts = None if due - at > MADE_AHEAD else max(due, at + SOONEST)
    gone = tuple(epoch.epoch for epoch in epochs[:-1] if epoch.valid_to <= at - longest_window - LATEST)
    return Change(starts, gone)


def rotate(url: str, run_id: str, *, at: datetime | None = None, tenant_id: int | None = None, is_asked: bool = False) -> Rotation:
    """Make and destroy what is due, for every tenant or one; running it twice changes nothing.

    Raises psycopg.OperationalError where the warehouse is away.
    """
    moment = at or current_time()
    made = destroyed = live = 0
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC", application_name="hostread keys") as connection:
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
            for tenant, window in _tenants(connection, tenant_id):
                epochs = _epochs(connection, tenant)
                change = plan(epochs, moment, window, is_asked=is_asked)
                if change.next_starts_at is not None:
                    _make(connection, tenant, epochs, change.next_starts_at, run_id)
                    made += 1
                for epoch in change.destroyed:
                    _destroy(connection, tenant, epoch, run_id)
                destroyed += len(change.destroyed)
                live += len(epochs) + (change.next_starts_at is not None) - len(change.destroyed)
        if destroyed:
            # A deleted row lies in its page until it is rewritten; backups keep theirs until they expire.
            connection.execute("vacuum full app.household_keys")
    return Rotation(made, destroyed, live)


def _tenants(connection: psycopg.Connection[Any], tenant_id: int | None) -> list[tuple[int, timedelta]]:
    rows = connection.execute(
        "select t.tenant_id, ops.longest_window_s(s) "
        "from app.tenants as t left join app.attribution_settings as s using (tenant_id) "
        "where %(tenant)s::integer is null or t.tenant_id = %(tenant)s order by t.tenant_id",
        {"tenant": tenant_id},
    )
    return [(int(tenant), timedelta(seconds=int(seconds))) for tenant, seconds in rows]


def _epochs(connection: psycopg.Connection[Any], tenant_id: int) -> list[Epoch]:
    # Infinities are no Python datetime: the ends of time stand for them.
    rows = connection.execute(
        "select key_epoch, greatest(valid_from, '0001-01-02Z'), least(valid_to, '9999-12-30Z') from app.household_keys "
        "where tenant_id = %s order by key_epoch",
        [tenant_id],
    )
    return [Epoch(*row) for row in rows]


def _make(connection: psycopg.Connection[Any], tenant_id: int, epochs: Sequence[Epoch], starts: datetime, run_id: str) -> None:
    number = epochs[-1].epoch + 1 if epochs else 1
    if epochs:
        connection.execute(
            "update app.household_keys set valid_to = %s where tenant_id = %s and key_epoch = %s",
            [starts, tenant_id, epochs[-1].epoch],
        )
    connection.execute(
        "insert into app.household_keys (tenant_id, key_epoch, secret, valid_from) values (%s, %s, %s, %s)",
        [tenant_id, number, secrets.token_bytes(32), starts],
    )
    _audit(connection, tenant_id, "create", number, run_id)


def _destroy(connection: psycopg.Connection[Any], tenant_id: int, epoch: int, run_id: str) -> None:
    connection.execute("delete from app.household_keys where tenant_id = %s and key_epoch = %s", [tenant_id, epoch])
    _audit(connection, tenant_id, "destroy", epoch, run_id)


def _audit(connection: psycopg.Connection[Any], tenant_id: int, action: str, epoch: int, run_id: str) -> None:
    connection.execute(
        "insert into app.audit_log (tenant_id, actor_kind, action, subject_kind, subject_id, detail) "
        "values (%s, 'system', %s, 'household_key', %s, %s)",
        [tenant_id, action, str(epoch), Jsonb({"run_id": run_id})],
    )
