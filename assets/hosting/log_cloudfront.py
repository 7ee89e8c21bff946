"""CloudFront standard logs (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html).

Tab-separated, under a `#Fields:` line that names the columns; values are URL-encoded and `-` is none; times are UTC.
Standard logging v2 also writes an object a line (output format JSON) with the same names and values.
A standard log has no Range header but that of the answer (sc-range-start, sc-range-end), and sc-bytes counts the answer's header
too: the file's own bytes are at most sc-content-len.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from urllib.parse import unquote

from assets.hosting.log_request import BadLineError, LogFormatError, LoggedRequest

# The 33 columns of the legacy format, in order: what a file without its `#Fields:` line holds.
LEGACY_FIELDS = (
    "date", "time", "x-edge-location", "sc-bytes", "c-ip", "cs-method", "cs(Host)", "cs-uri-stem", "sc-status", "cs(Referer)",
    "cs(User-Agent)", "cs-uri-query", "cs(Cookie)", "x-edge-result-type", "x-edge-request-id", "x-host-header", "cs-protocol",
    "cs-bytes", "time-taken", "x-forwarded-for", "ssl-protocol", "ssl-cipher", "x-edge-response-result-type",
    "cs-protocol-version", "fle-status", "fle-encrypted-fields", "c-port", "time-to-first-byte", "x-edge-detailed-result-type",
    "sc-content-type", "sc-content-len", "sc-range-start", "sc-range-end",
)  # fmt: skip
NEEDED = ("date", "time", "c-ip", "cs-method", "cs-uri-stem", "sc-status", "cs(User-Agent)")
# What else is read where it is there.
USED = (
    *NEEDED, "cs(Host)", "x-host-header", "cs-protocol", "cs-uri-query", "cs(Referer)", "sc-bytes", "sc-content-len",
    "sc-range-start", "sc-range-end",
)  # fmt: skip
_FIELDS = "#Fields:"
# The moment of a log of chosen fields that has neither date nor time.
MOMENT = "timestamp(ms)"


def fields_of(lines: Sequence[str]) -> tuple[str, ...]:
    """The columns of a file by its first lines. Raises LogFormatError where they are not enough to count by."""
    named = next((line for line in lines if line.startswith(_FIELDS)), None)
    if named is not None:
        fields = tuple(named.removeprefix(_FIELDS).split())
    else:
        first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
        fields = LEGACY_FIELDS if first.count("\t") == len(LEGACY_FIELDS) - 1 else ()
    missing = [name for name in NEEDED if name not in fields]
    if "cs(Host)" not in fields and "x-host-header" not in fields:
        missing.append("x-host-header")
    if missing:
        raise LogFormatError(
            f"found a CloudFront log whose fields are {' '.join(fields)[:300] or 'not named'}, expected a `#Fields:` line with "
            f"{', '.join(missing)} too: add them to the distribution's log settings"
        )
    return fields


def is_cloudfront(line: str) -> bool:
    """Whether a file's first line is that of such a log."""
    if is_object(line):
        return '"x-edge-location"' in line or '"cs-uri-stem"' in line
    return line.startswith(("#Version:", _FIELDS)) or (line.count("\t") == len(LEGACY_FIELDS) - 1 and line[4:5] == "-")


def is_object(line: str) -> bool:
    return line.lstrip().startswith("{")


