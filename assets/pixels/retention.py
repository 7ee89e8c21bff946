"""What is kept no longer than it is needed: user agents of collected events (domain rules, section 5), and keys of writes.

Nothing counts by the agents: they say what a sender was, for as long as late events and conflicts are still looked into. The agents
of logged and prefixed requests are part of a download's key (section 1) and stay with its row.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from assets.lib.clock import now as current_time
from assets.lib.warehouse import connect

AGENT_DAYS = 35
# Rows of one statement: no lock and no transaction lasts long beside the collectors'.
AT_ONCE = 50_000


@dataclass(frozen=True)
class Forgotten:
    """How many events lost their user agent in one run, as they came and as they were admitted."""

    raw: int
    admitted: int


def forget_user_agents(url: str, *, at: datetime | None = None, days: int = AGENT_DAYS) -> Forgotten:
    """Empty the user agent of every event received more than `days` before `at`. Running it twice changes nothing."""
    before = (at or current_time()) - timedelta(days=days)
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC", application_name="hostread retention") as connection:
        raw = _forget(connection, "hostread_collector", "raw.collector_events", before)
        admitted = 0
        if connection.execute("select to_regclass('intermediate.int_events_admitted')").fetchone() != (None,):
            admitted = _forget(connection, "hostread_transform", "intermediate.int_events_admitted", before)
    return Forgotten(raw, admitted)


def expire_idempotency_keys(url: str, *, at: datetime | None = None) -> int:
    """How many keys of writes, of all accounts, were over at `at` and are gone with the answers that they held."""
    done = 0
    with connect(url, "ingest", autocommit=True) as connection:
        while True:
            row = connection.execute("select app.expire_idempotency_keys(%s, %s)", [at or current_time(), AT_ONCE]).fetchone()
            found = row[0] if row else 0
            done += found
            if found < AT_ONCE:
                return done


def _forget(connection: psycopg.Connection[tuple[object, ...]], role: str, table: str, before: datetime) -> int:
    connection.execute(f"set role {role}")
    done = 0
    while True:
        found = connection.execute(
            # The event's id is unique within its table; the time prunes its partitions.
            f"update {table} as e set user_agent = null from (select tenant_id, received_at, event_id from {table} "  # noqa: S608
            "where received_at < %s and user_agent is not null limit %s) as old "
            "where e.tenant_id = old.tenant_id and e.received_at = old.received_at and e.event_id = old.event_id",
            [before, AT_ONCE],
        ).rowcount
        done += found
        if found < AT_ONCE:
            connection.execute("reset role")
            return done
