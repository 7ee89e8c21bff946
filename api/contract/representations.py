"""Other forms of every answer to a GET of `/v1`: parts of it (`fields`), CSV and JSON Lines (`format`, or `Accept`), and 304.

A layer around the routes, so that no route has a part in it. A list is streamed as its pages, one after another, through the route
itself: what a page may not show no export shows, and no more than one page is in memory.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.contract.operations import Operation, Operations
from api.contract.selection import Tree, read_fields, select, within
from api.contract.tables import CSV, JSON_LINES, csv_lines, json_lines
from api.errors import FieldProblem, Problem, response_of

FORMATS: Mapping[str, str] = {"csv": CSV, "jsonl": JSON_LINES}
ACCEPTED: Mapping[str, str] = {CSV: "csv", JSON_LINES: "jsonl", "application/x-ndjson": "jsonl"}
OURS = ("fields", "format", "rows")
VARY = "Authorization, Cookie, Accept"
PASSED_ON = ("cache-control", "x-hostread-build")


class BrokenExportError(RuntimeError):
    """A page behind the first could not be had, or is of another build: the answer is broken off, never ended as if whole."""


@dataclass(slots=True)
class Answer:
    """What a route answered, whole."""

    status: int = 0
    headers: MutableHeaders | None = None
    body: bytes = b""

    @property
    def is_json(self) -> bool:
        return self.status == 200 and self.header("content-type").startswith("application/json")

    def header(self, name: str) -> str:
        return self.headers.get(name, "") if self.headers is not None else ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The form that a request asks for."""

    operation: Operation
    kind: str
    fields: Tree
    part: str | None
    query: list[tuple[str, str]]


class Representations:
    def __init__(self, app: ASGIApp, document: Callable[[], Mapping[str, Any]]) -> None:
        self.app = app
        self._document = document
        self._operations: Operations | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith("/v1/"):
            await self.app(scope, receive, send)
            return
        try:
            wanted = self._wanted(scope)
        except Problem as problem:
            await response_of(problem, scope.get("request_id"))(scope, receive, send)
            return
        if wanted is None or wanted.kind == "json":
            await self._answer(scope, receive, send, wanted)
        else:
            await self._stream(scope, receive, send, wanted)

    def _wanted(self, scope: Scope) -> Wanted | None:
        """None where the answer is asked for as it is. Raises `invalid`."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        asked = {name: value for name, value in query if name in OURS}
        kind = asked.get("format") or _accepted(Headers(scope=scope).get("accept", ""))
        if not asked and kind == "json":
            return None
        if self._operations is None:
            self._operations = Operations(self._document())
        operation = self._operations.find(scope["path"])
        if operation is None:
            return None
        if kind not in ("json", *FORMATS):
            raise _invalid("format", f"found the format {kind[:20]!r}, expected json, csv or jsonl")
        try:
            part = operation.part(asked.get("rows"))
        except KeyError as error:
            if kind == "json" and "rows" not in asked and not operation.is_list:
                part = None
            else:
                raise _invalid("rows", f"found an answer with the lists {error.args[0]}, expected one of them as `rows`") from error
        if kind == "json" and not operation.is_list:
            part = None
        return Wanted(operation, kind, _fields(operation, asked.get("fields"), part), part, query)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, wanted: Wanted | None) -> None:
        """As JSON: whole or in part, with an ETag of its content where the route gave none."""
        held: list[Message] = []

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                held.append(message)
                return
            if held and not message.get("more_body"):
                start = held.pop()
                answer = Answer(start["status"], MutableHeaders(raw=start["headers"]), message.get("body", b""))
                message = {**message, "body": _in_part(scope, answer, wanted)}
                await send({"type": "http.response.start", "status": answer.status, "headers": (answer.headers or Headers()).raw})
            elif held:
                await send(held.pop())
            await send(message)

        await self.app(scope, receive, send_on)

    async def _stream(self, scope: Scope, receive: Receive, send: Send, wanted: Wanted) -> None:
        """As CSV or JSON Lines, page after page."""
        operation = wanted.operation
        inner = [(name, value) for name, value in wanted.query if name not in OURS]
        is_walked = operation.paged is not None and wanted.part == operation.paged and not any(n == "limit" for n, _ in inner)
        if is_walked:
            inner.append(("limit", str(operation.largest_page)))
        suffix = f"-{wanted.kind}"
        answer = await self._ask(scope, inner, suffix)
        if not answer.is_json:
            if answer.headers is not None and answer.header("etag"):
                answer.headers["etag"] = _suffixed(answer.header("etag"), suffix)
            await _send_whole(send, answer)
            return
        document = orjson.loads(answer.body)
        columns = _columns(operation, document, wanted)
        await send({"type": "http.response.start", "status": 200, "headers": _stream_headers(scope, answer, document, wanted)})
        build, is_first = answer.header("x-hostread-build"), True
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            while True:
                rows = document[wanted.part] if wanted.part else [document]
                body = (
                    csv_lines(columns, rows, with_header=is_first)
                    if wanted.kind == "csv"
                    else json_lines(select(row, wanted.fields) for row in rows)
                )
                cursor = document.get("next_cursor") if is_walked else None
                await send({"type": "http.response.body", "body": body, "more_body": cursor is not None})
                if cursor is None or gone.done():
                    return
                is_first = False
                answer = await self._ask(scope, [*(q for q in inner if q[0] != "after"), ("after", cursor)], "")
                if not answer.is_json or answer.header("x-hostread-build") != build:
                    raise BrokenExportError(f"{operation.name}: a page answered {answer.status}, or is of another build")
                document = orjson.loads(answer.body)
        finally:
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await gone

    async def _ask(self, scope: Scope, query: list[tuple[str, str]], suffix: str) -> Answer:
        """One answer of the route to another query. `suffix`: of the ETags that the client has of this form."""
        headers = [(n, v) for n, v in scope["headers"] if n not in (b"if-none-match", b"accept")]
        known = [tag.strip() for tag in Headers(scope=scope).get("if-none-match", "").split(",")]
        ours = [tag.removesuffix(f'{suffix}"') + '"' for tag in known if suffix and tag.endswith(f'{suffix}"')]
        if ours:
            headers.append((b"if-none-match", ", ".join(ours).encode("latin-1")))
        asked = {**scope, "query_string": urlencode(query).encode("latin-1"), "headers": headers}
        answer = Answer()
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status, answer.headers = message["status"], MutableHeaders(raw=list(message["headers"]))
            else:
                parts.append(message.get("body", b""))

        await self.app(asked, _nothing, collect)
        if "route" in asked:
            scope["route"] = asked["route"]
        answer.body = b"".join(parts)
        return answer


def _accepted(accept: str) -> str:
    """The first form of an Accept header that we have; JSON where it names none or anything."""
    for part in accept.split(","):
        kind = part.split(";")[0].strip().lower()
        if kind in ACCEPTED:
            return ACCEPTED[kind]
        if kind in ("application/json", "*/*", "application/*"):
            break
    return "json"


def _fields(operation: Operation, text: str | None, part: str | None) -> Tree:
    if text is None:
        return {}
    try:
        tree = read_fields(text)
    except ValueError as error:
        raise _invalid("fields", str(error)) from error
    schema = operation.rows_schema(part)
    unknown = sorted(operation.unknown(schema, tree))
    if unknown:
        known = ", ".join(sorted(operation.children(schema))[:40])
        raise _invalid("fields", f"found no field {unknown[0][:60]!r}, expected of: {known}")
    return tree


def _in_part(scope: Scope, answer: Answer, wanted: Wanted | None) -> bytes:
    """The body to send; the answer's status and headers are changed with it."""
    headers = answer.headers
    if headers is None or not answer.is_json:
        return answer.body
    body = answer.body
    if wanted is not None and wanted.fields:
        document = orjson.loads(body)
        if wanted.part is not None:
            document[wanted.part] = select(document[wanted.part], wanted.fields)
        else:
            document = select(document, wanted.fields)
        body = orjson.dumps(document)
    headers["Vary"] = VARY
    if "etag" not in headers and "no-store" not in headers.get("cache-control", ""):
        headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers.setdefault("Cache-Control", "private, no-cache")
        known = Headers(scope=scope).get("if-none-match", "")
        if headers["ETag"] in [tag.strip().removeprefix("W/") for tag in known.split(",")] or known.strip() == "*":
            answer.status = 304
            del headers["content-length"], headers["content-type"]
            return b""
    headers["content-length"] = str(len(body))
    return body


