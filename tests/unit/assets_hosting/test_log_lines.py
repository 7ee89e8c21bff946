import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.hosting.counting.byte_range import parse_range
from assets.hosting.counting.user_agent import AgentLists
from assets.hosting.log_lines import COLUMNS, BadLineError, Judge, make_judge
from assets.lib.privacy import HouseholdKey, build_ranges

ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
REQUEST: dict[str, Any] = {
    "requested_at": "2026-01-05T10:00:00.000Z", "ip": "24.1.2.3", "user_agent": "Pocket\tCasts\\1", "method": "GET", "status": 206,
    "range": "bytes=-100", "bytes_sent": 10, "url": "https://media.example/a.mp3?x=1", "referer": None, "file_size": 1000,
    "header_bytes": None, "is_hls": False,
}  # fmt: skip


def judge() -> Judge:
    keys = [HouseholdKey(1, b"s" * 32, *ALWAYS)]
    return make_judge(7, "source", "run", keys, build_ranges("v9", [("24.0.0.0/8", "mobile")]), AgentLists("agents-1", []))


def row(line: dict[str, Any] | bytes, one: Judge | None = None) -> dict[str, str]:
    found = (one or judge()).row(line if isinstance(line, bytes) else json.dumps(line).encode(), 42)
    assert found is not None
    text, _ = found
    assert text.endswith("\n") and text.count("\n") == 1
    return dict(zip(COLUMNS, text[:-1].split("\t"), strict=True))


def test_a_request_as_a_row() -> None:
    found = row(REQUEST)
    assert found["requested_at"] == "2026-01-05T10:00:00.000Z"
    assert (found["range_start"], found["range_end"], found["bytes_sent"], found["header_bytes"]) == ("900", "999", "10", "\\N")
    assert (found["ip_class"], found["ip_prefix"], found["ip_list_version"], found["key_epoch"]) == (
        "mobile",
        "24.1.2.0/24",
        "v9",
        "1",
    )
    assert (found["media_key"], found["user_agent"], found["file_offset"]) == ("media.example/a.mp3", "Pocket\\tCasts\\\\1", "42")
    assert "24.1.2.3" not in str(found)


def test_the_suffix_of_a_file_of_another_size_is_another_interval() -> None:
    one = judge()
    assert row(REQUEST, one)["range_start"] == "900"
    assert row({**REQUEST, "file_size": 500}, one)["range_start"] == "400"


def test_the_listeners_own_address_is_cut_wherever_it_stands() -> None:
    found = row({**REQUEST, "url": "https://media.example/a.mp3?ip=24.1.2.3&v=124.1.2.30", "referer": "http://x/?24.1.2.3"})
    assert found["url"] == "https://media.example/a.mp3?ip=24.1.2.0/24&v=124.1.2.30"
    assert "24.1.2.3" not in found["referer"]


def test_a_time_with_another_offset_is_kept_in_utc() -> None:
    assert row({**REQUEST, "requested_at": "2026-01-05T01:00:00+02:00"})["requested_at"] == "2026-01-04T23:00:00+00:00"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ip": "not-an-address"}, "bad_ip"),
        ({"ip": 5}, "bad_ip"),
        ({"ip": None}, "bad_ip"),
        ({"url": None}, "missing_field"),
        ({"requested_at": "yesterday"}, "bad_time"),
        ({"requested_at": "2026-01-05T10:00:00"}, "bad_time"),
        ({"requested_at": 5}, "bad_time"),
        ({"status": "ok"}, "bad_status"),
        ({"status": True}, "bad_status"),
        ({"method": ""}, "bad_method"),
        ({"bytes_sent": -1}, "bad_number"),
        ({"bytes_sent": "10"}, "bad_number"),
        ({"file_size": 2**63}, "bad_number"),
        ({"url": ""}, "bad_url"),
        ({"url": 5}, "bad_value"),
        ({"user_agent": ["x"]}, "bad_value"),
        ({"range": 5}, "bad_value"),
        ({"referer": {}}, "bad_value"),
        ({"referer": {"a": 1}}, "bad_value"),
        ({"ip": []}, "bad_value"),
    ],
)
def test_what_cannot_be_used_says_why(change: dict[str, Any], code: str) -> None:
    with pytest.raises(BadLineError, match="found") as caught:
        row({**REQUEST, **change})
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("line", "code"),
    [(b"{", "not_json"), (b"[1]", "not_an_object"), (b"", "not_json"), (b"\xff", "not_json"), (b"null", "not_an_object")],
)
def test_lines_that_are_no_request(line: bytes, code: str) -> None:
    with pytest.raises(BadLineError) as caught:
        row(line)
    assert caught.value.code == code


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(max_size=20)),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)


@given(st.sampled_from(sorted(REQUEST)), JSON)
def test_any_value_in_any_field_is_one_row_or_one_reason(name: str, value: object) -> None:
    """A row that the server refuses would take its whole batch along."""
    try:
        found = row({**REQUEST, name: value})
    except BadLineError:
        return
    assert "\x00" not in "".join(found.values())
    assert all(found[column].lstrip("-").isdigit() or found[column] == "\\N" for column in ("status", "bytes_sent", "file_size"))


@given(st.from_regex(r"bytes=\d{0,20}-\d{0,20}", fullmatch=True))
def test_the_short_way_of_a_range_says_what_the_whole_grammar_says(asked: str) -> None:
    start, end = parse_range(asked, 1000)
    found = row({**REQUEST, "range": asked})
    assert (found["range_header"], found["range_start"], found["range_end"]) == (
        asked, "\\N" if start is None else str(start), "\\N" if end is None else str(end),
    )  # fmt: skip
