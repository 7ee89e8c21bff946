"""Promo codes as shops print them are not as listeners type them (domain rules, section 4)."""

import re
import unicodedata

# The same characters that `ops.normalized_code` drops from what clients send: a test compares the two.
DROPPED = re.compile(r"[\s.‐‑‒–—―−-]")


def normalize_code(code: str) -> str:
    """NFKC, trimmed, upper case, without spaces, hyphens and dots: ` pod-20 ` and `POD20` are one code; empty: nothing was left."""
    return "".join(map(_upper, DROPPED.sub("", unicodedata.normalize("NFKC", code))))


def _upper(character: str) -> str:
    """One character for one, as PostgreSQL has it: ß stays ß and does not become SS."""
    upper = character.upper()
    return upper if len(upper) == 1 else character
