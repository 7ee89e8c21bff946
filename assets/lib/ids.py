"""Stable identifiers: the same words give the same id on every machine and in every run."""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

NAMESPACE = uuid.UUID("5b6a3f0e-7d55-5c0a-9a3e-6f1f0d5f8c11")
# PostgreSQL refuses index entries over about 2,700 bytes.
LONGEST_KEY = 500


def stable_uuid(*parts: object) -> uuid.UUID:
    """A version 5 UUID of the parts; a separator that no part can hold keeps ("ab", "c") from ("a", "bc")."""
    return uuid.uuid5(NAMESPACE, "\x1f".join(str(part) for part in parts))


def digest(content: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """SHA-256 of the content's canonical JSON: key order and spacing change nothing."""
    return hashlib.sha256(
        json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str).encode()
    ).digest()


def version_key(content: bytes, latest_content: bytes | None, latest_key: bytes | None, known: set[bytes]) -> bytes | None:
    """The key under which a version lands, or None where the newest version says the same already.

    A value that went from A to B and back to A is a third version: it lands under a key chained to the one before, so that
    the newest row always tells what the source says now.
    """
    if latest_content == content:
        return None
    if content not in known:
        return content
    return hashlib.sha256(content + (latest_key or b"")).digest()


def bounded_key(text: str) -> str:
    """The text itself, or, where it is too long to be indexed, its beginning and a digest of the whole."""
    raw = text.encode()
    if len(raw) <= LONGEST_KEY:
        return text
    return f"{raw[:100].decode('utf-8', 'ignore')}#sha256:{hashlib.sha256(raw).hexdigest()}"
