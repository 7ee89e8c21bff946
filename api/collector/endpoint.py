"""The wire side of the collector: plain ASGI, since what a framework adds to a request costs as much as the event itself."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import structlog
from starlette.types import Receive, Scope, Send

from api.collector import protocol
from api.collector.body import decode, too_large
from api.collector.intake import Intake, Sender
from api.collector.pixel import pixel_body
from api.collector.protocol import RefusalError, UnavailableError
from api.collector.refusals import Refusals
from api.collector.sources import Source

Headers = list[tuple[bytes, bytes]]
log = structlog.get_logger("collector")
JSON: Headers = [(b"content-type", b"application/json")]
UNAVAILABLE_SECONDS = 2


@dataclass(slots=True)
class Service:
    """What the endpoints share: made by the app's lifespan. `held_bytes` are those of bodies being read or taken in now."""

    intake: Intake
    refusals: Refusals
    max_held_bytes: int
    held_bytes: int = field(default=0)


def service_of(scope: Scope) -> Service:
    service = scope["state"]["service"]
    assert isinstance(service, Service)  # noqa: S101
    return service


class Collect:
    """POST and OPTIONS of /v1/{route}: one event, or a batch."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        kind = protocol.ROUTES.get(scope["path"].removeprefix("/v1/"))
        cors = _cors(headers)
        if kind is None:
            await _answer(
                send, 404, RefusalError(404, "unknown_route", "found no such route, expected /v1/track and its like").body(), JSON
            )
        elif scope["method"] == "OPTIONS":
            await _answer(send, 204, b"", [*cors, *_PREFLIGHT])
        elif scope["method"] != "POST":
            body = RefusalError(405, "method_not_allowed", f"found {scope['method']}, expected POST").body()
            await _answer(send, 405, body, [*JSON, (b"allow", b"POST, OPTIONS")])
        else:
            status, body, extra = await _collect(service_of(scope), kind, _sender(scope, headers), headers, receive)
            # A page whose origin the site does not list reads no answer.
            await _answer(send, status, body, [*JSON, *(cors if status != 403 else ()), *extra])


class Pixel:
    """GET /v1/pixel/{kind}: always 200 and the image, since a broken image in a page helps nobody."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        kind = protocol.ROUTES.get(scope["path"].removeprefix("/v1/pixel/"), "")
        if scope["method"] == "GET" and kind in protocol.KINDS:
            service, tracked = service_of(scope), list[Source]()
            sender = _sender(scope, headers, is_browser=True)
            try:
                # An image is asked for without an Origin: the page that holds it stands in its Referer.
                referer = _header(headers, b"referer")
                sender = sender._replace(origin=sender.origin or _origin_of(referer))
                text = pixel_body(parse_qsl(scope["query_string"].decode("latin-1")), referer)
                await service.intake.take(text, kind, sender, tracked)
            except RefusalError as refusal:
                _count(service, refusal, tracked)
            except UnavailableError:
                _count(service, RefusalError(503, "database_away", ""), tracked)
        await _answer(send, 200, protocol.GIF, _PIXEL)


async def _collect(
    service: Service, kind: str, sender: Sender, headers: dict[bytes, bytes], receive: Receive
) -> tuple[int, bytes, Headers]:
    tracked: list[Source] = []
    held = 0
    try:
        announced = _length(headers)
        held = protocol.BODY_BYTES if announced is None else announced
        if service.held_bytes + held > service.max_held_bytes:
            held = 0
            raise RefusalError(
                429, "too_many_bytes", "found more bytes on their way than are held at once: send this again", retry_after=1
            )
        service.held_bytes += held
        text = decode(await _read(receive, announced), _header(headers, b"content-encoding").strip().lower())
        codes = await service.intake.take(text, kind, sender, tracked)
    except RefusalError as refusal:
        _count(service, refusal, tracked)
        return refusal.status, refusal.body(), _retry(refusal.retry_after)
    except UnavailableError:
        away = RefusalError(503, "database_away", "the event was not stored: send it again", UNAVAILABLE_SECONDS)
        _count(service, away, tracked)
        return away.status, away.body(), _retry(away.retry_after)
    except _DisconnectedError:
        return 400, b"", []
    finally:
        service.held_bytes -= held
    return 200, protocol.SUCCESS, [(b"x-quarantined", ", ".join(codes).encode())] if codes else []


class _DisconnectedError(Exception):
    """The client went away in the middle of its body: nobody hears the answer."""


async def _read(receive: Receive, announced: int | None) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _DisconnectedError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > protocol.BODY_BYTES:
            raise too_large(f"a body of {size} bytes or more")
        chunks.append(chunk)
        # The server tells the end of a body in a message of its own: where the length is known, waiting for it is a turn lost.
        if size == announced or not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _length(headers: dict[bytes, bytes]) -> int | None:
    announced = headers.get(b"content-length")
    if announced is None:
        return None
    if not announced.isdigit():
        raise RefusalError(400, "malformed_length", "found a Content-Length that is no number")
    if int(announced) > protocol.BODY_BYTES:
        raise too_large(f"a body of {int(announced)} bytes")
    return int(announced)


def _sender(scope: Scope, headers: dict[bytes, bytes], is_browser: bool = False) -> Sender:
    client = scope.get("client")
    return Sender(
        client[0] if client else "",
        _joined(scope["headers"], b"x-forwarded-for") if b"x-forwarded-for" in headers else "",
        is_browser or headers.get(b"content-type", b"").startswith(b"text/plain") or headers.get(b"origin", b"") != b"",
        *[headers[name].decode("latin-1") if name in headers else "" for name in _SAID],
    )


def _count(service: Service, refusal: RefusalError, tracked: list[Source]) -> None:
    if not refusal.is_kept:
        if tracked:
            service.refusals.count(refusal.code, tracked[0].site.tenant_id, tracked[0].site.site_id)
        else:
            service.refusals.count(refusal.code, None, None)


def _header(headers: dict[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")


def _origin_of(url: str) -> str:
    parts = url.split("/", 3)
    return "/".join(parts[:3]) if len(parts) > 2 and parts[1] == "" else ""


def _joined(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """A header that may stand more than once: its lines are one list."""
    return ",".join(value.decode("latin-1") for key, value in headers if key == name)


def _cors(headers: dict[bytes, bytes]) -> Headers:
    """Which key is used is not known before the body is read (a preflight has none): every origin may ask, and a site's own
    list is held against the POST."""
    origin = headers.get(b"origin")
    return [] if origin is None else [(b"access-control-allow-origin", origin), _EXPOSED, (b"vary", b"origin")]


def _retry(seconds: int | None) -> Headers:
    return [] if seconds is None else [(b"retry-after", str(seconds).encode()), (b"x-ratelimit-reset", str(seconds).encode())]


async def _answer(send: Send, status: int, body: bytes, headers: Headers) -> None:
    length = [] if status == 204 else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": body})


# A page reads an answer's own headers only where they are named: attribution.js waits as long as Retry-After says.
_EXPOSED = (b"access-control-expose-headers", b"retry-after")
# In the order of Sender's fields.
_SAID = (b"authorization", b"origin", b"user-agent", b"sec-gpc", b"x-hostread-timestamp", b"x-hostread-signature")
_PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", protocol.ALLOWED_HEADERS),
    (b"access-control-max-age", protocol.PREFLIGHT_SECONDS),
]
_PIXEL: Headers = [
    (b"content-type", b"image/gif"),
    (b"cache-control", b"no-store"),
    (b"access-control-allow-origin", b"*"),
]
