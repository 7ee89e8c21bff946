"""An upload at rest: sealed by the API under a key derived from HOSTREAD_SECRET_KEY, opened by who lands it.

A log holds addresses and a book of orders holds people: neither lies in the database as it came.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

PURPOSE = b"hostread imports\x00"


class SealedElsewhereError(RuntimeError):
    """The upload was sealed under another secret key."""


def seal(content: bytes, secret_key: str) -> bytes:
    return _box(secret_key).encrypt(content)


def unseal(token: bytes, secret_key: str) -> bytes:
    """Raises SealedElsewhereError."""
    try:
        return _box(secret_key).decrypt(token)
    except InvalidToken as error:
        raise SealedElsewhereError(
            "found an upload that this secret key does not open, expected one sealed under HOSTREAD_SECRET_KEY: "
            "give the API and the pipeline the same key, and upload the file again"
        ) from error


def _box(secret_key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(PURPOSE + secret_key.encode()).digest()))
