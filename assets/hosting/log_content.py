"""What a log file holds up to an offset, as a digest that goes on where it stopped: a chain over whole blocks, and the rest.

chain 0 = nothing; chain n = SHA-256(chain n-1, SHA-256(block n)); the digest at an offset = SHA-256(chain of its whole blocks, the
bytes after them). To go on from an offset one block at most is read again, whatever the file's size.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from assets.hosting.log_files import open_log

BLOCK = 1_048_576
LONGEST_FILE = 2**62


@dataclass
class Content:
    """The digest so far. `offset` bytes were taken in; `rest` are those after the last whole block."""

    offset: int = 0
    chain: bytes = b""
    rest: bytes = b""

    def take(self, data: bytes) -> None:
        """Take in the bytes that follow."""
        self.offset += len(data)
        pending = self.rest + data if self.rest else data
        at = 0
        while len(pending) - at >= BLOCK:
            block = memoryview(pending)[at : at + BLOCK]
            self.chain = hashlib.sha256(self.chain + hashlib.sha256(block).digest()).digest()
            at += BLOCK
        self.rest = pending[at:]

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.chain + self.rest).digest()


def content_at(path: Path, offset: int, chain: bytes) -> Content:
    """The state at `offset`, given the chain of the whole blocks before it. Reads less than a block of the decoded file."""
    whole = offset // BLOCK * BLOCK
    with open_log(path) as file:
        file.seek(whole)
        rest = _read(file, offset - whole)
    return Content(offset, chain, rest if len(rest) == offset - whole else rest + b"\n")


def digests_at(path: Path, offsets: Sequence[int]) -> dict[int, Content]:
    """The states at each of `offsets` that the file reaches, in one pass and constant memory."""
    found: dict[int, Content] = {}
    content = Content()
    with open_log(path) as file:
        for offset in sorted(set(offsets)):
            for data in _pieces(file, offset - content.offset):
                content.take(data)
            if content.offset == offset - 1:
                # A last line without its end was landed as if it had one.
                content.take(b"\n")
            if content.offset < offset:
                break
            found[offset] = Content(content.offset, content.chain, content.rest)
    return found


def whole_content(path: Path) -> Content:
    """The state at the file's end."""
    content = Content()
    with open_log(path) as file:
        for data in _pieces(file, LONGEST_FILE):
            content.take(data)
    return content


def _pieces(file: BufferedReader, length: int) -> Iterator[bytes]:
    left = length
    while left > 0:
        try:
            data = file.read(min(BLOCK, left))
        except EOFError:
            return
        if not data:
            return
        left -= len(data)
        yield data


def _read(file: BufferedReader, length: int) -> bytes:
    return b"".join(_pieces(file, length))
