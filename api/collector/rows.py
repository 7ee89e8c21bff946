"""Rows of raw.collector_events in COPY's text format, written once per event so that a group's COPY only joins bytes. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from api.collector.events import Event

COLUMNS = (
    "tenant_id", "site_id", "received_at", "message_id", "kind", "event_name", "anonymous_id", "user_id", "client_at", "sent_at",
    "context", "properties", "body_sha256", "household_hash", "key_epoch", "ip_class", "ip_prefix", "ip_list_version",
    "user_agent", "has_consent", "run_id", "verification", "household_hashes", "household_epochs",
)  # fmt: skip
COPY = f"copy raw.collector_events ({', '.join(COLUMNS)}) from stdin"
_SPECIAL = re.compile(r"[\\\t\n\r\x00]")
_ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\x00": ""}
_NULL = r"\N"


# By identity: a visitor's household is made once and asked for with every event.
@dataclass(frozen=True, slots=True, eq=False)
class Household:
    """What is kept of the visitor's address, and by which key and list it was judged. All empty: nothing is."""

    hash: bytes | None = None
    key_epoch: int | None = None
    ip_class: str = "unknown"
    ip_prefix: str | None = None
    ip_list_version: str | None = None
    # Of what may convert: (epoch, hash) under each live key.
    hashes: tuple[tuple[int, bytes], ...] = ()


def copy_row(
    event: Event, site: tuple[str, str], received_at: str, household: Household, user_agent: str | None, run_id: str,
    verification: str = "unsigned",
) -> bytes:  # fmt: skip
    """One line of COPY text. `site` is (tenant_id, site_id) and `received_at` an ISO time, both written once per request."""
    texts = (event.message_id, event.event_name, event.anonymous_id, event.user_id, user_agent)
    # One look over all of them: what COPY would take for its own signs is rare.
    is_plain = _SPECIAL.search("".join([value for value in texts if value])) is None
    message_id, name, anonymous_id, user_id, agent = [
        _NULL if value is None else value if is_plain else text(value) for value in texts
    ]
    head = (
        f"{site[0]}\t{site[1]}\t{received_at}\t{message_id}\t{event.kind}\t{name}\t{anonymous_id}\t{user_id}\t"
        f"{_time(event.client_at)}\t{_time(event.sent_at)}\t"
    )
    judged, hashes = _judged(household)
    consent = "t" if event.has_consent else "f"
    tail = f"\t{_bytes(event.body_sha256)}\t{judged}\t{agent}\t{consent}\t{run_id}\t{verification}\t{hashes}"
    # JSON writes every control character as an escape: only its backslashes are COPY's concern.
    context, properties = event.context.replace(b"\\", b"\\\\"), event.properties.replace(b"\\", b"\\\\")
    return b"%b%b\t%b%b\n" % (head.encode(), context, properties, tail.encode())


@lru_cache(maxsize=4_096)
def _judged(household: Household) -> tuple[str, str]:
    """The columns of a household, and its two arrays: a visitor's events come together."""
    epoch = _NULL if household.key_epoch is None else str(household.key_epoch)
    judged = (_bytes(household.hash), epoch, household.ip_class, text(household.ip_prefix), text(household.ip_list_version))
    return "\t".join(judged), "\t".join(_hashes(household.hashes))


def text(value: str | None) -> str:
    """A value of COPY's text format."""
    if value is None:
        return _NULL
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], value) if _SPECIAL.search(value) else value


def _time(value: datetime | None) -> str:
    return _NULL if value is None else value.isoformat()


def _bytes(value: bytes | None) -> str:
    return _NULL if value is None else "\\\\x" + value.hex()


def _hashes(hashes: tuple[tuple[int, bytes], ...]) -> tuple[str, str]:
    """Two arrays in the same order. An array's own quoting doubles a backslash, COPY's text format doubles it again."""
    if not hashes:
        return _NULL, _NULL
    written = ",".join('"\\\\\\\\x' + value.hex() + '"' for _, value in hashes)
    return "{" + written + "}", "{" + ",".join(str(epoch) for epoch, _ in hashes) + "}"
