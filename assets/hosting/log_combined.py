r"""The Combined Log Format of Apache and nginx (httpd.apache.org/docs/2.4/logs.html, "Combined Log Format"):

    %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i"

With the virtual host before it (%v:%p, Apache's `vhost_combined`) a line names its own host. The format has no Range: a last
quoted field `"%{Range}i"` (nginx: `"$http_range"`) adds it, and is found by its `bytes=`.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from assets.hosting.log_request import BadLineError, LoggedRequest

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_LINE = re.compile(
    rf'(?:(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):(?P<port>\d{{1,5}}) )?(?P<ip>\S+) \S+ .*?\[(?P<time>[^\]"]*)\] '
    rf"{_QUOTED} (?P<status>\d{{3}}|-) (?P<bytes>\d+|-)(?: {_QUOTED} {_QUOTED}(?P<rest>.*))?",
    re.ASCII | re.DOTALL,
)
_RANGE = re.compile(r'"(bytes ?=[^"]*)"', re.IGNORECASE)
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"v": b"\v", b"f": b"\f"}
_MONTHS = {
    name: f"{number:02}"
    for number, name in enumerate(("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1)
}
_TIME = re.compile(r"(\d{2})/([^/]{1,12})/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2})", re.ASCII)
EXPECTED = '`%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i"`, the Combined Log Format'


def is_combined(line: str) -> bool:
    """Whether a line is of this format, the common one (without referer and agent) apart: it cannot be counted."""
    match = _LINE.fullmatch(line)
    return match is not None and match["rest"] is not None


def names_its_host(line: str) -> bool:
    """Whether the line tells which host was asked: by its first field, or by a whole URL."""
    match = _LINE.fullmatch(line)
    return match is not None and (match["host"] is not None or "://" in match[5])


def make_combined(base_url: str | None) -> Callable[[bytes], LoggedRequest | None]:
    """A parser; `base_url` (https://media.example) stands before the paths of lines that name no host."""
    base = (base_url or "").rstrip("/")

    def parse(line: bytes) -> LoggedRequest | None:
        text = line.decode("utf-8", "surrogateescape").rstrip("\r")
        match = _LINE.fullmatch(text)
        if match is None:
            if not text.strip() or text.startswith("#"):
                return None
            raise BadLineError("not_combined", f"found a line of another form, expected {EXPECTED}")
        host, port, ip, time, asked, status, sent, referer, agent, rest = match.groups()
        if agent is None:
            raise BadLineError("not_combined", f"found a line without referer and user agent, expected {EXPECTED}")
        method, url = _asked(asked)
        if url.startswith("/"):
            url = f"{_site(host, port) or base}{url}"
        if "://" not in url:
            raise BadLineError("no_host", "found a request that names no host, expected the log source's base URL before its path")
        wanted = _RANGE.search(rest) if rest else None
        return LoggedRequest(
            _iso(time), ip, method, "0" if status == "-" else status, url, _plain(wanted[1]) if wanted else None,
            None if sent == "-" else int(sent[:19]), _plain(referer), _plain(agent) or "",
        )  # fmt: skip

    return parse


@lru_cache(maxsize=65_536)
def _asked(text: str) -> tuple[str, str]:
    """`GET /a.mp3 HTTP/1.1` → (GET, /a.mp3)."""
    parts = (_plain(text) or "").split(" ")
    if len(parts) >= 3 and parts[-1].startswith("HTTP/"):
        parts = [parts[0], " ".join(parts[1:-1])]
    if len(parts) != 2 or not parts[0].isalpha() or not parts[1] or not parts[0].isascii() or len(parts[0]) > 20:
        raise BadLineError("bad_request", f"found the request {text[:100]!r}, expected one such as `GET /episode.mp3 HTTP/1.1`")
    return parts[0], parts[1]


@lru_cache(maxsize=256)
def _site(host: str | None, port: str | None) -> str | None:
    if host is None:
        return None
    return f"http://{host}" if port in ("80", "443") else f"http://{host}:{port}"


@lru_cache(maxsize=65_536)
def _iso(text: str) -> str:
    """`10/Oct/2000:13:55:36 -0700` → 2000-10-10T20:55:36Z."""
    match = _TIME.fullmatch(text)
    month = _MONTHS.get(match[2]) if match else None
    if match is None or month is None:
        raise BadLineError("bad_time", f"found the time {text[:60]!r}, expected one such as 10/Oct/2000:13:55:36 -0700, in English")
    local = f"{match[3]}-{month}-{match[1]}T{match[4]}"
    # UTC, as most servers write: nothing to reckon.
    return f"{local}Z" if match[5] in ("+00", "-00") and match[6] == "00" else f"{_checked(local, match[5], match[6])}"


def _checked(local: str, hours: str, minutes: str) -> str:
    try:
        return datetime.fromisoformat(f"{local}{hours}:{minutes}").isoformat()
    except ValueError as error:
        raise BadLineError("bad_time", f"found the time {local}{hours}{minutes}, expected one that the calendar has") from error


@lru_cache(maxsize=65_536)
def _plain(text: str) -> str | None:
    r"""A quoted field as it was sent: `-` is none, `\"` and `\xC3\xA9` are the bytes that they stand for."""
    if text in ("-", ""):
        return None
    if "\\" not in text and text.isascii():
        return text
    raw = _ESCAPE.sub(_unescaped, text.encode("utf-8", "surrogateescape"))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _unescaped(match: re.Match[bytes]) -> bytes:
    code, letter = match.groups()
    return bytes([int(code, 16)]) if code else _LETTERS.get(letter, letter)
