"""Connections of the write side: the role `hostread_app`, bound by row-level security to the tenant of each transaction."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

Row = dict[str, Any]
Writer = psycopg.Connection[Row]
STATEMENT_TIMEOUT = "10s"


@dataclass(slots=True)
class Acting:
    """Who acts in a request, filled in once that is known: what the database's audit trigger writes beside each change."""

    request_id: str = ""
    kind: str = "system"
    identifier: UUID | None = None
    # Of a write that came with an Idempotency-Key: the row that its transaction marks (api.contract.idempotency).
    claim: UUID | None = None
    # For the log alone: the account, and the person, who of a key is the one that made it.
    tenant_id: int | None = None
    user_id: UUID | None = None


# The object and not its fields is the context's: a request's threads have copies of the context, and share what it holds.
ACTING: ContextVar[Acting | None] = ContextVar("hostread_acting", default=None)


class DatabaseUnavailableError(RuntimeError):
    """The database did not answer in time, or refused the connection."""


class ClaimLostError(RuntimeError):
    """Another repeat of this request took its key over: this one changes nothing."""


class DatabaseOutdatedError(DatabaseUnavailableError):
    """The database lacks a table or function that this release uses."""

    def __init__(self) -> None:
        super().__init__("found a database of an older schema, expected the newest: run `hostread migrate`")


class AppDatabase:
    """Transactions on schema app. One that names no tenant sees no row but what the SECURITY DEFINER look-ups return."""

    def __init__(self, url: str, max_size: int = 8, timeout_s: float = 3.0) -> None:
        conninfo = make_conninfo(url, options=f"-c role=hostread_app -c statement_timeout={STATEMENT_TIMEOUT}")
        self._pool: ConnectionPool[Writer] = ConnectionPool(
            conninfo,
            connection_class=psycopg.Connection[Row],
            kwargs={"row_factory": dict_row},
            check=ConnectionPool.check_connection,
            min_size=0,
            max_size=max_size,
            timeout=timeout_s,
            open=True,
            name="app",
        )

    @contextmanager
    def transaction(self) -> Iterator[Writer]:
        """A transaction without a tenant; commits at the end, rolls back on an exception."""
        try:
            with self._pool.connection() as connection:
                yield connection
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName) as error:
            raise DatabaseOutdatedError from error
        except (PoolTimeout, psycopg.OperationalError) as error:
            raise DatabaseUnavailableError(f"the database did not answer: {type(error).__name__}") from error

    @contextmanager
    def tenant(self, tenant_id: int) -> Iterator[Writer]:
        """A transaction that sees and writes the rows of `tenant_id` alone."""
        with self.transaction() as connection:
            enter_tenant(connection, tenant_id)
            yield connection
            acting = ACTING.get()
            if acting is not None and acting.claim is not None:
                mark_claim(connection, acting.claim)

    def close(self) -> None:
        self._pool.close()


def mark_claim(c: Writer, claim: UUID) -> None:
    """Note in a transaction that changed something that its request was carried out: both are there, or neither."""
    row = c.execute("select pg_current_xact_id_if_assigned() is not null as has_changes").fetchone()
    if row is None or not row["has_changes"]:
        return
    marked = c.execute(
        "update app.idempotency_keys set applied_at = coalesce(applied_at, now()) where claim_id = %s returning 1", [claim]
    )
    if marked.fetchone() is None:
        raise ClaimLostError("found the key of this request taken over, expected it to be its own: ask again in a moment")


def enter_tenant(c: Writer, tenant_id: int) -> None:
    """Name the tenant, and who acts, for the rest of the transaction."""
    acting = ACTING.get()
    said = (
        json.dumps({"kind": acting.kind, "id": str(acting.identifier) if acting.identifier else None, "request": acting.request_id})
        if acting is not None
        else ""
    )
    c.execute("select set_config('hostread.tenant_id', %s, true), set_config('hostread.actor', %s, true)", [str(tenant_id), said])
