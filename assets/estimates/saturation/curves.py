"""Drawn curves, and what is read off them: response and marginal response along a grid of spend, with their quantiles."""

import numpy as np
from numpy.typing import NDArray

from assets.estimates.saturation.shapes import QUANTILES, Curve, Floats, Parameter

GRID = 41
# The grid goes this far beyond the most that was spent in a week.
BEYOND = 1.5
# "Initial" is the steepest return from here on, in references: an S-shaped curve begins flat, a root begins infinitely steep.
INITIAL = 0.05


def response(draws: Floats, spend: Floats) -> Floats:
    """Draws (…, draws, 3) of amplitude, half-saturation and slope at spend (G,): (…, draws, G)."""
    amplitude, half, slope = (draws[..., place][..., None] for place in range(3))
    with np.errstate(divide="ignore", over="ignore"):
        at: Floats = amplitude / (1 + np.exp(slope * (np.log(half) - np.log(spend))))
    return at


def marginal(draws: Floats, spend: Floats, floor: Floats | float) -> Floats:
    """The slope of the same curves; below `floor` that at `floor`, since roots begin infinitely steep."""
    amplitude, half, slope = (draws[..., place][..., None] for place in range(3))
    at = np.maximum(spend, floor)
    with np.errstate(over="ignore"):
        ratio = np.exp(np.clip(slope * (np.log(half) - np.log(at)), -60, 60))
    steep: Floats = amplitude * slope / at * ratio / (1 + ratio) ** 2
    return steep


def is_unsaturated(draws: Floats, spend: Floats, reference: float) -> NDArray[np.bool_]:
    """Whether the marginal response is at least half of the initial one, or the curve still steepens: (…, draws, G)."""
    half, slope = draws[..., 1], draws[..., 2]
    bend = np.maximum(slope - 1, 0.0) / (slope + 1)
    steepest = np.maximum(half * bend ** (1 / slope), INITIAL * reference)
    initial = marginal(draws, steepest[..., None], 0.0)
    return (marginal(draws, spend, INITIAL * reference) >= 0.5 * initial) | (spend <= steepest[..., None])


def grid_of(most: float) -> Floats:
    grid: Floats = np.linspace(0.0, BEYOND * most, GRID)
    return grid


def curve_of(draws: Floats, grid: Floats, reference: float) -> Curve:
    """One curve of draws (draws, 3)."""
    level = response(draws, grid)
    steep = marginal(draws, grid, INITIAL * reference)
    return Curve(
        spend=grid,
        mean=level.mean(axis=0),
        quantiles=quantiles(level),
        marginal=steep.mean(axis=0),
        marginal_quantiles=quantiles(steep),
        unsaturated=is_unsaturated(draws, grid, reference).mean(axis=0),
    )


def quantiles(values: Floats) -> Floats:
    """(draws, G) to (quantiles, G)."""
    ordered = np.sort(values, axis=0)
    place = np.array(QUANTILES) * (len(values) - 1)
    low = np.floor(place).astype(int)
    part = (place - low)[:, None]
    between: Floats = ordered[low] * (1 - part) + ordered[np.minimum(low + 1, len(values) - 1)] * part
    return between


def parameter(values: Floats) -> Parameter:
    low, high = np.quantile(values, (0.1, 0.9))
    return Parameter(float(values.mean()), float(low), float(high))
