"""Every operation shows what it takes and gives; what it shows is what its schema says."""

from typing import Any

import jsonschema
import pytest

from api.main import create_app
from api.settings import ApiSettings


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    settings = ApiSettings(database_url="postgresql://nobody@127.0.0.1:9/none", secret_key="s" * 32, log_level="CRITICAL")
    return create_app(settings).openapi()


def shown(document: dict[str, Any]) -> list[tuple[str, dict[str, Any], Any]]:
    """(where, schema, example) of every path parameter, body and JSON answer."""
    found = []
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            where = f"{method} {path}"
            found += [
                (f"{where} {p['name']}", p["schema"], p.get("example"))
                for p in described.get("parameters", [])
                if p["in"] == "path"
            ]
            answers = [a for status, a in described["responses"].items() if status.startswith("2")]
            for part in (described.get("requestBody", {}), *answers):
                for kind, content in part.get("content", {}).items():
                    if kind in ("application/json", "multipart/form-data"):
                        found.append((f"{where} {kind}", content["schema"], content.get("example")))
    return found


def test_every_operation_has_an_example_that_its_schema_takes(document: dict[str, Any]) -> None:
    """An example of yesterday's field names, or none at all."""
    resolver = {"components": document["components"]}
    faults = []
    for where, schema, example in shown(document):
        if example is None:
            faults.append((where, "no example"))
            continue
        validator = jsonschema.Draft202012Validator({**schema, **resolver})
        faults += [(where, error.json_path, error.message[:200]) for error in validator.iter_errors(example)]
    assert faults == []


def test_no_operation_is_without_one(document: dict[str, Any]) -> None:
    """One that takes no id and no body, and answers a file or nothing, has nothing to show."""
    with_example = {tuple(where.split()[:2]) for where, _, _ in shown(document)}
    without = [
        described["operationId"]
        for path, methods in document["paths"].items() for method, described in methods.items()
        if (method, path) not in with_example
    ]  # fmt: skip
    assert {"sessions_delete", "health_metrics"} <= set(without) and len(without) <= 4, without


def test_examples_are_the_same_each_time(document: dict[str, Any]) -> None:
    settings = ApiSettings(database_url="postgresql://nobody@127.0.0.1:9/none", secret_key="s" * 32, log_level="CRITICAL")
    assert create_app(settings).openapi() == document
