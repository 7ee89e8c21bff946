"""Signing keys are shown once and kept sealed; a site's limits are its owner's alone."""

from typing import Any

import psycopg


def keys_url(account: Any) -> str:
    return f"/v1/sites/{account.site['site_id']}/signing-keys"


def test_a_signing_key_is_shown_once_rotated_and_revoked(account: Any, stranger: Any, database_url: str) -> None:
    made = account.http.post(keys_url(account), json={})
    assert made.status_code == 201, made.text
    key = made.json()["key"]
    assert key.startswith("hrs_") and made.json()["key_prefix"] == key[:10]
    listed = account.http.get(keys_url(account))
    assert key not in listed.text and [row["expires_at"] for row in listed.json()["items"]] == [None]
    second = account.http.post(keys_url(account), json={"others_expire_in_hours": 24}).json()
    found = {row["signing_key_id"]: row["expires_at"] for row in account.http.get(keys_url(account)).json()["items"]}
    assert found[second["signing_key_id"]] is None and found[made.json()["signing_key_id"]] is not None
    with psycopg.connect(database_url) as connection:
        stored = connection.execute("select key_encrypted from app.site_signing_keys order by created_at").fetchall()
        assert all(key.encode() not in bytes(token) for (token,) in stored)
        audited = connection.execute(
            "select action, count(*) from app.audit_log where subject_kind = 'signing_key' group by 1 order by 1"
        ).fetchall()
    assert audited == [("change", 1), ("create", 2)], "the first key's new end is a change"
    for _ in range(2):
        revoked = account.http.delete(f"{keys_url(account)}/{second['signing_key_id']}")
        assert revoked.status_code == 204
    assert [row["signing_key_id"] for row in account.http.get(keys_url(account)).json()["items"]] == [made.json()["signing_key_id"]]
    for method, path, body in [
        ("GET", keys_url(stranger), None), ("POST", keys_url(stranger), {}),
        ("DELETE", f"{keys_url(account)}/{account.site['site_id']}", None),
        ("DELETE", f"{keys_url(stranger)}/{made.json()['signing_key_id']}", None),
        ("PATCH", f"/v1/sites/{stranger.site['site_id']}", {"name": "taken"}),
    ]:  # fmt: skip
        assert account.http.request(method, path, json=body).status_code == 404, (method, path)
    for _ in range(4):
        assert account.http.post(keys_url(account), json={}).status_code == 201
    assert account.http.post(keys_url(account), json={}).status_code == 409


def test_a_site_s_limits_change_where_they_are_named(account: Any) -> None:
    url = f"/v1/sites/{account.site['site_id']}"
    changed = account.http.patch(url, json={"allowed_origins": ["https://shop.example"], "events_per_second": 5})
    assert changed.status_code == 200 and changed.json()["allowed_origins"] == ["https://shop.example"]
    assert account.http.patch(url, json={"events_per_second": None}).json()["allowed_origins"] == ["https://shop.example"]
    assert account.http.patch(url, json={"is_disabled": True}).json()["disabled_at"]
    assert account.http.patch(url, json={"is_disabled": False}).json()["disabled_at"] is None
    for wrong in ({"name": None}, {"allowed_origins": ["shop"]}, {"events_per_second": 0}, {"write_key": "x"}):
        assert account.http.patch(url, json=wrong).status_code == 422, wrong
