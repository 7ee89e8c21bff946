"""Chance that can be repeated: every part of the world draws from its own stream, so that one part's change moves no other."""

import hashlib
import random
import uuid

import numpy as np


def digest(*parts: object) -> int:
    """64 bits that depend on the parts alone (Python's own hash() differs from process to process)."""
    return int.from_bytes(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()[:8], "big")


def stream(*parts: object) -> random.Random:
    """A stream for row-wise draws, named by its parts."""
    return random.Random(digest(*parts))


def vector_stream(*parts: object) -> np.random.Generator:
    """A stream for drawing many at once, named by its parts."""
    return np.random.default_rng(digest(*parts))


def identifier(*parts: object) -> str:
    """A UUID (version 4 by its form) derived from the parts."""
    raw = hashlib.sha256(("id\x1f" + "\x1f".join(map(str, parts))).encode()).digest()[:16]
    return str(uuid.UUID(bytes=raw, version=4))


def token(length: int, *parts: object) -> str:
    """Letters and digits derived from the parts, for keys and credentials of the simulated network."""
    return hashlib.sha512(("token\x1f" + "\x1f".join(map(str, parts))).encode()).hexdigest()[:length]
