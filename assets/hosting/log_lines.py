"""One line of a JSON-lines log → one row of raw.logs_requests in COPY's text format, or the reason why it cannot be used.

What repeats (an address, an agent, a URL) is judged once and remembered as the piece of text that it becomes: most of a line's
cost is then reading its JSON. The address itself is in no row (domain rules, section 5).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from assets.hosting.counting.byte_range import parse_range
from assets.hosting.counting.user_agent import AgentLists, Classify, make_classifier
from assets.hosting.counting.watch import is_watch
from assets.lib.copy import NULL, text_field
from assets.lib.media import media_key
from assets.lib.privacy import HouseholdKey, IpRanges, household_hash, key_at, parse_address, prefix

COLUMNS = (
    "tenant_id", "log_source_id", "run_id", "requested_at", "method", "status", "range_header", "range_start", "range_end",
    "bytes_sent", "url", "media_key", "referer", "user_agent", "user_agent_kind", "user_agent_list_version", "is_watch",
    "household_hash", "key_epoch", "ip_class", "ip_prefix", "ip_list_version", "file_size", "header_bytes", "is_hls", "file_offset",
)  # fmt: skip
# Distinct values remembered of each kind: tens of megabytes at most.
MEMORY = 200_000
BIGINT = 2**63


class BadLineError(ValueError):
    """The line cannot be used: a code for counting, and a message that says what was found and expected."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Judge:
    """What judges the lines of one source in one run: its keys and lists, and what was judged before."""

    lead: str
    keys: Sequence[HouseholdKey]
    ranges: IpRanges
    agents: AgentLists
    classify: Classify
    _addresses: dict[tuple[str, int], str] = field(default_factory=dict)
    _agents: dict[str, str] = field(default_factory=dict)
    _urls: dict[str, str] = field(default_factory=dict)
    _ranges: dict[str, str] = field(default_factory=dict)
    _methods: dict[tuple[Any, Any], str] = field(default_factory=dict)

    def row(self, line: bytes, offset: int) -> tuple[str, int]:
        """The row's text, and its day as an ordinal. `offset` is the line's place in the file. Raises BadLineError."""
        try:
            request = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise BadLineError("not_json", f"found a line that is no JSON ({error}), expected one JSON object a line") from error
        try:
            at = datetime.fromisoformat(request["requested_at"])
            if at.tzinfo is not UTC:
                at = _in_utc(at)
            ip = request["ip"]
            key = self.keys[0] if len(self.keys) == 1 else key_at(self.keys, at)
            address = self._addresses.get((ip, key.epoch)) or self._judge_address(ip, key)
            agent, url, referer = request.get("user_agent") or "", request["url"], request.get("referer")
            if ip in url or ip in agent or (referer and ip in referer):
                agent, url = _without_address(agent, ip), _without_address(url, ip)
                referer = _without_address(referer, ip) if referer else None
            method = self._methods.get((request["method"], request["status"])) or self._judge_method(request)
            asked = request.get("range")
            file_size = _count(request.get("file_size"), "file_size")
            interval = (self._ranges.get(asked) or self._judge_range(asked, request)) if asked else "\\N\t\\N\t\\N"
            is_hls = "t" if request.get("is_hls") is True else "f"
            return (
                f"{self.lead}\t{at.isoformat()}\t{method}\t{interval}\t{_count(request.get('bytes_sent'), 'bytes_sent')}\t"
                f"{self._urls.get(url) or self._judge_url(url)}\t{text_field(referer)}\t"
                f"{self._agents.get(agent) or self._judge_agent(agent)}\t{address}\t{file_size}\t"
                f"{_count(request.get('header_bytes'), 'header_bytes')}\t{is_hls}\t{offset}\n"
            ), at.toordinal()
        except BadLineError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise _explained(request, error) from error

    def _judge_address(self, ip: str, key: HouseholdKey) -> str:
        try:
            address = parse_address(ip)
        except (ValueError, AttributeError) as error:
            raise BadLineError("bad_ip", f"found the address {ip!r}, expected an IPv4 or IPv6 address in `ip`") from error
        hashed = household_hash(key.secret, address).hex()
        piece = f"\\\\x{hashed}\t{key.epoch}\t{self.ranges.classify(address)}\t{prefix(address)}\t{self.ranges.version}"
        return _remember(self._addresses, (ip, key.epoch), piece)

    def _judge_agent(self, agent: str) -> str:
        piece = f"{text_field(agent)}\t{self.classify(agent)}\t{self.agents.version}\t{'t' if is_watch(agent) else 'f'}"
        return _remember(self._agents, agent, piece)

    def _judge_url(self, url: str) -> str:
        if not url:
            raise BadLineError("bad_url", "found an empty `url`, expected the URL that was asked for")
        return _remember(self._urls, url, f"{text_field(url)}\t{text_field(media_key(url))}")

    def _judge_method(self, request: dict[str, Any]) -> str:
        method, status = request["method"], request["status"]
        if not isinstance(method, str) or not method:
            raise BadLineError("bad_method", f"found the method {method!r}, expected a word such as GET")
        if isinstance(status, str) and status.isascii() and status.isdigit():
            status = int(status)
        if type(status) is not int or not 0 <= status <= 999:
            raise BadLineError("bad_status", f"found the status {status!r}, expected a number such as 206")
        return _remember(self._methods, (request["method"], request["status"]), f"{text_field(method)}\t{status}")

    def _judge_range(self, asked: str, request: dict[str, Any]) -> str:
        start, end = parse_range(asked, request.get("file_size"))
        piece = f"{text_field(asked)}\t{NULL if start is None else start}\t{NULL if end is None else end}"
        # A suffix means other bytes in a file of another size.
        return piece if "=-" in asked.replace(" ", "") else _remember(self._ranges, asked, piece)


