"""One event as the client wrote it to one row of raw.collector_events, or the fault that quarantines it. Pure.

What PostgreSQL would refuse (NUL, endless numbers, a time out of range) is found here, so that a group's COPY never fails on it.
"""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from api.collector import protocol, split
from api.collector.clock import read_time
from api.collector.consent import has_consent
from api.collector.protocol import FaultError

# Left out of the digest: clients change them on every retry, or they say how the event came and not what it is.
TRANSPORT = frozenset({"sentAt", "receivedAt", "_metadata", "writeKey", "integrations"})
# Where clients put the visitor's address. It is used for the household and never stored.
ADDRESS_KEYS = frozenset({"ip", "ip_address", "ipAddress", "client_ip", "clientIp", "remote_ip", "remoteAddress"})
ORDER_KEYS = frozenset({"order_id", "orderId"})
NUMBER_KEYS = frozenset({"revenue", "value", "total", "subtotal", "price", "amount"}) | ORDER_KEYS
# What the id of an event begins with that brought neither an id nor a time: sent again, it is another event.
MADE_ID = "made-"
# In major units: a hundred times it, in minor units, still fits a bigint ten thousand times over.
LARGEST_MONEY = 1e13
# From here on a double no longer names one integer: two orders would become one.
LARGEST_EXACT = 2.0**53
# A tuple: `int | float` is made anew each time that it is asked, which takes as long as all else that is done with a number.
_NUMBERS = (int, float)


class Event(NamedTuple):
    """One valid event, without its address. `address_text` is what context.ip said: to be hashed and forgotten."""

    kind: str
    message_id: str
    event_name: str | None
    anonymous_id: str | None
    user_id: str | None
    client_at: datetime | None
    sent_at: datetime | None
    context: bytes
    properties: bytes
    body_sha256: bytes
    user_agent: str | None
    library: str
    address_text: str | None
    has_consent: bool


def read_event(message: Mapping[str, Any], kind: str | None, shared: Mapping[str, Any], size: int, gpc_header: str) -> Event:
    """The event of one message of `size` bytes. `kind` None: a member of a batch, which names its own; `shared`: what the
    batch says of all its members. Raises FaultError; leaves `message` as it is, so that the original can be kept."""
    if size > protocol.EVENT_BYTES:
        raise FaultError(
            "event_too_large", f"found an event of {size} bytes, expected at most {protocol.EVENT_BYTES}: send less in it"
        )
    kind = kind or _kind(message)
    context = _object(message, "context")
    if isinstance(shared.get("context"), dict):
        context = {**shared["context"], **context}
    properties = _properties(message, kind)
    context, address_text = _without_addresses(context)
    properties, _ = _without_addresses(properties)
    name = _text(message, "event" if kind == "track" else "name")
    if kind == "track" and name is None:
        raise FaultError("no_event_name", "found no `event`, expected the name of what was tracked")
    anonymous_id, user_id = _text(message, "anonymousId"), _text(message, "userId")
    if anonymous_id is None and user_id is None:
        raise FaultError("no_identity", "found neither `userId` nor `anonymousId`, expected one of them")
    written_context, written_properties = _written(context), _written(properties)
    _check_json([context, properties], written_context + written_properties)
    _check_numbers(properties)
    digest = body_digest(message, kind, written_context, written_properties)
    library = context.get("library")
    user_agent = context.get("userAgent")
    # In the order of the fields: by name it takes twice the time, and this is done for each event.
    return Event(
        kind,
        _message_id(message, digest),
        name,
        anonymous_id,
        user_id,
        read_time(message.get("timestamp") or message.get("originalTimestamp"), "timestamp"),
        _sent_at(message.get("sentAt") or shared.get("sentAt")),
        written_context,
        written_properties,
        digest,
        user_agent if isinstance(user_agent, str) else None,
        str(library.get("name", "")) if isinstance(library, dict) else "",
        address_text,
        has_consent(context, gpc_header),
    )


def body_digest(message: Mapping[str, Any], kind: str, context: bytes, properties: bytes) -> bytes:
    """SHA-256 of the event's canonical JSON (sorted keys, no spaces) without transport fields and addresses; `context` and
    `properties` are written so already.

    Addresses are out of it for privacy too: all else is stored, so that a digest with one in it could be searched for it.
    """
    canonical = dict(message)
    for key in TRANSPORT & canonical.keys():
        del canonical[key]
    canonical["type"], canonical["context"] = kind, orjson.Fragment(context)
    canonical["traits" if kind in ("identify", "group") else "properties"] = orjson.Fragment(properties)
    return hashlib.sha256(_written(canonical)).digest()


