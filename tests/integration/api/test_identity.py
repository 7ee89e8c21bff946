"""Links of ids through the API: counted and listed without an id, split by a recorded decision, and joined again."""

import uuid
from typing import Any

import psycopg
import pytest

PERSON = uuid.UUID(int=7)
LINKS = {"merged": uuid.UUID(int=1), "shared_browser": uuid.UUID(int=2)}


@pytest.fixture
def world(account: Any, published: str, tools: Any, database_url: str) -> Any:
    """A published link that merges and one that does not."""
    for status, link_id in LINKS.items():
        tools.insert(
            database_url, "marts.identity_links",
            tenant_id=account.tenant_id, link_id=link_id, sponsor_id=account.sponsor_id, source_id="browser-secret",
            user_id=f"user-secret-{status}", link_kind="identify", is_alias=False, linked_at="2026-06-01 10:00Z", event_count=2,
            status=status, source_person_id=PERSON if status == "merged" else None, user_person_id=PERSON,
        )  # fmt: skip
    return account


def split(world: Any, link: str = "merged", reason: str = "the shop's tablet") -> Any:
    return world.http.post("/v1/identity/splits", json={"link_id": str(LINKS[link]), "reason": reason})


def test_links_are_counted_and_found_by_an_id_that_is_not_told(world: Any, stranger: Any) -> None:
    answer = world.http.get("/v1/identity/links")
    assert "secret" not in answer.text
    found = answer.json()
    assert {row["status"]: row["links"] for row in found["counts"]} == {"merged": 1, "shared_browser": 1}
    assert {row["status"]: row["is_one_person"] for row in found["items"]} == {"merged": True, "shared_browser": False}
    asked = {"known_as": "user-secret-merged"}
    assert [row["link_id"] for row in world.http.get("/v1/identity/links", params=asked).json()["items"]] == [str(LINKS["merged"])]
    assert stranger.http.get("/v1/identity/links", params=asked).json()["items"] == []


def test_a_split_is_recorded_and_taken_back_by_another_decision(world: Any, stranger: Any, database_url: str) -> None:
    assert stranger.http.post("/v1/identity/splits", json={"link_id": str(LINKS["merged"]), "reason": "mine"}).status_code == 404
    made = split(world)
    assert made.status_code == 201, made.text
    assert (made.json()["action"], made.json()["sponsor_id"]) == ("split", world.sponsor_id)
    assert split(world).status_code == 409
    assert [row["link_id"] for row in world.http.get("/v1/identity/splits").json()["items"]] == [str(LINKS["merged"])]
    path = f"/v1/identity/splits/{LINKS['merged']}"
    assert stranger.http.delete(path).status_code == 404
    assert world.http.delete(path).json()["action"] == "rejoin"
    assert world.http.delete(path).status_code == 404
    assert world.http.get("/v1/identity/splits").json()["items"] == []
    with psycopg.connect(database_url) as c:
        rows = c.execute("select action, reason from app.identity_decisions order by decided_at").fetchall()
        audited = c.execute("select action from app.audit_log where subject_kind = 'identity_link' order by 1").fetchall()
    assert rows == [("split", "the shop's tablet"), ("rejoin", "Takes back: the shop's tablet")]
    assert audited == [("rejoin",), ("split",)]


def test_what_merges_nobody_cannot_be_split(world: Any) -> None:
    assert split(world, "shared_browser").status_code == 409
    assert split(world, reason="x").status_code == 422
    unknown = {"link_id": str(uuid.uuid4()), "reason": "nobody's"}
    assert world.http.post("/v1/identity/splits", json=unknown).status_code == 404
