"""Other forms of an answer: parts, CSV, JSON Lines, 304, and lists that come whole."""

import csv
import io
import json
from typing import Any
from uuid import uuid4

import psycopg
import pytest

COUNT = 430


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.fixture
def many(account: Any, database_url: str) -> Any:
    """More sponsors than two pages hold, three of them at the same instant, one with a name that a spreadsheet would run."""
    with psycopg.connect(database_url) as owner:
        owner.execute(
            "insert into app.sponsors (tenant_id, name, created_at) select %s, case when n = 7 then '=cmd|''x''!A0' "
            "else 'Sponsor ' || n end, '2026-01-01'::timestamptz + (n / 3) * interval '1 minute' from generate_series(1, %s) as n",
            [account.tenant_id, COUNT],
        )
    return account


def test_a_list_comes_whole_as_csv_and_as_lines(many: Any) -> None:
    sheet = many.http.get("/v1/sponsors", params={"format": "csv"})
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert sheet.headers["content-disposition"] == 'attachment; filename="sponsors_list.csv"'
    rows = rows_of(sheet)
    assert len(rows) == len({row["sponsor_id"] for row in rows}) == COUNT + 1
    assert sum(row["name"] == "'=cmd|'x'!A0" for row in rows) == 1
    lines = many.http.get("/v1/sponsors", headers={"Accept": "application/jsonl, */*;q=0.1"})
    assert lines.headers["content-type"] == "application/jsonl"
    items = [json.loads(line) for line in lines.text.splitlines()]
    assert [item["sponsor_id"] for item in items] == [row["sponsor_id"] for row in rows]
    page = many.http.get("/v1/sponsors", params={"limit": 200}).json()
    assert items[:200] == page["items"]


def test_one_page_as_csv_leads_to_the_next(many: Any) -> None:
    first = many.http.get("/v1/sponsors", params={"format": "csv", "limit": 150, "fields": "name,sponsor_id"})
    assert len(rows_of(first)) == 150 and first.text.startswith("sponsor_id,name\r\n")
    second = many.http.get(first.headers["link"].partition(">")[0][1:])
    assert len(rows_of(second)) == 150 and not {row["sponsor_id"] for row in rows_of(first)} & {
        row["sponsor_id"] for row in rows_of(second)
    }


def test_only_the_fields_that_are_asked_for(account: Any) -> None:
    path = f"/v1/campaigns/{account.campaign_id}"
    whole = account.http.get(path).json()
    part = account.http.get(path, params={"fields": "name,placements.price"}).json()
    assert part == {"name": whole["name"], "placements": [{"price": one["price"]} for one in whole["placements"]]}
    listed = account.http.get("/v1/campaigns", params={"fields": "name"}).json()
    assert listed == {"items": [{"name": "Spring"}], "next_cursor": None}


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("/v1/sponsors?fields=nothing", "fields"), ("/v1/sponsors?fields=a,,b", "fields"), ("/v1/sponsors?fields=items", "fields"),
        ("/v1/sponsors?format=xml", "format"), ("/v1/sponsors?format=csv&rows=rest", "rows"), ("/v1/sponsors?fields=", "fields"),
    ],
)  # fmt: skip
def test_a_form_that_is_none_is_refused(account: Any, path: str, pointer: str) -> None:
    answer = account.http.get(path)
    assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == f"/query/{pointer}", answer.text
    assert answer.headers["content-type"] == "application/problem+json" and answer.json()["request_id"]


def test_an_answer_of_several_lists_says_which(account: Any, published: str) -> None:
    path = f"/v1/campaigns/{account.campaign_id}/analytics"
    refused = account.http.get(path, params={"format": "csv"})
    assert published and refused.status_code in (404, 422)
    overview = account.http.get("/v1/overview", params={"format": "csv"})
    assert overview.status_code == 422 and "rows" in overview.json()["errors"][0]["pointer"]
    named = overview.json()["detail"].partition("lists ")[2].partition(", expected")[0].split(", ")
    assert len(named) > 1
    for part in named:
        answer = account.http.get("/v1/overview", params={"format": "csv", "rows": part})
        assert answer.status_code == 200 and answer.text.split("\r\n")[0], part
        assert answer.headers["x-hostread-build"] == published


def test_one_thing_is_one_row(account: Any) -> None:
    (row,) = rows_of(account.http.get("/v1/me", params={"format": "csv"}))
    assert row["role"] == "owner" and row["tenant.slug"]


def test_what_did_not_change_is_not_sent_twice(account: Any, published: str) -> None:
    assert published
    for path, is_weak in (("/v1/sponsors", False), ("/v1/overview", True), ("/v1/overview?format=csv&rows=models", True)):
        first = account.http.get(path)
        assert first.status_code == 200, first.text
        tag = first.headers["etag"]
        assert tag.startswith("W/") is is_weak, path
        again = account.http.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), path
    tag = account.http.get("/v1/sponsors").headers["etag"]
    part = account.http.get("/v1/sponsors", params={"fields": "name"}, headers={"If-None-Match": tag})
    assert part.status_code == 200 and part.headers["etag"] != tag
    account.http.post("/v1/sponsors", json={"name": "New"})
    assert account.http.get("/v1/sponsors", headers={"If-None-Match": tag}).status_code == 200
    assert "etag" not in account.http.get("/v1/me").headers, "what holds a token is not kept"


def test_a_form_of_one_answer_is_not_the_tag_of_another(account: Any, published: str) -> None:
    """The CSV of an answer the client has as JSON: a 304 would leave it with the wrong bytes."""
    assert published
    tag = account.http.get("/v1/overview").headers["etag"]
    sheet = account.http.get("/v1/overview?format=csv&rows=models", headers={"If-None-Match": tag})
    assert sheet.status_code == 200 and sheet.headers["etag"] != tag


def test_an_export_of_two_builds_is_broken_off(
    many: Any, database_url: str, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build between two pages: half the rows of each would look whole."""
    from api.contract import representations

    assert published
    asked = representations.Representations._ask
    calls = []

    async def ask(self: Any, scope: Any, query: Any, suffix: str) -> Any:
        answer = await asked(self, scope, query, suffix)
        calls.append(query)
        if answer.headers is not None:
            answer.headers["x-hostread-build"] = str(uuid4())
        return answer

    monkeypatch.setattr(representations.Representations, "_ask", ask)
    with pytest.raises(Exception, match="peer closed connection"):
        many.http.get("/v1/sponsors", params={"format": "csv"})
    assert len(calls) == 2


def test_nothing_foreign_stands_in_an_export(account: Any, stranger: Any) -> None:
    names = {row["name"] for row in rows_of(account.http.get("/v1/sponsors?format=csv"))}
    assert names == {"ours sponsor"}
    cursor = stranger.http.get("/v1/sponsors?limit=1").json()["next_cursor"]
    assert "theirs" not in account.http.get("/v1/sponsors", params={"format": "jsonl", "after": cursor}).text
    assert account.http.get("/v1/sponsors?format=csv", headers={"Authorization": "Bearer hr_no"}).status_code == 401
