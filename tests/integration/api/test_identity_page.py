"""The page of links of ids: what a split needs, and no id on it."""

from typing import Any
from uuid import uuid4

import httpx


def test_the_page_of_links_splits_with_a_reason_and_takes_it_back(
    account: Any, published: str, database_url: str, tools: Any
) -> None:
    link = str(uuid4())
    tools.insert(
        database_url, "marts.identity_links", tenant_id=account.tenant_id, link_id=link, sponsor_id=account.sponsor_id,
        source_id="a tablet", user_id="a customer", link_kind="identify", is_alias=False, linked_at="2026-03-02T10:00:00+00:00",
        event_count=3, status="merged",
    )  # fmt: skip
    with httpx.Client(base_url=account.http.base_url, follow_redirects=True) as browser:
        entry = {"email": account.email, "password": tools.PASSWORD}
        assert browser.post("/v1/sessions", json=entry).status_code in (200, 201)
        token = browser.get("/v1/me").json()["csrf_token"]
        page = browser.get("/identity", params={"known_as": "a tablet"})
        assert page.status_code == 200 and page.text.count("data-link=") == 1 and "a customer" not in page.text
        made = browser.post("/identity/splits", data={"link_id": link, "reason": "The shop's tablet", "csrf_token": token})
        assert made.status_code == 200 and f'data-split="{link}"' in made.text
        assert [one["link_id"] for one in account.http.get("/v1/identity/splits").json()["items"]] == [link]
        assert browser.post("/identity/splits", data={"link_id": link, "csrf_token": token}).status_code == 422
        back = browser.post(f"/identity/splits/{link}/rejoin", data={"csrf_token": token})
        assert back.status_code == 200 and "data-split=" not in back.text
    assert account.http.get("/v1/identity/splits").json()["items"] == []
