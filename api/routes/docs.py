"""The API's own pages: its OpenAPI document, and that document as one readable page without any script."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from api.contract.document import describe
from api.contract.examples import add_examples
from api.errors import MEDIA_TYPE, ProblemDocument

HERE = Path(__file__).parent
router = APIRouter(include_in_schema=False)
PROBLEM = {"$ref": "#/components/schemas/ProblemDocument"}
PROBLEM_ANSWER = {
    "description": "A problem (RFC 9457): what was found, what was expected, what to do.",
    "content": {MEDIA_TYPE: {"schema": PROBLEM}},
}
DESCRIPTION = """What a podcast sponsorship brought: campaigns, counted downloads, credited conversions, returns and reports.

Send `Authorization: Bearer hr_…` with a key of `POST /v1/api-keys` (registration gives the first), or log in with
`POST /v1/sessions` and send the cookie, with `X-CSRF-Token` for changes, and `X-Hostread-Tenant` to work in another of
your accounts. Money is a decimal string beside its ISO 4217
currency; times are ISO 8601 in UTC; rates are 0 to 1. Lists are paged by key: follow the `Link` header. Analytic answers name
the build that they come from and carry an ETag: send it back as `If-None-Match`."""


def install_openapi(app: FastAPI) -> None:
    """Every operation answers its errors as problems: the document says so in one place."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(problem.pop("$defs", {}))
            schemas["ProblemDocument"] = problem
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            for path in document["paths"].values():
                for operation in path.values():
                    operation["responses"].pop("422", None)
                    operation["responses"]["default"] = PROBLEM_ANSWER
            describe(document)
            add_examples(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document


@router.get("/docs")
def get_docs(request: Request) -> Response:
    """The OpenAPI document as a page."""
    return Response(_page(json.dumps(request.app.openapi())), media_type="text/html")


@router.get("/docs/style.css")
def get_style() -> Response:
    return Response(
        (HERE / "docs.css").read_text("utf-8"), media_type="text/css", headers={"Cache-Control": "public, max-age=3600"}
    )


@lru_cache(maxsize=2)
def _page(document_json: str) -> str:
    document = json.loads(document_json)
    return render("docs.html", document=document, groups=_groups(document))


def render(template: str, **context: Any) -> str:
    """One of the API's own pages."""
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=select_autoescape(["html"]), undefined=StrictUndefined)
    environment.filters["code"] = _code
    return environment.get_template(template).render(**context)


def _code(text: str) -> Markup:
    """Escaped text with its `code` marked up."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if n % 2 else escape(part) for n, part in enumerate(text.split("`"))
    )


def _groups(document: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Operations by tag, in the order of the routes."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            entry = {
                "method": method.upper(),
                "path": path,
                "id": operation["operationId"],
                "summary": operation.get("summary", ""),
                "description": operation.get("description", ""),
                "parameters": operation.get("parameters", []),
                "example": _example(document, operation),
            }
            groups.setdefault((operation.get("tags") or ["other"])[0], []).append(entry)
    return dict(sorted(groups.items()))


def _example(document: Mapping[str, Any], operation: Mapping[str, Any]) -> str:
    """The first example of the request's body, as indented JSON; empty without a body."""
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    named = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    examples = named.get("examples", [])
    return json.dumps(examples[0], indent=2, ensure_ascii=False) if examples else ""
