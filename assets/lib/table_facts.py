"""What a run reports of a table: its columns, how many rows it has, and a few of them without personal data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from assets.lib.copy import identifier
from assets.lib.warehouse import connect

# Counting every row of a table this large at each run would cost more than the run.
COUNTED_UP_TO = 1_000_000
# A hash of a household is personal data too; the others are bytes or repeat the whole row.
UNSHOWN = frozenset({"household_hash", "body", "payload", "original", "content_sha256", "document_sha256", "ip_prefix", "xact"})
SHOWN_COLUMNS = 8
SHOWN_LENGTH = 60


@dataclass(frozen=True)
class Column:
    name: str
    kind: str
    is_nullable: bool


@dataclass(frozen=True)
class TableFacts:
    """`row_count` is exact for a small table and the server's estimate for a large one; `preview` is rows of text."""

    columns: Sequence[Column]
    row_count: int
    shown: Sequence[str]
    preview: Sequence[Sequence[str]]


def table_facts(url: str, table: str, run_id: str, rows: int = 5) -> TableFacts:
    """The facts of `schema.name`; the preview shows rows of this run."""
    with connect(url, "ingest") as connection:
        columns = [
            Column(*row)
            for row in connection.execute(
                "select attname, format_type(atttypid, atttypmod), not attnotnull from pg_attribute "
                "where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
                [table],
            )
        ]
        shown = [column.name for column in columns if column.name not in UNSHOWN][:SHOWN_COLUMNS]
        names = sql.SQL(", ").join(map(sql.Identifier, shown))
        found = connection.execute(
            sql.SQL("select {} from {} where run_id = %s limit %s").format(names, identifier(table)), [run_id, rows]
        ).fetchall()
        return TableFacts(columns, _row_count(connection, table), shown, [[_cell(value) for value in row] for row in found])


def _row_count(connection: psycopg.Connection[Any], table: str) -> int:
    row = connection.execute(
        "select coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint from pg_partition_tree(%s::regclass) as t "
        "inner join pg_class as c on c.oid = t.relid where t.isleaf",
        [table],
    ).fetchone()
    estimate = int(row[0]) if row else 0
    if estimate > COUNTED_UP_TO:
        return estimate
    exact = connection.execute(sql.SQL("select count(*) from {}").format(identifier(table))).fetchone()
    return int(exact[0]) if exact else 0


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"
