"""Credentials at rest: Fernet tokens under a key derived from HOSTREAD_SECRET_KEY."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken


class WrongSecretKeyError(RuntimeError):
    """A credential was sealed under another secret key, or the token is damaged."""


def encrypt(plain: str, secret_key: str) -> bytes:
    """The Fernet token of a credential."""
    return _box(secret_key).encrypt(plain.encode())


def decrypt(token: bytes, secret_key: str) -> str:
    """The plain credential. Raises WrongSecretKeyError; no message ever holds a part of it."""
    try:
        return _box(secret_key).decrypt(bytes(token)).decode()
    except InvalidToken as error:
        raise WrongSecretKeyError(
            "found a credential that this secret key does not open, expected one sealed under HOSTREAD_SECRET_KEY: "
            "set the key that was in force when the account was added, or add the account again"
        ) from error


def _box(secret_key: str) -> Fernet:
    # A purpose in the derivation keeps this key apart from the one that signs cookies.
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"hostread credentials\x00" + secret_key.encode()).digest()))
