"""The same budget moved to where its next unit brings most, under the sponsor's limits, where curves are known."""

from collections.abc import Sequence

import numpy as np

from assets.estimates.saturation.curves import INITIAL, marginal, parameter, response
from assets.estimates.saturation.shapes import Advice, Fit, Floats, Limits, Move, Parameter

# The movable budget goes in so many equal parts: exact for curves of any form, S-shaped ones too, up to one part.
PARTS = 240


def advise(fits: Sequence[Fit], limits: Sequence[Limits], budget: float | None = None, seed: int = 0) -> Advice:
    """Advice for the channels that `limits` names; `budget`: what they may cost a week together, None: what they cost now.

    A channel whose curve is not identifiable keeps its spend and gets no figure. No channel is sent beyond the spend that its
    curve is known to. Gain is in worth (response times margin), of the advised against the present spend. Raises ValueError where
    a limit names no fit or the least is above the most; limits that cannot hold the budget are the advice's reason.
    """
    by_key = {fit.key: fit for fit in fits}
    _check(limits, by_key)
    if budget is None:
        budget = sum(limit.spend for limit in limits)
    open_to = [limit for limit in limits if _is_open(by_key[limit.key], limit)]
    kept = [limit for limit in limits if limit not in open_to]
    left = budget - sum(limit.spend for limit in kept)
    reason = _no_advice(open_to, left, budget == sum(limit.spend for limit in limits))
    if reason:
        return _unmoved(by_key, limits, budget, reason, seed)
    draws = [by_key[limit.key].draws for limit in open_to]
    most = [min(limit.most, max(_known_to(by_key[limit.key]), limit.spend, limit.least)) for limit in open_to]
    least = [min(limit.least, top) for limit, top in zip(open_to, most, strict=True)]
    if not sum(least) <= left * (1 + 1e-9) or not left <= sum(most) * (1 + 1e-9):
        return _unmoved(
            by_key, limits, budget,
            f"the limits and the reach of the curves hold {sum(least):,.0f} to {sum(most):,.0f} a week, and {left:,.0f} is to be "
            "placed: change the budget or the limits", seed,
        )  # fmt: skip
    advised = _best(draws, open_to, np.array(least), np.array(most), left)
    gains = _gains(draws, open_to, advised, seed)
    is_same = abs(sum(limit.spend for limit in open_to) - left) <= 1e-9 * max(1.0, left)
    if is_same and gains.mean() <= 0 and all(low <= one.spend <= top for low, one, top in zip(least, open_to, most, strict=True)):
        return _unmoved(by_key, limits, budget, "no other split of this budget is expected to bring more", seed)
    placed = dict(zip((limit.key for limit in open_to), advised.tolist(), strict=True))
    moves = tuple(_move(by_key[limit.key], limit, placed.get(limit.key)) for limit in limits)
    low, high = np.quantile(gains, (0.1, 0.9))
    return Advice(moves, budget, float(gains.mean()), float(low), float(high), float((gains < 0).mean()), "", seed)


def _check(limits: Sequence[Limits], by_key: dict[str, Fit]) -> None:
    for limit in limits:
        if limit.key not in by_key:
            raise ValueError(f"found limits for {limit.key!r}, of which there is no fit: fit it first, or leave it out")
        if not 0 <= limit.least <= limit.most:
            raise ValueError(f"found limits of {limit.least:g} to {limit.most:g} for {limit.key!r}, expected 0 <= least <= most")
        if not limit.spend >= 0 or not limit.margin > 0:
            raise ValueError(f"found spend {limit.spend:g} and margin {limit.margin:g} for {limit.key!r}, expected >= 0 and > 0")


def _is_open(fit: Fit, limit: Limits) -> bool:
    return fit.identifiable and fit.stacked is not None and fit.verdict != "not_identifiable" and limit.spend <= _known_to(fit)


def _known_to(fit: Fit) -> float:
    assert fit.stacked is not None  # noqa: S101  # only channels with a curve come here
    return float(fit.stacked.spend[-1])


def _no_advice(open_to: list[Limits], left: float, is_present: bool) -> str:
    if not open_to:
        return "no channel's curve is identifiable: nothing is advised"
    if left <= 0:
        return "the budget is used up by channels whose curve is not identifiable, and they keep theirs"
    if len(open_to) == 1 and is_present:
        return "one channel's curve is identifiable, and a budget is moved between two or more"
    return ""


def _best(draws: list[Floats], limits: list[Limits], least: Floats, most: Floats, budget: float) -> Floats:
    """Dynamic programming over equal parts of what the limits leave open: worth[p] is the best of p parts among channels so far."""
    part = (budget - least.sum()) / PARTS
    if part <= 0:
        return least
    parts = np.arange(PARTS + 1)
    best, chosen = np.zeros(1), []
    for place, limit in enumerate(limits):
        spends = least[place] + part * parts
        worth = response(draws[place], spends).mean(axis=0) * limit.margin
        worth[spends > most[place] + part * 0.5] = -np.inf
        worth[0] = max(worth[0], -1e300)
        before = np.full(PARTS + 1, -np.inf)
        before[: len(best)] = best
        # together[p, q]: q parts to this channel, p - q to those before.
        gap = parts[:, None] - parts[None]
        together = np.where(gap >= 0, before[np.maximum(gap, 0)] + worth[None], -np.inf)
        chosen.append(together.argmax(axis=1))
        best = together.max(axis=1)
    left, placed = PARTS, np.zeros(len(limits))
    for place in range(len(limits) - 1, -1, -1):
        count = int(chosen[place][left])
        placed[place] = least[place] + part * count
        left -= count
    # The last part may reach over a limit: what does goes where there is room.
    placed = np.minimum(placed, most)
    room = most - placed
    over = max(0.0, budget - float(placed.sum()))
    return placed + room * (over / room.sum()) if over > 0 and room.sum() > 0 else placed


def _gains(draws: list[Floats], limits: list[Limits], advised: Floats, seed: int) -> Floats:
    """By draw: worth at the advised minus worth at the present spend, channels drawn independently of each other."""
    random = np.random.default_rng(seed)
    total = np.zeros(len(draws[0]))
    for drawn, limit, spend in zip(draws, limits, advised, strict=True):
        at = response(drawn, np.array([spend, limit.spend])) * limit.margin
        total += random.permutation(at[:, 0] - at[:, 1])
    return total


def _move(fit: Fit, limit: Limits, advised: float | None) -> Move:
    if advised is None:
        return Move(limit.key, False, _why_kept(fit, limit), limit.spend, limit.spend, _worth(fit, limit))
    return Move(limit.key, True, "", limit.spend, advised, _worth(fit, limit))


def _why_kept(fit: Fit, limit: Limits) -> str:
    if fit.refusal or fit.verdict == "not_identifiable":
        return fit.reason
    return f"its spend of {limit.spend:,.0f} a week is beyond what its curve is known to" if not _is_open(fit, limit) else ""


def _worth(fit: Fit, limit: Limits) -> Parameter | None:
    if not _is_open(fit, limit):
        return None
    return parameter(marginal(fit.draws, np.array([limit.spend]), INITIAL * fit.reference)[:, 0] * limit.margin)


def _unmoved(by_key: dict[str, Fit], limits: Sequence[Limits], budget: float, reason: str, seed: int) -> Advice:
    moves = tuple(_move(by_key[limit.key], limit, None) for limit in limits)
    return Advice(moves, budget, 0.0, 0.0, 0.0, 0.0, reason, seed)
