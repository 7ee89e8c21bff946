"""The collector's OpenAPI document: the routes that FastAPI does not know, since events pass it by. Pure."""

from typing import Any

from fastapi import FastAPI

from api.collector import protocol

Json = dict[str, Any]
_TEXT: Json = {"type": "string"}
_OBJECT: Json = {"type": "object"}
_ID: Json = {"type": ["string", "null"], "maxLength": protocol.NAME_CHARACTERS}
_TIME: Json = {"type": "string", "format": "date-time"}
_CONTEXT: Json = {
    "type": "object",
    "properties": {
        "page": {"type": "object", "properties": dict.fromkeys(("url", "path", "search", "referrer", "title"), _TEXT)},
        "campaign": {"type": "object", "properties": dict.fromkeys(("source", "medium", "name", "term", "content"), _TEXT)},
        "userAgent": _TEXT, "ip": _TEXT, "library": _OBJECT, "consent": {}, "gpc": {"type": "boolean"},
    },
}  # fmt: skip
_EVENT: Json = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "enum": list(protocol.KINDS)},
        "messageId": {"type": "string", "maxLength": protocol.MESSAGE_ID_CHARACTERS},
        "userId": _ID, "anonymousId": _ID, "event": _TEXT, "name": _TEXT, "properties": _OBJECT, "traits": _OBJECT,
        "context": _CONTEXT, "integrations": _OBJECT, "timestamp": _TIME, "sentAt": _TIME, "writeKey": _TEXT,
    },
}  # fmt: skip
_BATCH: Json = {
    "type": "object",
    "required": ["batch"],
    "properties": {
        "batch": {"type": "array", "maxItems": protocol.BATCH_EVENTS, "items": _EVENT},
        "context": _CONTEXT, "integrations": _OBJECT, "sentAt": _TIME, "writeKey": _TEXT,
    },
}  # fmt: skip
_ERROR: Json = {"type": "object", "required": ["code", "message"], "properties": {"code": _TEXT, "message": _TEXT}}
_SIGNED: list[Json] = [
    {"name": "X-Hostread-Timestamp", "in": "header", "schema": _TEXT, "description": "Seconds since 1970."},
    {"name": "X-Hostread-Signature", "in": "header", "schema": _TEXT, "description": "v1=<HMAC-SHA256 of timestamp.body>"},
]
_REFUSED = {
    "400": "No event can be told apart: dropped for good.",
    "401": "No site has this write key: dropped for good.",
    "403": "The site does not list this origin: dropped for good.",
    "413": "More than 500 KB, or 2,500 events: dropped for good.",
    "429": "Too many for now: Retry-After says how long.",
    "503": "Not stored: send it again after Retry-After.",
}


def install_openapi(app: FastAPI) -> None:
    """Have the app describe the events' routes beside its own."""
    own = app.openapi

    def described() -> Json:
        document = own()
        document["paths"].update(_paths())
        document.setdefault("components", {})["securitySchemes"] = {
            "write_key": {"type": "http", "scheme": "basic", "description": "The write key as user name, no password."}
        }
        return document

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to extend the document


def _paths() -> Json:
    paths = {f"/v1/{route}": {"post": _post(route, kind)} for route, kind in protocol.ROUTES.items()}
    paths |= {f"/v1/pixel/{kind}": {"get": _pixel(kind)} for kind in protocol.KINDS}
    return paths | {"/v1/prefix/{show}/{rest}": {"get": _prefix("get"), "head": _prefix("head")}}


def _post(route: str, kind: str) -> Json:
    what = "a batch of events" if kind == protocol.BATCH else f"one {kind} event"
    schema = _BATCH if kind == protocol.BATCH else _EVENT
    responses: Json = {"200": {"description": "Stored durably.", **_json({"type": "object"})}}
    responses |= {status: {"description": text, **_json(_ERROR)} for status, text in _REFUSED.items()}
    return {
        "tags": ["events"], "operationId": f"events_{route}", "summary": f"Send {what}", "security": [{"write_key": []}, {}],
        "parameters": _SIGNED, "responses": responses,
        "requestBody": {"required": True, "content": {media: {"schema": schema} for media in ("application/json", "text/plain")}},
    }  # fmt: skip


def _pixel(kind: str) -> Json:
    names = ("data", "writeKey", "messageId", "userId", "anonymousId", "event")
    return {
        "tags": ["events"], "operationId": f"pixel_{kind}", "summary": f"Send one {kind} event by an image",
        "parameters": [{"name": name, "in": "query", "schema": _TEXT} for name in names],
        "responses": {"200": {"description": "The image, whatever became of the event.", "content": {"image/gif": {}}}},
    }  # fmt: skip


def _prefix(method: str) -> Json:
    where = [
        {"name": "show", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}},
        {"name": "rest", "in": "path", "required": True, "schema": _TEXT, "description": "The rest of the enclosure URL."},
    ]
    return {
        "tags": ["prefix"], "operationId": f"prefix_{method}", "summary": "Go on to a show's file", "parameters": where,
        "responses": {
            "302": {"description": "To the file that the show's feed names."},
            "404": {"description": "No show, or no file that its feed names.", **_json(_ERROR)},
            "503": {"description": "The show is not known here yet: ask again.", **_json(_ERROR)},
        },
    }  # fmt: skip


def _json(schema: Json) -> Json:
    return {"content": {"application/json": {"schema": schema}}}
