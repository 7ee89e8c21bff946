"""The published build as the statistical assets read it: one snapshot, and what they write in the same transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg

from assets.lib.warehouse import connect


class NothingPublishedError(RuntimeError):
    """There is no published build to read."""


@contextmanager
def published_build(url: str) -> Iterator[tuple[psycopg.Connection[Any], UUID]]:
    """(a connection in one repeatable-read transaction, the newest published build). Raises NothingPublishedError without one."""
    with connect(url, "transform") as connection:
        connection.execute("set transaction isolation level repeatable read")
        connection.execute("set local work_mem = '256MB'")
        row = connection.execute("select build_id from marts.builds order by published_at desc limit 1").fetchone()
        if row is None:
            raise NothingPublishedError("found no published build, expected one: run `hostread build` first")
        yield connection, row[0]