def make_judge(
    tenant_id: int, log_source_id: object, run_id: str, keys: Sequence[HouseholdKey], ranges: IpRanges, agents: AgentLists,
    classify: Callable[[str], Any] | None = None,
) -> Judge:  # fmt: skip
    """A judge for one source; `keys` is sorted by epoch. Raises ValueError without a key: nothing could be kept of
    an address."""
    if not keys:
        raise ValueError(f"tenant {tenant_id} has no household key, expected at least one: add the tenant again, or insert a key")
    return Judge(f"{tenant_id}\t{log_source_id}\t{text_field(run_id)}", keys, ranges, agents, classify or make_classifier(agents))


def _remember(memory: dict[Any, str], key: Any, piece: str) -> str:
    if len(memory) >= MEMORY:
        memory.clear()
    memory[key] = piece
    return piece


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise BadLineError(
            "bad_time", f"found the time {at.isoformat()} without an offset, expected one such as 2026-01-31T12:00:00Z"
        )
    return at.astimezone(UTC)


def _count(value: Any, name: str) -> str:
    if type(value) is int and 0 <= value < BIGINT:
        return str(value)
    if value is None:
        return NULL
    raise BadLineError("bad_number", f"found {value!r} in `{name}`, expected a whole number of bytes or null")


def _without_address(text: str, ip: str) -> str:
    """The text without the listener's own address: a URL may carry it on as a parameter."""
    return re.sub(rf"(?<![\w.:]){re.escape(ip)}(?![\w.:])", prefix(parse_address(ip)), text)


def _explained(request: Any, error: Exception) -> BadLineError:
    if not isinstance(request, dict):
        return BadLineError("not_an_object", f"found a JSON {type(request).__name__}, expected one object a line")
    missing = [name for name in ("requested_at", "ip", "method", "status", "url") if request.get(name) is None]
    if missing:
        return BadLineError("missing_field", f"found no {', '.join(missing)}, expected requested_at, ip, method, status and url")
    try:
        datetime.fromisoformat(request["requested_at"])
    except (TypeError, ValueError):
        found = str(request["requested_at"])[:100]
        return BadLineError("bad_time", f"found the time {found!r}, expected ISO 8601 such as 2026-01-31T12:00:00Z")
    wrong = [name for name in ("url", "user_agent", "range", "referer") if not isinstance(request.get(name), str | None)]
    if wrong:
        return BadLineError("bad_value", f"found {request[wrong[0]]!r:.100} in `{wrong[0]}`, expected text")
    return BadLineError("bad_value", f"found a value of another kind than expected: {error}")
