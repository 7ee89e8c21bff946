"""COPY: the one way that rows in bulk enter the warehouse (about a million rows a second, where to_sql does 61,000)."""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import sql

_TEXT_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": None})
NULL = "\\N"


def identifier(table: str) -> sql.Identifier:
    """`raw.feeds_items` as a quoted identifier."""
    return sql.Identifier(*table.split("."))


def text_field(value: str | None) -> str:
    """One value in COPY's text format. NUL bytes are left out: PostgreSQL stores none."""
    return NULL if value is None else value.translate(_TEXT_ESCAPES)


def copy_text(connection: psycopg.Connection[Any], table: str, columns: Sequence[str], chunks: Iterable[str | bytes]) -> int:
    """Stream chunks that are in COPY's text format already (whole rows or not) into `table`; returns the rows landed."""
    with connection.cursor() as cursor:
        with cursor.copy(_statement(identifier(table), columns)) as copy:
            for chunk in chunks:
                copy.write(chunk)
        return cursor.rowcount


def copy_rows(connection: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Stream rows of Python values into `table`; returns the rows landed. Constant memory whatever the iterable's length."""
    with connection.cursor() as cursor:
        with cursor.copy(_statement(identifier(table), columns)) as copy:
            for row in rows:
                copy.write_row(row)
        return cursor.rowcount


def insert_new(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], key: Sequence[str]
) -> int:
    """COPY rows to a temporary table, then insert those whose `key` is not there yet; returns the rows inserted."""
    return _merge(connection, table, columns, rows, sql.SQL("on conflict ({}) do nothing").format(_names(key)))


def upsert(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], key: Sequence[str]
) -> int:
    """As `insert_new`, but the other columns of a row that is there are overwritten; returns the rows inserted or updated."""
    changes = sql.SQL(", ").join(
        sql.SQL("{name} = excluded.{name}").format(name=sql.Identifier(column)) for column in columns if column not in key
    )
    return _merge(connection, table, columns, rows, sql.SQL("on conflict ({}) do update set {}").format(_names(key), changes))


def _merge(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], conflict: sql.Composed
) -> int:
    with connection.transaction(), connection.cursor() as cursor:
        landing = sql.Identifier("landing")
        cursor.execute(
            sql.SQL("create temporary table {} on commit drop as select {} from {} with no data").format(
                landing, _names(columns), identifier(table)
            )
        )
        with cursor.copy(_statement(landing, columns)) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(
            sql.SQL("insert into {} ({names}) select {names} from {} {}").format(
                identifier(table), landing, conflict, names=_names(columns)
            )
        )
        landed = cursor.rowcount
        # The transaction around may go on to another table.
        cursor.execute(sql.SQL("drop table {}").format(landing))
        return landed


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _statement(table: sql.Identifier, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("copy {} ({}) from stdin").format(table, _names(columns))
