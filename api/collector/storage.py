"""What one transaction writes: the batches' numbers, their receipts, the events by COPY, the faults into the quarantine."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import psycopg

from api.collector.batches import EVENTS, Batch, Fault, Line, Target, as_fault
from api.collector.batches import Quarantined as Quarantined
from api.collector.transaction import transact

SOURCE = "collector"
# What the row is to blame for: bad data, a broken constraint, a limit of the program. All else is the database's own trouble.
DATA_CLASSES = ("22", "23", "54")
_QUARANTINE = (
    "insert into raw.quarantine (tenant_id, source, reason_code, reason, original, context, run_id, quarantined_at) "
    "values (%s, %s, %s, %s, %s, %s, %s, coalesce(%s, now()))"
)
# A batch that is here already gives no row, and nothing of it is stored again. One of these that is being committed elsewhere is
# waited for.
_MARK = "insert into raw.collector_batches (batch_id) values {batches} on conflict do nothing returning batch_id"
_MARK_WITH_RECEIPTS = (
    "with made as ({mark}), kept as ("
    "insert into raw.collector_receipts (tenant_id, site_id, minute_at, received_count, run_id) "
    "select r.tenant_id, r.site_id::uuid, r.minute_at::timestamptz, r.received_count, r.run_id "
    "from (values {receipts}) as r (batch_id, tenant_id, site_id, minute_at, received_count, run_id) "
    "inner join made on made.batch_id = r.batch_id::uuid) select batch_id from made"
)

Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class Stored(NamedTuple):
    """One event's line of COPY, and how to quarantine it (code, reason) if the database refused it after all."""

    line: bytes
    quarantined: Callable[[str, str], Quarantined]
    target: Target = EVENTS


async def store(connection: Connection, batches: Sequence[Batch]) -> int:
    """Commit the batches together, each that is not stored yet; returns how many of them were new.

    `connection` is in autocommit. Two round trips; that a batch is here already is the exception and costs more.
    """
    new = list(batches)
    while new and not await _store_new(connection, new):
        known = await _known(connection, new)
        new = [batch for batch in new if batch.batch_id not in known]
    return len(new)


async def _store_new(connection: Connection, batches: Sequence[Batch]) -> bool:
    """False, and nothing is stored, where one of them is here already."""
    texts = _texts(batches)
    copies = [_copy_statement(target) for target in texts]
    faults = [_quarantine(connection, fault, batch.run_id) for batch in batches for fault in batch.faults]
    query = "; ".join((head(batches), *copies, *faults, "commit")).encode()
    try:
        steps = transact(connection.pgconn, query, list(texts.values()), lambda made: made.ntuples == len(batches))
        if await connection.wait(steps):
            return True
    except psycopg.Error:
        await _roll_back(connection)
        raise
    await _roll_back(connection)
    return False


async def _known(connection: Connection, batches: Sequence[Batch]) -> set[uuid.UUID]:
    found = await connection.execute(
        "select batch_id from raw.collector_batches where batch_id = any(%s)", [[batch.batch_id for batch in batches]]
    )
    return {row[0] for row in await found.fetchall()}


def _texts(batches: Sequence[Batch]) -> dict[Target, bytes]:
    """What COPY writes of the batches, table by table."""
    lines: dict[Target, list[bytes]] = {}
    for batch in batches:
        for line in batch.lines:
            lines.setdefault(line.target, []).append(line.text)
    return {target: b"".join(texts) for target, texts in lines.items()}


async def store_one_by_one(
    connection: Connection, batch: Batch, quarantine: Sequence[Callable[[str, str], Quarantined]] | None
) -> int:
    """The same for one batch where the COPY of all failed on some row: each is stored alone, and the one that fails is
    quarantined, by `quarantine` of the same place or, from a spool, as the line that was refused.

    Returns how many failed.
    """
    refused: list[Fault] = []
    try:
        if batch.batch_id in await _begin(connection, [batch]):
            for place, line in enumerate(batch.lines):
                try:
                    async with connection.transaction():
                        await _copy(connection, line.target, line.text)
                except psycopg.Error as error:
                    if not is_data_error(error):
                        raise
                    refused.append(as_fault(_refused(batch, place, quarantine, first_line(error))))
            for fault in (*batch.faults, *refused):
                await connection.execute(_quarantine(connection, fault, batch.run_id).encode())
        await _commit(connection)
    except psycopg.Error:
        await _roll_back(connection)
        raise
    return len(refused)


def is_data_error(error: psycopg.Error) -> bool:
    return (error.sqlstate or "")[:2] in DATA_CLASSES


def first_line(error: BaseException) -> str:
    """What the database said, without the DETAIL and CONTEXT lines, which repeat the row's values."""
    return (str(error).splitlines() or [type(error).__name__])[0][:300]


def head(batches: Sequence[Batch]) -> str:
    """The statement that begins a transaction of `batches` and tells which of them are new."""
    mark = _MARK.format(batches=", ".join(f"('{batch.batch_id}')" for batch in batches))
    rows = [
        f"({_text(str(batch.batch_id))}, {int(receipt.tenant_id)}, {_text(receipt.site_id)}, {_text(receipt.minute_at)}, "
        f"{int(receipt.received_count)}, {_text(batch.run_id)})"
        for batch in batches
        for receipt in batch.receipts
    ]
    return f"begin; {_MARK_WITH_RECEIPTS.format(mark=mark, receipts=', '.join(rows)) if rows else mark}"


def _text(value: str) -> str:
    """A literal. What stands in these is our own: numbers, ids and times; the quotes are doubled all the same."""
    return "'" + value.replace("'", "''") + "'"


def _refused(batch: Batch, place: int, quarantine: Sequence[Callable[[str, str], Quarantined]] | None, reason: str) -> Quarantined:
    code = "refused_by_database"
    if quarantine is not None:
        return quarantine[place](code, reason)
    line: Line = batch.lines[place]
    tenant_id = int(line.text.split(b"\t")[line.target.columns.index("tenant_id")])
    return Quarantined(tenant_id, code, reason, line.text, {"format": "copy", **line.target._asdict()})


async def _begin(connection: Connection, batches: Sequence[Batch]) -> set[uuid.UUID]:
    async with connection.cursor() as cursor:
        await cursor.execute(head(batches).encode())
        cursor.nextset()
        return {row[0] for row in await cursor.fetchall()}


async def _copy(connection: Connection, target: Target, text: bytes) -> None:
    async with connection.cursor() as cursor, cursor.copy(_copy_statement(target).encode()) as copy:
        await copy.write(text)


def _copy_statement(target: Target) -> str:
    return f"copy {target.table} ({', '.join(target.columns)}) from stdin"


def _quarantine(connection: Connection, fault: Fault, run_id: str) -> str:
    """The statement that quarantines one; its values are quoted by the driver."""
    return psycopg.AsyncClientCursor(connection).mogrify(
        _QUARANTINE,
        (fault.tenant_id, SOURCE, fault.code, fault.reason, fault.original, fault.context, run_id, fault.received_at),
    )


async def _commit(connection: Connection) -> None:
    cursor = await connection.execute("commit")
    if cursor.statusmessage != "COMMIT":
        raise psycopg.OperationalError(f"found {cursor.statusmessage} as the answer to a commit, expected COMMIT")


async def _roll_back(connection: Connection) -> None:
    if not connection.closed and connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        await connection.rollback()
