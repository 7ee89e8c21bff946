"""One error shape on every route: RFC 9457 problems, each saying what was found, what was expected and what to do."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.database import ClaimLostError, DatabaseUnavailableError
from api.marts.errors import NotBuiltError, NotFoundError, UnknownSourceError, UnreadableCursorError, WarehouseUnavailableError

MEDIA_TYPE = "application/problem+json"
# What each `type` means; `GET /v1/problems` prints it.
CATALOGUE: Mapping[str, tuple[int, str]] = {
    "malformed-request": (400, "The request cannot be read"),
    "unauthenticated": (401, "Nobody is logged in"),
    "forbidden": (403, "This role may not do that"),
    "csrf": (403, "The form's token is missing or old"),
    "not-found": (404, "There is no such thing here"),
    "method-not-allowed": (405, "This address does not take that method"),
    "conflict": (409, "The change conflicts with what is there"),
    "in-progress": (409, "The same request is being carried out, or was"),
    "too-large": (413, "The request is too large"),
    "invalid": (422, "The request holds values that cannot be"),
    "key-reused": (422, "The idempotency key belongs to another request"),
    "too-many-requests": (429, "Too many attempts"),
    "internal": (500, "Something went wrong here"),
    "not-built": (503, "No build of the marts has been published yet"),
    "unavailable": (503, "The database does not answer"),
}
BY_STATUS = {
    400: "malformed-request",
    401: "unauthenticated", 403: "forbidden", 404: "not-found", 405: "method-not-allowed", 409: "conflict",
    413: "too-large", 422: "invalid", 429: "too-many-requests", 503: "unavailable",
}  # fmt: skip
ADVICE = {
    404: "found nothing at this address that is yours, expected an address of GET /openapi.json and the id of something of yours",
    405: "found a method that this address does not take, expected one of those in the Allow header",
}


class FieldProblem(BaseModel):
    """One value of the request that cannot be."""

    pointer: str = Field(description="Where in the request, as a JSON pointer.", examples=["/body/flight_end"])
    message: str


class ProblemDocument(BaseModel):
    """RFC 9457: what went wrong, and what to do about it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/v1/problems/not-found",
                    "title": "There is no such thing here",
                    "status": 404,
                    "detail": "found no campaign 7d8…, expected the id of one of your own: GET /v1/campaigns lists them",
                    "request_id": "3f6c0d6e1d0b4a7f",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None = None
    errors: list[FieldProblem] | None = None


class Problem(Exception):  # noqa: N818  # RFC 9457 calls it a problem
    """Raised anywhere in a request; becomes the answer. `kind` is a key of CATALOGUE."""

    def __init__(
        self, kind: str, detail: str, *, headers: Mapping[str, str] | None = None, errors: list[FieldProblem] | None = None
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.status = CATALOGUE[kind][0]
        self.title = CATALOGUE[kind][1]
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = errors


# Turns a problem into a page for people; None where the request wants none.
PageRenderer = Callable[[Request, Problem], Response | None]
# Notes that somebody's request failed.
Recorder = Callable[[Request, Problem], None]


def not_found(kind: str, identifier: object) -> Problem:
    """The one answer for what is not there and for what belongs to somebody else."""
    return Problem("not-found", str(NotFoundError(kind, identifier)))


def as_problem(error: Exception) -> Problem:
    """Every exception that a request may end with, as a problem; the unforeseen is `internal` and tells nothing of its cause."""
    match error:
        case Problem():
            return error
        case NotFoundError():
            return Problem("not-found", str(error))
        case UnknownSourceError():
            return Problem("invalid", str(error))
        case UnreadableCursorError():
            return Problem("invalid", str(error), errors=[FieldProblem(pointer="/query/after", message="not a cursor of ours")])
        case NotBuiltError():
            return Problem("not-built", str(error), headers={"Retry-After": "300"})
        case DatabaseUnavailableError() | WarehouseUnavailableError():
            return Problem("unavailable", f"{error}: try again shortly", headers={"Retry-After": "5"})
        case ClaimLostError():
            return Problem("in-progress", str(error), headers={"Retry-After": "1"})
        case RequestValidationError():
            return Problem("invalid", _summary(error), errors=_fields(error))
        case HTTPException():
            return _from_http(error)
        case psycopg.DataError():
            return Problem("invalid", "found a value that the database cannot hold, expected what /docs describes: correct it")
        case _:
            return Problem("internal", "the request met an error that is logged under its request id: try again, or report the id")


def response_of(problem: Problem, request_id: str | None) -> JSONResponse:
    """The problem as its HTTP answer."""
    document = ProblemDocument(
        type=f"/v1/problems/{problem.kind}", title=problem.title, status=problem.status, detail=problem.detail,
        request_id=request_id, errors=problem.errors,
    )  # fmt: skip
    return JSONResponse(document.model_dump(exclude_none=True), problem.status, problem.headers, MEDIA_TYPE)


def install_errors(app: FastAPI, render_page: PageRenderer | None = None, record: Recorder | None = None) -> None:
    """Every exception of every route becomes a problem; a browser on the dashboard gets `render_page`'s answer instead. `record`
    is told of each."""

    def handle(request: Request, error: Exception) -> Response:
        problem = as_problem(error)
        if record is not None:
            record(request, problem)
        page = render_page(request, problem) if render_page is not None else None
        return page if page is not None else response_of(problem, request.scope.get("request_id"))

    marts = (NotFoundError, UnknownSourceError, UnreadableCursorError, NotBuiltError, WarehouseUnavailableError)
    ours = (Problem, *marts, DatabaseUnavailableError, ClaimLostError)
    for kind in (*ours, psycopg.DataError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, handle)


def _from_http(error: HTTPException) -> Problem:
    kind = BY_STATUS.get(error.status_code, "internal" if error.status_code >= 500 else "malformed-request")
    generic = error.detail == HTTPStatus(error.status_code).phrase
    detail = ADVICE.get(error.status_code, error.detail) if generic else error.detail
    problem = Problem(kind, detail, headers=error.headers)
    problem.status = error.status_code
    return problem


def _fields(error: RequestValidationError) -> list[FieldProblem]:
    # The value itself is left out: it may be a password.
    return [FieldProblem(pointer=_pointer(e["loc"]), message=str(e["msg"])) for e in error.errors()[:20]]


def _summary(error: RequestValidationError) -> str:
    fields = _fields(error)
    shown = "; ".join(f"{field.pointer}: {field.message}" for field in fields[:3])
    return (
        f"found {len(error.errors())} value(s) that cannot be ({shown}), expected what /docs describes: correct them and send again"
    )


def _pointer(location: Any) -> str:
    return "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in location)
