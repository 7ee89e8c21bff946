"""Rows as they are: events, episodes, paths, datasets, parts of campaigns; whole, in pages, and nobody else's."""

import csv
import io
import json
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

EVENT = """
insert into raw.collector_events (
    tenant_id, site_id, received_at, message_id, kind, event_name, anonymous_id, user_id, properties, body_sha256,
    household_hash, run_id
)
select %s, %s, '2026-03-10 12:00+00'::timestamptz + n * interval '1 second', 'm' || n, 'track', 'Order Completed', 'anon-7',
    'user-7', jsonb_build_object('order_id', 'o' || n, 'total', 10), '', '\\x01', 'test'
from generate_series(1, %s) as n
"""
EPISODE = """
insert into raw.feeds_items (tenant_id, show_id, episode_guid, content_sha256, title, published_at, payload, fetched_at, run_id)
values (%s, %s, %s, %s, %s, %s, '{}', %s, 'test')
"""


def test_events_are_listed_newest_first_and_tell_nobody(account: Any, stranger: Any, database_url: str) -> None:
    with psycopg.connect(database_url) as owner:
        for one in (account, stranger):
            owner.execute(EVENT, [one.tenant_id, one.site["site_id"], 250])
    page = account.http.get("/v1/events", params={"limit": 200, "site_id": account.site["site_id"]})
    rest = account.http.get(page.headers["link"].partition(">")[0][1:]).json()
    items = page.json()["items"] + rest["items"]
    assert [item["order_id"] for item in items] == [f"o{n}" for n in range(250, 0, -1)]
    assert items[0]["kind"] == "purchase" and items[0]["has_household"] is True
    assert not any(word in page.text for word in ("anon-7", "user-7", "household_hash"))
    found = account.http.get("/v1/events", params={"message_id": "m7"}).json()["items"]
    assert [item["order_id"] for item in found] == ["o7"]
    last = {"last_at": "2026-03-10T12:00:03Z", "event_name": "order completed"}
    assert len(account.http.get("/v1/events", params=last).json()["items"]) == 3
    assert account.http.get("/v1/events", params={"last_at": "2026-03-10T12:00:03"}).status_code == 422, "a time of no zone"
    assert account.http.get("/v1/events", params={"site_id": stranger.site["site_id"]}).json()["items"] == []


def test_episodes_are_the_newest_words_of_the_feed(account: Any, database_url: str) -> None:
    with psycopg.connect(database_url) as owner:
        for guid, title, at, fetched in (
            ("a", "Old words", "2026-03-01", "2026-03-01"), ("a", "New words", "2026-03-01", "2026-03-05"),
            ("b", "Second", "2026-03-02", "2026-03-02"), ("c" * 3_000, None, None, "2026-02-01"),
        ):  # fmt: skip
            owner.execute(EPISODE, [account.tenant_id, account.show_id, guid, title or "-", title, at, fetched])
    path = f"/v1/shows/{account.show_id}/episodes"
    assert [one["title"] for one in account.http.get(path).json()["items"]] == ["Second", "New words", None]
    lines = account.http.get(path, params={"format": "jsonl", "limit": 2})
    assert [json.loads(line)["title"] for line in lines.text.splitlines()] == ["Second", "New words"]
    after = account.http.get(lines.headers["link"].partition(">")[0][1:])
    assert len(json.loads(after.text)["episode_guid"]) == 3_000
    assert account.http.get(f"/v1/shows/{uuid4()}/episodes").status_code == 404


def test_each_thing_is_read_by_its_id(account: Any) -> None:
    for path, name in (("shows", "show_id"), ("sponsors", "sponsor_id"), ("sites", "site_id"), ("campaigns", "campaign_id")):
        (listed,) = account.http.get(f"/v1/{path}").json()["items"]
        read = account.http.get(f"/v1/{path}/{listed[name]}").json()
        assert {key: read[key] for key in listed} == listed
        assert account.http.get(f"/v1/{path}/{uuid4()}").status_code == 404


def test_parts_of_a_campaign_are_lists(account: Any) -> None:
    path = f"/v1/campaigns/{account.campaign_id}"
    whole = account.http.get(path).json()
    assert account.http.get(f"{path}/placements").json()["items"] == whole["placements"]
    assert account.http.get(f"{path}/promo-codes").json()["items"] == whole["promo_codes"]


