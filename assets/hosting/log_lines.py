"""One logged request → one row of raw.logs_requests in COPY's text format, or the reason why it cannot be used.

What repeats (an address, an agent, a URL, a minute) is judged once and remembered as the piece of text that it becomes: most of a
line's cost is then reading it. The address itself is in no row (domain rules, section 5).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from assets.hosting.counting.byte_range import parse_range
from assets.hosting.counting.user_agent import AgentLists, Classify, make_classifier
from assets.hosting.counting.watch import is_watch
from assets.hosting.log_jsonl import parse_jsonl
from assets.hosting.log_request import BadLineError, LoggedRequest, Parse
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
NO_RANGE = f"{NULL}\t{NULL}\t{NULL}"
# As nearly every client writes it; what is not so is parsed by the standard's whole grammar.
_PLAIN_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{0,18})", re.ASCII)
_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:", re.ASCII)
_SECONDS = re.compile(r"[0-5]\d(?:\.\d{1,6})?(?:Z|\+00:00)", re.ASCII)
_TEXTS = ("url", "user_agent", "range", "referer", "requested_at", "ip", "method")
_NEEDED = ("requested_at", "ip", "method", "status", "url")

Piece = TypeVar("Piece")
__all__ = ["COLUMNS", "BadLineError", "Judge", "make_judge"]


@dataclass
class Judge:
    """What judges the requests of one source in one run: its keys and lists, and what was judged before.

    `parse` is that of the file being read.
    """

    lead: str
    keys: Sequence[HouseholdKey]
    ranges: IpRanges
    agents: AgentLists
    classify: Classify
    parse: Parse = parse_jsonl
    _minutes: dict[str, tuple[HouseholdKey, int]] = field(default_factory=dict)
    _seconds: set[str] = field(default_factory=set)
    _addresses: dict[tuple[str, int], str] = field(default_factory=dict)
    _agents: dict[str, str] = field(default_factory=dict)
    _urls: dict[str, str] = field(default_factory=dict)
    _ranges: dict[str, str] = field(default_factory=dict)
    _methods: dict[tuple[Any, Any], str] = field(default_factory=dict)

    def row(self, line: bytes, offset: int) -> tuple[str, int] | None:
        """The row's text, and its day as an ordinal; None for a comment. `offset` is the line's place in the file.

        Raises BadLineError.
        """
        request = self.parse(line)
        if request is None:
            return None
        try:
            at, ip, method, status, url, asked, sent, referer, agent, file_size, header_bytes, is_hls = request
            known = self._minutes.get(at[:17])
            if known is None or at[17:] not in self._seconds:
                at, known = self._judge_time(at)
            key, day = known
            address = self._addresses.get((ip, key.epoch)) or self._judge_address(ip, key)
            if ip in url or ip in agent or (referer and ip in referer):
                agent, url = _without_address(agent, ip), _without_address(url, ip)
                referer = _without_address(referer, ip) if referer else None
            # Numbers as they are where they are: a check by a call of its own would cost as much as the whole row.
            return (
                f"{self.lead}\t{at}\t{self._methods.get((method, status)) or self._judge_method(method, status)}\t"
                f"{(self._ranges.get(asked) or self._judge_range(asked, file_size)) if asked else NO_RANGE}\t"
                f"{sent if type(sent) is int and 0 <= sent < BIGINT else _count(sent, 'bytes_sent')}\t"
                f"{self._urls.get(url) or self._judge_url(url)}\t{NULL if referer is None else text_field(referer)}\t"
                f"{self._agents.get(agent) or self._judge_agent(agent)}\t{address}\t"
                f"{file_size if type(file_size) is int and 0 <= file_size < BIGINT else _count(file_size, 'file_size')}\t"
                f"{NULL if header_bytes is None else _count(header_bytes, 'header_bytes')}\t{'t' if is_hls else 'f'}\t{offset}\n"
            ), day
        except BadLineError:
            raise
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            raise _explained(request, error) from error

    def _judge_time(self, text: str) -> tuple[str, tuple[HouseholdKey, int]]:
        """The time in UTC as PostgreSQL reads it, and (its key, its day)."""
        at = datetime.fromisoformat(text)
        if at.tzinfo is not UTC:
            at = _in_utc(at)
        key = self.keys[0] if len(self.keys) == 1 else key_at(self.keys, at)
        minute, seconds = text[:17], text[17:]
        if not (_MINUTE.fullmatch(minute) and _SECONDS.fullmatch(seconds)):
            return at.isoformat(), (key, at.toordinal())
        begins = at.replace(second=0, microsecond=0)
        # A minute in which the key changes is judged line by line.
        if not any(begins < one.valid_from <= begins.replace(second=59, microsecond=999_999) for one in self.keys[1:]):
            _remember(self._minutes, minute, (key, at.toordinal()))
        if len(self._seconds) >= MEMORY:
            self._seconds.clear()
        self._seconds.add(seconds)
        return text, (key, at.toordinal())

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

    def _judge_method(self, method: Any, status: Any) -> str:
        number = status
        if not isinstance(method, str) or not method:
            raise BadLineError("bad_method", f"found the method {method!r}, expected a word such as GET")
        if isinstance(status, str) and status.isascii() and status.isdigit() and len(status) <= 3:
            number = int(status)
        if type(number) is not int or not 0 <= number <= 999:
            raise BadLineError("bad_status", f"found the status {status!r}, expected a number such as 206")
        return _remember(self._methods, (method, status), f"{text_field(method)}\t{number}")

    def _judge_range(self, asked: str, file_size: int | None) -> str:
        plain = _PLAIN_RANGE.fullmatch(asked)
        if plain is not None and (not plain[2] or int(plain[1]) <= int(plain[2])):
            return _remember(self._ranges, asked, f"{asked}\t{int(plain[1])}\t{int(plain[2]) if plain[2] else NULL}")
        start, end = parse_range(asked, file_size)
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


def _remember(memory: dict[Any, Piece], key: Any, piece: Piece) -> Piece:
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


def _explained(request: LoggedRequest, error: Exception) -> BadLineError:
    """Why a request's values cannot be used, by the first of them that is wrong."""
    missing = [name for name in _NEEDED if getattr(request, name) is None]
    if missing:
        return BadLineError("missing_field", f"found no {', '.join(missing)}, expected {', '.join(_NEEDED)}")
    try:
        datetime.fromisoformat(request.requested_at)
    except (TypeError, ValueError):
        found = str(request.requested_at)[:100]
        return BadLineError("bad_time", f"found the time {found!r}, expected ISO 8601 such as 2026-01-31T12:00:00Z")
    for name in _TEXTS:
        value = getattr(request, name)
        if not isinstance(value, str | None):
            return BadLineError("bad_value", f"found {value!r:.100} in `{name}`, expected text")
    return BadLineError("bad_value", f"found a value of another kind than expected: {error}")
