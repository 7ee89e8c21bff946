"""Keyset pages: newest first by (created_at, id), or by a score, so that a row that arrives between two pages moves nothing."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson
from psycopg import sql

from api.errors import FieldProblem, Problem

First = TypeVar("First")


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
    return After(*_read(cursor, _moment)) if cursor is not None else After()


def read_score_cursor(cursor: str | None) -> tuple[float, UUID] | None:
    """The same of a list that is ordered by a score from 0 to 1, highest first."""
    return _read(cursor, _score) if cursor is not None else None


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment


def _score(value: Any) -> float:
    if not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("no score")
    return float(value)


def _read(cursor: str, first: Callable[[Any], First]) -> tuple[First, UUID]:
    try:
        value, identifier = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return first(value), UUID(identifier)
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        detail = "found a cursor that cannot be read, expected the `next_cursor` of a page: start again without it"
        raise Problem("invalid", detail, errors=[FieldProblem(pointer="/query/after", message="not a cursor of ours")]) from error


def write_cursor(at: datetime | float, identifier: UUID) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([at, str(identifier)])).decode().rstrip("=")


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
