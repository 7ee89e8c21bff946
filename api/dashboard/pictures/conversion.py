"""A conversion's time line, and its credit as rows of a table."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.dashboard import formats
from api.dashboard.plots import Mark, Timeline
from api.dashboard.rendering import Tile, money
from api.marts.explanation_words import evidence_name
from api.marts.models import Money
from api.marts.models.explanation import Explanation, ModelCredit

REASON_NAMES: Mapping[str, str] = {
    "of_another_conversion": "Of another conversion",
    "other_sponsor": "Other sponsor",
    "other_goal": "Other goal",
    "after_conversion": "After the conversion",
    "before_previous_conversion": "Before the previous conversion",
    "outside_window": "Outside the window",
    "unusable_ip": "Unusable address",
    "crowded_address": "Too many devices",
    "mobile_window": "Mobile, over 24 h",
    "not_in_build": "Not in this build",
    "merge_split": "Merge undone",
    "shared_id": "Shared id",
}
CAUSE_NAMES: Mapping[str, str] = {
    "identity_merge": "Ids merged",
    "identity_split": "A merge undone",
    "late_event": "Came late",
    "recount": "Counted anew",
    "setting": "Settings changed",
    "books": "Books changed its value",
    "entries": "Campaign or code changed",
    "full_build": "Built anew",
    "fraud_decision": "Decision on fraud",
    "fraud_score": "Fraud threshold",
    "refund": "Refund",
    "changed_data": "Data changed",
}
# A page shows this many rows of a path; the API has all of them.
SHOWN_ROWS = 100


@dataclass(frozen=True)
class CreditCell:
    model: str
    weight: str
    amount: str


def time_line(said: Explanation) -> Timeline:
    """Every touch at its time, in the lane of its evidence, strongest on top; hollow ones did not count."""
    counted = [
        Mark(touch.touch_at, evidence_name(touch.touch_kind), f"{touch.campaign_name}{_at(touch.show_title)}")
        for touch in said.path
    ]
    others = [
        Mark(
            touch.touch_at,
            evidence_name(touch.touch_kind),
            f"{touch.campaign_name}{_at(touch.show_title)}: {touch.explanation}",
            True,
        )
        for touch in said.not_eligible
    ]
    present = {mark.lane for mark in counted + others}
    ordered = [evidence_name(kind) for kind in said.owner.precedence]
    is_refund = said.conversion.conversion_kind == "refund"
    return Timeline(
        "path-plot",
        "The path on a time line",
        [name for name in ordered if name in present] + sorted(present - set(ordered)),
        counted + others,
        said.conversion.converted_at,
        "Refund" if is_refund else "Conversion",
        note="Strongest evidence on top. A full mark counts; a hollow one does not, and says why.",
        empty_text="No touch is known near this conversion.",
    )


def key_figures(said: Explanation) -> list[Tile]:
    value = said.conversion.value
    return [
        Tile("Value", money(value), "verified" if said.conversion.is_verified else "not verified"),
        Tile("Owner", evidence_name(said.owner.evidence), said.owner.campaign_name or "no campaign"),
        Tile("Touches that count", formats.number(len(said.path)), "in the path"),
        Tile("Touches that do not", formats.number(sum(one.touches for one in said.not_eligible_counts)), "each with its reason"),
    ]


def credit_cells(credit: list[ModelCredit]) -> list[CreditCell]:
    return [CreditCell(one.name, formats.rate(one.weight, 2), money(one.amount)) for one in credit]


def totals(said: Explanation) -> list[str]:
    """What each model credits over the whole path: the conversion's value, by construction."""
    sums = [sum((touch.credit[place].amount.amount for touch in said.path), start=0) for place in range(_models(said))]
    return [money(Money(amount=amount, currency=said.conversion.value.currency)) for amount in sums]


def _models(said: Explanation) -> int:
    return len(said.path[0].credit) if said.path else 0


def _at(show: str | None) -> str:
    return f", {show}" if show else ""
