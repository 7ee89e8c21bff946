"""Keyset pages of what people entered: newest first by (created_at, id), or by a score. The cursors are those of every list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import sql

from api.errors import as_problem
from api.marts import keyset
from api.marts.errors import UnreadableCursorError


@dataclass(frozen=True, slots=True)
class After:
    """The last row of the page before, or the start."""

    at: datetime | None = None
    identifier: UUID | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        return {"after_at": self.at, "after_id": self.identifier}


def read_cursor(cursor: str | None) -> After:
    """The position of an opaque cursor; raises an `invalid` problem where it is none of ours."""
    return After(*_read(cursor, "timestamptz")) if cursor is not None else After()


def read_score_cursor(cursor: str | None) -> tuple[float, UUID] | None:
    """The same of a list that is ordered by a score from 0 to 1, highest first."""
    return _read(cursor, "float8") if cursor is not None else None


def _read(cursor: str, first: str) -> tuple[Any, UUID]:
    try:
        value, identifier = keyset.read_cursor(cursor, (first, "uuid"))
    except UnreadableCursorError as error:
        raise as_problem(error) from error
    return value, identifier


def write_cursor(at: datetime | float, identifier: UUID) -> str:
    return keyset.write_cursor((at, identifier))


def page_clause(table: str, columns: str, key: str, filter_column: str | None = None, at: str = "created_at") -> sql.Composed:
    """`select` of one page of app.<table>; parameters after_at, after_id, limit, and `filter` where a column is named."""
    return sql.SQL(
        "select {columns} from app.{table} where {filter} "
        "and (%(after_at)s::timestamptz is null or ({at}, {key}) < (%(after_at)s, %(after_id)s::uuid)) "
        "order by {at} desc, {key} desc limit %(limit)s"
    ).format(
        columns=sql.SQL(", ").join(sql.Identifier(name.strip()) for name in columns.split(",")),
        table=sql.Identifier(table),
        key=sql.Identifier(key),
        at=sql.Identifier(at),
        filter=sql.SQL("{} = %(filter)s").format(sql.Identifier(filter_column)) if filter_column else sql.SQL("true"),
    )
