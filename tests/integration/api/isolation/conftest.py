"""Every operation of the OpenAPI document, asked by nobody, with dead keys, and with another account's ids wherever an id fits.

The document is where the operations come from: a new route is asked without being named here, and one with an id that this file
cannot fill fails until it is. One application, one database, a client in this process."""

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
OF_THE_PIPELINE = {"conversion_id", "verdict_id", "link_id", "person_id", "decision_id", "issue_id", "alert_id", "customer_id"}
# A report that went out, and its mail: an id that is nobody's would prove nothing of who may read or correct it.
ISSUE = """
with issue as (
    insert into ops.report_issues (issue_id, tenant_id, schedule_id, sponsor_id, cadence, period_start, period_end, status)
    values (%(issue_id)s, %(tenant_id)s, %(schedule_id)s, %(sponsor_id)s, 'weekly', '2026-03-02', '2026-03-08', 'ready')
    on conflict (issue_id) do nothing
    returning *
)
insert into ops.deliveries (tenant_id, sponsor_id, issue_id, recipient, message_id, status, sent_at)
select tenant_id, sponsor_id, issue_id, %(recipient)s, issue_id::text, 'sent', now() from issue
"""
WORDS = {"file_format": "pdf", "kind": "not-found", "dataset": "attribution_credits"}


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
            owner.execute(ISSUE, {"tenant_id": side.tenant_id, **side.ids, "recipient": f"reader@{side.word}.com"})
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
    # Accounts are no one's to make by a key.
    collect(side, app.get("/v1/customers", headers=side.headers).json())
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


@pytest.fixture(scope="session")
def matrix() -> SimpleNamespace:
    """The functions of this file: under importlib mode a test cannot import them."""
    return SimpleNamespace(PUBLIC=PUBLIC, WORDS=WORDS, is_id=is_id, fill=fill, mine=mine, send=send)
