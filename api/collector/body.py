"""From the bytes of a request to the events in it, each still as the client wrote it. Pure."""

import zlib
from dataclasses import dataclass
from typing import Any

import orjson

from api.collector import protocol
from api.collector.protocol import FaultError, RefusalError
from api.collector.split import split_array, split_object

_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Item:
    """One event as it came: its object, or the fault that keeps it from being one. `text` is set where it was cut out."""

    message: dict[str, Any] | None
    fault: FaultError | None = None
    text: bytes | None = None

    def original(self) -> bytes:
        """The event's bytes: those that came, or for a member of a readable batch the same JSON written anew."""
        return self.text if self.text is not None else orjson.dumps(self.message)


@dataclass(slots=True)
class Envelope:
    """One request: what stands around its events (key, sentAt, shared context), and the events."""

    shared: dict[str, Any]
    items: list[Item]


def decode(body: bytes, encoding: str) -> bytes:
    """The body without its Content-Encoding. Raises RefusalError: 413 past the limit, 400 for what is not gzip or unknown."""
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise RefusalError(400, "unsupported_encoding", f"found Content-Encoding {encoding[:40]!r}, expected gzip or none")
    reader = zlib.decompressobj(wbits=31)
    try:
        decoded = reader.decompress(body, protocol.BODY_BYTES + 1)
    except zlib.error as error:
        raise RefusalError(400, "malformed_gzip", f"the body says gzip and is not: {error}") from error
    if len(decoded) > protocol.BODY_BYTES:
        raise too_large("a gzip body that decodes to more")
    if not reader.eof:
        raise RefusalError(400, "malformed_gzip", "the gzip body ends before its end: send the whole of it")
    return decoded


def too_large(found: str) -> RefusalError:
    limit = protocol.BODY_BYTES
    return RefusalError(
        413, "body_too_large", f"found {found}, expected at most {limit} bytes, raw and decoded: send smaller batches"
    )


def parse(text: bytes, kind: str) -> Envelope:
    """The events of a body sent to the route of `kind`. Raises RefusalError (400, 413) where no event can be told apart."""
    text = text.removeprefix(_BOM)
    try:
        whole = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _take_apart(text, kind, str(error))
    if not isinstance(whole, dict):
        raise RefusalError(400, "malformed_body", f"found a JSON {type(whole).__name__}, expected an object")
    if kind != protocol.BATCH:
        return Envelope(whole, [Item(whole, text=text)])
    members = whole.pop("batch", None)
    if not isinstance(members, list):
        raise RefusalError(400, "malformed_batch", "found no array in `batch`, expected the events there")
    _limit(len(members))
    return Envelope(whole, [_item(member) for member in members])


def _item(member: object, text: bytes | None = None) -> Item:
    if isinstance(member, dict):
        return Item(member, text=text)
    fault = FaultError("not_an_object", f"found a JSON {type(member).__name__}, expected an object for each event")
    return Item(None, fault, orjson.dumps(member) if text is None else text)


def _take_apart(text: bytes, kind: str, why: str) -> Envelope:
    """The same for a body that does not read as a whole: NUL bytes, lone surrogates, NaN, endless numbers or nesting."""
    members = split_object(text)
    if members is None:
        raise RefusalError(400, "malformed_body", f"found a body that is no JSON object ({why}): send it whole")
    shared: dict[str, Any] = {}
    batch: list[bytes] | None = None
    for key, value in members:
        name = key[1:-1].decode("utf-8", "replace")
        if kind == protocol.BATCH and name == "batch":
            batch = split_array(value)
        else:
            try:
                shared[name] = orjson.loads(value)
            except orjson.JSONDecodeError:
                continue
    if kind != protocol.BATCH:
        return Envelope(shared, [Item(None, FaultError("unreadable_event", f"the event does not read as JSON: {why}"), text)])
    if batch is None:
        raise RefusalError(400, "malformed_batch", "found no array in `batch`, expected the events there")
    _limit(len(batch))
    return Envelope(shared, [_read(part.strip()) for part in batch])


def _read(part: bytes) -> Item:
    try:
        return _item(orjson.loads(part), part)
    except orjson.JSONDecodeError as error:
        return Item(None, FaultError("unreadable_event", f"the event does not read as JSON: {error}"), part)


def _limit(count: int) -> None:
    if count > protocol.BATCH_EVENTS:
        raise RefusalError(
            413,
            "too_many_events",
            f"found {count} events in a batch, expected at most {protocol.BATCH_EVENTS}: send smaller batches",
        )
