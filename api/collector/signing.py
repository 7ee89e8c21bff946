"""Signed server events: HMAC-SHA256 over timestamp and body with a signing key of the site. Pure.

`X-Hostread-Timestamp: <seconds since 1970>` and `X-Hostread-Signature: v1=<hex>`, over the timestamp's text, a full stop and the
body before any compression; several signatures parted by commas, of which one must fit.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence

TOLERANCE_SECONDS = 300
UNSIGNED, SIGNED, BAD, STALE, UNCHECKED = "unsigned", "signed", "bad_signature", "stale", "unchecked"
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def sign(key: str, timestamp: int, body: bytes) -> str:
    """The header's value for a body."""
    return "v1=" + _digest(key, str(timestamp), body)


def verify(timestamp: str, signature: str, body: bytes, keys: Sequence[str] | None, now: float) -> str:
    """What becomes of a request's events: `unsigned` without a signature; `signed` with one that fits and is at most five minutes
    old (or ahead); `stale` with one that fits and is not; `bad_signature` where none fits; `unchecked` where the keys are not
    known here (`keys` None: the database is away, or this process has no secret key)."""
    if not signature:
        return UNSIGNED
    if keys is None:
        return UNCHECKED
    if _TIMESTAMP.fullmatch(timestamp) is None:
        return BAD
    given = [part.strip()[3:] for part in signature.split(",")[:8] if part.strip().startswith("v1=")]
    fits = False
    for key in keys:
        expected = _digest(key, timestamp, body)
        for found in given:
            fits |= hmac.compare_digest(expected.encode(), found.encode("utf-8", "replace"))
    if not fits:
        return BAD
    return SIGNED if abs(now - int(timestamp)) <= TOLERANCE_SECONDS else STALE


def made_id(signature: str, place: int) -> str:
    """The id of a signed event that brings none: the same request sent again makes the same event."""
    return f"signed-{hashlib.sha256(signature.encode('utf-8', 'replace')).hexdigest()[:48]}-{place}"


def _digest(key: str, timestamp: str, body: bytes) -> str:
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
