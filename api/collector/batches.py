"""What is committed together, as one value: rows, faults and receipts under a number of their own. Pure.

The number is made before the first attempt and goes with the rows to the database or into the spool: whoever stores the batch
again, after a commit whose answer was lost or from a spool, stores it once.
"""

import base64
import hashlib
import secrets
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from api.collector.privacy import scrub
from api.collector.rows import COLUMNS

FORMAT = 1
# Of an ISO time: 2026-01-31T08:30.
MINUTE_CHARACTERS = 16


class BatchUnreadableError(ValueError):
    """The bytes of a spooled batch are not what was written."""


class Receipt(NamedTuple):
    """How many events of one site were counted when a body was split, before any was judged. `received_at`: ISO 8601, UTC."""

    tenant_id: int
    site_id: str
    received_at: str
    received_count: int


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One row of raw.quarantine, its original not yet scrubbed of addresses. `received_at` None: when it is stored."""

    tenant_id: int
    code: str
    reason: str
    original: bytes
    context: dict[str, Any]
    received_at: str | None = None


class Fault(NamedTuple):
    """One row of raw.quarantine as it is stored: no address left in it, no NUL in its reason."""

    tenant_id: int
    code: str
    reason: str
    original: bytes
    context: str
    received_at: str | None


class Received(NamedTuple):
    """One row of raw.collector_receipts."""

    tenant_id: int
    site_id: str
    minute_at: str
    received_count: int


class Target(NamedTuple):
    """A table of raw and the columns that a line of COPY fills."""

    table: str
    columns: tuple[str, ...]


EVENTS = Target("raw.collector_events", COLUMNS)


class Line(NamedTuple):
    """One row in COPY's text format, and where it goes."""

    target: Target
    text: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows for one transaction; nothing in it holds an address."""

    lines: tuple[Line, ...]
    faults: tuple[Fault, ...]
    receipts: tuple[Received, ...]
    run_id: str
    batch_id: uuid.UUID = field(default_factory=lambda: new_batch_id())


def new_batch_id() -> uuid.UUID:
    """48 bits of milliseconds, then 80 random ones: the newest numbers lie together in the index."""
    return uuid.UUID(bytes=int(time.time() * 1000).to_bytes(6, "big") + secrets.token_bytes(10))


def as_fault(quarantined: Quarantined, received_at: str | None = None) -> Fault:
    """The fault as it is stored. `received_at`: of the request that it came with, where it does not say so itself."""
    return Fault(
        quarantined.tenant_id,
        quarantined.code,
        quarantined.reason.replace("\0", ""),
        scrub(quarantined.original),
        orjson.dumps(quarantined.context).decode(),
        quarantined.received_at or received_at,
    )


def count_receipts(receipts: Iterable[Receipt]) -> tuple[Received, ...]:
    """One row per site and minute: what was received within this batch."""
    sums: dict[tuple[int, str, str], int] = {}
    for receipt in receipts:
        key = (receipt.tenant_id, receipt.site_id, receipt.received_at[:MINUTE_CHARACTERS])
        sums[key] = sums.get(key, 0) + receipt.received_count
    return tuple(
        Received(tenant_id, site_id, f"{minute}:00+00:00", count)
        for (tenant_id, site_id, minute), count in sums.items()
        if count > 0
    )


def encode(batch: Batch) -> bytes:
    """The batch as a spool keeps it: a digest of the rest, one line of JSON, then the lines as they are, table by table."""
    targets = list(dict.fromkeys(line.target for line in batch.lines))
    parts = [b"".join(line.text for line in batch.lines if line.target == target) for target in targets]
    head = {
        "format": FORMAT,
        "run_id": batch.run_id,
        "targets": [[target.table, target.columns, len(part)] for target, part in zip(targets, parts, strict=True)],
        "receipts": [list(receipt) for receipt in batch.receipts],
        "faults": [[*fault[:3], base64.b64encode(fault.original).decode(), *fault[4:]] for fault in batch.faults],
    }
    body = b"".join((orjson.dumps(head), b"\n", *parts))
    return hashlib.sha256(body).digest() + body


def decode(batch_id: uuid.UUID, text: bytes) -> Batch:
    """What encode() was given. Raises BatchUnreadableError where a bit is not what it was."""
    digest, body = text[:32], text[32:]
    if hashlib.sha256(body).digest() != digest:
        raise BatchUnreadableError(f"found {len(text)} bytes that do not match their digest in batch {batch_id}")
    first, _, rest = body.partition(b"\n")
    head = orjson.loads(first)
    if head["format"] != FORMAT:
        raise BatchUnreadableError(
            f"found format {head['format']} in batch {batch_id}, expected {FORMAT}: a newer release wrote it"
        )
    lines: list[Line] = []
    for table, columns, size in head["targets"]:
        part, rest = rest[:size], rest[size:]
        target = Target(table, tuple(columns))
        # COPY ends a line with \n alone, whatever else a text may hold.
        lines.extend(Line(target, text + b"\n") for text in part.split(b"\n")[:-1])
    return Batch(
        lines=tuple(lines),
        faults=tuple(
            Fault(tenant_id, code, reason, base64.b64decode(original), context, received_at)
            for tenant_id, code, reason, original, context, received_at in head["faults"]
        ),
        receipts=tuple(Received(*row) for row in head["receipts"]),
        run_id=head["run_id"],
        batch_id=batch_id,
    )
