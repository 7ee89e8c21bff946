"""raw.quarantine: what could not be used, with its reason and its original bytes, IP addresses in them cut to their prefix."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from assets.lib.copy import copy_rows
from assets.lib.privacy import scrub

# A line of megabytes is no record; its beginning is enough to recognise it by.
LONGEST_ORIGINAL = 65_536
COLUMNS = ("tenant_id", "source", "reason_code", "reason", "original", "context", "run_id")


@dataclass(frozen=True)
class Rejected:
    """One thing turned away. `reason` says what was found, what was expected and what to do; `context` says where it stood."""

    reason_code: str
    reason: str
    original: bytes
    context: Mapping[str, Any] = field(default_factory=dict)


def quarantine(
    connection: psycopg.Connection[Any], source: str, run_id: str, rejected: Iterable[Rejected], tenant_id: int | None
) -> int:
    """Land the rejected in the caller's transaction; returns how many."""
    rows = (
        (
            tenant_id,
            source,
            item.reason_code,
            _text(item.reason),
            scrub(item.original[:LONGEST_ORIGINAL]),
            Jsonb(dict(item.context)),
            run_id,
        )
        for item in rejected
    )
    return copy_rows(connection, "raw.quarantine", COLUMNS, rows)


def _text(reason: str) -> str:
    """A reason may quote the input: no address, no NUL byte, no lone surrogate and not without end."""
    return scrub(reason.encode("utf-8", "replace")[:2000]).decode("utf-8", "replace").replace("\x00", "")