@pytest.fixture
def credited(account: Any, database_url: str, published: str, tools: Any) -> Any:
    """Three conversions by a click after an exposure, one by another campaign's click first, and a refund."""
    other = str(uuid4())
    for n, steps in enumerate([("exposure", "click")] * 3 + [("click*", "code")] + [("refund", "click")]):
        kinds = [step for step in steps if step != "refund"]
        conversion = str(UUID(int=n + 1))
        for position, kind in enumerate(kinds, 1):
            tools.insert(
                database_url, "marts.attribution_credits", tenant_id=account.tenant_id, conversion_id=conversion,
                touch_id=str(uuid4()),
                campaign_id=other if kind.endswith("*") else account.campaign_id, touch_kind=kind.removesuffix("*"),
                path_position=position, path_length=len(kinds), value_minor=1_000, currency="USD", is_fraud=False,
                conversion_kind="refund" if "refund" in steps else "purchase", linear_ppb=1_000_000_000 // len(kinds),
                linear_minor=1_000 // len(kinds), order_id="=1+1",
            )  # fmt: skip
    assert published
    return account


def test_paths_say_which_touches_came_in_which_order(credited: Any) -> None:
    rows = credited.http.get(f"/v1/campaigns/{credited.campaign_id}/paths").json()["items"]
    said = [([(step["touch_kind"], step["is_own"]) for step in row["steps"]], row["conversions"]) for row in rows]
    assert said == [([("exposure", True), ("click", True)], 3), ([("click", False), ("code", True)], 1)]
    assert rows[0]["value"] == {"amount": "30.00", "currency": "USD"} == rows[0]["credited"]
    assert rows[1]["credited"] == {"amount": "5.00", "currency": "USD"} and float(rows[1]["credited_conversions"]) == 0.5


def test_a_dataset_comes_row_by_row(credited: Any, stranger: Any) -> None:
    listed = {row["dataset"] for row in credited.http.get("/v1/exports").json()["items"]}
    assert {"attribution_credits", "episode_downloads_daily"} <= listed
    sheet = credited.http.get("/v1/exports/attribution_credits", params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(sheet.text, newline="")))
    assert len(rows) == 9 and rows[0]["order_id"] == "'=1+1" and rows[0]["linear_minor"] == "500"
    assert "tenant_id" not in rows[0]
    first = credited.http.get("/v1/exports/attribution_credits", params={"limit": 4}).json()
    second = credited.http.get("/v1/exports/attribution_credits", params={"limit": 200, "after": first["next_cursor"]}).json()
    assert [row["touch_id"] for row in first["items"] + second["items"]] == [row["touch_id"] for row in rows]
    assert stranger.http.get("/v1/exports/attribution_credits").json()["items"] == []
    for name in ("pg_authid", "builds", "attribution_touches"):
        assert credited.http.get(f"/v1/exports/{name}").status_code == 404
    for name in listed:
        empty = stranger.http.get(f"/v1/exports/{name}", params={"format": "csv"})
        assert empty.status_code == 200 and empty.text.count("\r\n") == 1, (name, empty.text[:200])


def test_datasets_keep_to_the_contracts(tools: Any) -> None:
    """A key that is not the mart's own repeats or skips rows between pages; a column that tells who somebody is goes out."""
    from api.marts.exports import DATASETS, HIDDEN

    contracts = {model["name"]: model for model in tools.contracts()}
    for name, (_, order) in DATASETS.items():
        model = contracts[name]
        meta = model.get("meta") or model.get("config", {}).get("meta") or {}
        assert [column for column in meta["primary_key"] if column != "tenant_id"] == order.names, name
        kinds = {
            column["name"]: column["data_type"].replace("timestamp with time zone", "timestamptz") for column in model["columns"]
        }
        assert [kinds[column] for column in order.names] == order.kinds, name
        told = {n for n, kind in kinds.items() if not kind.startswith("bytea")} - HIDDEN
        assert not {n for n in told if any(word in n for word in ("hash", "anonymous", "user", "address", "agent", "email"))}, name
