"""What a link in a mail carries: 256 random bits, sent once, kept as a digest, opening once and for a while."""

import hashlib
import secrets
from datetime import timedelta

VERIFY_LIFETIME = timedelta(days=3)
RESET_LIFETIME = timedelta(hours=1)
INVITATION_LIFETIME = timedelta(days=7)
LONGEST = 100


def new_token() -> tuple[str, bytes]:
    """A fresh token and its digest."""
    token = secrets.token_urlsafe(32)
    return token, token_hash(token)


def token_hash(token: str) -> bytes:
    """SHA-256 of the token's bytes: so much chance needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).digest()
