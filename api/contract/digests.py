"""Digests by which two requests are known to be the same, none of which tells what was in them."""

import base64
import hashlib
import hmac
import re

BOUNDARY = re.compile(r"boundary=\"?([^\";,]{1,70})", re.IGNORECASE)


class BodyDigest:
    """The digest of a body as it passes. A form's boundary is left out: clients draw a new one for each try."""

    def __init__(self, content_type: str = "") -> None:
        self._hash = hashlib.sha256()
        found = BOUNDARY.search(content_type) if content_type.lower().startswith("multipart/") else None
        self._boundary = found[1].encode() if found else b""
        self._kept = b""

    def update(self, part: bytes) -> None:
        if not self._boundary:
            self._hash.update(part)
            return
        text = (self._kept + part).replace(self._boundary, b"")
        # A boundary may lie across two parts.
        cut = max(len(text) - len(self._boundary) + 1, 0)
        self._hash.update(text[:cut])
        self._kept = text[cut:]

    def value(self) -> bytes:
        whole = self._hash.copy()
        whole.update(self._kept)
        return whole.digest()


def digest(secret: str, value: bytes) -> bytes:
    """Keyed, so that no short value (a password in a body) is found by trying."""
    return hmac.digest(b"hostread request\x00" + secret.encode(), value, "sha256")


def derived(secret: str, purpose: bytes) -> bytes:
    """The Fernet key of one purpose."""
    return base64.urlsafe_b64encode(hashlib.sha256(purpose + secret.encode()).digest())
