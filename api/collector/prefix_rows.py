"""Rows of raw.prefix_requests in COPY's text format. The listener's address is used here and is in no row. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.collector import privacy
from api.collector.enclosures import Enclosure
from api.collector.judging import Agents, RequestRules
from api.collector.privacy import IpClasses
from api.collector.rows import text

COLUMNS = (
    "tenant_id", "show_id", "requested_at", "method", "status", "range_header", "range_start", "range_end", "url", "media_key",
    "referer", "user_agent", "user_agent_kind", "user_agent_list_version", "is_watch", "household_hash", "key_epoch", "ip_class",
    "ip_prefix", "ip_list_version", "is_hls", "run_id",
)  # fmt: skip
COPY = f"copy raw.prefix_requests ({', '.join(COLUMNS)}) from stdin"
LONGEST_AGENT = 2_000
# As the lists of addresses say where none was ever imported.
NO_LIST = "none"
_RANGE = re.compile(r"\s*bytes\s*=\s*[\d-]", re.IGNORECASE)
_HLS = (".m3u8", ".ts", ".m4s")


@dataclass(frozen=True, slots=True)
class Listener:
    """One request as the connection and its headers tell it. `packed` is the raw address: hashed, never stored or logged."""

    packed: bytes
    method: str
    range_header: str | None
    user_agent: str
    referer: str | None


@dataclass(frozen=True, slots=True)
class HouseholdSecret:
    """The tenant's key of the epoch that the request lies in."""

    epoch: int
    secret: bytes


def prefix_row(
    listener: Listener, file: Enclosure, owner: tuple[int, UUID], requested_at: datetime, key: HouseholdSecret, agents: Agents,
    classes: IpClasses, rules: RequestRules, run_id: str,
) -> bytes:  # fmt: skip
    """One line of COPY text; `owner` is (tenant_id, show_id), `requested_at` UTC."""
    start, end = rules.parse_range(listener.range_header)
    agent = without_address(listener.user_agent[:LONGEST_AGENT], listener.packed)
    referer = None if listener.referer is None else without_address(listener.referer[:LONGEST_AGENT], listener.packed)
    url = without_address(file.url, listener.packed)
    fields = (
        str(owner[0]), str(owner[1]), requested_at.isoformat(), text(listener.method),
        "206" if _RANGE.match(listener.range_header or "") else "200", text(listener.range_header), _number(start), _number(end),
        text(url), text(rules.media_key(file.bare)), text(referer), text(agent), agents.classify(agent), text(agents.version),
        "t" if rules.is_watch(agent) else "f", "\\\\x" + privacy.household_hash(key.secret, listener.packed).hex(), str(key.epoch),
        classes.judge(listener.packed), privacy.prefix(listener.packed), text(classes.version or NO_LIST),
        "t" if file.bare.partition("?")[0].lower().endswith(_HLS) else "f", run_id,
    )  # fmt: skip
    return ("\t".join(fields) + "\n").encode("utf-8", "replace")


def without_address(value: str, packed: bytes) -> str:
    """The text without the listener's own address, cut to its prefix: a player may pass it on as a parameter."""
    own = privacy.unpack(packed)
    return re.sub(rf"(?<![\w.:]){re.escape(own)}(?![\w.:])", privacy.prefix(packed), value) if own in value else value


def _number(value: int | None) -> str:
    return r"\N" if value is None else str(value)
