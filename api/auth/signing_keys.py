"""Signing keys: what a sponsor's server signs its orders with. Shown once, kept as a Fernet token, since an HMAC needs the key."""

import base64
import hashlib
import secrets

from cryptography.fernet import Fernet, InvalidToken

PREFIX = "hrs_"
SHOWN = 10


class SigningKeyError(RuntimeError):
    """A signing key was sealed under another secret key, or is damaged."""


def new_signing_key() -> str:
    """A fresh key of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def seal(key: str, secret_key: str) -> bytes:
    """The token that is stored."""
    return _box(secret_key).encrypt(key.encode())


def unseal(token: bytes, secret_key: str) -> str:
    """The key. Raises SigningKeyError; no message holds a part of it."""
    try:
        return _box(secret_key).decrypt(bytes(token)).decode()
    except InvalidToken as error:
        raise SigningKeyError(
            "found a signing key that this HOSTREAD_SECRET_KEY does not open, expected one made under it: make the site a new one"
        ) from error


def _box(secret_key: str) -> Fernet:
    # A purpose in the derivation keeps this key apart from those that sign cookies and seal hosts' credentials.
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"hostread signing keys\x00" + secret_key.encode()).digest()))
