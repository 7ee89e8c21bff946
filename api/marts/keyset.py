"""Pages of any list by key: the rows behind the last one shown, in the list's own order, so that a row that arrives between two
pages moves nothing. One way for SQL and for lists that are short enough to be read whole."""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cmp_to_key
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson

from api.marts.errors import UnreadableCursorError
from api.marts.warehouse import Reader, Row

Item = TypeVar("Item")
Made = TypeVar("Made")
LONGEST_TEXT = 2_000


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError("no number")
    return value


def _rate(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("no rate")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("no flag")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        raise ValueError("no text")
    return value


# How a value of each PostgreSQL type stands in a cursor. Whatever comes back was in somebody else's hands.
READERS: Mapping[str, Callable[[Any], Any]] = {
    "timestamptz": _moment, "date": date.fromisoformat, "uuid": UUID, "bigint": _number, "float8": _rate, "boolean": _flag,
    "text": _text,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list: behind `after`, the cursor of the page before, at most `limit` rows."""

    after: str | None = None
    limit: int = 50


# For readers that are no client: all of it.
WHOLE = Window(limit=2**62)


@dataclass(frozen=True, slots=True)
class Slice(Generic[Item]):
    """The rows of one page, and the cursor of the next; None where these did not fill it."""

    items: list[Item]
    next_cursor: str | None

    def map(self, make: Callable[[Item], Made]) -> "Slice[Made]":
        return Slice([make(item) for item in self.items], self.next_cursor)


class Order:
    """The order of one list: columns that are never null and together name one row, as `opened_at timestamptz desc`."""

    def __init__(self, *columns: str) -> None:
        parts = [column.split() for column in columns]
        self.names = [part[0] for part in parts]
        self.kinds = [part[1] for part in parts]
        self.descending = [part[2:] == ["desc"] for part in parts]

    def read(self, c: Reader, select: str, parameters: Mapping[str, Any], window: Window) -> Slice[Row]:
        """One page of `select`, which has the order's columns and neither order nor limit of its own."""
        after = self.parse(window.after)
        where = f"where {self._behind(0)}" if after is not None else ""
        by = ", ".join(f"{name} desc" if down else name for name, down in zip(self.names, self.descending, strict=True))
        values = {f"after_{n}": value for n, value in enumerate(after or ())}
        query = f"select * from ({select}) as listed {where} order by {by} limit %(page_limit)s"  # noqa: S608 - constants
        rows = c.execute(query, {**parameters, **values, "page_limit": window.limit}).fetchall()
        return Slice(rows, self.cursor(rows[-1]) if len(rows) == window.limit else None)

    def cut(self, items: Iterable[Item], window: Window) -> Slice[Item]:
        """One page of a list that is short by its nature and was read whole: members, keys, what people decided."""
        after = self.parse(window.after)
        ordered = sorted(items, key=cmp_to_key(lambda a, b: self._compare(self._of(a), self._of(b))))
        left = ordered if after is None else [item for item in ordered if self._compare(self._of(item), after) > 0]
        page = left[: window.limit]
        return Slice(page, self.cursor(page[-1]) if len(page) == window.limit else None)

    def cursor(self, item: Any) -> str:
        """The position of an item, as text for an address."""
        return write_cursor(self._of(item))

    def parse(self, cursor: str | None) -> tuple[Any, ...] | None:
        """The position of a cursor. Raises UnreadableCursorError where it is none of this list."""
        return read_cursor(cursor, self.kinds) if cursor is not None else None

    def _of(self, item: Any) -> tuple[Any, ...]:
        return tuple(item[name] if isinstance(item, Mapping) else getattr(item, name) for name in self.names)

    def _compare(self, one: tuple[Any, ...], other: tuple[Any, ...]) -> int:
        for a, b, down in zip(one, other, self.descending, strict=True):
            if a != b:
                return 1 if (a > b) != down else -1
        return 0

    def _behind(self, n: int) -> str:
        """The rows behind the cursor; the first column's bound stands alone, so that an index is walked from there."""
        name, sign, value = self.names[n], "<" if self.descending[n] else ">", f"%(after_{n})s::{self.kinds[n]}"
        if n == len(self.names) - 1:
            return f"{name} {sign} {value}"
        return f"{name} {sign}= {value} and ({name} {sign} {value} or ({self._behind(n + 1)}))"


def write_cursor(values: Iterable[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([str(v) if isinstance(v, UUID) else v for v in values])).decode().rstrip("=")


def read_cursor(cursor: str, kinds: Iterable[str]) -> tuple[Any, ...]:
    """The values of a cursor, each of its type. Raises UnreadableCursorError."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list):
            raise ValueError("no list")
        return tuple(READERS[kind](value) for kind, value in zip(kinds, values, strict=True))
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise UnreadableCursorError from error
