"""Pages by key, walked to their end: every row once, whatever the order's directions and however the cursor was bent."""

from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.rows import dict_row

from api.marts.errors import UnreadableCursorError
from api.marts.keyset import Order, Window

START = datetime(2026, 3, 1, tzinfo=UTC)
ORDER = Order("is_open boolean desc", "opened_at timestamptz desc", "name text", "number bigint desc")


def rows(flags: list[tuple[bool, int, str]]) -> list[Any]:
    return [
        SimpleNamespace(is_open=is_open, opened_at=START + timedelta(hours=hour), name=name, number=n)
        for n, (is_open, hour, name) in zip(count(), flags, strict=False)
    ]


def walk(items: list[Any], limit: int) -> list[int]:
    """The numbers of all pages, one after another."""
    seen, after = [], None
    for _ in range(len(items) + 2):
        page = ORDER.cut(items, Window(after, limit))
        seen += [item.number for item in page.items]
        after = page.next_cursor
        if after is None:
            return seen
    raise AssertionError("the pages never end")


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.sampled_from("ab")), max_size=20), st.integers(1, 7))
def test_every_row_stands_on_one_page(flags: list[tuple[bool, int, str]], limit: int) -> None:
    items = rows(flags)
    expected = sorted(items, key=lambda r: (not r.is_open, -r.opened_at.timestamp(), r.name, -r.number))
    assert walk(items, limit) == [item.number for item in expected]


def test_a_row_that_comes_between_two_pages_moves_nothing() -> None:
    items = rows([(False, hour, "a") for hour in range(6)])
    first = ORDER.cut(items, Window(None, 2))
    late = SimpleNamespace(is_open=True, opened_at=START + timedelta(days=9), name="a", number=99)
    second = ORDER.cut([late, *items], Window(first.next_cursor, 2))
    assert [item.number for item in first.items + second.items] == [5, 4, 3, 2]


@pytest.mark.parametrize("cursor", ["", "x", "bm9uZQ", "W10", "WzFd", "WzEsMiwzLDRd", "bnVsbA", "e30", "WyIyMDI2LTAzLTAxIl0"])
def test_a_cursor_of_nobody_is_refused(cursor: str) -> None:
    with pytest.raises(UnreadableCursorError):
        ORDER.cut([], Window(cursor, 2))


def test_postgres_cuts_as_python_does(database_url: str) -> None:
    """An order of mixed directions, in SQL: an index bound that is one row off, or a tie that is passed over."""
    flags = [(n % 3 == 0, n % 4, "ab"[n % 2]) for n in range(25)]
    select = (
        "select n % %(three)s = 0 as is_open, %(start)s::timestamptz + (n %% 4) * interval '1 hour' as opened_at, "
        "substr('ab', n %% 2 + 1, 1) as name, n::bigint as number from generate_series(0, 24) as n"
    ).replace("n % %(three)s", "n %% %(three)s")
    with psycopg.connect(database_url, row_factory=dict_row) as c:
        seen, after = [], None
        for _ in range(30):
            page = ORDER.read(c, select, {"three": 3, "start": START}, Window(after, 4))
            seen += [row["number"] for row in page.items]
            after = page.next_cursor
            if after is None:
                break
    assert seen == walk(rows(flags), 4)


def test_cursors_keep_every_type() -> None:
    order = Order("day date", "id uuid", "score float8")
    row = {"day": START.date(), "id": UUID(int=7), "score": 0.25}
    assert order.parse(order.cursor(row)) == (START.date(), UUID(int=7), 0.25)
