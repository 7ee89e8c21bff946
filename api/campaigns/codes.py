"""Promo codes as shops see them are not as listeners type them (domain rules, section 4)."""

import unicodedata

DROPPED = str.maketrans("", "", "-.")


def normalize_code(code: str) -> str:
    """NFKC, trimmed, upper case, without spaces, hyphens and dots: ` pod-20 ` and `POD20` are one code.

    Hyphens are all dashes of Unicode (category Pd) and the minus sign; spaces all white space. Empty where nothing is left.
    """
    text = unicodedata.normalize("NFKC", code).upper().translate(DROPPED)
    # Upper-casing can undo the composition (ŉ becomes ʼN): normalise what is compared, not what was typed.
    text = unicodedata.normalize("NFKC", text)
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Pd" and c != "−")
