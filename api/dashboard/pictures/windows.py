"""Windows in words, and what others would change, as a table has it."""

from collections.abc import Mapping
from typing import NamedTuple

from api.campaigns.attribution_windows import KindWindows, Proposal, Windows
from api.campaigns.window_previews import WindowsDifferenceRow
from api.dashboard import formats
from api.dashboard.rendering import money

LABELS: Mapping[str, str] = {
    "exposure_window_s": "Ads heard", "click_window_s": "Click links", "vanity_window_s": "Vanity paths",
    "code_grace_days": "Promo codes, after their end",
}  # fmt: skip
KIND_NAMES: Mapping[str, str] = {
    "purchase": "Purchases", "lead": "Leads", "signup": "Sign-ups", "install": "Installs", "open": "App opens",
}  # fmt: skip
STATUS_NAMES: Mapping[str, str] = {
    "pending": "being computed", "computed": "waits for a decision", "failed": "could not be computed",
    "published": "published", "discarded": "discarded",
}  # fmt: skip


class Cell(NamedTuple):
    """Revenue, and under it the conversions, of one side."""

    name: str
    revenue: str
    conversions: str


def changes(proposal: Proposal) -> list[str]:
    """Each window that differs, from what to what."""
    said = _changed("", proposal.before, proposal.after)
    for kind in KIND_NAMES:
        before, after = (side.by_kind.get(kind, KindWindows()) for side in (proposal.before, proposal.after))  # type: ignore[call-overload]
        said += _changed(f"{KIND_NAMES[kind]}: ", before, after)
    return said


def models(rows: list[WindowsDifferenceRow]) -> list[tuple[str, str]]:
    """(model, name) of every model that the rows have, once."""
    return list({one.model: one.name for row in rows for one in row.credit}.items())


def cells(row: WindowsDifferenceRow, model: str) -> list[Cell]:
    """Before, after and the difference under one model; empty where the row has none of it."""
    return [
        Cell(label, money(revenue), f"{formats.number(conversions, 2)} conv.")
        for one in row.credit
        if one.model == model
        for label, revenue, conversions in (
            ("As published", one.revenue_before, one.conversions_before),
            ("Proposed", one.revenue_after, one.conversions_after),
            ("Difference", one.revenue_difference, one.conversions_difference),
        )
    ]


def _changed(prefix: str, before: Windows | KindWindows, after: Windows | KindWindows) -> list[str]:
    return [
        f"{prefix}{label.lower() if prefix else label} {_span(name, getattr(before, name))} to {_span(name, getattr(after, name))}"
        for name, label in LABELS.items()
        if getattr(before, name) != getattr(after, name)
    ]


def _span(name: str, value: int | None) -> str:
    if value is None:
        return "as the account"
    return f"{value} days" if name == "code_grace_days" else formats.duration(value)
