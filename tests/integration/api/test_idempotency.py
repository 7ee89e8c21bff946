"""Keys of writes: done once, answered alike, whoever repeats and whatever dies in between."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest

KEY = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}
ENTRY = {"name": "Acme", "margin_rate": "0.5"}


def names(account: Any) -> list[str]:
    return [row["name"] for row in account.http.get("/v1/sponsors").json()["items"]]


def kept(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as owner:
        return owner.execute(
            "select status, applied_at is not null, answer_encrypted from app.idempotency_keys order by claimed_at"
        ).fetchall()


def test_a_repeat_gets_the_first_answer_and_changes_nothing(account: Any, database_url: str) -> None:
    before = len(names(account))
    first = account.http.post("/v1/sponsors", json=ENTRY, headers=KEY)
    again = account.http.post("/v1/sponsors", json=ENTRY, headers={"Idempotency-Key": KEY["Idempotency-Key"].strip('"')})
    assert first.status_code == again.status_code == 201
    assert again.content == first.content and again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotency-replayed"] == "true" and "idempotency-replayed" not in first.headers
    assert len(names(account)) == before + 1
    other = account.http.post("/v1/sponsors", json=ENTRY | {"name": "Bcme"}, headers=KEY)
    assert other.status_code == 422 and other.json()["type"].endswith("/key-reused"), other.text
    assert account.http.post("/v1/shows", json=ENTRY, headers=KEY).json()["type"].endswith("/key-reused"), "of another operation"
    ((status, is_applied, answer),) = kept(database_url)
    assert (status, is_applied) == (201, True) and b"Acme" not in bytes(answer)


def test_a_location_is_repeated_and_a_secret_is_sealed(account: Any, database_url: str) -> None:
    entry = {"campaign_id": account.campaign_id}
    first, again = (account.http.post("/v1/reports", json=entry, headers=KEY) for _ in range(2))
    assert first.status_code == 202 and again.headers["location"] == first.headers["location"]
    secret = account.http.post("/v1/api-keys", json={"name": "ci", "role": "owner"}, headers={"Idempotency-Key": "k2"})
    assert secret.json()["key"] == account.http.post(
        "/v1/api-keys", json={"name": "ci", "role": "owner"}, headers={"Idempotency-Key": "k2"}
    ).json()["key"]  # fmt: skip
    assert all(secret.json()["key"].encode() not in bytes(answer) for _, _, answer in kept(database_url))


def test_what_was_refused_leaves_its_key_free(account: Any, database_url: str) -> None:
    assert account.http.post("/v1/sponsors", json={"name": ""}, headers=KEY).status_code == 422
    assert kept(database_url) == []
    show = {"title": "Again", "feed_url": "https://ours.example/feed.xml"}
    assert account.http.post("/v1/shows", json=show, headers=KEY).status_code == 409
    assert kept(database_url) == []
    assert account.http.post("/v1/sponsors", json=ENTRY, headers=KEY).status_code == 201


@pytest.mark.parametrize("key", ["", '"', '""', "a" * 300, "ä", 'a"b'])
def test_a_key_that_cannot_be_read_is_refused(account: Any, key: str) -> None:
    answer = account.http.post("/v1/sponsors", json=ENTRY, headers={"Idempotency-Key": key.encode()})
    assert answer.status_code == 400 and answer.headers["content-type"] == "application/problem+json", answer.text
    assert "Acme" not in names(account)


def test_two_at_once_are_done_once(account: Any, base_url: str, database_url: str) -> None:
    """A row lock holds the first request in its transaction, with its key claimed, while the others come."""
    entry, path = {"name": "Held"}, f"/v1/sponsors/{account.sponsor_id}"
    headers = {**KEY, "Authorization": account.http.headers["authorization"]}
    claimed = threading.Event()

    def ask() -> httpx.Response:
        return httpx.patch(base_url + path, json=entry, headers=headers, timeout=60)

    with psycopg.connect(database_url) as owner, ThreadPoolExecutor(1) as pool:
        owner.execute("select 1 from app.sponsors where sponsor_id = %s for update", [account.sponsor_id])
        first = pool.submit(ask)
        with psycopg.connect(database_url, autocommit=True) as watching:
            while not claimed.wait(0.02):
                if watching.execute("select count(*) from app.idempotency_keys").fetchone() == (1,):
                    claimed.set()
        refused = ask()
        owner.rollback()
        assert first.result().status_code == 200
    assert refused.status_code == 409 and refused.json()["type"].endswith("/in-progress") and refused.headers["retry-after"]
    assert ask().headers["idempotency-replayed"] == "true"


def test_many_at_once_make_one(account: Any, base_url: str) -> None:
    headers = {**KEY, "Authorization": account.http.headers["authorization"]}
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: httpx.post(f"{base_url}/v1/sponsors", json=ENTRY, headers=headers, timeout=60), range(16))
        )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert names(account).count("Acme") == 1
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1


@pytest.mark.parametrize(("is_applied", "status", "count"), [(True, 409, 0), (False, 201, 1)])
def test_after_a_death_what_was_done_is_not_done_again(
    account: Any, database_url: str, is_applied: bool, status: int, count: int
) -> None:
    """The process died with the key claimed: behind the commit nothing is repeated, before it the next one does it."""
    assert account.http.post("/v1/sponsors", json=ENTRY, headers=KEY).status_code == 201
    with psycopg.connect(database_url) as owner:
        owner.execute("delete from app.sponsors where name = 'Acme'")
        owner.execute(
            "update app.idempotency_keys set status = null, answer_encrypted = null, claimed_at = now() - interval '1 hour', "
            "applied_at = case when %s then now() end",
            [is_applied],
        )
    assert account.http.post("/v1/sponsors", json=ENTRY, headers=KEY).status_code == status
    assert names(account).count("Acme") == count


def test_one_whose_key_was_taken_over_changes_nothing(account: Any, base_url: str, database_url: str) -> None:
    """It was only slow: the repeat that took its key over is the one that counts."""
    path, headers = f"/v1/sponsors/{account.sponsor_id}", {**KEY, "Authorization": account.http.headers["authorization"]}
    with psycopg.connect(database_url) as owner, ThreadPoolExecutor(1) as pool:
        owner.execute("select 1 from app.sponsors where sponsor_id = %s for update", [account.sponsor_id])
        slow = pool.submit(lambda: httpx.patch(base_url + path, json={"name": "Slow"}, headers=headers, timeout=60))
        with psycopg.connect(database_url, autocommit=True) as watching:
            while watching.execute("update app.idempotency_keys set claim_id = gen_random_uuid()").rowcount == 0:
                pass
        owner.rollback()
        assert slow.result().status_code == 409
    assert "Slow" not in names(account)


def test_keys_are_of_one_who_asks(account: Any, stranger: Any, database_url: str) -> None:
    """Another key of the same account, and another account: neither gets an answer that was not for it."""
    made = account.http.post("/v1/sponsors", json=ENTRY, headers=KEY)
    second = account.http.post("/v1/api-keys", json={"name": "b", "role": "analyst"}).json()["key"]
    colleague = account.http.post("/v1/sponsors", json=ENTRY, headers={**KEY, "Authorization": f"Bearer {second}"})
    foreign = stranger.http.post("/v1/sponsors", json=ENTRY, headers=KEY)
    assert colleague.status_code == foreign.status_code == 201
    assert len({answer.json()["sponsor_id"] for answer in (made, colleague, foreign)}) == 3
    with psycopg.connect(database_url) as owner:
        owner.execute("update app.idempotency_keys set expires_at = now() - interval '1 second'")
    after = account.http.post("/v1/sponsors", json=ENTRY, headers=KEY)
    assert "idempotency-replayed" not in after.headers, "its day is over"
    assert len(kept(database_url)) == 2, "what expired of this account is gone"


def test_a_file_is_the_same_under_another_boundary(account: Any) -> None:
    def send(content: bytes) -> httpx.Response:
        fields = {"kind": "statistics", "show_id": account.show_id}
        return account.http.post("/v1/imports", data=fields, files={"file": ("a.csv", content)}, headers=KEY)

    first, again = send(b"day,downloads\n"), send(b"day,downloads\n")
    assert first.status_code == 202 and again.content == first.content and again.headers["idempotency-replayed"] == "true"
    assert send(b"day,downloads\n1,2\n").status_code == 422
