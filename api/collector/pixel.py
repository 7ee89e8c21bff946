"""An image's query string as the JSON body that a client would have posted. Pure."""

import base64
import binascii
from collections.abc import Iterable
from typing import Any

import orjson

from api.collector.protocol import RefusalError


def pixel_body(query: Iterable[tuple[str, str]], referer: str) -> bytes:
    """The event's JSON: from `data` (base64, url-safe or not, padding may be missing), or from plain names whose dots are
    levels (`properties.revenue=9`). A pixel without a page of its own is on the page that refers to it. Raises RefusalError."""
    pairs = dict(query)
    if "data" in pairs:
        return _from_base64(pairs["data"])
    message: dict[str, Any] = {}
    for name, value in pairs.items():
        _put(message, name.split("."), value)
    if referer and isinstance(context := message.setdefault("context", {}), dict):
        context.setdefault("page", {"url": referer})
    return orjson.dumps(message)


def _from_base64(data: str) -> bytes:
    text = data.strip().replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RefusalError(400, "malformed_pixel", f"found data that is no base64: {error}") from error


def _put(message: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        inner = message.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        message = inner
    message[path[-1]] = value
