"""Whether a person agreed to be matched (domain rules, section 3): without it the order counts and no household is kept. Pure."""

import re
from collections.abc import Mapping
from typing import Any

_MEASURING = re.compile("advert|market|target|analy|measure|statist|perform|track", re.IGNORECASE)
_KEYS = frozenset({"gpc", "globalPrivacyControl", "consent", "consentManagement"})
_DENIALS = frozenset({"denied", "deny", "declined", "rejected", "opt_out", "opt-out", "optout", "none", "false", "no", "0"})


def has_consent(context: Mapping[str, Any], gpc_header: str) -> bool:
    """False under Global Privacy Control (the header Sec-GPC, or `context.gpc`) or where the context's consent is denied.

    Read are Segment's `consent.categoryPreferences`, RudderStack's `consentManagement.deniedConsentIds`, and a plain
    `consent` that is a boolean, a word or `{"granted": …}`. Silence is not a denial.
    """
    if gpc_header == "1":
        return False
    if _KEYS.isdisjoint(context):
        return True
    if _says_yes(context.get("gpc")) or _says_yes(context.get("globalPrivacyControl")):
        return False
    consent = context.get("consent")
    if isinstance(consent, Mapping):
        if "granted" in consent and not _is_granted(consent["granted"]):
            return False
        preferences = consent.get("categoryPreferences")
        if isinstance(preferences, Mapping) and not _allows(preferences):
            return False
    elif consent is not None and not _is_granted(consent):
        return False
    managed = context.get("consentManagement")
    if isinstance(managed, Mapping):
        denied = managed.get("deniedConsentIds")
        if isinstance(denied, list) and denied:
            return _allows({str(name): False for name in denied})
    return True


def _says_yes(value: object) -> bool:
    return value is True or value == 1 or (isinstance(value, str) and value.lower() in ("1", "true", "yes"))


def _is_granted(value: object) -> bool:
    return not (value is False or value == 0 or (isinstance(value, str) and value.strip().lower() in _DENIALS))


def _allows(preferences: Mapping[str, Any]) -> bool:
    """A refused category that is about measuring refuses; where no name says what it is about, any refused one does."""
    measuring = {name: value for name, value in preferences.items() if _MEASURING.search(name)}
    return all(_is_granted(value) for value in (measuring or preferences).values())
