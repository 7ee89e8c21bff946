"""JSON lines: one object a line with at least requested_at, ip, method, status and url (docs/logs.md)."""

import orjson

from assets.hosting.log_request import BadLineError, LoggedRequest

_made = tuple.__new__
NEEDED = ("requested_at", "ip", "method", "status", "url")


def parse_jsonl(line: bytes) -> LoggedRequest | None:
    """Raises BadLineError."""
    try:
        request = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadLineError("not_json", f"found a line that is no JSON ({error}), expected one JSON object a line") from error
    try:
        get = request.get
        # Without the named constructor's own call: this is done for every line.
        made = _made(LoggedRequest, (
            request["requested_at"], request["ip"], request["method"], request["status"], request["url"], get("range"),
            get("bytes_sent"), get("referer"), get("user_agent") or "", get("file_size"), get("header_bytes"),
            get("is_hls") is True,
        ))  # fmt: skip
    except (KeyError, AttributeError, TypeError) as error:
        if not isinstance(request, dict):
            raise BadLineError("not_an_object", f"found a JSON {type(request).__name__}, expected one object a line") from error
        missing = ", ".join(name for name in NEEDED if request.get(name) is None)
        raise BadLineError("missing_field", f"found no {missing}, expected {', '.join(NEEDED)}") from error
    return made
