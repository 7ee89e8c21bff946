"""Saturation as curves with today's spend on them, verdicts in words, and advice as tables."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from api.dashboard import formats
from api.dashboard.plots import Curve
from api.dashboard.rendering import Tile, money
from api.marts.models.saturation import Account, Budget, Estimate, SaturationAlert, SaturationChannel, SaturationWindow, Verdict

VERDICTS: Mapping[Verdict, str] = {
    "unsaturated": "Unsaturated",
    "saturating": "Saturating",
    "saturated": "Saturated",
    "not_identifiable": "Not identifiable",
}
# The pill that each looks like.
PILLS: Mapping[Verdict, str] = {
    "unsaturated": "active",
    "saturating": "paused",
    "saturated": "cancelled",
    "not_identifiable": "draft",
}
ACCOUNTS: Mapping[Account, str] = {"books": "Imported books", "placements": "Placements and their credit"}
# Every fifth point of the curve's grid stands in the table.
EVERY = 5


def tiles(channels: Sequence[SaturationChannel]) -> list[Tile]:
    """Channels by verdict."""
    return [
        Tile(label, formats.number(sum(channel.verdict == verdict for channel in channels)), "of all sponsors' shows")
        for verdict, label in VERDICTS.items()
    ]


def curve(channel: SaturationChannel, number: int) -> Curve:
    """The stacked curve, with its bands and today's spend."""
    stacked = _stacked(channel)
    points = [
        tuple(
            float(value.amount) for value in (p.spend, p.revenue, p.low_80, p.high_80, p.low_95, p.high_95)
        )
        for p in (stacked.curve if stacked else [])
    ]  # fmt: skip
    return Curve(
        f"curve-{number}",
        channel.show_title,
        points,
        channel.currency,
        "a week spent",
        "a week earned by it",
        float(channel.spend.amount),
        "today",
        note=ACCOUNTS[channel.basis],
    )


def curve_rows(channel: SaturationChannel) -> list[tuple[str, str, str, str, str]]:
    """(spend, revenue, its 80 % band, its 95 % band, what the next unit brings) of some points of the curve."""
    stacked = _stacked(channel)
    return [
        (
            money(p.spend), money(p.revenue), f"{money(p.low_80)} to {money(p.high_80)}",
            f"{money(p.low_95)} to {money(p.high_95)}", formats.number(p.marginal_return, 2),
        )
        for p in (stacked.curve[::EVERY] if stacked else [])
    ]  # fmt: skip


def window_rows(channel: SaturationChannel) -> list[tuple[str, str, str, str, str]]:
    """(window, weight, carry-over, half-saturation, slope) of each trailing window."""
    return [
        (
            f"Last {one.window_name} weeks", formats.rate(one.weight, 0), _range(one.adstock),
            _half(channel, one), _range(one.slope),
        )
        for one in channel.windows
        if one.window_name != "stacked"
    ]  # fmt: skip


def returned(channel: SaturationChannel) -> str:
    """What the next unit of today's spend is worth after margin: `0.62 (0.41 to 0.88)`; a dash where no curve may be said."""
    values = (channel.marginal_return, channel.marginal_return_low, channel.marginal_return_high)
    if any(value is None for value in values):
        return formats.NONE
    mean, low, high = (formats.number((value or 0) * channel.margin_rate, 2) for value in values)
    return f"{mean} ({low} to {high})"


def drift_sentence(channel: SaturationChannel) -> str:
    """Whether the last half year answers as the weeks before it; empty where the history is too short to say."""
    if channel.drift_p is None or channel.has_drifted is None:
        return ""
    if not channel.has_drifted:
        return "The last half year answers to spend as the weeks before it."
    how = "more" if (channel.drift_z or 0) > 0 else "less"
    return f"The last half year answers {how} to the same spend than the weeks before it (p = {channel.drift_p:.3f})."


def budget_sentence(budget: Budget) -> str:
    """What moving the budget is expected to bring, or why nothing is moved."""
    if budget.reason or not budget.is_moved:
        return formats.sentence(budget.reason or "nothing is moved")
    return (
        f"Expected to bring {money(budget.gain)} a week more after margin (80% interval {money(budget.gain_low)} to "
        f"{money(budget.gain_high)}); the chance that it loses money is {formats.rate(budget.loss_probability, 0)}."
    )


def change(amount: Decimal, currency: str) -> str:
    """`+$600.00`, `-$600.00`; a dash for none."""
    return formats.NONE if not amount else ("+" if amount > 0 else "") + formats.money(amount, currency)


def alert_sentence(alert: SaturationAlert) -> str:
    """`Market Before Nine for Acme: saturated, was saturating. The next unit …`"""
    return (
        f"{alert.show_title} for {alert.sponsor_name}: {VERDICTS[alert.verdict].lower()}, was "
        f"{VERDICTS[alert.previous_verdict].lower()}. {formats.sentence(alert.reason)}"
    )


def _stacked(channel: SaturationChannel) -> SaturationWindow | None:
    return next((one for one in channel.windows if one.window_name == "stacked"), None)


def _half(channel: SaturationChannel, one: SaturationWindow) -> str:
    if one.half_saturation is None or channel.reference_spend is None:
        return formats.NONE
    reference = channel.reference_spend.amount
    low, high = (
        formats.money_compact(reference * Decimal(str(value)), channel.currency)
        for value in (one.half_saturation.low, one.half_saturation.high)
    )
    return f"{low} to {high}"


def _range(found: Estimate | None) -> str:
    return formats.NONE if found is None else f"{formats.number(found.low, 2)} to {formats.number(found.high, 2)}"
