"""From a panel to what the likelihood is made of: checked, put to scale, with the columns that spend does not explain."""

from dataclasses import dataclass

import numpy as np

from assets.estimates.saturation.shapes import Floats, Integers, Panel, PanelError

YEAR = 365.25 / 7
# What is there without spend, in units of the response's mean: mean and deviation of the prior. A response of the channel's own
# (credited to it) has a part that would have come anyway; one that channels share has theirs in it too.
OWN_BASE, SHARED_BASE = (0.2, 0.13), (0.4, 0.3)
# Prior deviations in the same unit: trend a year, yearly season and its half.
COMMON_PRIOR = (0.1, 0.12, 0.12, 0.06, 0.06)
CONTROL_PRIOR = 0.5
# The response at the reference spend: deviation of its prior, which is cut at zero. Channels that share a response have parts of it
# as they have parts of the money, for a unit of money is first thought to bring as much on one as on another; what another does,
# as it is thought to do it, is so much of the whole times its part, give or take the other.
AMPLITUDE, SHARED_AMPLITUDE = 1.0, 1.5
OTHERS_PRIOR = (0.6, 0.6)
# A part is taken for no less: a channel that was hardly spent on may do something all the same.
LEAST_PART = 0.02
# A level of spend is told from another where they are a hundredth of the reference apart.
LEVEL = 0.01


@dataclass(frozen=True)
class Scaled:
    """`spend` in units of `reference`; `response` in units of `scale`, less what is expected without the channel; 0 where unknown.

    `known`: 1 where a response is there.
    `columns`: (channels, weeks, q), what else may explain the response; `priors`: (channels, q), their coefficients' deviations.
    `amplitudes`: (channels,), the prior deviation of the response at the reference spend.
    """

    spend: Floats
    response: Floats
    known: Floats
    reference: Floats
    scale: Floats
    columns: Floats
    priors: Floats
    amplitudes: Floats


@dataclass(frozen=True)
class Others:
    """What channels with the same response are thought to do: (channels, weeks, n), each 1 at its reference spend, and of all money
    that was spent on the response each one's part: (channels, n). Both are 0 where a channel has fewer others than n."""

    expected: Floats
    parts: Floats


def check(panel: Panel) -> None:
    """Raises PanelError where the panel's parts do not fit each other or a number is none."""
    channels = len(panel.keys)
    if panel.spend.ndim != 2 or panel.spend.shape != panel.response.shape or len(panel.spend) != channels:
        raise PanelError(
            f"found spend of shape {panel.spend.shape} and response of shape {panel.response.shape} for {channels} channels, "
            "expected both to be (channels, weeks): give every channel every week, a response of NaN where none is known"
        )
    for name, given in (("groups", panel.groups), ("today", panel.today), ("margin", panel.margin)):
        if len(given) != channels:
            raise PanelError(f"found {len(given)} {name} for {channels} channels, expected one for each")
    if len(set(panel.keys)) != channels:
        raise PanelError("found a key of a channel twice, expected each once: add up the rows of one channel")
    for name, values in (("spend", panel.spend), ("today", panel.today)):
        if not np.isfinite(values).all() or (values < 0).any():
            raise PanelError(
                f"found a weekly {name} that is below zero or no number, expected 0 or more: a week without spend is 0"
            )
    if np.isinf(panel.response).any():
        raise PanelError("found a response that is infinite, expected a number, or NaN where none is known")
    if not np.isfinite(panel.margin).all() or (panel.margin <= 0).any():
        raise PanelError("found a margin that is not above zero, expected the share of a response that is kept")
    if panel.reference is not None and not (np.isfinite(panel.reference) & (panel.reference > 0)).all():
        raise PanelError("found a reference spend that is not above zero, expected the weekly spend that curves are measured in")
    for lift in panel.lifts:
        if not 0 <= lift.channel < channels or not lift.error > 0 or not lift.spend > 0 or not np.isfinite(lift.response):
            raise PanelError(f"found the lift study {lift}, expected a channel of the panel, a spend and an error above zero")


