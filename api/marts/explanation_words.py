"""What decided, in words: pure functions of rows (domain rules, sections 4 and 5)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from api.marts.models.explanation import CodeStatus, HouseholdStatus

Row = Mapping[str, Any]
# Strongest first (domain rules, section 4); the order of source_rank() in dbt.
PRECEDENCE = ("click", "vanity", "code", "exposure", "survey")
KINDS: Mapping[str, str] = {
    "click": "click link", "vanity": "vanity path", "code": "promo code", "exposure": "household exposure",
    "survey": "survey answer",
    "unattributed": "no evidence",
}  # fmt: skip
UNUSABLE = ("corporate", "datacenter", "vpn")


def evidence_name(kind: str) -> str:
    """`click` as a heading: Click link."""
    return KINDS[kind].capitalize()


def reason_sentence(touch: Row, conversion: Row) -> str:
    """Why this touch did not count."""
    sentences: Mapping[str, Callable[[], str]] = {
        "of_another_conversion": lambda: "It is the link of another conversion, and credits that one alone.",
        "other_sponsor": lambda: "Its campaign is another sponsor's.",
        "other_goal": lambda: f"Its campaign does not aim at a {conversion['conversion_kind']}.",
        "after_conversion": lambda: f"It came {_span(-touch['age_s'])} after the conversion.",
        "before_previous_conversion": lambda: "It came before the same person's previous conversion, where this path begins.",
        "outside_window": lambda: (
            f"It came {_span(touch['age_s'])} before the conversion; the window is {_span(touch['window_s'])}."
        ),
        "unusable_ip": lambda: "Only the address ties the two, and an office, data centre or VPN is no household.",
        "crowded_address": lambda: "Only the address ties the two, and more devices were seen by it than a household has.",
        "mobile_window": lambda: (
            f"Only a mobile network's address ties the two; it counts for 24 h, and this was {_span(touch['age_s'])} before."
        ),
        "merge_split": lambda: "A merge made its browser or user the same person's; a decision has split it.",
        "shared_id": lambda: "It shares an id that stands for many people, or that a decision has split: that ties nobody.",
        "not_in_build": lambda: "It was not in the path when this was built; the next build judges it again.",
    }
    return sentences[touch["reason"]]()


def household_status(conversion: Row) -> HouseholdStatus:
    """Whether the household was looked for, and why not."""
    if conversion["has_consent"] is False:
        return "no_consent"
    if not conversion["has_household"]:
        return "not_reported"
    if conversion["ip_class"] == "crowded":
        return "crowded_address"
    return "unusable_ip" if conversion["ip_class"] in UNUSABLE else "matched_by"


def household_sentence(status: HouseholdStatus, conversion: Row) -> str:
    limit = " A mobile network's address counts for 24 h at most." if conversion["ip_class"] == "mobile" else ""
    return {
        "matched_by": f"Exposures of the same household were looked for.{limit}",
        "no_consent": "Without consent, or with Global Privacy Control, the order is counted and no household is matched.",
        "unusable_ip": "The address is an office's, a data centre's or a VPN's: it is no household, and no exposure is matched.",
        "crowded_address": "More devices were seen by the address than a household has: no exposure is matched.",
        "not_reported": "No visitor's address came with it (an imported order, or a server's event): no exposure is matched.",
    }[status]


def code_status(row: Row, *, sees_all: bool = True) -> CodeStatus:
    """What became of one code of the order against one code of the account (whose columns are NULL where there is none)."""
    if row["is_unknown"] or (not sees_all and not row["is_own_sponsor"]):
        return "unknown"
    if not row["is_own_sponsor"]:
        return "other_sponsor"
    if row["day"] < row["valid_from"]:
        return "not_yet_valid"
    if (row["day"] - row["valid_to"]).days > row["code_grace_days"]:
        return "expired"
    return "credited" if row["is_goal"] else "other_goal"


def code_sentence(status: str, row: Row) -> str:
    """Why a code counted or did not."""
    if status == "unknown":
        return f"{row['count']} on the order that this account does not know: near misses are for review, never for credit."
    return {
        "credited": f"Valid from {row['valid_from']} to {row['valid_to']}, and {row['code_grace_days']} days after.",
        "later_code": "An order has one owner code: the earliest valid one.",
        "not_yet_valid": f"Valid from {row['valid_from']} on.",
        "expired": f"Valid to {row['valid_to']}, and {row['code_grace_days']} days after.",
        "other_sponsor": "It belongs to another sponsor's campaign.",
        "other_goal": "Its campaign aims at another kind of conversion.",
    }[status]


def leak_suspicions(row: Row) -> list[str]:
    """What makes one use of a code a leak suspect, in words."""
    said = [
        f"a coupon site, {row['coupon_site']}, referred the buyer" if row["coupon_site"] else "",
        f"the buyer was in {row['foreign_country']}, outside the show's audience" if row["foreign_country"] else "",
        "the ad had come down" if row["is_after_ad"] else "",
    ]
    return [one for one in said if one]


def owner_sentence(conversion: Row, path: Sequence[Row]) -> str:
    """The precedence that decided the owner."""
    owner = conversion["owner_touch_kind"]
    if not path:
        return "No eligible touch: the conversion is unattributed."
    kinds = [kind for kind in PRECEDENCE if any(row["touch_kind"] == kind for row in path)]
    same = sum(1 for row in path if row["touch_kind"] == owner)
    latest = f", the latest of {same}" if same > 1 else ""
    over = f" It goes before {_listed([KINDS[kind] for kind in kinds if kind != owner])}." if len(kinds) > 1 else ""
    home = " Nothing but the household ties it: it is no proof of who bought." if conversion["is_owner_household_only"] else ""
    return f"Owned by the strongest evidence: {KINDS[owner]}{latest}.{over}{home if owner in ('click', 'vanity') else ''}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _span(seconds: float) -> str:
    """The largest whole units that say it to the second: `30 d 1 s`."""
    left, parts = round(seconds), []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"
