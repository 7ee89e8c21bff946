"""The wire as existing clients speak it, against a real process."""

import base64
import gzip
import hashlib
import hmac
import json
from typing import Any

import pytest

KEY, OTHER_KEY, SECRET = "hrw_integration_0000000000", "hrw_other_tenant_000000000", b"k" * 32
# The fixture `collector` of conftest.py, whose type cannot be imported from here.
Collector = Any
SUCCESS = {"success": True}
BASIC = {"authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}


def event(message_id: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "messageId": message_id,
        "userId": "u1",
        "event": "Order Completed",
        "timestamp": "2026-01-31T08:30:00Z",
        **more,
    }


def post(collector: Collector, route: str, body: dict[str, Any], **headers: str) -> Any:
    return collector.client.post(f"/v1/{route}", content=json.dumps(body), headers={"content-type": "application/json", **headers})


def test_every_route_and_body_form(collector: Collector) -> None:
    kinds = ["identify", "track", "page", "screen", "group", "alias"]
    for kind in kinds:
        for route in (kind, kind[0]):
            answer = post(collector, route, event(f"{route}-1", type=kind, writeKey=KEY))
            assert (answer.status_code, answer.json()) == (200, SUCCESS)
    for route in ("batch", "b"):
        answer = post(collector, route, {"batch": [event(f"{route}-{kind}", type=kind) for kind in kinds], "writeKey": KEY})
        assert (answer.status_code, answer.json()) == (200, SUCCESS)
    rows = dict(collector.rows("select message_id, kind from raw.collector_events"))
    assert rows == {f"{route}-1": kind for kind in kinds for route in (kind, kind[0])} | {
        f"{r}-{k}": k for r in ("batch", "b") for k in kinds
    }
    assert post(collector, "trick", event("x", writeKey=KEY)).status_code == 404
    assert collector.client.get("/v1/track").status_code == 405


def test_keys_bodies_and_preflight(collector: Collector) -> None:
    # Both key forms, and RudderStack's: only Basic.
    assert post(collector, "track", event("basic"), **BASIC).json() == SUCCESS
    assert post(collector, "track", event("both", writeKey="ignored"), **BASIC).json() == SUCCESS
    # The browser: JSON as text/plain, after a preflight that names the headers it wants to send.
    asked = collector.client.options(
        "/v1/t",
        headers={
            "origin": "https://shop.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type,x-retry-count",
        },
    )
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "https://shop.example"
    assert "POST" in asked.headers["access-control-allow-methods"]
    allowed = {name.strip() for name in asked.headers["access-control-allow-headers"].split(",")}
    assert {"authorization", "content-type", "x-retry-count"} <= allowed
    answer = post(
        collector, "t", event("browser", writeKey=KEY), **{"content-type": "text/plain", "origin": "https://shop.example"}
    )
    assert answer.headers["access-control-allow-origin"] == "https://shop.example" and answer.json() == SUCCESS
    # gzip, and a body without a length.
    packed = gzip.compress(json.dumps({"batch": [event("gzip")], "writeKey": KEY}).encode())
    assert collector.client.post("/v1/batch", content=packed, headers={"content-encoding": "gzip"}).json() == SUCCESS
    chunks = (part for part in (b'{"batch":[', json.dumps(event("chunked")).encode(), f'],"writeKey":"{KEY}"}}'.encode()))
    assert collector.client.post("/v1/batch", content=chunks).json() == SUCCESS
    assert collector.message_ids() == ["basic", "both", "browser", "gzip", "chunked"]
    # What is refused says why, under both names that clients read, and is counted by minute.
    for body, headers, status, code in [
        (event("x"), {}, 401, "no_write_key"),
        (event("x", writeKey="hrw_unknown_0000000000000"), {}, 401, "unknown_write_key"),
        (event("x", writeKey=OTHER_KEY), {"origin": "https://elsewhere.example"}, 403, "origin_not_allowed"),
        ({"writeKey": KEY}, {"content-encoding": "gzip"}, 400, "malformed_gzip"),
    ]:
        answer = post(collector, "track", body, **headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["message"]
    for origin in ("https://shop.example", "https://www.shop.example", ""):
        assert (
            post(collector, "track", event("allowed", writeKey=OTHER_KEY), **({"origin": origin} if origin else {})).status_code
            == 200
        )
    assert collector.refusals(4) == {"no_write_key": 1, "unknown_write_key": 1, "origin_not_allowed": 1, "malformed_gzip": 1}
    assert collector.rows("select tenant_id from raw.collector_refusals where reason_code = 'origin_not_allowed'") == [(2,)]


def test_limits(collector: Collector) -> None:
    fits = event("fits", properties={"a": "x" * 32_000}, writeKey=KEY)
    big = event("big", properties={"a": "x" * 33_000}, writeKey=KEY)
    assert post(collector, "track", fits).json() == SUCCESS
    answer = post(collector, "track", big)
    assert answer.json() == SUCCESS and answer.headers["x-quarantined"] == "event_too_large"
    assert post(collector, "batch", {"batch": [fits, big, event("neighbour")]}, **BASIC).json() == SUCCESS
    assert collector.message_ids() == ["fits", "fits", "neighbour"]
    assert [row[0] for row in collector.quarantined()] == ["event_too_large", "event_too_large"]
    too_long = json.dumps({"batch": [event(f"{n}", properties={"a": "x" * 30_000}) for n in range(18)], "writeKey": KEY}).encode()
    for body, encoding in ((too_long, ""), (gzip.compress(too_long), "gzip"), (iter([too_long[:400_000], too_long[400_000:]]), "")):
        answer = collector.client.post("/v1/batch", content=body, headers={"content-encoding": encoding} if encoding else {})
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    many = post(collector, "batch", {"batch": [{}] * 2_501, "writeKey": KEY})
    assert (many.status_code, many.json()["code"]) == (413, "too_many_events")
    # Unreadable under a good key: the sender is told, and the bytes are kept.
    answer = collector.client.post("/v1/track", content=b'{"event": "cut off', headers=BASIC)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")
    assert collector.quarantined()[-1] == ("malformed_body", b'{"event": "cut off')
    assert collector.refusals(4) == {"body_too_large": 3, "too_many_events": 1}


def test_a_poisoned_event_never_takes_its_neighbours_along(collector: Collector) -> None:
    def member(number: int, properties: str) -> str:
        head = f'{{"type":"track","messageId":"p{number}","userId":"u","event":"e",'
        return f'{head}"properties":{properties},"context":{{"ip":"203.0.113.9"}}}}'

    poisons = [
        '{"a":"\\u0000"}', '{"a":"\\ud800"}', '{"a":NaN}', '{"a":' + "9" * 5_000 + "}", '{"a":' * 2_000 + "1" + "}" * 2_000,
        '{"a":' * 100 + "1" + "}" * 100, "[]", '{"revenue":1e17}',
    ]  # fmt: skip
    members = [part for number, poison in enumerate(poisons) for part in (member(number, poison), member(100 + number, "{}"))]
    answer = collector.client.post("/v1/batch", content=f'{{"batch":[{",".join(members)}]}}'.encode(), headers=BASIC)
    assert answer.json() == SUCCESS
    assert collector.message_ids() == [f"p{100 + number}" for number in range(len(poisons))]
    kept = collector.quarantined()
    assert [code for code, _ in kept] == [
        "nul_byte", "unreadable_event", "unreadable_event", "unreadable_event", "unreadable_event", "too_deep",
        "properties_not_an_object", "money_out_of_range",
    ]  # fmt: skip
    assert all(b"203.0.113.9" not in original and b"203.0.113.0" in original for _, original in kept)
    for number, poison in enumerate(poisons):  # each alone
        single = member(200 + number, poison)[:-1] + f',"writeKey":"{KEY}"}}'
        assert collector.client.post("/v1/track", content=single.encode()).json() == SUCCESS
    assert len(collector.quarantined()) == 2 * len(poisons)
    assert collector.rows("select count(*) from raw.quarantine where tenant_id = 1 and source = 'collector'") == [(16,)]


def household(address: bytes) -> bytes:
    return hmac.new(SECRET, address, hashlib.sha256).digest()


def test_an_address_becomes_a_household_and_is_gone(collector: Collector) -> None:
    visitor, through = bytes([203, 0, 113, 9]), {"x-forwarded-for": "1.1.1.1, 203.0.113.9", "user-agent": "Firefox"}
    browser, server = {"content-type": "text/plain", **through}, {"content-type": "application/json", **through}
    library = {"context": {"library": {"name": "analytics.js"}, "userAgent": "Safari"}}
    cases: list[tuple[str, dict[str, Any], dict[str, str], bytes | None, str, str | None]] = [
        ("browser", {}, browser, household(visitor), "household", "Firefox"),
        ("library", library, server, household(visitor), "household", "Safari"),
        ("server", {}, server, None, "unknown", None),
        ("server-ip", {"context": {"ip": "203.0.113.9"}}, server, household(visitor), "household", None),
        ("v6", {"context": {"ip": "2001:db8:1:2:3::4"}}, server, household(bytes.fromhex("20010db800010002")), "household", None),
        (
            "centre",
            {},
            {**browser, "x-forwarded-for": "198.51.100.7"},
            household(bytes([198, 51, 100, 7])),
            "datacenter",
            "Firefox",
        ),
        ("gpc", {}, {**browser, "sec-gpc": "1"}, None, "unknown", "Firefox"),
        ("denied", {"context": {"consent": {"granted": False}, "ip": "203.0.113.9"}}, browser, None, "unknown", "Firefox"),
    ]
    for name, more, headers, *_ in cases:
        assert post(collector, "track", event(name, writeKey=KEY, **more), **headers).json() == SUCCESS
    rows = collector.rows(
        "select message_id, household_hash, ip_class, user_agent, key_epoch, ip_prefix, ip_list_version, has_consent "
        "from raw.collector_events order by event_id"
    )
    for (name, _, _, hashed, ip_class, agent), row in zip(cases, rows, strict=True):
        assert row[:4] == (name, hashed, ip_class, agent)
        assert (row[4] is None) is (row[5] is None) is (row[6] is None) is (hashed is None)
        assert row[7] is (name not in ("gpc", "denied"))
    assert [rows[0][4], rows[0][5], rows[0][6]] == [3, "203.0.113.0/24", "v7"]
    text = str(collector.rows("select to_jsonb(e) from raw.collector_events e")) + collector.log.read_text()
    for address in ("203.0.113.9", "198.51.100.7", "1.1.1.1", "2001:db8:1:2:3"):
        assert address not in text
    assert KEY not in collector.log.read_text()


def test_the_pixel_always_answers_with_an_image(collector: Collector) -> None:
    data = base64.urlsafe_b64encode(json.dumps(event("data", writeKey=KEY)).encode()).decode().rstrip("=")
    plain = f"writeKey={KEY}&messageId=plain&userId=u&event=Order&properties.order_id=A-1"
    for query in (f"data={data}", plain, "data=***", "", "writeKey=unknown_but_long_enough"):
        answer = collector.client.get(f"/v1/pixel/track?{query}", headers={"referer": "https://shop.example/thanks"})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
        assert answer.content.startswith(b"GIF89a")
    rows = collector.rows("select message_id, properties, context from raw.collector_events order by event_id")
    assert rows == [("data", {}, {}), ("plain", {"order_id": "A-1"}, {"page": {"url": "https://shop.example/thanks"}})]
    assert collector.refusals(3) == {"malformed_pixel": 1, "no_write_key": 1, "unknown_write_key": 1}


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_probes(collector: Collector, path: str) -> None:
    assert collector.client.get(path).status_code == 200
