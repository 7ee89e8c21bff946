"""Every operation of the OpenAPI document, asked by nobody, with dead keys, and with another account's ids wherever an id fits.

The document is where the operations come from: a new route is asked without being named here, and one with an id that this file
cannot fill fails until it is. One application, one database, a client in this process.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from starlette.testclient import TestClient

from api.main import create_app

Json = dict[str, Any]
PUBLIC = {
    "users_register", "users_ask_reset", "users_reset", "users_verify", "sessions_create", "health_live", "health_ready",
    "health_metrics", "health_problems", "health_problem",
}  # fmt: skip
# Ids that no request makes: the pipeline's. A row of another account bears them, in every mart that has the column.
OF_THE_PIPELINE = {"conversion_id", "verdict_id", "link_id", "person_id", "decision_id"}
WORDS = {"file_format": "pdf", "kind": "not-found"}


class Document:
    """The operations, and what the document gives as an example of each."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.operations = [
            SimpleNamespace(method=method.upper(), path=path, name=operation["operationId"], described=operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        ]

    def resolve(self, schema: Json) -> Json:
        name = schema.get("$ref", "").rpartition("/")[2]
        return self.document["components"]["schemas"][name] if name else schema

    def example(self, operation: SimpleNamespace) -> Json | None:
        content = operation.described.get("requestBody", {}).get("content", {})
        schema = self.resolve(content.get("application/json", {}).get("schema", {}))
        examples = schema.get("examples") or [{}]
        return copy.deepcopy(examples[0]) if "application/json" in content else None

    @staticmethod
    def is_upload(operation: SimpleNamespace) -> bool:
        return "multipart/form-data" in operation.described.get("requestBody", {}).get("content", {})


class Side:
    """One account: its key, and an id of its own for each name that an id has."""

    def __init__(self, app: TestClient, word: str) -> None:
        self.word = word
        entry = {"email": f"owner@{word}.com", "password": "correct horse battery", "organisation": f"{word} network"}
        made = app.post("/v1/users", json=entry).json()
        self.slug = made["tenant"]["slug"]
        self.headers = {"Authorization": f"Bearer {made['api_key']['key']}"}
        self.ids: dict[str, str] = {"user_id": made["user"]["user_id"]}
        self.tenant_id = 0


@pytest.fixture(scope="module")
def url(new_database: Callable[[str], AbstractContextManager[str]], tools: SimpleNamespace) -> Iterator[str]:
    """One database for the whole matrix: no test of it changes what another reads."""
    with new_database("test_matrix") as made:
        tools.publish(made)
        yield made


