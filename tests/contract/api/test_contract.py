"""One error shape on every route, a described document, and money that means here what it means in the warehouse."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter

from api.errors import CATALOGUE, ProblemDocument
from api.main import create_app
from api.marts.money import exponent
from api.settings import ApiSettings

ROOT = Path(__file__).resolve().parents[3]
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(ApiSettings(database_url="postgresql://nobody@127.0.0.1:9/none", secret_key="s" * 32, log_level="CRITICAL"))


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


async def ask(app: FastAPI, method: str, path: str, **arguments: Any) -> httpx.Response:
    """One request with the lifespan's state, and no error passed by."""
    async with app.router.lifespan_context(app) as state:
        transport = httpx.ASGITransport(app=with_state(app, dict(state or {})), raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **arguments)


def with_state(app: FastAPI, state: dict[str, Any]) -> Any:
    async def run(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "state": dict(state)}, receive, send)

    return run


def assert_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = ProblemDocument.model_validate(answer.json())
    assert problem.status == status and problem.type.removeprefix("/v1/problems/") in CATALOGUE
    assert problem.request_id == answer.headers["x-request-id"]
    assert problem.detail and "Traceback" not in answer.text
    assert (
        answer.headers["x-content-type-options"] == "nosniff" and "default-src 'none'" in answer.headers["content-security-policy"]
    )


def run(coroutine: Any) -> Any:
    import asyncio

    return asyncio.run(coroutine)


def test_every_route_asks_who_it_is_and_answers_in_one_shape(app: FastAPI, document: dict[str, Any]) -> None:
    public = {
        "users_register",
        "users_ask_reset",
        "users_reset",
        "users_verify",
        "sessions_create",
        "health_live",
        "health_ready",
        "health_metrics",
        "health_problems",
        "health_problem",
    }

    async def walk() -> None:
        async with app.router.lifespan_context(app) as state:
            transport = httpx.ASGITransport(app=with_state(app, dict(state or {})))
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                for method, path, operation in operations(document):
                    filled = path.replace("{file_format}", "pdf").replace("{kind}", "nonsense")
                    for name in ("campaign_id", "report_id", "key_id"):
                        filled = filled.replace(f"{{{name}}}", "5d9a2f0e-0f8e-4a6e-8a43-0d8ad3f6ad55")
                    if operation["operationId"] not in public:
                        assert_problem(await client.request(method, filled), 401)
                    elif "requestBody" in operation:
                        assert_problem(await client.request(method, filled, content=b"{"), 422)
                    elif operation["operationId"] == "health_problem":
                        assert_problem(await client.request(method, filled), 404)
                for path in document["paths"]:
                    allowed = set(document["paths"][path])
                    refused = next(m for m in METHODS if m not in allowed)
                    answer = await client.request(refused, path.replace("{", "").replace("}", ""))
                    assert_problem(answer, 405)
                    assert answer.headers["allow"]
                assert_problem(await client.get("/v1/nothing"), 404)
                assert_problem(await client.get("/v1/campaigns/not-an-id", headers={"Authorization": "Basic x"}), 401)

    run(walk())


def test_a_fault_of_ours_is_a_problem_without_its_cause(capsys: pytest.CaptureFixture[str]) -> None:
    app = create_app(ApiSettings(database_url="postgresql://nobody@127.0.0.1:9/none", secret_key="s" * 32, log_level="INFO"))

    @app.get("/v1/broken")
    def broken() -> None:
        raise RuntimeError("secret value 4711")

    answer = run(ask(app, "GET", "/v1/broken?token=hr_secret", headers={"Authorization": "Bearer hr_secret"}))
    assert_problem(answer, 500)
    logged = capsys.readouterr().out
    assert "RuntimeError" in logged and answer.json()["request_id"] in logged
    for hidden in ("4711", "hr_secret"):
        assert hidden not in answer.text and hidden not in logged


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    names = []
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        names.append(operation["operationId"])
        assert operation["summary"] and len(operation["description"]) > 20, where
        tag = operation["tags"][0]
        assert operation["operationId"].startswith(f"{tag}_"), where
        assert operation["responses"]["default"]["content"]["application/problem+json"], where
        for parameter in operation.get("parameters", []):
            assert parameter["in"] in ("path", "cookie") or parameter.get("description"), (where, parameter["name"])
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body:
            schema = document["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]
            assert schema.get("examples"), f"{where}: its body has no example"
    assert len(names) == len(set(names)) >= 35


def test_the_examples_are_what_the_routes_take(app: FastAPI, document: dict[str, Any]) -> None:
    # The application is imported whole: whatever module an entry stands in is among those that are loaded.
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("api.")]
    entries = {name: value for module in modules for name, value in vars(module).items()}
    checked = 0
    for _, _, operation in operations(document):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body:
            name = body["schema"]["$ref"].rpartition("/")[2]
            for example in document["components"]["schemas"][name]["examples"]:
                TypeAdapter(entries[name]).validate_python(example)
                checked += 1
    assert checked >= 10


def test_every_tag_is_a_resource_of_scopes(document: dict[str, Any]) -> None:
    """A new resource that no key could be bound to."""
    from api.auth.scopes import ADMIN, OPEN, RESOURCES

    tags = {operation["tags"][0] for _, _, operation in operations(document)}
    assert tags - ADMIN - OPEN - {"health"} == RESOURCES


def test_the_docs_page_names_every_operation_and_runs_nothing(app: FastAPI, document: dict[str, Any]) -> None:
    answer = run(ask(app, "GET", "/docs"))
    assert answer.status_code == 200 and "<script" not in answer.text and "style=" not in answer.text
    for _, path, operation in operations(document):
        assert f'id="{operation["operationId"]}"' in answer.text and path in answer.text


def test_currencies_have_the_same_digits_here_and_in_the_warehouse() -> None:
    seeds = list((ROOT / "dbt_project" / "seeds").rglob("currencies.csv"))
    assert len(seeds) == 1
    with seeds[0].open("r", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 20
    assert {row["currency"]: exponent(row["currency"]) for row in rows} == {
        row["currency"]: int(row["minor_exponent"]) for row in rows
    }
