"""Fraud scores, decisions on them and the account's threshold, through the real API."""

import json
from typing import Any
from uuid import uuid4

import psycopg
import pytest

AT = "2026-03-02T10:00:00+00:00"
REASONS = [
    {"reason": "vpn_origin", "measured": 1, "threshold": 1, "weight": 0.15},
    {"reason": "seconds_from_click", "measured": 2.5, "threshold": 5, "weight": 0.6},
]


def add_scored(tools: Any, url: str, account: Any, order: str, score: float | None, **more: Any) -> str:
    conversion = str(uuid4())
    both = {
        "tenant_id": account.tenant_id, "conversion_id": conversion, "sponsor_id": account.sponsor_id, "converted_at": AT,
        "conversion_kind": "purchase", "value_minor": 12_50, "currency": "USD", "is_fraud": more.pop("is_fraud", False),
    }  # fmt: skip
    tools.insert(
        url, "marts.attribution_conversions", **both, order_id=order, promo_codes=more.pop("codes", []),
        anonymous_id=more.pop("device", None),
    )  # fmt: skip
    tools.insert(
        url, "marts.conversion_fraud", **both, score=score, is_suspect=(score or 0) >= 0.5,
        reasons=json.dumps(REASONS if score else []), not_judged='["code_spike"]', rules_version="1", **more,
    )  # fmt: skip
    return conversion


@pytest.fixture
def world(account: Any, stranger: Any, published: str, database_url: str, tools: Any) -> Any:
    account.high = add_scored(tools, database_url, account, "high", 0.66, device="ann-s-phone", codes=["SPRING20", "NOBODYS"])
    account.apart = add_scored(tools, database_url, account, "apart", 0.9, is_fraud=True, decided_by="score")
    account.calm = add_scored(tools, database_url, account, "calm", 0)
    add_scored(tools, database_url, account, "unjudged", None)
    add_scored(tools, database_url, stranger, "foreign", 0.95)
    return account


def test_scores_come_with_their_reasons_in_words_the_highest_first(world: Any) -> None:
    items = world.http.get("/v1/fraud-scores").json()["items"]
    assert [(one["order_id"], one["score"]) for one in items] == [("apart", 0.9), ("high", 0.66)]
    high = items[1]
    assert [reason["reason"] for reason in high["reasons"]] == ["seconds_from_click", "vpn_origin"]
    assert high["reasons"][0]["explanation"].startswith("The device clicked 2.5 s before the order")
    assert (high["not_judged"], high["value"], high["codes"]) == (
        ["code_spike"],
        {"amount": "12.50", "currency": "USD"},
        ["SPRING20"],
    )
    assert "ann-s-phone" not in world.http.get("/v1/fraud-scores").text, "the device itself is not told"
    assert [one["order_id"] for one in world.http.get("/v1/fraud-scores?is_fraud=false").json()["items"]] == ["high"]
    assert world.http.get("/v1/fraud-scores?least_score=2").status_code == 422


