"""What the saturation fits read and give: plain numbers, weekly, oldest week first; money of a channel is in one currency."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Names the rules by which the figures come about; a change of them is a new version.
MODEL_VERSION = "saturation-2"
# The probabilities at which response and marginal response are given along a curve.
QUANTILES = (0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975)
VERDICTS = ("unsaturated", "saturating", "saturated", "not_identifiable")


class PanelError(ValueError):
    """The panel cannot be read; the message says what was found, what was expected and what to do."""


@dataclass(frozen=True)
class Lift:
    """A lift study of one channel: at the weekly `spend` it brought `response` a week more than no spend would have.

    `response` is in the panel's own unit; `error` is its standard error.
    """

    channel: int
    spend: float
    response: float
    error: float


@dataclass(frozen=True)
class Panel:
    """One row per channel. `spend` and `response`: (channels, weeks), oldest week first.

    `keys` name the channels, each once. Channels with the same `groups` word (a sponsor) are pooled. Spend may be any measure of
    delivery that is not below zero; it is never NaN. A response of NaN is a week that nothing is known of (weeks before a channel
    began, too); it may be below zero. `today`: the weekly spend to judge. `margin`: what a unit of response is worth in units of
    spend: the share of revenue kept where the response is revenue, the worth of one where it counts conversions.
    `reference`: the fixed spend that half-saturation is measured in, the same in all windows and from fit to fit; None: the median
    of the positive weekly spends. `responses`: channels with the same word have one response between them (a sponsor's
    total), given in each one's row; None: each has its own. `controls`: (channels, weeks, n), further causes of the response.
    """

    keys: tuple[str, ...]
    groups: tuple[str, ...]
    spend: Floats
    response: Floats
    today: Floats
    margin: Floats
    reference: Floats | None = None
    responses: tuple[str, ...] | None = None
    controls: Floats | None = None
    lifts: tuple[Lift, ...] = ()


@dataclass(frozen=True)
class Settings:
    """How a fit is made and judged. `certainty`: how probable a verdict has to be (domain rules, section 8).

    `points`: how many parameter values are weighed for each channel; `draws`: how many are kept to draw bands from.
    """

    windows: tuple[int, ...] = (13, 26, 52, 104)
    certainty: float = 0.8
    least_ratio: float = 2.0
    fewest_levels: int = 20
    drift_level: float = 0.05
    points: int = 1024
    draws: int = 400
    workers: int = 2


@dataclass(frozen=True)
class Curve:
    """A response curve: what a constant weekly spend brings a week once its carry-over has settled, beyond spending nothing.

    All of length G over the grid `spend` (it begins at 0), or (quantiles, G) at QUANTILES. `marginal`: what the next unit of
    spend brings. `unsaturated`: the probability that it is at least half of the initial one.
    """

    spend: Floats
    mean: Floats
    quantiles: Floats
    marginal: Floats
    marginal_quantiles: Floats
    unsaturated: Floats

    def band(self, share: float) -> tuple[Floats, Floats]:
        """(low, high) of the response, 0.8 or 0.95."""
        edge = (1 - share) / 2
        low = min(range(len(QUANTILES)), key=lambda place: abs(QUANTILES[place] - edge))
        return self.quantiles[low], self.quantiles[-1 - low]


@dataclass(frozen=True)
class Parameter:
    """Posterior mean and 80 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class WindowFit:
    """One trailing window's fit: its stacking weight and its mean forward log score a week (None: too short a history to score).

    `adstock`: share of the carry-over kept from week to week. `half_saturation`: in units of the reference spend. `amplitude`: the
    response that no spend exceeds. `weeks`: the window asked for; `observed`: the weeks with a response that lie in it.
    """

    weeks: int
    observed: int
    weight: float
    score: float | None
    adstock: Parameter
    half_saturation: Parameter
    slope: Parameter
    amplitude: Parameter
    curve: Curve


@dataclass(frozen=True)
class Judgement:
    """What is said of one spend: `marginal` is in response a unit of spend, `returned` the same times margin (break-even: 1)."""

    verdict: str
    reason: str
    spend: float
    margin: float
    marginal: Parameter | None
    marginal_95: tuple[float, float] | None
    returned: float | None
    p_saturated: float | None
    p_unsaturated: float | None


@dataclass(frozen=True)
class Drift:
    """Whether the last half year answers to spend as the weeks before it: the same curve, and how much more of it there is now.

    `z`: that more in its standard errors (above 0: the response has grown); None where either part is too short.
    """

    z: float | None
    p: float | None
    has_drifted: bool


@dataclass(frozen=True)
class Fit:
    """One channel. `identifiable`: whether a curve may be said at all; `refusal`: why not, "" where it may.

    `stacked`, `windows` and `draws` are None and empty where not even a fit was made, and given where it was made and refused.
    `draws`: (draws, 3) of amplitude, half-saturation in spend, slope: equally weighted curves of the stacked posterior.
    `levels` and `ratio`: distinct weekly levels of spend, and by how much it varied (5th to 95th percentile of what is above 0).
    `evidence`: natural log of how much likelier the responses are if spend has an effect than if none, over the longest window.
    """

    key: str
    group: str
    judgement: Judgement
    identifiable: bool
    refusal: str
    reference: float
    weeks: int
    levels: int
    ratio: float
    evidence: float | None
    drift: Drift
    windows: tuple[WindowFit, ...]
    stacked: Curve | None
    draws: Floats
    settings: Settings
    seed: int
    model_version: str = MODEL_VERSION

    @property
    def verdict(self) -> str:
        return self.judgement.verdict

    @property
    def reason(self) -> str:
        return self.judgement.reason


@dataclass(frozen=True)
class Limits:
    """What the sponsor allows for one channel's weekly spend; `key` is the fit's."""

    key: str
    spend: float
    margin: float
    least: float = 0.0
    most: float = float("inf")


@dataclass(frozen=True)
class Move:
    """Advice for one channel: `advised` is its weekly spend after reallocation, the same as `spend` where nothing may be said.

    `marginal`: worth (response times margin) of the next unit of spend, with its 80 % interval; None where not identifiable.
    """

    key: str
    is_advised: bool
    reason: str
    spend: float
    advised: float
    marginal: Parameter | None


@dataclass(frozen=True)
class Advice:
    """The same budget moved between channels: its expected gain a week in money, the 80 % interval and the chance of a loss."""

    moves: tuple[Move, ...]
    budget: float
    gain: float
    gain_low: float
    gain_high: float
    p_loss: float
    reason: str = ""
    seed: int = 0
    model_version: str = field(default=MODEL_VERSION)
