"""A pool of read-only connections that see one tenant, and one snapshot of it, at a time."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from api.marts.errors import NotBuiltError, WarehouseUnavailableError

Row = dict[str, Any]
Reader = psycopg.Connection[Row]
T = TypeVar("T")
# A page that takes longer than this is a fault of ours; the reader gets an answer, and the server its memory back.
STATEMENT_TIMEOUT = "20s"


class _Snapshot(psycopg.Connection[Row]):
    """A connection that holds what was read in the transaction that is open: it sees one snapshot, so it cannot change."""

    held: dict[Hashable, Any] | None = None


class Warehouse:
    """Reads the marts as `hostread_reader`, which row-level security binds to the tenant that the transaction names."""

    def __init__(self, url: str, max_size: int = 8, timeout_s: float = 3.0) -> None:
        conninfo = make_conninfo(url, options=f"-c role=hostread_reader -c statement_timeout={STATEMENT_TIMEOUT}")
        self._pool: ConnectionPool[_Snapshot] = ConnectionPool(
            conninfo,
            connection_class=_Snapshot,
            kwargs={"row_factory": dict_row},
            configure=_read_only,
            check=ConnectionPool.check_connection,
            min_size=0,
            max_size=max_size,
            timeout=timeout_s,
            open=True,
            name="warehouse",
        )

    @contextmanager
    def tenant(self, tenant_id: int) -> Iterator[Reader]:
        """One read-only, repeatable-read transaction that sees `tenant_id` alone: everything read in it is one snapshot.

        Raises NotBuiltError where a mart does not exist yet, WarehouseUnavailableError where the database is away.
        """
        try:
            with self._pool.connection() as connection:
                connection.execute("select set_config('hostread.tenant_id', %s, true)", [str(tenant_id)])
                connection.held = {}
                try:
                    yield connection
                finally:
                    connection.held = None
        except psycopg.errors.UndefinedTable as error:
            raise NotBuiltError(error.diag.message_primary or "a missing table") from error
        except (PoolTimeout, psycopg.OperationalError) as error:
            raise WarehouseUnavailableError(f"the database did not answer a read: {type(error).__name__}") from error

    def close(self) -> None:
        self._pool.close()

    def __enter__(self) -> "Warehouse":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def once(c: Reader, what: Hashable, read: Callable[[], T]) -> T:
    """What `read` gives, read once a transaction of a Warehouse: what several parts of an answer begin with."""
    held: dict[Hashable, Any] | None = getattr(c, "held", None)
    if held is None:
        return read()
    if what not in held:
        held[what] = read()
    found: T = held[what]
    return found


def rows_by_kept_plan(c: Reader, query: sql.Composed | sql.SQL, values: Row) -> list[Row]:
    """The rows of a query that takes longer to plan than to run, and whose plan is as good for any values.

    A connection plans it once, and anew where a build made its views anew.
    """
    c.execute("set local plan_cache_mode = force_generic_plan")
    rows = c.execute(query, values, prepare=True).fetchall()
    c.execute("reset plan_cache_mode")
    return rows


def has_table(c: Reader, name: str) -> bool:
    """Whether `marts.<name>` exists: before the first publication it does not."""
    row = c.execute("select to_regclass('marts.' || quote_ident(%s)) is not null as found", [name]).fetchone()
    return bool(row and row["found"])


def _read_only(connection: Reader) -> None:
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