def _written(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _kind(message: Mapping[str, Any]) -> str:
    kind = message.get("type")
    if kind not in protocol.KINDS:
        raise FaultError("unknown_type", f"found type {str(kind)[:40]!r}, expected one of {', '.join(protocol.KINDS)}")
    return str(kind)


def _object(message: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = message.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FaultError(f"{name}_not_an_object", f"found a JSON {type(value).__name__} in `{name}`, expected an object")
    return value


def _properties(message: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """What goes into the column `properties`: the traits of identify and group, and the ids that only these two kinds have."""
    if kind == "identify":
        return _object(message, "traits")
    if kind == "group":
        return {**_object(message, "traits"), "groupId": message.get("groupId")}
    if kind == "alias":
        return {**_object(message, "properties"), "previousId": message.get("previousId")}
    properties = _object(message, "properties")
    if message.get("category") is not None and "category" not in properties:
        return {**properties, "category": message["category"]}
    return properties


def _without_addresses(values: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    if ADDRESS_KEYS.isdisjoint(values):
        return values, None
    found = [values[key] for key in ADDRESS_KEYS if key in values]
    kept = {key: value for key, value in values.items() if key not in ADDRESS_KEYS}
    return kept, next((value for value in found if isinstance(value, str)), None)


def _text(message: Mapping[str, Any], name: str) -> str | None:
    value = message.get(name)
    if not value and (value is None or value == ""):
        return None
    if not isinstance(value, str) and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise FaultError(f"{_snake(name)}_invalid", f"found a JSON {type(value).__name__} in `{name}`, expected a text")
    if len(value) > protocol.NAME_CHARACTERS:
        raise FaultError(
            f"{_snake(name)}_too_long", f"found {len(value)} characters in `{name}`, expected at most {protocol.NAME_CHARACTERS}"
        )
    if "\0" in value:
        raise FaultError("nul_byte", f"found a NUL in `{name}`, which PostgreSQL does not hold")
    return value


def _message_id(message: Mapping[str, Any], digest: bytes) -> str:
    """The client's id. Without one, the digest of what happened when: a retry is the same event; without a time, a new id."""
    value = message.get("messageId")
    if value is None or value == "":
        return f"digest-{digest.hex()}" if message.get("timestamp") else f"{MADE_ID}{uuid.uuid4()}"
    text = _text(message, "messageId")
    assert text is not None  # noqa: S101
    if len(text) > protocol.MESSAGE_ID_CHARACTERS:
        raise FaultError(
            "message_id_too_long", f"found {len(text)} characters, expected at most {protocol.MESSAGE_ID_CHARACTERS} in `messageId`"
        )
    return text


def _sent_at(value: object) -> datetime | None:
    """When the client sent it; None where that cannot be read: the clock is then not corrected, and the event is whole."""
    try:
        return _read_sent_at(value) if isinstance(value, str) else read_time(value, "sent_at")
    except FaultError:
        return None


@lru_cache(maxsize=256)
def _read_sent_at(value: str) -> datetime | None:
    """All events of a batch were sent at once: read once."""
    return read_time(value, "sent_at")


def _check_json(value: object, written: bytes) -> None:
    """The two things that JSON may hold and PostgreSQL's jsonb, or whoever reads it, does not: NUL and endless nesting."""
    if b"\\u0000" in written and _holds_nul(value):
        raise FaultError("nul_byte", "found \\u0000 in the event, which PostgreSQL does not hold")
    if written.count(b"{") + written.count(b"[") > protocol.JSON_DEPTH and split.depth(written) > protocol.JSON_DEPTH:
        raise FaultError("too_deep", f"found JSON nested {split.depth(written)} deep, expected at most {protocol.JSON_DEPTH}")


def _holds_nul(value: object) -> bool:
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            if "\0" in found:
                return True
        elif isinstance(found, dict):
            waiting.extend(found.keys())
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)
    return False


def _check_numbers(properties: Mapping[str, Any]) -> None:
    for key in NUMBER_KEYS & properties.keys():
        value = properties[key]
        if key in ORDER_KEYS:
            if isinstance(value, float) and abs(value) >= LARGEST_EXACT:
                raise FaultError("order_id_inexact", f"found a number too large to be exact in `{key}`, expected a text")
        elif (amount := _number(value)) is not None and not abs(amount) < LARGEST_MONEY:
            raise FaultError("money_out_of_range", f"found {str(value)[:40]} in `{key}`, expected less than {LARGEST_MONEY:.0e}")


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, _NUMBERS):
        return float(value)
    if isinstance(value, str) and len(value) <= 400:
        try:
            return float(value)
        except ValueError:
            return None
    return None


def _snake(name: str) -> str:
    return {"messageId": "message_id", "userId": "user_id", "anonymousId": "anonymous_id", "event": "event_name"}.get(name, name)
