"""Cells that no spreadsheet runs, parts of answers, and columns that do not depend on the rows."""

import csv
import io
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.contract.digests import BodyDigest
from api.contract.operations import Operation
from api.contract.selection import read_fields, select, within
from api.contract.tables import cell, csv_lines, json_lines

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)


@given(TEXT)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    shown = cell(text)
    number = shown.lstrip("-").replace(".", "").replace("e", "").replace("E", "").replace("+", "").isdigit()
    assert not shown.lstrip(" ").startswith(tuple("=+-@\t\r")) or number
    assert shown.removeprefix("'") == text.removeprefix("'") or shown == text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"), ("+49 30", "'+49 30"), ("  =1+1", "'  =1+1"),
        ("-1.50", "-1.50"), ("-", "'-"),
        (-3, "-3"), (True, "true"), (None, ""), (0.1, "0.1"), ([1, "=x"], '[1,"=x"]'), ({"a": 1}, '{"a":1}'), ("＝1", "'＝1"),
    ],
)  # fmt: skip
def test_a_value_is_shown_as(value: Any, shown: str) -> None:
    assert cell(value) == shown


@given(st.lists(st.fixed_dictionaries({"a": TEXT, "b": st.integers(-(2**63), 2**63 - 1)}), max_size=5))
def test_lines_are_read_back_by_any_reader(rows: list[Any]) -> None:
    read = list(csv.DictReader(io.StringIO(csv_lines(["a", "b"], rows, with_header=True).decode(), newline="")))
    assert [(row["a"], row["b"]) for row in read] == [(cell(row["a"]), str(row["b"])) for row in rows]
    assert [json.loads(line) for line in json_lines(rows).split(b"\n")[:-1]] == rows


def test_parts_of_an_answer() -> None:
    tree = read_fields("name,placements.price.amount,gone")
    value = {"name": "a", "id": 1, "placements": [{"price": {"amount": "1", "currency": "USD"}, "ads": 2}]}
    assert select(value, tree) == {"name": "a", "placements": [{"price": {"amount": "1"}}]}
    assert select(value, read_fields("placements,placements.ads")) == {"placements": value["placements"]}, (
        "the whole holds its part"
    )
    assert within("placements.price.amount", tree) and not within("placements.ads", tree) and within("name.first", tree)


@pytest.mark.parametrize("text", ["", ",", "a,", "a..b", ".a", "a b", "a;drop", "x" * 3_000])
def test_fields_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="found"):
        read_fields(text)


def test_columns_are_those_of_the_schema() -> None:
    schemas = {
        "Money": {"type": "object", "properties": {"amount": {"type": "string"}, "currency": {"type": "string"}}},
        "Row": {
            "type": "object",
            "properties": {
                "id": {"type": "string"},
                "price": {"anyOf": [{"$ref": "#/components/schemas/Money"}, {"type": "null"}]},
                "codes": {"type": "array", "items": {"$ref": "#/components/schemas/Money"}},
                "detail": {"type": "object", "additionalProperties": True},
            },
        },
        "Page": {"properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}, "next_cursor": {}}},
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}}
    operation = Operation("/v1/rows/{id}", {"operationId": "rows", "responses": {"200": {"content": content}}}, schemas)
    rows = operation.rows_schema(operation.part(None))
    assert list(operation.columns(rows)) == ["id", "price.amount", "price.currency", "codes", "detail"]
    assert list(operation.unknown(rows, read_fields("id,price.x,detail.any,codes.amount,nothing"))) == ["price.x", "nothing"]
    assert operation.pattern.fullmatch("/v1/rows/7") and not operation.pattern.fullmatch("/v1/rows/7/8")


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=4))
def test_a_body_is_the_same_however_it_is_cut(body: bytes, cuts: list[int]) -> None:
    """With a boundary in it, cut anywhere: the boundary counts for nothing, and everything else does."""
    digests = []
    for boundary in (b"boundary-one", b"another-boundary-of-two"):
        said = b"--" + boundary + b"\r\n" + body + b"\r\n--" + boundary + b"--"
        found = BodyDigest(f"multipart/form-data; boundary={boundary.decode()}")
        at = [0, *sorted(min(cut, len(said)) for cut in cuts), len(said)]
        for start, end in pairwise(at):
            found.update(said[start:end])
        digests.append(found.value())
    assert digests[0] == digests[1]
    assert BodyDigest("multipart/form-data; boundary=boundary-one").value() != digests[0]
