"""Rows as CSV and as JSON Lines, a page at a time. CSV: RFC 4180, UTF-8, one header line, and no cell that a spreadsheet runs."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from api.reports.csv import FORMULA_STARTS

CSV = "text/csv"
JSON_LINES = "application/jsonl"
# A number of the API's own, as an exact amount: it may begin with a minus and is no formula.
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


def csv_lines(columns: Sequence[str], rows: Iterable[Any], *, with_header: bool) -> bytes:
    """The lines of some rows; a value that is not there is empty."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    if with_header:
        writer.writerow(columns)
    paths = [column.split(".") for column in columns]
    writer.writerows([cell(_at(row, path)) for path in paths] for row in rows)
    return out.getvalue().encode("utf-8", "replace")


def json_lines(rows: Iterable[Any]) -> bytes:
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def cell(value: Any) -> str:
    """A value as the text of a cell; text that begins like a formula stands behind an apostrophe."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return orjson.dumps(value).decode()
        case str():
            is_formula = value.lstrip(" ").startswith(FORMULA_STARTS) and NUMBER.fullmatch(value) is None
            return f"'{value}" if is_formula else value
    return orjson.dumps(value).decode()


def _at(row: Any, path: Sequence[str]) -> Any:
    for step in path:
        if not isinstance(row, dict):
            return None
        row = row.get(step)
    return row
