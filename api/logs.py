"""Logs of every process: one JSON object a line, with the request, the account and the person, and nothing secret.

What a line holds is chosen where it is written; what must never be in one is taken out here, whoever wrote it: addresses,
mail addresses, keys, passwords in URLs. An exception is its type and where it was raised, never its message: PostgreSQL's name
the values that it was given.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from api.database import ACTING

FRAMES = 12
HIDDEN = "[hidden]"
# What we write ourselves, of templates, numbers and ids: a line of nothing else, as each request has one, is not looked through,
# which would take ten times as long as to write it. Of the standard library's lines each is.
HARMLESS = frozenset(
    {"event", "level", "timestamp", "request_id", "tenant_id", "user_id", "key_id", "method", "route", "status", "ms"}
)  # fmt: skip
SECRETS = re.compile(
    r"(?P<password>(?<=://)[^/\s\"@]+(?=@))"
    r"|(?P<key>\bhr_[A-Za-z0-9_-]{6,})"
    r"|(?P<bearer>(?<=[Bb]earer )[^\s\"]+)"
    r"|(?P<named>(?<=password=)[^\s\"&]+|(?<=token=)[^\s\"&]+|(?<=secret=)[^\s\"&]+)"
    r"|(?P<mail>[\w.+-]+@[\w-]+\.[\w.-]+)"
    r"|(?P<ipv4>(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]))"
    r"|(?P<ipv6>(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){3,7}[0-9A-Fa-f]{1,4}(?![\w:])|(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){1,6}:[0-9A-Fa-f:]*)"
)


def configure_logs(level: str, stream: TextIO | None = None) -> None:
    """Every line of this process, ours and the libraries', as JSON on `stream` (None: standard output as it is then)."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            _add_acting,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_frames,
            _rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=stream is not None,
    )
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler.formatter, JsonFormatter)]:
        root.removeHandler(old)
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonFormatter())
    root.addHandler(handler)
    # Of our own alone: below a warning the libraries tell of every request, with its address.
    logging.getLogger("api").setLevel(number)


class JsonFormatter(logging.Formatter):
    """Lines of the standard library's loggers, in the shape of our own."""

    def format(self, record: logging.LogRecord) -> str:
        line: EventDict = {"event": record.getMessage(), "logger": record.name}
        line = _add_acting(None, "", line)
        if record.exc_info and record.exc_info[1] is not None:
            line.update(told(record.exc_info[1]))
        line.update(level=record.levelname.lower(), timestamp=datetime.fromtimestamp(record.created, UTC).isoformat())
        return without_secrets(json.dumps(line, default=str))


def told(error: BaseException) -> dict[str, Any]:
    """An exception as a line says it: its type, its frames, and the same of what caused it."""
    # The first is the error itself.
    causes = [{"error": type(cause).__name__, "frames": frames_of(cause.__traceback__)} for cause in _causes(error)]
    return {**causes[0], **({"causes": causes[1:]} if causes[1:] else {})}


def frames_of(at: TracebackType | None) -> list[str]:
    """The innermost frames, as file:line function."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(at)[-FRAMES:]]


def without_secrets(line: str) -> str:
    """The line with everything taken out that looks like an address, a mail address, a key or a password."""
    return SECRETS.sub(HIDDEN, line)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen and len(seen) < 5:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _add_acting(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Whose request it is: its id, the account, the person, and the key where one acts."""
    acting = ACTING.get()
    if acting is not None:
        line.setdefault("request_id", acting.request_id)
        if acting.tenant_id is not None:
            line["tenant_id"], line["user_id"] = acting.tenant_id, str(acting.user_id)
            if acting.kind == "api_key":
                line["key_id"] = str(acting.identifier)
    return line


def _add_frames(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    found = line.pop("exc_info", None)
    error = found if isinstance(found, BaseException) else sys.exc_info()[1] if found else None
    if error is not None:
        line.update(told(error))
    return line


def _rendered(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
    text = json.dumps(line, default=str)
    return text if line.keys() <= HARMLESS else without_secrets(text)
