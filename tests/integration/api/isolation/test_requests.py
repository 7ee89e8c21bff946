"""Every operation asked by nobody, with dead keys, and with another account's ids in path, query and body."""

import copy
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import psycopg
from starlette.testclient import TestClient


def places(matrix: SimpleNamespace, body: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a body an id stands."""
    if isinstance(body, dict | list):
        for key, value in body.items() if isinstance(body, dict) else enumerate(body):
            yield from places(matrix, value, (*at, key))
    elif matrix.is_id(body):
        yield at


def put(body: Any, at: tuple[Any, ...], value: str) -> Any:
    changed = copy.deepcopy(body)
    inner = changed
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = value
    return changed


def test_no_operation_answers_nobody_or_a_dead_key(
    matrix: SimpleNamespace, app: TestClient, document: Any, sides: tuple[Any, Any], url: str
) -> None:
    """An operation that forgot to ask who it is, or that asks only whether a key ever was one."""
    ours, _ = sides
    dead = []
    for name in ("revoked", "expired"):
        made = app.post("/v1/api-keys", json={"name": name, "role": "owner"}, headers=ours.headers).json()
        dead.append(made["key"])
        ending = "revoked_at = now()" if name == "revoked" else "expires_at = now() - interval '1 second'"
        with psycopg.connect(url) as owner:
            owner.execute(f"update app.api_keys set {ending} where key_id = %s", [made["key_id"]])
    asked = 0
    for operation in document.operations:
        if operation.name in matrix.PUBLIC:
            continue
        path, missing = matrix.fill(operation.path, ours.ids)
        assert not missing, f"{operation.name} has {missing}: say in this file how one is made"
        for header in ({}, *({"Authorization": f"Bearer {key}"} for key in (*dead, "hr_nothing"))):
            answer = app.request(operation.method, path, headers=header, json=document.example(operation))
            assert answer.status_code == 401, (operation.name, header, answer.text[:300])
            assert "theirs" not in answer.text and answer.headers["www-authenticate"]
            asked += 1
    assert asked > 4 * 80


def test_another_accounts_id_answers_as_one_that_is_nobodys(
    matrix: SimpleNamespace, app: TestClient, document: Any, sides: tuple[Any, Any], url: str
) -> None:
    """In the path, the query and the body of every operation; and nothing of the other account is shown or changed by it."""
    ours, theirs = sides
    before = everything_of(url, theirs.tenant_id)
    tried = {"path": 0, "query": 0, "body": 0}
    for operation in document.operations:
        if operation.name in matrix.PUBLIC:
            continue
        body = matrix.mine(document.example(operation), ours.ids)
        own_path, _ = matrix.fill(operation.path, ours.ids)
        for name in sorted(set(re.findall(r"{(\w+)}", operation.path)) - set(matrix.WORDS)):
            nobody = str(uuid4())
            foreign, absent = (
                matrix.send(app, document, operation, matrix.fill(operation.path, ours.ids | {name: value})[0], ours, body)
                for value in (theirs.ids[name], nobody)
            )
            compare(operation, f"path {name}", foreign, absent, theirs, theirs.ids[name], nobody)
            assert foreign.status_code in (404, 422, 409), (operation.name, name, foreign.text[:300])
            tried["path"] += 1
        for parameter in operation.described.get("parameters", []):
            value = theirs.ids.get(parameter["name"]) or foreign_word(parameter, theirs)
            if parameter["in"] != "query" or value is None:
                continue
            nobody = str(uuid4())
            foreign, absent = (
                matrix.send(app, document, operation, own_path, ours, body, **{parameter["name"]: v}) for v in (value, nobody)
            )
            compare(operation, f"query {parameter['name']}", foreign, absent, theirs, value, nobody)
            tried["query"] += 1
        for at in places(matrix, body):
            assert at[-1] in theirs.ids or not isinstance(at[-1], str), (
                f"{operation.name} takes {at}: say in this file how one is made"
            )
            value, nobody = theirs.ids.get(str(at[-1]), theirs.ids["campaign_id"]), str(uuid4())
            foreign, absent = (matrix.send(app, document, operation, own_path, ours, put(body, at, v)) for v in (value, nobody))
            compare(operation, f"body {at}", foreign, absent, theirs, value, nobody)
            assert foreign.status_code in (404, 409, 422), (operation.name, at, foreign.status_code, foreign.text[:300])
            tried["body"] += 1
    assert tried["path"] > 25 and tried["query"] > 15 and tried["body"] > 8, tried
    assert everything_of(url, theirs.tenant_id) == before


def test_what_is_ones_own_holds_nothing_foreign(
    matrix: SimpleNamespace, app: TestClient, document: Any, sides: tuple[Any, Any]
) -> None:
    """A list, a total, an export or a page's cursor that forgot its account."""
    ours, theirs = sides
    answered = 0
    for operation in document.operations:
        if operation.name in matrix.PUBLIC or operation.method != "GET":
            continue
        path, _ = matrix.fill(operation.path, ours.ids)
        required = {
            p["name"]: ours.ids.get(p["name"], "")
            for p in operation.described.get("parameters", []) if p["in"] == "query" and p.get("required")
        }  # fmt: skip
        answer = matrix.send(app, document, operation, path, ours, None, **required)
        assert answer.status_code < 500 or answer.json()["type"].endswith("not-built"), (operation.name, answer.text[:300])
        assert_nothing_of(theirs, operation, "own", answer)
        answered += answer.status_code == 200
        if any(p["name"] == "after" for p in operation.described.get("parameters", [])):
            page = matrix.send(app, document, operation, path, theirs, None, limit="1").json()
            if page.get("next_cursor"):
                moved = matrix.send(app, document, operation, path, ours, None, after=page["next_cursor"])
                assert_nothing_of(theirs, operation, "another's cursor", moved)
        named = app.request("GET", path, headers=ours.headers | {"X-Hostread-Tenant": theirs.slug}, params=required)
        assert named.status_code == 404, (operation.name, "another's name")
    assert answered > 40


def foreign_word(parameter: dict[str, Any], theirs: Any) -> str | None:
    """Of a query parameter that is free text: what only the other account has."""
    schema = parameter.get("schema", {})
    kinds = [schema, *schema.get("anyOf", [])]
    free = any(kind.get("type") == "string" and not {"enum", "format", "pattern"} & kind.keys() for kind in kinds)
    return theirs.word if free and parameter["name"] != "after" else None


def compare(operation: SimpleNamespace, where: str, foreign: Any, absent: Any, theirs: Any, value: str, nobody: str) -> None:
    assert foreign.status_code < 500 or foreign.json()["type"].endswith("not-built"), (operation.name, where, foreign.text[:300])
    assert foreign.status_code == absent.status_code, (operation.name, where, foreign.text[:300], absent.text[:300])
    assert plain(foreign, value) == plain(absent, nobody), (operation.name, where)
    assert_nothing_of(theirs, operation, where, foreign, value)


def plain(answer: Any, value: str) -> str:
    """The answer without what must differ: the id that was asked for, the request's own, and what a cursor makes of it."""
    text = re.sub(r'"request_id":"[^"]*"', "", answer.text)
    text = re.sub(r'"(report|recount|import|site|key|split)_id":"[^"]*"|"[a-z_]+_at":"[^"]*"', "", text)
    return text.replace(value, "ID")


def assert_nothing_of(theirs: Any, operation: SimpleNamespace, where: str, answer: Any, asked: str = "") -> None:
    text = answer.text.replace(asked, "") if asked else answer.text
    for name, value in theirs.ids.items():
        assert value not in text, (operation.name, where, name)
    assert theirs.word not in text or asked == theirs.word, (operation.name, where, text[:300])


def everything_of(url: str, tenant_id: int) -> dict[str, list[str]]:
    """Every row of the account in schema app; what looking at itself leaves behind apart."""
    with psycopg.connect(url) as owner:
        tables = owner.execute(
            "select c.relname from pg_class as c inner join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id' "
            "where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') order by 1"
        ).fetchall()
        return {
            name: sorted(
                str(row) for (row,) in owner.execute(
                    f"select to_jsonb(t) - 'last_used_at' from app.{name} as t where tenant_id = %s", [tenant_id]
                ).fetchall()
            )
            for (name,) in tables
        }  # fmt: skip
