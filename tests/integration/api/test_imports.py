"""Uploads by the API and the dashboard's form: who may, how large, what is stored, and what the answers say."""

from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest

from api.settings import ApiSettings

PASSWORD = "correct horse battery"

CSV = b"date,item_title,downloads\n2026-01-01,Pilot,120\n"


def post(account: Any, content: bytes = CSV, **fields: Any) -> httpx.Response:
    given = {"kind": "statistics", "show_id": account.show_id} | fields
    return account.http.post(
        "/v1/imports", data={k: v for k, v in given.items() if v is not None}, files={"file": ("a.csv", content)}
    )


def test_a_file_waits_and_can_be_asked_for(account: Any, database_url: str) -> None:
    made = post(account)
    assert made.status_code == 202, made.text
    assert made.json()["status"] == "waiting" and made.json()["file_name"] == "a.csv"
    again = account.http.get(made.headers["Location"]).json()
    assert again == made.json()
    assert [one["import_id"] for one in account.http.get("/v1/imports").json()["items"]] == [again["import_id"]]
    with psycopg.connect(database_url) as owner:
        row = owner.execute("select content, byte_count from app.import_files").fetchone()
    assert row is not None and b"Pilot" not in bytes(row[0]) and row[1] == len(CSV)


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"show_id": None}, 422, "found statistics without a show"),
        ({"kind": "gossip"}, 422, "kind"),
        ({"host": "megaphone"}, 422, "host"),
        ({"kind": "logs", "base_url": "ftp://x"}, 422, "base_url"),
        ({"show_id": "7d8f6a4e-0000-4000-8000-000000000000"}, 404, "found no show"),
        ({"kind": "orders", "sponsor_id": "7d8f6a4e-0000-4000-8000-000000000000"}, 404, "found no sponsor"),
    ],
)
def test_what_an_import_cannot_be_is_said(account: Any, fields: dict[str, Any], status: int, says: str) -> None:
    answer = post(account, **fields)
    assert answer.status_code == status and says in answer.text, answer.text


def test_an_empty_file_and_another_accounts_show_are_refused(account: Any, stranger: Any) -> None:
    assert post(account, b"").status_code == 422
    assert post(account, show_id=stranger.show_id).status_code == 404
    made = post(account).json()
    assert stranger.http.get(f"/v1/imports/{made['import_id']}").status_code == 404
    assert stranger.http.get("/v1/imports").json()["items"] == []


def test_a_file_above_the_setting_is_refused_and_a_strangers_body_long_before(
    database_url: str, serve: Callable[[ApiSettings], str]
) -> None:
    settings = ApiSettings(database_url=database_url, secret_key="s" * 32, log_level="CRITICAL", largest_upload_mb=2)  # type: ignore[arg-type]
    base = serve(settings)
    with httpx.Client(base_url=base, timeout=60) as client:
        key = client.post("/v1/users", json={"email": "a@size.example.com", "password": PASSWORD, "organisation": "Size"}).json()[
            "api_key"
        ]["key"]
        big = {"file": ("a.csv", b"x" * 2_050_000)}
        asked = client.post("/v1/imports", data={"kind": "logs"}, files=big, headers={"Authorization": f"Bearer {key}"})
        assert asked.status_code == 413 and "2 MB" in asked.text, asked.text
        fits = {"file": ("a.csv", b"x" * 1_900_000)}
        assert (
            client.post("/v1/imports", data={"kind": "logs"}, files=fits, headers={"Authorization": f"Bearer {key}"}).status_code
            == 202
        )
        assert client.post("/v1/imports", data={"kind": "logs"}, files=fits).status_code == 413


def test_the_dashboards_form_needs_its_token_and_shows_the_file(account: Any, base_url: str) -> None:
    with httpx.Client(base_url=base_url, timeout=60, follow_redirects=True) as browser:
        door = browser.get("/login").text.split('name="csrf_token" value="')[1].split('"')[0]
        browser.post("/login", data={"email": account.email, "password": PASSWORD, "csrf_token": door})
        shown = browser.get("/imports").text
        token = shown.split('name="csrf_token" value="')[1].split('"')[0]
        fields = {"kind": "statistics", "show_id": account.show_id, "host": ""}
        refused = browser.post("/imports", data=fields, files={"file": ("<b>.csv", CSV)})
        assert refused.status_code == 403
        nothing = browser.post("/imports", data=fields | {"csrf_token": token})
        assert nothing.status_code == 422 and "Choose a file." in nothing.text
        done = browser.post("/imports", data=fields | {"csrf_token": token}, files={"file": ("<b>.csv", CSV)})
        assert done.status_code == 200 and "&lt;b&gt;.csv" in done.text and "Waiting" in done.text
        assert 'hx-get="/imports/list"' in browser.get("/imports/list").text
