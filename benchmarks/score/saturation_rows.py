"""One saturation world measured: the fits' curve, verdict and intervals beside the truth, the oracle and the baselines."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from assets.estimates.saturation.fitting import fit
from assets.estimates.saturation.shapes import QUANTILES, Fit, Floats, Panel, Settings
from benchmarks.score.saturation_oracle import Problem, oracle_curve, problem_of
from simulation.saturation import curve_parameters, make_saturation_world

SHORT = (26, 39, 52, 78)
POINTS = 25
# The judged kinds of world: weeks by seed, whether spend has an effect, and whether the oracle is asked.
KINDS: Mapping[str, tuple[Callable[[int], int], bool, bool]] = {
    "accuracy": (lambda seed: 104, True, True),
    "coverage": (lambda seed: 104, True, False),
    "nothing": (lambda seed: 104, False, False),
    "short": (lambda seed: SHORT[seed % len(SHORT)], True, False),
}


class World(Protocol):
    """What is asked of a world, whoever made it."""

    @property
    def seed(self) -> int: ...
    @property
    def family(self) -> str: ...
    @property
    def spend(self) -> Floats: ...
    @property
    def response(self) -> Floats: ...
    @property
    def is_shared(self) -> bool: ...
    @property
    def has_effect(self) -> bool: ...
    @property
    def noise(self) -> float: ...
    @property
    def collinearity(self) -> float: ...
    @property
    def today(self) -> float: ...
    @property
    def margin(self) -> float: ...
    def curve(self, spend: Floats) -> Floats: ...
    def slope(self, spend: float) -> float: ...


@dataclass(frozen=True)
class Row:
    """What one world says. Accuracies are 1 - wMAPE over the 5th to 95th percentile of spend; None where there is no curve.

    `curve_place`, `marginal_place`: the probability that our posterior puts below the truth, at a spend drawn from that range and
    at today's: evenly spread from 0 to 1 where intervals are right. `refusal`: the rule's or the evidence's, "" where none.
    """

    kind: str
    seed: int
    family: str
    weeks: int
    noise: float
    collinearity: float
    is_shared: bool
    drift: float
    verdict: str
    refusal: str
    is_saturated: bool
    accuracy: float | None = None
    windows: tuple[float, ...] = ()
    linear: float | None = None
    oracle: float | None = None
    curve_place: float | None = None
    marginal_place: float | None = None
    marginal_error: float | None = None
    oracle_marginal_error: float | None = None
    drift_p: float | None = None

    def told(self) -> dict[str, object]:
        return asdict(self)


def measure_world(kind: str, seed: int) -> Row:
    """One world of our own generator."""
    weeks, has_effect, asks_oracle = KINDS[kind]
    world = make_saturation_world(seed, weeks(seed), has_effect)
    shows = len(world.spend)
    panel = Panel(
        keys=tuple(str(show) for show in range(shows)),
        groups=("sponsor",) * shows,
        spend=world.spend,
        response=world.response,
        today=np.array([world.today, *world.reference[1:]]),
        margin=np.full(shows, world.margin),
        responses=("total",) * shows if world.is_shared else None,
    )
    drift = float(curve_parameters(world.normals[0]).drift) if has_effect else 0.0
    return judged(kind, world, drift, fit(panel, Settings(workers=1), seed)[0], problem_of(world) if asks_oracle else None)


def judged(kind: str, world: World, drift: float, found: Fit, problem: Problem | None) -> Row:
    """Show 0's fit against what is true of it."""
    low, high = (float(one) for one in np.quantile(world.spend[0], (0.05, 0.95)))
    grid: Floats = np.maximum(np.linspace(low, high, POINTS), 1e-6)
    slope = world.slope(world.today)
    about: dict[str, Any] = {
        "kind": kind, "seed": world.seed, "family": world.family, "weeks": world.spend.shape[1], "noise": world.noise,
        "collinearity": world.collinearity, "is_shared": world.is_shared, "verdict": found.verdict, "refusal": found.refusal[:40],
        "drift": drift, "is_saturated": slope * world.margin < 1, "drift_p": found.drift.p,
    }  # fmt: skip
    if found.stacked is None or not world.has_effect:
        return Row(**about)
    truth, curve = world.curve(grid), found.stacked
    at = float(np.random.default_rng((world.seed, 53)).uniform(grid[0], grid[-1]))
    oracle, oracle_slope = (None, None) if problem is None else oracle_curve(problem, grid)
    marginal = float(np.interp(world.today, curve.spend, curve.marginal))
    return Row(
        **about,
        accuracy=accuracy(truth, np.interp(grid, curve.spend, curve.mean)),
        windows=tuple(accuracy(truth, np.interp(grid, one.curve.spend, one.curve.mean)) for one in found.windows),
        linear=accuracy(truth, grid * linear(world.spend[0], world.response[0])),
        oracle=None if oracle is None else accuracy(truth, oracle),
        curve_place=place_of(float(world.curve(np.array([at]))[0]), at, curve.spend, curve.quantiles),
        marginal_place=place_of(slope, world.today, curve.spend, curve.marginal_quantiles),
        marginal_error=abs(marginal / slope - 1),
        oracle_marginal_error=None if oracle_slope is None else abs(float(np.interp(world.today, grid, oracle_slope)) / slope - 1),
    )


def accuracy(truth: Floats, estimate: Any) -> float:
    """1 - wMAPE (domain rules, section 8)."""
    return float(1 - np.abs(truth - estimate).sum() / np.abs(truth).sum())


def linear(spend: Floats, response: Floats) -> float:
    """The baseline: what a unit of spend brings by a straight line through the weeks, season reckoned off."""
    weeks = np.arange(len(spend))
    angle = 2 * np.pi * weeks / 52.18
    columns = np.stack([np.ones(len(spend)), np.sin(angle), np.cos(angle), spend], axis=1)
    return float(np.linalg.lstsq(columns, response, rcond=None)[0][3])


def place_of(value: float, at: float, spend: Floats, quantiles: Floats) -> float:
    """The posterior probability below `value` at the spend `at`: 0 below the lowest quantile, 1 above the highest."""
    there = [float(np.interp(at, spend, row)) for row in quantiles]
    return float(np.interp(value, there, QUANTILES, left=0.0, right=1.0))
