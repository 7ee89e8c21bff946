"""The wire's constants: routes, limits and answers, as the Segment HTTP Tracking API and its clients have them.

What clients do with an answer decides what we may send: network errors, 5xx and 429 are retried with the same message id;
400, 401, 403 and 413 drop the event for ever. So a 4xx other than 429 only for what is permanently bad.
"""

from typing import Final

import orjson

KINDS: Final = ("identify", "track", "page", "screen", "group", "alias")
BATCH: Final = "batch"
# The browser's analytics.js sends to the first letter of the kind, and to `b` where it batches.
ROUTES: Final = {**{kind: kind for kind in (*KINDS, BATCH)}, **{kind[0]: kind for kind in (*KINDS, BATCH)}}

EVENT_BYTES: Final = 32 * 1024
BODY_BYTES: Final = 500 * 1024
BATCH_EVENTS: Final = 2_500
MESSAGE_ID_CHARACTERS: Final = 100
# Four bytes a character at most: below the 2,704 bytes that a PostgreSQL index entry can hold.
NAME_CHARACTERS: Final = 500
JSON_DEPTH: Final = 64

ALLOWED_HEADERS: Final = b"authorization, content-type, content-encoding, x-retry-count"
PREFLIGHT_SECONDS: Final = b"86400"
SUCCESS: Final = b'{"success": true}'
# The smallest transparent GIF: one pixel, 43 bytes.
GIF: Final = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b")


class RefusalError(Exception):
    """A request that becomes no event. `code` is counted in raw.collector_refusals; `retry_after` is in seconds.

    `is_kept`: its bytes went to raw.quarantine all the same, and are counted there.
    """

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after
        self.is_kept = False

    def body(self) -> bytes:
        return orjson.dumps({"code": self.code, "message": self.message})


class UnavailableError(Exception):
    """The database did not take the events: they are not acknowledged, and the client sends them again."""


class FaultError(Exception):
    """Why one event cannot be used: the reason of its row in raw.quarantine. Its neighbours are not concerned."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason
