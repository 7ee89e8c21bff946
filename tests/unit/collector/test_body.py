"""Bodies: one unreadable event must leave its neighbours readable, and nothing may cost more memory than the limits say."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.collector import protocol
from api.collector.body import decode, parse
from api.collector.protocol import RefusalError
from api.collector.split import depth, split_array, split_object

GOOD = {"type": "track", "messageId": "g", "userId": "u", "event": "e"}
POISONS = [
    b'{"type":"track","userId":"u","event":"lone \\ud800 surrogate"}',
    b'{"type":"track","userId":"u","event":"e","properties":{"a":NaN}}',
    b'{"type":"track","userId":"u","event":"e","properties":{"a":-Infinity}}',
    b'{"type":"track","userId":"u","event":"e","properties":{"a":' + b"9" * 5000 + b"}}",
    b'{"type":"track","userId":"u","event":"e","properties":{"a":1e400}}',
    b'{"type":"track","userId":"u","event":"raw nul \x00 byte"}',
    b'{"type":"track","userId":"u","event":"not utf-8 \xff"}',
    b'{"type":"track","userId":"u","event":"e","properties":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
    b"nonsense",
]


@pytest.mark.parametrize("poison", POISONS, ids=range(len(POISONS)))
def test_a_poisoned_member_of_a_batch_is_cut_out_alone(poison: bytes) -> None:
    good = json.dumps(GOOD).encode()
    envelope = parse(b'{"sentAt":"s","batch":[' + good + b" , " + poison + b"," + good + b'],"writeKey":"k"}', "batch")
    assert [item.fault is None for item in envelope.items] == [True, False, True]
    assert envelope.items[1].original() == poison
    assert envelope.items[0].message == GOOD and envelope.items[2].message == GOOD
    assert envelope.shared == {"sentAt": "s", "writeKey": "k"}


@pytest.mark.parametrize("poison", POISONS[:-1], ids=range(len(POISONS) - 1))
def test_a_poisoned_single_event_still_tells_its_key(poison: bytes) -> None:
    body = poison[:-1] + b',"writeKey":"k"}'
    envelope = parse(body, "track")
    assert envelope.shared["writeKey"] == "k"
    assert envelope.items[0].fault is not None and envelope.items[0].original() == body


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"1", b'{"batch":[{}', b'{"batch":[{"a":"}]}', b'{"batch":{}}', b'{"a":1}', b"\xff\xfe"]
)
def test_a_body_without_events_is_refused_for_good(body: bytes) -> None:
    with pytest.raises(RefusalError) as refusal:
        parse(body, "batch")
    assert refusal.value.status == 400


def test_an_empty_batch_holds_no_event_and_a_member_that_is_no_object_is_its_own_fault() -> None:
    assert parse(b'{"batch":[]}', "batch").items == []
    items = parse(b'{"batch":[1,null,{}]}', "batch").items
    assert [item.fault is not None for item in items] == [True, True, False]


def test_2501_events_are_too_many_and_2500_are_not() -> None:
    assert len(parse(b'{"batch":[' + b",".join([b"{}"] * protocol.BATCH_EVENTS) + b"]}", "batch").items) == protocol.BATCH_EVENTS
    for poison in (b"", b",NaN"):
        with pytest.raises(RefusalError) as refusal:
            parse(b'{"batch":[' + b",".join([b"{}"] * (protocol.BATCH_EVENTS + 1)) + poison + b"]}", "batch")
        assert refusal.value.status == 413


def test_gzip_is_decoded_up_to_the_limit_and_no_further() -> None:
    assert decode(gzip.compress(b"{}"), "gzip") == b"{}"
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < protocol.BODY_BYTES
    with pytest.raises(RefusalError) as refusal:
        decode(bomb, "gzip")
    assert refusal.value.status == 413
    for broken in (b"no gzip", gzip.compress(b"{}" * 99)[:-12]):
        with pytest.raises(RefusalError) as refusal:
            decode(broken, "gzip")
        assert refusal.value.code == "malformed_gzip"
    with pytest.raises(RefusalError) as refusal:
        decode(b"", "br")
    assert refusal.value.code == "unsupported_encoding"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(JSON_VALUES), st.booleans(), st.sampled_from([None, 2]))
def test_an_array_is_split_where_a_reader_would_split_it(values: list[object], ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(values, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    parts = split_array(text)
    assert parts is not None
    assert [json.loads(part) for part in parts] == values


@given(st.dictionaries(st.text(), JSON_VALUES))
def test_an_object_is_split_where_a_reader_would_split_it(values: dict[str, object]) -> None:
    members = split_object(json.dumps(values).encode())
    assert members is not None
    assert {json.loads(key): json.loads(value) for key, value in members} == values


@given(JSON_VALUES)
def test_depth_is_that_of_the_value(value: object) -> None:
    def nested(found: object) -> int:
        inner = found.values() if isinstance(found, dict) else found if isinstance(found, list) else None
        return 0 if inner is None else 1 + max(map(nested, inner), default=0)

    assert depth(json.dumps(value).encode()) == nested(value)


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_refuse(body: bytes) -> None:
    for kind in ("track", "batch"):
        try:
            parse(body, kind)
        except RefusalError as refusal:
            assert refusal.status in (400, 413)
