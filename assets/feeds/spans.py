"""Where elements of a name stand in a document that may not be well-formed. Pure, and one pass whatever the document does."""

import re
from collections.abc import Iterator
from functools import lru_cache


def spans(document: bytes, names: str) -> Iterator[tuple[int, int]]:
    """Start and end of each element whose local name `names` matches (`"item|entry"`), in any prefix; what stands in comments
    and CDATA is text. One that is not closed before the next begins is left out, and so is what is never closed."""
    opened: int | None = None
    for start, end, kind in _tags(document, names):
        if kind == "open":
            opened = start
        elif opened is not None:
            yield opened, end
            opened = None


def without(document: bytes, names: str) -> bytes:
    """The document without these elements."""
    parts, position = [], 0
    for start, end in spans(document, names):
        parts.append(document[position:start])
        position = end
    return b"".join([*parts, document[position:]]) if parts else document


def _tags(document: bytes, names: str) -> Iterator[tuple[int, int, str]]:
    closers = {b"<!--": b"-->", b"<![CDATA[": b"]]>"}
    position = 0
    while match := _pattern(names).search(document, position):
        position = match.end()
        if match[1]:
            yield match.start(), match.end(), "close" if match[1].startswith(b"</") else "open"
        elif (closer := closers.get(match[0])) is not None:
            end = document.find(closer, position)
            if end < 0:
                # Nor is any later one closed: looked for once, not once for each.
                del closers[match[0]]
            else:
                position = end + len(closer)


@lru_cache(maxsize=8)
def _pattern(names: str) -> re.Pattern[bytes]:
    return re.compile(
        rb"<!--|<!\[CDATA\[|(</?(?:[A-Za-z_][\w.-]{0,50}:)?(?:" + names.encode() + rb")(?:\s*>|(?=\s)))", re.IGNORECASE
    )
