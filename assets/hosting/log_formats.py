"""Which format a log is in, by its first lines, and the parser of its lines."""

from collections.abc import Sequence
from typing import Literal, get_args

from assets.hosting.log_cloudfront import fields_of, is_cloudfront, is_object, make_cloudfront, make_cloudfront_json
from assets.hosting.log_combined import is_combined, make_combined, names_its_host
from assets.hosting.log_jsonl import parse_jsonl
from assets.hosting.log_request import LogFormatError, Parse
from assets.lib.privacy import scrub

LogFormat = Literal["jsonl", "combined", "cloudfront"]
FORMATS: tuple[LogFormat, ...] = get_args(LogFormat)
# Enough to know a format by, also behind comments.
HEAD_LINES = 20
EXPECTED = (
    "JSON lines (an object a line), the Combined Log Format of Apache and nginx, or a CloudFront standard log (`#Fields:`, or "
    "JSON), plain or gzip"
)


def detect_format(head: Sequence[bytes]) -> LogFormat:
    """The format of a file that begins with these lines. Raises LogFormatError naming what was found."""
    lines = [line.decode("utf-8-sig", "replace").rstrip("\r") for line in head]
    first = next((line for line in lines if line.strip()), "")
    if is_cloudfront(first):
        return "cloudfront"
    for line in lines:
        if line.lstrip().startswith("{"):
            return "jsonl"
        if is_combined(line):
            return "combined"
    found = scrub(first[:120].encode()).decode("utf-8", "replace")
    raise LogFormatError(f"found a file that begins with {found!r}, expected {EXPECTED}: nothing was landed")


def make_parser(log_format: str, head: Sequence[bytes], base_url: str | None) -> Parse:
    """The parser of a file of that format which begins with `head`. Raises LogFormatError where the format needs more."""
    if log_format == "cloudfront":
        lines = [line.decode("utf-8-sig", "replace").rstrip("\r") for line in head]
        if is_object(next((line for line in lines if line.strip()), "")):
            return make_cloudfront_json(lines)
        return make_cloudfront(fields_of(lines))
    if log_format == "combined":
        first = next((line.decode("utf-8", "replace") for line in head if line.strip() and not line.startswith(b"#")), "")
        if not base_url and first and is_combined(first) and not names_its_host(first):
            raise LogFormatError(
                "found a log whose requests name a path and no host, expected to be told whose: give "
                "--base-url https://media.example (where the feed's enclosures lie), or log the host before the line "
                "(Apache: vhost_combined)"
            )
        return make_combined(base_url)
    return parse_jsonl