def _stream_headers(scope: Scope, answer: Answer, document: Any, wanted: Wanted) -> list[tuple[bytes, bytes]]:
    kind = FORMATS[wanted.kind]
    headers = MutableHeaders(raw=[])
    headers["Content-Type"] = f"{kind}; charset=utf-8; header=present" if wanted.kind == "csv" else kind
    headers["Content-Disposition"] = f'attachment; filename="{wanted.operation.name}.{wanted.kind}"'
    headers["Vary"] = VARY
    for name in PASSED_ON:
        if answer.header(name):
            headers[name] = answer.header(name)
    if answer.header("etag"):
        headers["ETag"] = _suffixed(answer.header("etag"), f"-{wanted.kind}")
    cursor = document.get("next_cursor") if isinstance(document, dict) else None
    if cursor is not None and any(name == "limit" for name, _ in wanted.query):
        query = [(name, value) for name, value in wanted.query if name != "after"]
        headers["Link"] = f'<{scope["path"]}?{urlencode([*query, ("after", cursor)])}>; rel="next"'
    return headers.raw


def _columns(operation: Operation, document: Any, wanted: Wanted) -> list[str]:
    """The schema's; of rows whose names are data, those that the answer lists."""
    known = list(operation.columns(operation.rows_schema(wanted.part))) or document.get("columns", [])
    return [column for column in known if within(column, wanted.fields)]


def _suffixed(etag: str, suffix: str) -> str:
    return f'{etag.removesuffix(chr(34))}{suffix}"'


def _invalid(name: str, detail: str) -> Problem:
    return Problem("invalid", detail, errors=[FieldProblem(pointer=f"/query/{name}", message=detail)])


async def _send_whole(send: Send, answer: Answer) -> None:
    raw = answer.headers.raw if answer.headers is not None else []
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": answer.body})


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
