"""Worlds of weekly spend and response with a known curve for each show, to judge the saturation fits by.

Every parameter of a show's curve is a function of a standard normal number (`curve_parameters`), so that who knows the family and
how worlds are drawn, and nothing else, can say the best that data allow: the oracle of the score.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
YEAR = 52.18
PARAMETERS = 4
# The shape of a response at stocks in units of the half-saturation, and its exponent where it has one; the share of worlds.
FAMILIES: Mapping[str, tuple[float, Callable[[Floats, Floats], Floats]]] = {
    "hill": (0.40, lambda x, s: x**s / (1 + x**s)),
    "exponential": (0.20, lambda x, s: 1 - 0.5**x),
    "arctangent": (0.15, lambda x, s: np.arctan(x) * 2 / np.pi),
    "logarithm": (0.15, lambda x, s: np.log1p(x)),
    "root": (0.10, lambda x, s: x ** (0.35 + 0.25 * (s - 0.8))),
}
# Seven in ten curves stay as they are; the half-saturation of the others moves by this much of a log a normal unit beyond.
STEADY, DRIFT = 1.04, 0.8
# So many shows have one response between them, in a fifth of the worlds.
SHARING = 2


@dataclass(frozen=True)
class Parameters:
    """`carry`: share kept a week; `half`: half-saturation in references, last week; `drift`: its log change in 104 weeks."""

    carry: Floats
    half: Floats
    slope: Floats
    drift: Floats


@dataclass(frozen=True)
class SaturationWorld:
    """`spend` and `response`: (shows, weeks). Show 0 is the one that is judged; the others are what it may be pooled with.

    `is_shared`: all shows have one response between them. `noise`: its deviation against that of show 0's own response.
    `collinearity`: correlation of show 0's spend with the sum of the others'. `normals`: (shows, PARAMETERS).
    """

    seed: int
    family: str
    spend: Floats
    response: Floats
    is_shared: bool
    has_effect: bool
    noise: float
    noise_deviation: float
    collinearity: float
    reference: Floats
    amplitude: Floats
    normals: Floats
    season: Floats
    today: float
    margin: float

    def curve(self, spend: Floats, show: int = 0) -> Floats:
        """What constant weekly spends bring a week, as of the last week."""
        if not self.has_effect:
            return np.zeros_like(spend)
        return float(self.amplitude[show]) * steady(self.family, self.normals[show], spend / self.reference[show])

    def slope(self, spend: float, show: int = 0) -> float:
        """What the next unit of a constant weekly spend brings."""
        step = 1e-4 * float(self.reference[show])
        low, high = self.curve(np.array([max(spend - step, 0.0), spend + step]), show)
        return float((high - low) / (spend + step - max(spend - step, 0.0)))


def curve_parameters(normals: Floats) -> Parameters:
    """(…, PARAMETERS) standard normals to what they stand for."""
    share = 1 / (1 + np.exp(-1.702 * normals))
    away = np.maximum(np.abs(normals[..., 3]) - STEADY, 0.0) * np.sign(normals[..., 3])
    return Parameters(0.7 * share[..., 0], 0.25 * 12.0 ** share[..., 1], 0.8 + 1.2 * share[..., 2], DRIFT * away)


def weekly(family: str, normals: Floats, spend: Floats) -> Floats:
    """The response, of amplitude 1, to weekly `spend` in references (weeks,) of shows with these normals: (…, weeks)."""
    of = curve_parameters(normals)
    weeks = len(spend)
    stock = np.empty((*of.carry.shape, weeks))
    level = np.full(of.carry.shape, float(spend[0]))
    for week in range(weeks):
        level = of.carry * level + (1 - of.carry) * spend[week]
        stock[..., week] = level
    back = (np.arange(weeks) - (weeks - 1)) / 104
    half = of.half[..., None] * np.exp(of.drift[..., None] * back)
    return FAMILIES[family][1](stock / half, of.slope[..., None])


def steady(family: str, normals: Floats, spend: Floats) -> Floats:
    """The same at constant spends (…, points) as of the last week, for normals (…, PARAMETERS)."""
    of = curve_parameters(normals)
    return FAMILIES[family][1](spend / of.half[..., None], of.slope[..., None])


def make_saturation_world(seed: int, weeks: int = 104, has_effect: bool = True, shows: int = 4) -> SaturationWorld:
    """One world of a seed. Without effect spend has no part in the response: an A/A world."""
    random = np.random.default_rng((seed, 51, weeks, has_effect))
    names = list(FAMILIES)
    family = names[int(random.choice(len(names), p=[share for share, _ in FAMILIES.values()]))]
    is_shared = bool(random.random() < 0.2)
    shows = SHARING if is_shared else shows
    normals = np.sqrt(0.5) * random.standard_normal(PARAMETERS) + np.sqrt(0.5) * random.standard_normal((shows, PARAMETERS))
    reference = random.uniform(800, 9_000, shows)
    relative = _spends(random, shows, weeks, random.uniform(0, 0.9) if is_shared else random.uniform(0, 0.5))
    own = np.stack([weekly(family, one, spend) for one, spend in zip(normals, relative, strict=True)])
    returns = np.exp(random.normal(0.6, 0.5, shows))
    amplitude = reference * returns / own.mean(axis=1)
    contribution = amplitude[:, None] * own if has_effect else np.zeros_like(own)
    level = amplitude * own.mean(axis=1)
    base = random.uniform(0.0, 0.6, shows) * level + (0 if has_effect else level)
    season, phase = random.uniform(0, 0.3, shows) * base, random.uniform(0, 2 * np.pi, shows)
    waves = season[:, None] * np.sin(2 * np.pi * np.arange(weeks) / YEAR + phase[:, None])
    noise = float(np.exp(random.uniform(np.log(0.1), np.log(1.0))))
    deviation = noise * (amplitude[:, None] * own).std(axis=1)
    disturbance = random.standard_normal((shows, weeks)) * deviation[:, None]
    response = base[:, None] + waves + contribution + disturbance
    if is_shared:
        response = np.tile((base[:, None] + waves + contribution).sum(axis=0) + disturbance[0], (shows, 1))
    spend = relative * reference[:, None]
    others = spend[1:].sum(axis=0)
    today = float(spend[0, -4:].mean()) or float(reference[0])
    return SaturationWorld(
        seed, family, spend, response, is_shared, has_effect, noise, float(deviation[0]),
        float(np.corrcoef(spend[0], others)[0, 1]), reference, amplitude, normals, waves[0],
        today, float(np.exp(random.normal(0, 0.4))),
    )  # fmt: skip


def _spends(random: np.random.Generator, shows: int, weeks: int, alike: float) -> Floats:
    """Weekly spends in references: rough or smooth over the weeks, alike between shows, with weeks of none and a season."""
    smooth = random.uniform(0, 0.7)
    steps = np.sqrt(alike) * random.standard_normal(weeks) + np.sqrt(1 - alike) * random.standard_normal((shows, weeks))
    walk = steps.copy()
    for week in range(1, weeks):
        walk[:, week] = smooth * walk[:, week - 1] + np.sqrt(1 - smooth**2) * steps[:, week]
    spread = random.uniform(0.3, 0.8, shows)[:, None]
    wave = random.uniform(0, 0.3) * np.sin(2 * np.pi * np.arange(weeks) / YEAR + random.uniform(0, 2 * np.pi))
    paused = random.random((shows, weeks)) < random.uniform(0, 0.2, shows)[:, None]
    relative: Floats = np.exp(spread * walk + wave) * ~paused
    return relative
