"""What one commit writes: the events by COPY, the faults into the quarantine, in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
import psycopg

from api.collector.privacy import scrub
from api.collector.rows import COPY

SOURCE = "collector"
# What the row is to blame for: bad data, a broken constraint, a limit of the program. All else is the database's own trouble.
DATA_CLASSES = ("22", "23", "54")
_QUARANTINE = (
    "insert into raw.quarantine (tenant_id, source, reason_code, reason, original, context, run_id) "
    "values (%s, %s, %s, %s, %s, %s, %s)"
)

Connection = psycopg.AsyncConnection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One row of raw.quarantine, its original not yet scrubbed of addresses."""

    tenant_id: int
    code: str
    reason: str
    original: bytes
    context: dict[str, Any]


class Stored(NamedTuple):
    """One event's line of COPY, and how to quarantine it (code, reason) if the database refused it after all."""

    line: bytes
    quarantined: Callable[[str, str], Quarantined]


async def store(connection: Connection, lines: Sequence[bytes], faults: Sequence[Quarantined], run_id: str) -> None:
    """Commit both together. `connection` is in autocommit: a COPY alone is its own transaction, in one round trip."""
    if not faults:
        await _copy(connection, lines)
        return
    async with connection.transaction():
        if lines:
            await _copy(connection, lines)
        await _quarantine(connection, faults, run_id)


async def store_one_by_one(connection: Connection, events: Sequence[Stored], faults: Sequence[Quarantined], run_id: str) -> int:
    """The same where the COPY of all failed on some row: each is stored alone, and the one that fails is quarantined.

    Returns how many failed.
    """
    failed = list(faults)
    async with connection.transaction():
        for event in events:
            try:
                async with connection.transaction():
                    await _copy(connection, [event.line])
            except psycopg.Error as error:
                if not is_data_error(error):
                    raise
                failed.append(event.quarantined("refused_by_database", first_line(error)))
        await _quarantine(connection, failed, run_id)
    return len(failed) - len(faults)


def is_data_error(error: psycopg.Error) -> bool:
    return (error.sqlstate or "")[:2] in DATA_CLASSES


def first_line(error: BaseException) -> str:
    """What the database said, without the DETAIL and CONTEXT lines, which repeat the row's values."""
    return (str(error).splitlines() or [type(error).__name__])[0][:300]


async def _copy(connection: Connection, lines: Sequence[bytes]) -> None:
    async with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        await copy.write(b"".join(lines))


async def _quarantine(connection: Connection, faults: Sequence[Quarantined], run_id: str) -> None:
    async with connection.cursor() as cursor:
        await cursor.executemany(_QUARANTINE, [_values(fault, run_id) for fault in faults])


def _values(fault: Quarantined, run_id: str) -> tuple[object, ...]:
    reason, context = fault.reason.replace("\0", ""), orjson.dumps(fault.context).decode()
    return fault.tenant_id, SOURCE, fault.code, reason, scrub(fault.original), context, run_id
