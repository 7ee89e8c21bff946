"""One transaction as one query of PostgreSQL's simple protocol: statements, COPYs among them and the commit, in two round trips.

A driver sends `begin`, each COPY and `commit` one after the other, which is four turns of a busy loop for each group of events. The
simple protocol takes them all in one query and answers each in its turn; a COPY among them waits for its rows.
"""

from collections.abc import Callable, Sequence

import psycopg
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

# libpq copies what it is given into its own buffer: no piece needs to be larger.
PIECE_BYTES = 1_000_000
REFUSED = b"refused by its sender"


def transact(pgconn: PGconn, query: bytes, texts: Sequence[bytes], accept: Callable[[PGresult], bool]) -> PQGen[bool]:
    """Run `query`, which ends with `commit`, with one of `texts` for each COPY in it: for `connection.wait()`.

    False where `accept` refused the rows of a statement before the first COPY: then nothing is committed, and the transaction is to
    be rolled back as after an error. Raises psycopg.Error as the database told it.
    """
    pgconn.send_query(query)
    yield from generators.send(pgconn)
    waiting = iter(texts)
    is_accepted, failed, last = True, None, b""
    while (result := (yield from generators.fetch(pgconn))) is not None:
        last = result.command_status or b""
        if result.status == ExecStatus.TUPLES_OK:
            is_accepted = is_accepted and accept(result)
        elif result.status == ExecStatus.COPY_IN:
            yield from _send_rows(pgconn, next(waiting) if is_accepted else None)
        elif result.status != ExecStatus.COMMAND_OK:
            failed = failed or result
    if not is_accepted:
        return False
    if failed is not None:
        raise error_from_result(failed)
    if last != b"COMMIT":
        raise psycopg.OperationalError(f"found {last.decode()} as the answer to a commit, expected COMMIT")
    return True


def _send_rows(pgconn: PGconn, text: bytes | None) -> PQGen[None]:
    """The rows and the end of a COPY; None ends it with an error, so that what stands after it is not run."""
    for start in range(0, len(text or b""), PIECE_BYTES):
        yield from generators.copy_to(pgconn, (text or b"")[start : start + PIECE_BYTES], flush=False)
    while pgconn.put_copy_end(REFUSED if text is None else None) == 0:
        yield from generators.send(pgconn)
    yield from generators.send(pgconn)
