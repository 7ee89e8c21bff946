"""One event to one row: what PostgreSQL would refuse is found before, retries have one digest, no address gets through."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.collector.events import Event, read_event
from api.collector.protocol import FaultError

TRACK: dict[str, Any] = {
    "type": "track", "messageId": "m1", "anonymousId": "a1", "event": "Order Completed", "properties": {"revenue": 12.5},
    "context": {"page": {"url": "https://shop.example/"}},
    "timestamp": "2026-01-31T08:30:00.000Z", "sentAt": "2026-01-31T08:30:05Z",
}  # fmt: skip


def read(
    message: dict[str, Any], kind: str | None = None, shared: dict[str, Any] | None = None, size: int = 0, gpc: str = ""
) -> Event:
    return read_event(message, kind, shared or {}, size, gpc)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "trace"}, "unknown_type"),
        ({"event": ""}, "no_event_name"),
        ({"event": ["x"]}, "event_name_invalid"),
        ({"event": "x" * 501}, "event_name_too_long"),
        ({"event": "a\0b"}, "nul_byte"),
        ({"anonymousId": None}, "no_identity"),
        ({"anonymousId": {"$oid": 1}}, "anonymous_id_invalid"),
        ({"userId": "u" * 501}, "user_id_too_long"),
        ({"messageId": "m" * 101}, "message_id_too_long"),
        ({"messageId": ["m"]}, "message_id_invalid"),
        ({"properties": [1]}, "properties_not_an_object"),
        ({"context": "x"}, "context_not_an_object"),
        ({"properties": {"a": {"b": ["c\0"]}}}, "nul_byte"),
        ({"properties": {"a\0": 1}}, "nul_byte"),
        ({"context": {"page": {"title": "\0"}}}, "nul_byte"),
        ({"properties": json.loads('{"a":' * 70 + "1" + "}" * 70)}, "too_deep"),
        ({"properties": {"revenue": 1e15}}, "money_out_of_range"),
        ({"properties": {"revenue": "1e300"}}, "money_out_of_range"),
        ({"properties": {"value": "nan"}}, "money_out_of_range"),
        ({"properties": {"order_id": 1.2345678901234569e23}}, "order_id_inexact"),
        ({"timestamp": "yesterday"}, "timestamp_invalid"),
        ({"timestamp": {"$date": 1}}, "timestamp_invalid"),
        ({"timestamp": "0001-01-01T00:00:00Z"}, "timestamp_out_of_range"),
        ({"timestamp": "9999-12-31T23:59:59-14:00"}, "timestamp_invalid"),
        ({"timestamp": 1e300}, "timestamp_invalid"),
    ],
)
def test_what_cannot_be_a_row_is_a_fault_with_its_own_code(change: dict[str, Any], code: str) -> None:
    with pytest.raises(FaultError) as fault:
        read({**TRACK, **change})
    assert fault.value.code == code
    assert "found" in fault.value.reason


def test_an_event_of_more_than_32_kb_is_a_fault() -> None:
    read(TRACK, size=32 * 1024)
    with pytest.raises(FaultError, match="32768"):
        read(TRACK, size=32 * 1024 + 1)


def test_a_backslash_before_u0000_is_text_and_no_nul() -> None:
    assert json.loads(read({**TRACK, "properties": {"path": "C:\\u0000"}}).properties) == {"path": "C:\\u0000"}


def test_the_route_names_the_kind_and_a_batch_member_its_own() -> None:
    assert read(TRACK, kind="identify").kind == "identify"
    assert read(TRACK).kind == "track"


@pytest.mark.parametrize(
    ("message", "name", "properties"),
    [
        ({"type": "identify", "userId": "u", "traits": {"plan": "x"}}, None, {"plan": "x"}),
        (
            {"type": "page", "userId": "u", "name": "Home", "category": "c", "properties": {"a": 1}},
            "Home",
            {"a": 1, "category": "c"},
        ),
        ({"type": "screen", "userId": 7, "name": None}, None, {}),
        ({"type": "group", "userId": "u", "groupId": "g", "traits": {"b": 2}}, None, {"b": 2, "groupId": "g"}),
        ({"type": "alias", "userId": "u", "previousId": "p"}, None, {"previousId": "p"}),
    ],
)
def test_each_kind_puts_its_own_into_name_and_properties(
    message: dict[str, Any], name: str | None, properties: dict[str, Any]
) -> None:
    event = read({"messageId": "m", **message})
    assert (event.event_name, json.loads(event.properties)) == (name, properties)


def test_the_batchs_context_is_merged_under_the_members_own() -> None:
    shared = {"context": {"library": {"name": "x"}, "page": {"url": "other"}}, "sentAt": "2026-01-31T09:00:00Z"}
    event = read({**TRACK, "sentAt": None}, shared=shared)
    assert json.loads(event.context) == {"library": {"name": "x"}, "page": {"url": "https://shop.example/"}}
    assert event.sent_at == datetime(2026, 1, 31, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T08:30:00Z",
        "2026-01-31T09:30:00+01:00",
        "2026-01-31 08:30:00",
        1769848200,
        1769848200000,
        "2026-01-31T08:30:00.000000Z",
    ],
)
def test_client_times_are_read_in_utc(text: object) -> None:
    assert read({**TRACK, "timestamp": text}).client_at == datetime(2026, 1, 31, 8, 30, tzinfo=UTC)


def test_a_wrong_sent_at_costs_the_correction_and_not_the_event() -> None:
    assert read({**TRACK, "sentAt": "soon"}).sent_at is None


def test_a_retry_has_the_digest_of_its_first_try_and_another_body_has_another() -> None:
    first = read(TRACK)
    retry = read(
        {**TRACK, "sentAt": "2026-01-31T10:00:00Z", "_metadata": {"failed": 1}, "writeKey": "k", "integrations": {"All": True}}
    )
    reordered = read(dict(reversed(TRACK.items())))
    assert first.body_sha256 == retry.body_sha256 == reordered.body_sha256
    assert first.body_sha256 != read({**TRACK, "properties": {"revenue": 13}}).body_sha256


def test_without_a_message_id_a_retry_is_the_same_event_where_it_says_when() -> None:
    bare = {key: value for key, value in TRACK.items() if key != "messageId"}
    assert read(bare).message_id == read({**bare, "sentAt": "2026-02-01T00:00:00Z"}).message_id
    timeless = {key: value for key, value in bare.items() if key != "timestamp"}
    assert read(timeless).message_id != read(timeless).message_id
    assert all(1 <= len(read(message).message_id) <= 100 for message in (bare, timeless))


def test_no_address_is_kept_or_digested() -> None:
    message = {**TRACK, "context": {"ip": "203.0.113.9", "locale": "de"}, "properties": {"ip": "203.0.113.9", "a": 1}}
    other = {**TRACK, "context": {"ip": "198.51.100.7", "locale": "de"}, "properties": {"ip": "198.51.100.7", "a": 1}}
    event = read(message)
    assert event.address_text == "203.0.113.9"
    assert b"203.0.113" not in event.context + event.properties
    assert event.body_sha256 == read(other).body_sha256
    assert message["context"] == {"ip": "203.0.113.9", "locale": "de"}, "the original must stay as it came, for the quarantine"


@pytest.mark.parametrize(
    ("context", "gpc", "agreed"),
    [
        ({}, "", True),
        ({}, "1", False),
        ({"gpc": True}, "", False),
        ({"consent": "denied"}, "", False),
        ({"consent": False}, "", False),
        ({"consent": {"granted": True}}, "", True),
        ({"consent": {"granted": "no"}}, "", False),
        ({"consent": {"categoryPreferences": {"Advertising": False, "Functional": True}}}, "", False),
        ({"consent": {"categoryPreferences": {"Advertising": True, "Functional": False}}}, "", True),
        ({"consent": {"categoryPreferences": {"C0002": True, "C0004": False}}}, "", False),
        ({"consentManagement": {"deniedConsentIds": ["marketing"]}}, "", False),
        ({"consentManagement": {"deniedConsentIds": [], "allowedConsentIds": ["x"]}}, "", True),
    ],
)
def test_consent_is_read_as_the_clients_write_it(context: dict[str, Any], gpc: str, agreed: bool) -> None:
    assert read({**TRACK, "context": context}, gpc=gpc).has_consent is agreed


@given(st.dictionaries(st.sampled_from([*TRACK, "traits", "writeKey"]), st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8,
)), st.sampled_from(["track", "page", "identify", "group", "alias", None]))  # fmt: skip
def test_any_message_is_an_event_or_a_fault_and_nothing_else(message: dict[str, Any], kind: str | None) -> None:
    try:
        event = read(message, kind)
    except FaultError:
        return
    assert 1 <= len(event.message_id) <= 100 and "\0" not in event.message_id
    assert b"\\u0000" not in event.properties.replace(b"\\\\", b"")
