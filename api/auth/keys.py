"""API keys: 256 random bits, shown once, kept as a digest. A digest of that much chance needs no salt and no slow hash."""

import hashlib
import secrets

PREFIX = "hr_"
SHOWN = 10


def new_api_key() -> tuple[str, str, bytes]:
    """A fresh key as (the key itself, its first characters for lists, the digest that is stored)."""
    key = PREFIX + secrets.token_urlsafe(32)
    return key, key[:SHOWN], key_hash(key)


def key_hash(key: str) -> bytes:
    """SHA-256 of the key's bytes: 32 bytes."""
    return hashlib.sha256(key.encode()).digest()
