"""Credentials on their way into the database: the API seals them and has no way to open them again (assets.lib.secrets_box does).

The two share a format and no code, since the API knows nothing of the pipeline; a test opens with one what the other sealed.
"""

import base64
import hashlib

from cryptography.fernet import Fernet

PURPOSE = b"hostread credentials\x00"


def seal(plain: str, secret_key: str) -> bytes:
    """The Fernet token of a credential, under a key derived from HOSTREAD_SECRET_KEY."""
    derived = hashlib.sha256(PURPOSE + secret_key.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(derived)).encrypt(plain.encode())