def make_cloudfront_json(lines: Sequence[str]) -> Callable[[bytes], LoggedRequest | None]:
    """A parser of objects, a line each, of a file that begins with `lines`. Raises LogFormatError where fields are missing."""
    try:
        first = _object(next(line for line in lines if line.strip()))
    except BadLineError:
        # A first line that is broken is one bad line: the others say by themselves what they lack.
        first = dict.fromkeys((*NEEDED, "x-host-header"), "-")
    missing = [name for name in NEEDED if name not in first and not (name in ("date", "time") and MOMENT in first)]
    if "cs(Host)" not in first and "x-host-header" not in first:
        missing.append("x-host-header")
    if missing:
        raise LogFormatError(
            f"found a CloudFront log whose fields are {' '.join(first)[:300]}, expected {', '.join(missing)} too: add them to the "
            "distribution's log settings"
        )

    def parse(line: bytes) -> LoggedRequest | None:
        text = line.decode("utf-8-sig", "replace")
        if not text.strip():
            return None
        found = _object(text)
        if "date" not in found and MOMENT in found:
            found |= _day_and_time(found[MOMENT])
        lacking = [name for name in NEEDED if name not in found]
        if lacking:
            raise BadLineError(
                "not_cloudfront", f"found an object without {', '.join(lacking)}, expected it as in the file's first"
            )
        return _request(found.get(name, "-") for name in USED)

    return parse


def make_cloudfront(fields: Sequence[str]) -> Callable[[bytes], LoggedRequest | None]:
    """A parser of lines with these columns."""
    pick = itemgetter(*(fields.index(name) if name in fields else len(fields) for name in USED))
    count = len(fields)

    def parse(line: bytes) -> LoggedRequest | None:
        text = line.decode("utf-8", "replace").rstrip("\r")
        if text[:1] == "#" or not text.strip():
            if text.startswith(_FIELDS) and tuple(text.removeprefix(_FIELDS).split()) != tuple(fields):
                raise LogFormatError("found a second `#Fields:` line with other fields, expected one set a file: split the file")
            return None
        parts = text.split("\t")
        if len(parts) != count:
            raise BadLineError("not_cloudfront", f"found {len(parts)} fields, expected {count} as in the `#Fields:` line")
        parts.append("-")
        return _request(pick(parts))

    return parse


def _request(values: Iterable[str]) -> LoggedRequest:
    """The request of a line's USED columns."""
    day, time, ip, method, stem, status, agent, own_host, host, protocol, query, referer, sent, length, start, end = values
    site = host if host != "-" else own_host
    if site == "-" or stem == "-":
        raise BadLineError("no_host", "found a request without host or path, expected both")
    content, first, last = _number(length), _number(start), _number(end)
    bytes_sent = _number(sent)
    if bytes_sent is not None and content is not None:
        bytes_sent = min(bytes_sent, content)
    return LoggedRequest(
        f"{day}T{time}Z", ip, method, status,
        f"{protocol if protocol in ('http', 'https') else 'https'}://{site}{stem}{'' if query == '-' else '?' + query}",
        None if first is None or last is None else f"bytes={first}-{last}", bytes_sent,
        None if referer == "-" else _decoded(referer), "" if agent == "-" else _decoded(agent),
        # The answer to a whole request is the whole file.
        content if status == "200" and method == "GET" and content else None,
    )  # fmt: skip


def _object(text: str) -> dict[str, str]:
    """A line's object, its values as texts; null and nothing are `-`. Raises BadLineError."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadLineError("not_json", f"found a line that is no JSON ({error}), expected an object") from error
    if not isinstance(found, dict):
        raise BadLineError("not_json", f"found {type(found).__name__}, expected an object")
    if any(isinstance(value, dict | list) for value in found.values()):
        raise BadLineError("not_cloudfront", "found a value that is a list or an object, expected texts and numbers")
    return {name: "-" if value in (None, "") else str(value) for name, value in found.items()}


def _day_and_time(moment: str) -> dict[str, str]:
    number = _number(moment)
    if number is None or number > 253_402_300_799_000:
        raise BadLineError("bad_time", f"found the timestamp {moment[:40]!r}, expected milliseconds since 1970")
    at = datetime.fromtimestamp(number / 1000, UTC)
    return {"date": at.date().isoformat(), "time": at.time().isoformat("milliseconds")}


@lru_cache(maxsize=65_536)
def _decoded(text: str) -> str:
    """As it was sent: what CloudFront encoded, once; older logs encode twice (`%2520`)."""
    plain = unquote(text)
    return unquote(plain) if "%20" in plain and " " not in plain else plain


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
