"""Take a JSON text apart by its brackets, without reading it: so that one unreadable event leaves its neighbours readable."""

import re
from collections.abc import Iterator

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]|"', re.DOTALL)
_MEMBER = re.compile(rb'\s*("[^"\\]*(?:\\.[^"\\]*)*")\s*:', re.DOTALL)


def split_object(text: bytes) -> list[tuple[bytes, bytes]] | None:
    """The members of a JSON object as (key in its quotes, text of the value); None where the text is no closed object."""
    parts = _split(text, b"{", b"}")
    if parts is None:
        return None
    members = []
    for part in parts:
        key = _MEMBER.match(part)
        if key is None:
            return None
        members.append((key[1], part[key.end() :].strip()))
    return members


def split_array(text: bytes) -> list[bytes] | None:
    """The elements of a JSON array as texts; None where the text is no closed array."""
    return _split(text, b"[", b"]")


def depth(text: bytes) -> int:
    """How deep the brackets of a JSON text go, by counting: no stack of ours or of the database's is spent on it."""
    level = deepest = 0
    for token in _tokens(text):
        if token in b"{[":
            level += 1
            deepest = max(deepest, level)
        elif token in b"}]":
            level -= 1
    return deepest


def _split(text: bytes, opening: bytes, closing: bytes) -> list[bytes] | None:
    text = text.strip()
    if not (text.startswith(opening) and text.endswith(closing)):
        return None
    level, start, parts = 0, 1, []
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token == b'"':
            return None  # a string that never ends: where the next part begins cannot be known
        if token in (b"{", b"["):
            level += 1
        elif token in (b"}", b"]"):
            level -= 1
            if level == 0 and match.end() != len(text):
                return None
        elif token == b"," and level == 1:
            parts.append(text[start : match.start()])
            start = match.end()
    if level != 0:
        return None
    last = text[start:-1]
    return [*parts, last] if parts or last.strip() else []


def _tokens(text: bytes) -> Iterator[bytes]:
    return (match[0] for match in _TOKEN.finditer(text) if len(match[0]) == 1)
