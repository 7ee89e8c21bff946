"""One logged request as any format gives it, and what is wrong with a line that is none."""

from collections.abc import Callable
from typing import NamedTuple


class BadLineError(ValueError):
    """The line cannot be used: a code for counting, and a message that says what was found and expected."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class LogFormatError(ValueError):
    """The file is in none of the formats, or lacks what its format needs. Nothing of it is landed."""


class LoggedRequest(NamedTuple):
    """The values of one line, not yet judged. `requested_at` is ISO 8601 with its offset; an empty agent is one that was not sent.

    What a format does not tell is None. Every text is checked to be text by its parser; numbers are checked when they are judged.
    """

    requested_at: str
    ip: str
    method: str
    status: object
    url: str
    range: str | None
    bytes_sent: int | None
    referer: str | None
    user_agent: str
    file_size: int | None = None
    header_bytes: int | None = None
    is_hls: bool = False


# A line without its end → the request; None where the line is a comment. Raises BadLineError.
Parse = Callable[[bytes], LoggedRequest | None]
