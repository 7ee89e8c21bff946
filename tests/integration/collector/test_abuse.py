"""Who may send what, how often, and what of it is believed: against a real process."""

import json
import time
from collections.abc import Callable
from typing import Any

import psycopg

from api.auth.signing_keys import new_signing_key, seal
from api.collector.signing import sign

KEY, OTHER_KEY = "hrw_integration_0000000000", "hrw_other_tenant_000000000"
SECRET_KEY = "a secret key for this test alone"
# The fixtures of conftest.py, whose types cannot be imported from here.
Collector = Any


def purchase(message_id: str | None, order: str = "o1") -> dict[str, Any]:
    event = {"type": "track", "userId": "u", "event": "Order Completed", "properties": {"order_id": order, "total": "99.00"}}
    return event if message_id is None else event | {"messageId": message_id}


def add_key(database_url: str, key: str, tenant_id: int = 1, expires: str = "infinity") -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into app.site_signing_keys (tenant_id, site_id, key_prefix, key_encrypted, expires_at) "
            "select tenant_id, site_id, %s, %s, %s::timestamptz from app.sites where tenant_id = %s",
            [key[:10], seal(key, SECRET_KEY), expires, tenant_id],
        )


def send(collector: Collector, events: list[dict[str, Any]], key: str | None = None, age: int = 0, **headers: str) -> Any:
    body = json.dumps({"batch": events, "writeKey": KEY}).encode()
    if key is not None:
        timestamp = int(time.time()) - age
        headers |= {"x-hostread-timestamp": str(timestamp), "x-hostread-signature": sign(key, timestamp, body)}
    return collector.client.post("/v1/batch", content=body, headers={"content-type": "application/json", **headers})


def verifications(collector: Collector) -> dict[str, str]:
    return dict(collector.rows("select message_id, verification from raw.collector_events"))


def test_an_order_is_verified_by_a_signature_alone(
    sites: None, database_url: str, make_collector: Callable[..., Collector]
) -> None:
    key, old, ended, foreign = (new_signing_key() for _ in range(4))
    add_key(database_url, key)
    add_key(database_url, old)
    add_key(database_url, ended, expires="2020-01-01")
    add_key(database_url, foreign, tenant_id=2)
    collector = make_collector(HOSTREAD_SECRET_KEY=SECRET_KEY)
    for name, used, age in [
        ("signed", key, 0), ("rotating", old, 0), ("nearly", key, 290), ("late", key, 320), ("early", key, -320),
        ("ended", ended, 0), ("foreign", foreign, 0), ("made_up", new_signing_key(), 0), ("unsigned", None, 0),
    ]:  # fmt: skip
        assert send(collector, [purchase(name)], used, age).status_code == 200
    # Tampered with on its way: the total of a signed order.
    body = json.dumps({"batch": [purchase("tampered")], "writeKey": KEY}).encode()
    now = int(time.time())
    headers = {"x-hostread-timestamp": str(now), "x-hostread-signature": sign(key, now, body)}
    assert collector.client.post("/v1/batch", content=body.replace(b"99.00", b"9900"), headers=headers).status_code == 200
    assert verifications(collector) == {
        "signed": "signed", "rotating": "signed", "nearly": "signed", "late": "stale", "early": "stale", "ended": "bad_signature",
        "foreign": "bad_signature", "made_up": "bad_signature", "unsigned": "unsigned", "tampered": "bad_signature",
    }  # fmt: skip
    # Sent again within its five minutes, a signed request makes the same events, with or without ids of their own.
    body = json.dumps({"batch": [purchase(None), purchase(None, "o2")], "writeKey": KEY}).encode()
    headers = {"x-hostread-timestamp": str(now), "x-hostread-signature": sign(key, now, body)}
    for _ in range(3):
        assert collector.client.post("/v1/batch", content=body, headers=headers).status_code == 200
    made = collector.rows("select message_id, count(*) from raw.collector_events where message_id like 'signed-%' group by 1")
    assert [count for _, count in made] == [3, 3]
    assert key not in collector.log.read_text() and SECRET_KEY not in collector.log.read_text()


def test_without_its_secret_key_a_collector_says_that_it_could_not_check(collector: Collector, database_url: str) -> None:
    add_key(database_url, key := new_signing_key())
    assert send(collector, [purchase("a")], key).status_code == 200
    assert verifications(collector) == {"a": "unchecked"}


def test_ten_thousand_forged_purchases_verify_nothing(
    sites: None, database_url: str, make_collector: Callable[..., Collector]
) -> None:
    """With the public key, which anybody may read in the page: signatures of every kind, and none."""
    add_key(database_url, key := new_signing_key())
    collector = make_collector(HOSTREAD_SECRET_KEY=SECRET_KEY)
    genuine = json.dumps({"batch": [purchase("genuine")], "writeKey": KEY}).encode()
    now = int(time.time())
    stolen = {"x-hostread-timestamp": str(now), "x-hostread-signature": sign(key, now, genuine)}
    assert collector.client.post("/v1/batch", content=genuine, headers=stolen).status_code == 200
    for number in range(20):
        forged = [purchase(f"forged-{number}-{place}", f"f{number}-{place}") for place in range(500)]
        headers = [
            {},
            stolen,
            {"x-hostread-signature": "v1="},
            {"x-hostread-timestamp": str(now), "x-hostread-signature": f"v1={'0' * 64}"},
        ]
        used = (None, KEY, "", new_signing_key())[number % 4] if number >= 4 else None
        assert send(collector, forged, used, **headers[number % 4] if used is None else {}).status_code == 200
    counted = dict(collector.rows("select verification = 'signed', count(*) from raw.collector_events group by 1"))
    assert counted == {True: 1, False: 10_000}


def test_a_key_and_a_network_have_their_rates(sites: None, database_url: str, make_collector: Callable[..., Collector]) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("update app.sites set events_per_second = 1 where tenant_id = 2")
    add_key(database_url, key := new_signing_key())
    collector = make_collector(
        HOSTREAD_SECRET_KEY=SECRET_KEY, HOSTREAD_COLLECTOR_KEY_RATE="40/hour", HOSTREAD_COLLECTOR_NETWORK_RATE="20/hour"
    )
    here, there = {"x-forwarded-for": "203.0.113.9"}, {"x-forwarded-for": "2001:db8:1:2::3"}
    assert send(collector, [purchase(f"a{number}") for number in range(20)], **here).status_code == 200
    answer = send(collector, [purchase("b")], **{"x-forwarded-for": "203.0.113.200"})
    assert (answer.status_code, answer.json()["code"]) == (429, "network_rate")
    assert int(answer.headers["retry-after"]) == int(answer.headers["x-ratelimit-reset"]) >= 1
    # Trying out keys costs as much; another network goes on; a signed request is bound by its key alone.
    assert collector.client.post("/v1/track", json={"writeKey": "hrw_unknown_0000000000000"}, headers=here).status_code == 429
    assert send(collector, [purchase("c")], **there).status_code == 200
    assert send(collector, [purchase("d")], key, **there).status_code == 200
    assert send(collector, [purchase(f"e{number}") for number in range(18)], **there).status_code == 200
    answer = send(collector, [purchase("f")], **{"x-forwarded-for": "192.0.2.1"})
    assert (answer.status_code, answer.json()["code"]) == (429, "key_rate")
    # A site's own rate, in the pixel too, which answers with its image all the same.
    own = {"x-forwarded-for": "192.0.2.1"}
    for number in range(12):
        url = f"/v1/pixel/track?writeKey={OTHER_KEY}&userId=u&event=e&messageId=p{number}"
        assert collector.client.get(url, headers=own).status_code == 200
    stored = collector.rows("select count(*) from raw.collector_events where tenant_id = 2")[0][0]
    assert 10 <= stored < 12
    assert collector.refusals(15 - stored) == {"network_rate": 2, "key_rate": 13 - stored}


ORIGINS = {
    "https://shop.example": 200, "https://www.shop.example": 200, "http://www.shop.example": 200, "": 200,
    "http://shop.example": 403, "https://shop.example.evil.example": 403, "https://evil.example": 403, "null": 403,
    "https://shop.example:8443": 403, "https://sub.shop.example": 403,
}  # fmt: skip


def test_a_site_s_origins(collector: Collector) -> None:
    """`null` is what a sandboxed frame sends. A preflight names no key, and so is answered to any page."""
    for origin, status in ORIGINS.items():
        headers = {"origin": origin} if origin else {}
        answer = collector.client.post("/v1/track", json=purchase(f"m-{origin}") | {"writeKey": OTHER_KEY}, headers=headers)
        assert answer.status_code == status, origin
        assert answer.headers.get("access-control-allow-origin") == (origin if origin and status == 200 else None)
        if origin != "null":
            url = f"/v1/pixel/track?writeKey={OTHER_KEY}&userId=u&event=e&messageId=p-{origin}"
            referer = {"referer": f"{origin}/page"} if origin else {}
            assert collector.client.get(url, headers=referer).status_code == 200
    stored = {row[0] for row in collector.rows("select message_id from raw.collector_events")}
    assert stored == {f"{kind}-{origin}" for origin, status in ORIGINS.items() if status == 200 for kind in "mp"}
