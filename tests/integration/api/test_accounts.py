"""Registration, login, sessions, form tokens, API keys, roles and rates."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import psycopg

from api.auth.passwords import hash_password
from api.settings import ApiSettings

PASSWORD = "correct horse battery"


def test_a_registration_makes_an_account_that_can_log_in(
    anonymous: httpx.Client, database_url: str, tools: SimpleNamespace
) -> None:
    made = tools.register(anonymous, "night")
    assert made["user"]["role"] == "owner" and made["api_key"]["key"].startswith("hr_")
    answer = anonymous.post("/v1/sessions", json={"email": " Owner@NIGHT.com ", "password": PASSWORD})
    assert answer.status_code == 201
    assert "HttpOnly" in answer.headers["set-cookie"] and "SameSite=lax" in answer.headers["set-cookie"]
    assert anonymous.get("/v1/me").json()["user"]["email"] == "owner@night.com"
    with psycopg.connect(database_url) as owner:
        events = owner.execute("select event_name from app.product_events order by occurred_at").fetchall()
        assert [name for (name,) in events] == ["user.registered", "user.logged_in"]
        hashes = owner.execute("select password_hash, k.key_hash from app.logins, app.api_keys as k").fetchone()
    assert hashes is not None and hashes[0].startswith("$argon2id$")
    assert made["api_key"]["key"].encode() not in hashes[1], "the key itself must not be stored"


def test_unknown_addresses_and_wrong_passwords_answer_alike(anonymous: httpx.Client, tools: SimpleNamespace) -> None:
    tools.register(anonymous, "night")
    wrong = anonymous.post("/v1/sessions", json={"email": "owner@night.com", "password": "wrong password"})
    unknown = anonymous.post("/v1/sessions", json={"email": "nobody@night.com", "password": "wrong password"})
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert {k: v for k, v in wrong.json().items() if k != "request_id"} == {
        k: v for k, v in unknown.json().items() if k != "request_id"
    }


def test_an_address_registers_once(anonymous: httpx.Client, tools: SimpleNamespace) -> None:
    tools.register(anonymous, "night")
    again = anonymous.post(
        "/v1/users", json={"email": "OWNER@night.com", "password": "another pass phrase", "organisation": "Other"}
    )
    assert again.status_code == 409


def test_a_password_never_comes_back(anonymous: httpx.Client) -> None:
    answer = anonymous.post("/v1/users", json={"email": "not an address", "password": "short", "organisation": "x"})
    assert answer.status_code == 422 and "short" not in answer.text.replace("too_short", "").replace("shorter", "")


def test_logging_out_ends_copies_of_the_cookie(anonymous: httpx.Client, tools: SimpleNamespace) -> None:
    tools.register(anonymous, "night")
    token = anonymous.post("/v1/sessions", json={"email": "owner@night.com", "password": PASSWORD}).json()["csrf_token"]
    copied = dict(anonymous.cookies)
    assert anonymous.delete("/v1/sessions/current", headers={"X-CSRF-Token": token}).status_code == 204
    with httpx.Client(base_url=anonymous.base_url, cookies=copied) as thief:
        assert thief.get("/v1/me").status_code == 401


def test_a_change_by_cookie_needs_the_token_of_its_own_session(anonymous: httpx.Client, tools: SimpleNamespace) -> None:
    tools.register(anonymous, "night")
    login = {"email": "owner@night.com", "password": PASSWORD}
    other_token = anonymous.post("/v1/sessions", json=login).json()["csrf_token"]
    token = anonymous.post("/v1/sessions", json=login).json()["csrf_token"]
    body = {"name": "Acme"}
    assert anonymous.post("/v1/sponsors", json=body).json()["type"] == "/v1/problems/csrf"
    assert anonymous.post("/v1/sponsors", json=body, headers={"X-CSRF-Token": other_token}).status_code == 403
    assert anonymous.post("/v1/sponsors", json=body, headers={"X-CSRF-Token": token}).status_code == 201


def test_a_forged_or_foreign_cookie_opens_nothing(anonymous: httpx.Client) -> None:
    for value in ("x", "WzEsICIwMCJd.AAAA", "1.2.3", "\u0041" * 500):
        answer = anonymous.get("/v1/me", headers={"Cookie": f"hostread_session={value}"})
        assert answer.status_code == 401, value


def test_keys_are_shown_once_and_end_when_revoked_or_expired(account: Any, database_url: str) -> None:
    made = account.http.post("/v1/api-keys", json={"name": "export", "role": "analyst"}).json()
    listed = account.http.get("/v1/api-keys").json()["items"]
    assert made["key_id"] in {key["key_id"] for key in listed}
    assert made["key"] not in account.http.get("/v1/api-keys").text
    with httpx.Client(base_url=account.http.base_url, headers={"Authorization": f"Bearer {made['key']}"}) as analyst:
        assert analyst.get("/v1/me").json()["role"] == "analyst"
        assert analyst.post("/v1/api-keys", json={"name": "more"}).status_code == 403
        assert account.http.delete(f"/v1/api-keys/{made['key_id']}").status_code == 204
        assert analyst.get("/v1/me").status_code == 401
    with psycopg.connect(database_url) as owner:
        owner.execute("update app.api_keys set expires_at = now() - interval '1 second'")
    assert account.http.get("/v1/me").status_code == 401
    past = account.http.post("/v1/api-keys", json={"name": "past", "expires_at": "2020-01-01T00:00:00Z"})
    assert past.status_code == 401


def test_a_sponsor_sees_its_own_campaigns_alone(account: Any, database_url: str) -> None:
    other = account.http.post("/v1/sponsors", json={"name": "Other"}).json()["sponsor_id"]
    with psycopg.connect(database_url) as owner:
        owner.execute(
            "insert into app.users (tenant_id, email, role, sponsor_id) values (%s, 's@acme.com', 'sponsor', %s)",
            [account.tenant_id, other],
        )
        owner.execute("update app.logins set password_hash = %s where email = 's@acme.com'", [hash_password(PASSWORD)])
    with httpx.Client(base_url=account.http.base_url) as sponsor:
        token = sponsor.post("/v1/sessions", json={"email": "s@acme.com", "password": PASSWORD}).json()["csrf_token"]
        sponsor.headers["X-CSRF-Token"] = token
        assert sponsor.get("/v1/campaigns").json()["items"] == []
        assert [s["name"] for s in sponsor.get("/v1/sponsors").json()["items"]] == ["Other"]
        for path in ("", "/analytics", "/attribution", "/roi", "/status-history"):
            assert sponsor.get(f"/v1/campaigns/{account.campaign_id}{path}").status_code == 404, path
        assert sponsor.get(f"/v1/reports/{account.report['report_id']}").status_code == 404
        assert sponsor.get("/v1/reports").json()["items"] == []
        assert sponsor.post("/v1/reports", json={"campaign_id": account.campaign_id}).status_code == 404
        assert sponsor.post("/v1/sponsors", json={"name": "x"}).status_code == 403
        assert sponsor.get("/v1/metrics/ttfv").status_code == 403


def test_attempts_are_limited_by_account_and_address(
    database_url: str, serve: Callable[[ApiSettings], str], tools: SimpleNamespace
) -> None:
    url = serve(tools.settings_for(database_url, login_rate="3/minute", registration_rate="1/hour"))
    with httpx.Client(base_url=url) as client:
        tools.register(client, "night")
        refused = client.post("/v1/users", json={"email": "b@night.com", "password": PASSWORD, "organisation": "b"})
        assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
        codes = [
            client.post("/v1/sessions", json={"email": "owner@night.com", "password": "wrong password"}).status_code
            for _ in range(4)
        ]
        assert codes == [401, 401, 401, 429]
        # X-Forwarded-For of an untrusted peer changes nothing.
        forged = client.post(
            "/v1/sessions", json={"email": "c@night.com", "password": "wrong"}, headers={"X-Forwarded-For": "203.0.113.9"}
        )
        assert forged.status_code == 429