def test_pages_of_scores_hold_each_conversion_once(world: Any, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("update marts.conversion_fraud set score = 0.66 where score is not null")
    whole = [one["conversion_id"] for one in world.http.get("/v1/fraud-scores").json()["items"]]
    seen, address = [], "/v1/fraud-scores?limit=1&least_score=0.1"
    while address:
        answer = world.http.get(address)
        assert answer.status_code == 200, answer.text
        seen += [one["conversion_id"] for one in answer.json()["items"]]
        address = answer.links.get("next", {}).get("url", "")
        assert (answer.json()["next_cursor"] is None) == (not address)
    assert len(whole) > 1 and seen == whole, "one score for all: the id decides"
    assert world.http.get("/v1/fraud-scores?after=bm8").status_code == 422


def test_the_scores_as_a_whole_tell_what_stands_apart(world: Any, stranger: Any) -> None:
    seen = world.http.get("/v1/fraud").json()
    assert {band["from_score"]: (band["conversions"], band["fraud"]) for band in seen["bands"] if band["conversions"]} == {
        0.0: (1, 0), 0.6: (1, 0), 0.9: (1, 1),
    }  # fmt: skip
    assert (seen["suspects"], seen["not_judged"]) == (1, 1)
    assert seen["apart"] == [{"conversions": 1, "amount": {"amount": "12.50", "currency": "USD"}}]
    assert stranger.http.get("/v1/fraud").json()["apart"] == []


def decision(world: Any, **more: Any) -> dict[str, Any]:
    return {"verdict": "fraud", "scope": "conversion", "conversion_id": world.high, "reason": "a script", **more}


def test_a_decision_is_recorded_listed_and_taken_back_without_being_deleted(world: Any, stranger: Any, database_url: str) -> None:
    made = world.http.post("/v1/fraud-decisions", json=decision(world))
    assert made.status_code == 201, made.text
    path = made.headers["Location"]
    assert world.http.post("/v1/fraud-decisions", json=decision(world)).status_code == 409, "it is in force already"
    assert world.http.get(path).json()["withdrawn_at"] is None
    assert stranger.http.get(path).status_code == stranger.http.delete(path).status_code == 404
    assert world.http.delete(path).status_code == world.http.delete(path).status_code == 204
    found = world.http.get(path).json()
    assert (found["verdict"], found["reason"], found["withdrawn_by"]) == ("fraud", "a script", found["decided_by"])
    assert world.http.get("/v1/fraud-decisions?with_withdrawn=false").json()["items"] == []
    assert world.http.post("/v1/fraud-decisions", json=decision(world)).status_code == 201
    first = world.http.get("/v1/fraud-decisions?limit=1").json()
    rest = world.http.get("/v1/fraud-decisions", params={"limit": 1, "after": first["next_cursor"]}).json()
    assert [first["items"][0]["withdrawn_at"] is None, rest["items"][0]["withdrawn_at"] is None] == [True, False]
    with psycopg.connect(database_url) as c:
        rows = c.execute("select (evidence ->> 'score')::numeric, decided_by_name <> '' from app.fraud_decisions").fetchall()
        audited = c.execute("select action from app.audit_log where subject_kind = 'fraud' order by occurred_at").fetchall()
    assert [float(score) for score, _ in rows] == [0.66, 0.66] and all(named for _, named in rows)
    assert [action for (action,) in audited] == ["decide", "withdraw", "decide"]


def test_sets_are_a_known_code_or_the_device_of_a_conversion(world: Any) -> None:
    code = {"verdict": "fraud", "scope": "code", "code": "spring 20", "reason": "farmed", "from_at": "2026-03-01T00:00:00Z"}
    made = world.http.post("/v1/fraud-decisions", json=code).json()
    assert (made["code"], made["to_at"], made["conversion_id"]) == ("SPRING20", None, None)
    device = world.http.post("/v1/fraud-decisions", json=decision(world, scope="device"))
    assert device.status_code == 201 and "ann-s-phone" not in device.text


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"conversion_id": str(uuid4())}, 404),
        ({"reason": "x"}, 422),
        ({"verdict": "maybe"}, 422),
        ({"conversion_id": None}, 422),
        ({"code": "SPRING20"}, 422),
        ({"from_at": "2026-03-01T00:00:00Z"}, 422),
        ({"scope": "code", "conversion_id": None, "code": "UNKNOWN"}, 404),
        ({"scope": "code", "conversion_id": None, "code": "SPRING20", "from_at": AT, "to_at": AT}, 422),
        ({"scope": "code", "conversion_id": None, "code": "SPRING20", "from_at": "2026-03-01T00:00:00"}, 422),
    ],
)
def test_a_decision_that_cannot_be_is_refused(world: Any, database_url: str, change: dict[str, Any], status: int) -> None:
    answer = world.http.post("/v1/fraud-decisions", json=decision(world, **change))
    assert answer.status_code == status, answer.text
    with psycopg.connect(database_url) as c:
        assert c.execute("select count(*) from app.fraud_decisions").fetchone() == (0,)


def test_a_device_that_is_not_known_cannot_be_decided_on(world: Any) -> None:
    answer = world.http.post("/v1/fraud-decisions", json=decision(world, scope="device", conversion_id=world.calm))
    assert answer.status_code == 409 and answer.headers["content-type"] == "application/problem+json"


def test_the_threshold_is_off_and_is_the_accounts_own(world: Any, stranger: Any, database_url: str) -> None:
    assert world.http.get("/v1/fraud-settings").json() == {"exclude_score": None}
    for wrong in ("0", "1.5", "0.00001", "much"):
        assert world.http.put("/v1/fraud-settings", json={"exclude_score": wrong}).status_code == 422, wrong
    for _ in range(2):
        assert world.http.put("/v1/fraud-settings", json={"exclude_score": "0.9"}).json() == {"exclude_score": "0.9000"}
    assert stranger.http.get("/v1/fraud-settings").json() == {"exclude_score": None}
    assert world.http.put("/v1/fraud-settings", json={"exclude_score": None}).json() == {"exclude_score": None}
    with psycopg.connect(database_url) as c:
        changes = c.execute("select count(*) from app.audit_log where subject_kind = 'fraud_settings'").fetchone()
    assert changes == (2,), "the second of two equal ones changed nothing"


def test_an_etag_moves_with_a_decision(world: Any) -> None:
    path = f"/v1/campaigns/{world.campaign_id}/analytics"
    before = world.http.get(path).headers["etag"]
    assert world.http.get(path, headers={"If-None-Match": before}).status_code == 304
    world.http.post("/v1/fraud-decisions", json=decision(world))
    assert world.http.get(path, headers={"If-None-Match": before}).status_code == 200
