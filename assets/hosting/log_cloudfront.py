"""CloudFront standard logs (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html).

Tab-separated, under a `#Fields:` line that names the columns; values are URL-encoded and `-` is none; times are UTC.
A standard log has no Range header but that of the answer (sc-range-start, sc-range-end), and sc-bytes counts the answer's header
too: the file's own bytes are at most sc-content-len.
"""

from collections.abc import Callable, Sequence
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
    return line.startswith(("#Version:", _FIELDS)) or (line.count("\t") == len(LEGACY_FIELDS) - 1 and line[4:5] == "-")


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
        (day, time, ip, method, stem, status, agent, own_host, host, protocol, query, referer, sent, length, start, end) = pick(
            parts
        )
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

    return parse


@lru_cache(maxsize=65_536)
def _decoded(text: str) -> str:
    """As it was sent: what CloudFront encoded, once; older logs encode twice (`%2520`)."""
    plain = unquote(text)
    return unquote(plain) if "%20" in plain and " " not in plain else plain


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