@pytest.fixture(scope="module")
def app(url: str, tools: SimpleNamespace) -> Iterator[TestClient]:
    rates = {"invitation_rate": "10000/minute", "recovery_rate": "10000/minute"}
    with TestClient(create_app(tools.settings_for(url, **rates)), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def document(app: TestClient) -> Document:
    return Document(app.get("/openapi.json").json())


@pytest.fixture(scope="module")
def sides(app: TestClient, document: Document, url: str, tools: SimpleNamespace) -> tuple[Side, Side]:
    """Two accounts with one of everything that a request can make, and the other's rows in every mart."""
    ours, theirs = Side(app, "ours"), Side(app, "theirs")
    for side in (ours, theirs):
        harvest(app, document, side, tools)
    with psycopg.connect(url) as owner:
        for side in (ours, theirs):
            row = owner.execute("select tenant_id from app.tenants where slug = %s", [side.slug]).fetchone()
            assert row is not None
            side.tenant_id = row[0]
            for name in OF_THE_PIPELINE:
                side.ids.setdefault(name, str(uuid4()))
        fill_marts(owner, theirs, tools)
    return ours, theirs


def harvest(app: TestClient, document: Document, side: Side, tools: SimpleNamespace) -> None:
    """Send each POST's example, until no more ids come of it."""
    made = app.post("/v1/sponsors", json={"name": f"{side.word} sponsor"}, headers=side.headers).json()
    show = {"title": f"{side.word} show", "feed_url": f"https://{side.word}.example/feed.xml"}
    side.ids |= {
        "sponsor_id": made["sponsor_id"],
        "show_id": app.post("/v1/shows", json=show, headers=side.headers).json()["show_id"],
    }
    entry = tools.campaign_entry(side.ids["sponsor_id"], side.ids["show_id"], name=f"{side.word} campaign")
    collect(side, app.post("/v1/campaigns", json=entry, headers=side.headers).json())
    for _ in range(2):
        for operation in document.operations:
            if operation.method != "POST" or operation.name in PUBLIC or "revoke" in operation.name:
                continue
            path, missing = fill(operation.path, side.ids)
            if missing:
                continue
            answer = send(app, document, operation, path, side, mine(document.example(operation), side.ids))
            if answer.status_code in (200, 201, 202):
                collect(side, answer.json())


def collect(side: Side, answer: Any) -> None:
    """Ids by their names, wherever they stand in an answer; the first of a name is kept."""
    if isinstance(answer, list):
        for part in answer:
            collect(side, part)
    elif isinstance(answer, dict):
        for name, value in answer.items():
            if name.endswith("_id") and is_id(value):
                side.ids.setdefault(name, value)
            else:
                collect(side, value)


def is_id(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False


def fill(path: str, ids: dict[str, str]) -> tuple[str, set[str]]:
    """The path with its parameters, and the names that nothing is known for."""
    names = set(re.findall(r"{(\w+)}", path))
    known = {name: WORDS.get(name) or ids.get(name, "") for name in names}
    return path.format(**known), {name for name, value in known.items() if not value}


def mine(body: Any, ids: dict[str, str], name: str = "") -> Any:
    """The example with ids of this account in the place of its own."""
    if isinstance(body, dict):
        return {key: mine(value, ids, key) for key, value in body.items()}
    if isinstance(body, list):
        return [mine(value, ids, name.removesuffix("s")) for value in body]
    return ids.get(name, body) if is_id(body) else body


def places(body: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a body an id stands."""
    if isinstance(body, dict | list):
        for key, value in body.items() if isinstance(body, dict) else enumerate(body):
            yield from places(value, (*at, key))
    elif is_id(body):
        yield at


def put(body: Any, at: tuple[Any, ...], value: str) -> Any:
    changed = copy.deepcopy(body)
    inner = changed
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = value
    return changed


def send(
    app: TestClient, document: Document, operation: SimpleNamespace, path: str, side: Side | None, body: Any, **query: str
) -> Any:
    headers = side.headers if side is not None else {}
    if document.is_upload(operation):
        files = {"file": ("a.csv", b"day,downloads\n2026-03-01,1\n")}
        fields = {"kind": "statistics", "show_id": (body or {}).get("show_id") or (side.ids.get("show_id", "") if side else "")}
        return app.request(operation.method, path, headers=headers, params=query, data=fields, files=files)
    return app.request(operation.method, path, headers=headers, params=query, json=body)


def fill_marts(owner: psycopg.Connection[Any], side: Side, tools: SimpleNamespace) -> None:
    """A row of the account in every mart: whatever text an answer has of it says whose it is."""
    for model in tools.contracts():
        columns = {column["name"]: column["data_type"] for column in model["columns"]}
        if "tenant_id" not in columns:
            continue
        values = {name: value_of(name, kind, side) for name, kind in columns.items()}
        owner.execute(
            f"insert into marts.{model['name']} ({', '.join(values)}) "
            f"select {', '.join(values)} from jsonb_populate_record(null::marts.{model['name']}, %s)",
            [json.dumps(values)],
        )


def value_of(name: str, kind: str, side: Side) -> Any:
    if name == "tenant_id":
        return side.tenant_id
    if kind == "uuid":
        return side.ids.get(name) or str(uuid4())
    if kind.endswith("[]"):
        return []
    if kind.startswith(("text", "varchar")):
        return side.word
    if kind.startswith(("timestamp", "date")):
        return "2026-03-10"
    return {"boolean": False, "jsonb": {}, "bytea": "\\x00"}.get(kind, 1)


def test_no_operation_answers_nobody_or_a_dead_key(app: TestClient, document: Document, sides: tuple[Side, Side], url: str) -> None:
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
        if operation.name in PUBLIC:
            continue
        path, missing = fill(operation.path, ours.ids)
        assert not missing, f"{operation.name} has {missing}: say in this file how one is made"
        for header in ({}, *({"Authorization": f"Bearer {key}"} for key in (*dead, "hr_nothing"))):
            answer = app.request(operation.method, path, headers=header, json=document.example(operation))
            assert answer.status_code == 401, (operation.name, header, answer.text[:300])
            assert "theirs" not in answer.text and answer.headers["www-authenticate"]
            asked += 1
    assert asked > 4 * 80


def test_another_accounts_id_answers_as_one_that_is_nobodys(
    app: TestClient, document: Document, sides: tuple[Side, Side], url: str
) -> None:
    """In the path, the query and the body of every operation; and nothing of the other account is shown or changed by it."""
    ours, theirs = sides
    before = everything_of(url, theirs.tenant_id)
    tried = {"path": 0, "query": 0, "body": 0}
    for operation in document.operations:
        if operation.name in PUBLIC:
            continue
        body = mine(document.example(operation), ours.ids)
        own_path, _ = fill(operation.path, ours.ids)
        for name in sorted(set(re.findall(r"{(\w+)}", operation.path)) - set(WORDS)):
            nobody = str(uuid4())
            foreign, absent = (
                send(app, document, operation, fill(operation.path, ours.ids | {name: value})[0], ours, body)
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
                send(app, document, operation, own_path, ours, body, **{parameter["name"]: v}) for v in (value, nobody)
            )
            compare(operation, f"query {parameter['name']}", foreign, absent, theirs, value, nobody)
            tried["query"] += 1
        for at in places(body):
            assert at[-1] in theirs.ids or not isinstance(at[-1], str), (
                f"{operation.name} takes {at}: say in this file how one is made"
            )
            value, nobody = theirs.ids.get(str(at[-1]), theirs.ids["campaign_id"]), str(uuid4())
            foreign, absent = (send(app, document, operation, own_path, ours, put(body, at, v)) for v in (value, nobody))
            compare(operation, f"body {at}", foreign, absent, theirs, value, nobody)
            assert foreign.status_code in (404, 409, 422), (operation.name, at, foreign.status_code, foreign.text[:300])
            tried["body"] += 1
    assert tried["path"] > 25 and tried["query"] > 15 and tried["body"] > 8, tried
    assert everything_of(url, theirs.tenant_id) == before


def test_what_is_ones_own_holds_nothing_foreign(app: TestClient, document: Document, sides: tuple[Side, Side]) -> None:
    """A list, a total, an export or a page's cursor that forgot its account."""
    ours, theirs = sides
    answered = 0
    for operation in document.operations:
        if operation.name in PUBLIC or operation.method != "GET":
            continue
        path, _ = fill(operation.path, ours.ids)
        required = {
            p["name"]: ours.ids.get(p["name"], "")
            for p in operation.described.get("parameters", []) if p["in"] == "query" and p.get("required")
        }  # fmt: skip
        answer = send(app, document, operation, path, ours, None, **required)
        assert answer.status_code < 500 or answer.json()["type"].endswith("not-built"), (operation.name, answer.text[:300])
        assert_nothing_of(theirs, operation, "own", answer)
        answered += answer.status_code == 200
        if any(p["name"] == "after" for p in operation.described.get("parameters", [])):
            page = send(app, document, operation, path, theirs, None, limit="1").json()
            if page.get("next_cursor"):
                moved = send(app, document, operation, path, ours, None, after=page["next_cursor"])
                assert_nothing_of(theirs, operation, "another's cursor", moved)
        named = app.request("GET", path, headers=ours.headers | {"X-Hostread-Tenant": theirs.slug}, params=required)
        assert named.status_code == 404, (operation.name, "another's name")
    assert answered > 40


@pytest.mark.parametrize("role", ["hostread_app", "hostread_reader"])
def test_the_same_by_raw_sql(sides: tuple[Side, Side], url: str, role: str) -> None:
    """A table whose policy was forgotten: read, changed, deleted and written as another account, past all of the code."""
    ours, theirs = sides
    with psycopg.connect(url) as owner:
        tables = owner.execute(TABLES, {"role": role}).fetchall()
        rows = {}
        for table, *_ in tables:
            # Views are read below; a row is written to tables alone.
            row = owner.execute(f"select to_jsonb(t) from {table} as t where tenant_id = %s limit 1", [theirs.tenant_id]).fetchone()
            rows[table] = row[0] if row else None
    assert sum(row is not None for row in rows.values()) > 60
    written = 0
    with psycopg.connect(url, options=f"-c role={role}") as c:
        c.execute("select set_config('hostread.tenant_id', %s, false)", [str(ours.tenant_id)])
        for table, kind, may_update, may_delete, may_insert in tables:
            assert c.execute(f"select count(*) from {table} where tenant_id = %s", [theirs.tenant_id]).fetchone() == (0,), table
            if kind == "v":
                continue
            if may_update:
                done = c.execute(f"update {table} set {may_update} = {may_update} where tenant_id = %s", [theirs.tenant_id])
                assert done.rowcount == 0, table
            if may_delete:
                assert c.execute(f"delete from {table} where tenant_id = %s", [theirs.tenant_id]).rowcount == 0, table
            if may_insert and rows[table] is not None:
                with pytest.raises(psycopg.errors.InsufficientPrivilege), c.transaction():
                    c.execute(
                        f"insert into {table} overriding system value select * from jsonb_populate_record(null::{table}, %s)",
                        [json.dumps(rows[table])],
                    )
                written += 1
    assert written > 10 or role == "hostread_reader"


def test_what_passes_the_policies_is_known_by_name(database_url: str) -> None:
    """A new function that runs as the owner and that the application may call: each was judged by somebody."""
    with psycopg.connect(database_url) as owner:
        found = owner.execute(
            """
            select p.proname
            from pg_proc as p
            where
                p.prosecdef and p.pronamespace::regnamespace::text in ('app', 'ops', 'raw', 'marts')
                and p.prorettype <> 'trigger'::regtype and has_function_privilege('hostread_app', p.oid, 'execute')
            """
        ).fetchall()
    assert {name for (name,) in found} == {
        "accept_invitation", "add_tenant", "claim_report", "count_attempt", "find_api_key", "find_invitation", "find_login",
        "find_memberships", "is_verified", "list_pending_deliveries", "list_report_schedules", "make_login_token", "record_action",
        "register_tenant", "use_login_token",
    }  # fmt: skip


# (table, kind, a column that the role may update or null, may it delete, may it insert) of what the role reads and a tenant has.
TABLES = """
select
    format('%%I.%%I', n.nspname, c.relname), c.relkind::text,
    (
        select quote_ident(min(u.attname))
        from pg_attribute as u
        where
            u.attrelid = c.oid and u.attnum > 0 and not u.attisdropped and u.attidentity = '' and u.attgenerated = ''
            and has_column_privilege(%(role)s, c.oid, u.attnum, 'update')
    ),
    has_table_privilege(%(role)s, c.oid, 'delete'),
    has_table_privilege(%(role)s, c.oid, 'insert')
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
where
    n.nspname in ('app', 'raw', 'ops', 'marts', 'estimates') and c.relkind in ('r', 'p', 'v') and not c.relispartition
    and has_schema_privilege(%(role)s, n.oid, 'usage') and has_column_privilege(%(role)s, c.oid, a.attnum, 'select')
order by 1
"""


def foreign_word(parameter: Json, theirs: Side) -> str | None:
    """Of a query parameter that is free text: what only the other account has."""
    schema = parameter.get("schema", {})
    kinds = [schema, *schema.get("anyOf", [])]
    free = any(kind.get("type") == "string" and not {"enum", "format", "pattern"} & kind.keys() for kind in kinds)
    return theirs.word if free and parameter["name"] != "after" else None


def compare(operation: SimpleNamespace, where: str, foreign: Any, absent: Any, theirs: Side, value: str, nobody: str) -> None:
    assert foreign.status_code < 500 or foreign.json()["type"].endswith("not-built"), (operation.name, where, foreign.text[:300])
    assert foreign.status_code == absent.status_code, (operation.name, where, foreign.text[:300], absent.text[:300])
    assert plain(foreign, value) == plain(absent, nobody), (operation.name, where)
    assert_nothing_of(theirs, operation, where, foreign, value)


def plain(answer: Any, value: str) -> str:
    """The answer without what must differ: the id that was asked for, the request's own, and what a cursor makes of it."""
    text = re.sub(r'"request_id":"[^"]*"', "", answer.text)
    text = re.sub(r'"(report|recount|import|site|key|split)_id":"[^"]*"|"[a-z_]+_at":"[^"]*"', "", text)
    return text.replace(value, "ID")


def assert_nothing_of(theirs: Side, operation: SimpleNamespace, where: str, answer: Any, asked: str = "") -> None:
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
