"""Accounts at hosts through the API: what goes in never comes out, a wrong address is told, and a test is asked for."""

from typing import Any

import psycopg
import pytest

SECRET = "sekret-credential-4711"


def entry(account: Any, **more: Any) -> dict[str, Any]:
    return {"show_id": account.show_id, "host": "transistor", "external_show_id": "99", "credential": SECRET, **more}


@pytest.fixture
def connected(account: Any) -> dict[str, Any]:
    made = account.http.post("/v1/hosting-accounts", json=entry(account))
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def tried(url: str, account: Any, account_id: str, error: str | None) -> None:
    """What the pipeline leaves behind of a read."""
    with psycopg.connect(url) as c:
        c.execute(
            "insert into ops.fetch_state (tenant_id, source, source_key, url, last_attempt_at, last_error) "
            "values (%s, 'hosting', %s, 'https://host.example', clock_timestamp(), %s) "
            "on conflict (tenant_id, source, source_key) do update set last_attempt_at = excluded.last_attempt_at, "
            "last_error = excluded.last_error",
            [account.tenant_id, account_id, error],
        )


def test_a_new_account_waits_to_be_read_and_so_does_one_that_is_tested(
    account: Any, stranger: Any, connected: dict[str, Any], database_url: str
) -> None:
    """Fails where a test waits for the hour, or a pause after a fault stands in its way."""
    path = f"/v1/hosting-accounts/{connected['account_id']}"
    assert connected["is_waiting"] and connected["last_attempt_at"] is None
    tried(database_url, account, connected["account_id"], "found 401, expected 200: enter the key anew")
    shown = account.http.get(path).json()
    assert (shown["is_waiting"], shown["last_error"]) == (False, "found 401, expected 200: enter the key anew")
    asked = account.http.post(f"{path}/reads")
    assert asked.status_code == 202 and asked.json()["is_waiting"]
    tried(database_url, account, connected["account_id"], None)
    assert not account.http.get(path).json()["is_waiting"]
    assert account.http.patch(path, json={"is_active": False}).json()["is_waiting"] is False
    refused = account.http.post(f"{path}/reads")
    assert refused.status_code == 409 and "switched off" in refused.text
    assert stranger.http.post(f"{path}/reads").status_code == 404
    with psycopg.connect(database_url) as c:
        audited = c.execute("select count(*) from app.audit_log where subject_kind = 'hosting_read'").fetchone()
    assert audited == (1,)


def test_no_answer_holds_a_credential(account: Any, connected: dict[str, Any]) -> None:
    path = f"/v1/hosting-accounts/{connected['account_id']}"
    answers = [
        account.http.get("/v1/hosting-accounts"),
        account.http.get(path),
        account.http.post(f"{path}/reads"),
        account.http.patch(path, json={"credential": f"{SECRET}-new"}),
        account.http.post("/v1/hosting-accounts", json=entry(account)),
        account.http.post("/v1/hosting-accounts", json=entry(account, external_show_id="")),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 202, 200, 409, 422]
    assert all(SECRET not in answer.text for answer in answers)


@pytest.mark.parametrize(
    "url",
    ["nowhere", "ftp://host.example", "https://", "https://me:pw@host.example", "https://host.example/?token=1", "https://a b"],
)
def test_an_address_that_is_none_or_bears_a_secret_is_refused(account: Any, url: str) -> None:
    """Fails where a wrong address ends as an error of ours, or a password in it would be kept in the clear."""
    answer = account.http.post("/v1/hosting-accounts", json=entry(account, base_url=url))
    assert answer.status_code == 422, answer.text
    assert "base_url" in answer.text and "pw@" not in answer.text


def test_an_analyst_neither_adds_nor_tests(account: Any, connected: dict[str, Any]) -> None:
    key = account.http.post("/v1/api-keys", json={"name": "reads", "role": "analyst"}).json()["key"]
    headers = {"Authorization": f"Bearer {key}"}
    path = f"/v1/hosting-accounts/{connected['account_id']}"
    assert account.http.get(path, headers=headers).status_code == 200
    assert account.http.post(f"{path}/reads", headers=headers).status_code == 403
    assert account.http.post("/v1/hosting-accounts", json=entry(account, external_show_id="5"), headers=headers).status_code == 403
