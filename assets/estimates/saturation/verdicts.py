"""What may be said of a spend on a fitted curve (domain rules, section 8)."""

import numpy as np

from assets.estimates.saturation.shapes import QUANTILES, Curve, Fit, Floats, Judgement, Parameter

# A return that is known to lie so near break-even is `saturating`, though not on which side it lies.
NEAR = 0.25


def verdict(p_saturated: float, p_unsaturated: float, returned: tuple[float, float], certainty: float) -> tuple[str, str]:
    """(verdict, reason) from the probabilities that marginal return is below break-even and that marginal response is at least
    half the initial one, and the 80 % interval of marginal return (break-even: 1). A straight curve that does not pay is saturated.
    """
    if p_saturated >= certainty:
        return "saturated", f"the next unit of spend returns less than it costs with probability {p_saturated:.2f}"
    if p_unsaturated >= certainty:
        return (
            "unsaturated",
            f"the next unit of spend brings at least half of what the first did with probability {p_unsaturated:.2f}",
        )
    if 1 - p_saturated >= certainty:
        return "saturating", f"the next unit of spend still pays with probability {1 - p_saturated:.2f}, and the curve bends"
    if 1 - p_unsaturated >= certainty and returned[0] >= 1 - NEAR and returned[1] <= 1 + NEAR:
        return "saturating", f"the next unit of spend returns about what it costs ({returned[0]:.2f} to {returned[1]:.2f} of it)"
    return (
        "not_identifiable",
        f"neither can be said: saturated with probability {p_saturated:.2f}, unsaturated with {p_unsaturated:.2f}, "
        f"and {certainty:.2f} is asked for",
    )


def judge_today(fit: Fit, spend: float, margin: float) -> Judgement:
    """Judge another day's weekly `spend` on the curve of `fit`, as last fitted. Above the fitted range nothing is said."""
    if fit.stacked is None or not fit.identifiable:
        return Judgement("not_identifiable", fit.refusal, spend, margin, None, None, None, None, None)
    return judge_curve(fit.stacked, spend, margin, fit.settings.certainty)


def judge_curve(curve: Curve, spend: float, margin: float, certainty: float) -> Judgement:
    if spend > curve.spend[-1]:
        reason = f"today's spend of {spend:,.0f} a week is beyond the {curve.spend[-1]:,.0f} that the curve is known to"
        return Judgement("not_identifiable", reason, spend, margin, None, None, None, None, None)
    steep = np.array([np.interp(spend, curve.spend, row) for row in curve.marginal_quantiles])
    p_saturated = probability_below(steep, 1 / margin)
    p_unsaturated = float(np.interp(spend, curve.spend, curve.unsaturated))
    low, high = steep[QUANTILES.index(0.1)], steep[QUANTILES.index(0.9)]
    mean = float(np.interp(spend, curve.spend, curve.marginal))
    said, reason = verdict(p_saturated, p_unsaturated, (float(low * margin), float(high * margin)), certainty)
    return Judgement(
        said, reason, spend, margin, Parameter(mean, float(low), float(high)), (float(steep[0]), float(steep[-1])),
        mean * margin, p_saturated, p_unsaturated,
    )  # fmt: skip


def probability_below(quantiles: Floats, value: float) -> float:
    """Of a quantity with these QUANTILES, the probability that it is below `value`; straight lines between them."""
    if value <= quantiles[0]:
        return 0.0
    if value >= quantiles[-1]:
        return 1.0
    place = int(np.searchsorted(quantiles, value, side="right"))
    low, high = quantiles[place - 1], quantiles[place]
    part = 0.0 if high <= low else (value - low) / (high - low)
    return QUANTILES[place - 1] + part * (QUANTILES[place] - QUANTILES[place - 1])