def references(panel: Panel) -> Floats:
    """The fixed spend that each channel's half-saturation is measured in; 1 where nothing was ever spent."""
    if panel.reference is not None:
        return panel.reference
    return np.array([float(np.median(row[row > 0])) if (row > 0).any() else 1.0 for row in panel.spend])


def levels_and_ratios(panel: Panel, reference: Floats, weeks: int) -> tuple[Integers, Floats, Integers]:
    """By channel over the last `weeks`: distinct levels of spend, how many times it varied, weeks with a response."""
    levels, ratios, counts = [], [], []
    for spend, response, unit in zip(panel.spend[:, -weeks:], panel.response[:, -weeks:], reference, strict=True):
        seen = spend[np.isfinite(response)]
        paid = seen[seen > 0]
        low, high = np.quantile(paid, (0.05, 0.95)) if len(paid) else (1.0, 1.0)
        levels.append(len(np.unique(np.round(seen / unit / LEVEL))))
        ratios.append(float(high / low))
        counts.append(len(seen))
    return np.array(levels), np.array(ratios), np.array(counts)


def scaled(panel: Panel, reference: Floats, others: Others | None = None) -> Scaled:
    """How large the response to `others` is, is left open."""
    known = np.isfinite(panel.response).astype(float)
    filled = np.where(known > 0, np.nan_to_num(panel.response), 0.0)
    middle, width = OWN_BASE if others is None else SHARED_BASE
    counts = np.maximum(1.0, known.sum(axis=1))
    mean = filled.sum(axis=1) / counts
    deviation = np.sqrt((known * (filled - mean[:, None]) ** 2).sum(axis=1) / counts)
    scale = np.maximum(np.abs(mean), deviation)
    scale[scale == 0] = 1.0
    common, widths = _common(panel.spend.shape[1]), np.array([width, *COMMON_PRIOR])
    columns = [np.broadcast_to(common, (*panel.spend.shape, len(widths)))]
    priors = [np.broadcast_to(widths, (len(panel.keys), len(widths)))]
    if panel.controls is not None and panel.controls.shape[2]:
        columns.append(_standard(panel.controls))
        priors.append(np.full((len(panel.keys), panel.controls.shape[2]), CONTROL_PRIOR))
    amplitudes, theirs = np.full(len(panel.keys), AMPLITUDE), np.zeros_like(filled)
    if others is not None:
        columns.append(others.expected)
        priors.append(OTHERS_PRIOR[1] * np.maximum(others.parts, LEAST_PART))
        theirs = OTHERS_PRIOR[0] * (others.expected * others.parts[:, None]).sum(axis=2)
        own = np.maximum(1 - others.parts.sum(axis=1), LEAST_PART)
        amplitudes = np.minimum(AMPLITUDE, SHARED_AMPLITUDE * own)
    return Scaled(
        spend=panel.spend / reference[:, None],
        response=(filled / scale[:, None] - middle - theirs) * known,
        known=known,
        reference=reference,
        scale=scale,
        columns=np.concatenate(columns, axis=2),
        priors=np.concatenate(priors, axis=1),
        amplitudes=amplitudes,
    )


def adstocked(spend: Floats, carry: Floats) -> Floats:
    """Geometric carry-over that keeps the level: (channels, weeks) and (channels, points) to (channels, points, weeks).

    What was spent before the first week is taken to be the mean of the first four.
    """
    stock = np.empty((*carry.shape, spend.shape[1]))
    level = np.broadcast_to(spend[:, :4].mean(axis=1)[:, None], carry.shape).copy()
    for week in range(spend.shape[1]):
        level *= carry
        level += (1 - carry) * spend[:, week : week + 1]
        stock[:, :, week] = level
    return stock


def _common(weeks: int) -> Floats:
    """Intercept, trend by year from the last week, sine and cosine of the year and of its half."""
    year = (np.arange(weeks) - (weeks - 1)) / YEAR
    angle = 2 * np.pi * year
    return np.stack([np.ones(weeks), year, np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)], axis=1)


def _standard(given: Floats) -> Floats:
    """Controls with mean 0 and deviation 1 over the weeks."""
    spread = given.std(axis=1, keepdims=True)
    shifted: Floats = (given - given.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0)
    return shifted
