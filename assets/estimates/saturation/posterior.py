"""The posterior of a batch of channels: every window of each on the same points, pooled over a sponsor's channels, and stacked."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp, ndtr, ndtri, softmax

from assets.estimates.saturation.design import Scaled
from assets.estimates.saturation.drift import drift_of
from assets.estimates.saturation.likelihood import LiftTerms, Marginal, Sums, marginal, noise, sums
from assets.estimates.saturation.points import (
    FROM_PRIOR,
    STEEPEST,
    carry_of,
    default_prior,
    first_density,
    first_points,
    height,
    more_points,
    shapes_of,
)  # fmt: skip
from assets.estimates.saturation.pooling import pooled
from assets.estimates.saturation.shapes import Drift, Floats, Integers, Lift, Settings
from assets.estimates.saturation.stacking import HORIZON, ORIGINS, origin_weights, stack, window_weights

# Noise is weighed at these times its least-squares deviation.
NOISE = np.array([0.72, 0.85, 1.0, 1.18, 1.4])
# Of every so many points one is asked how well windows foretell: the scores are of the windows, not of the shapes.
SCORED = 2
# A curve is no Hill curve to the letter, nor noise quite even: what weeks say counts a little less than if they were.
TRUST = 0.85
# The base's prior deviation where it is asked whether spend has an effect: only what moves with spend says so, no level.
OPEN_BASE = 3.0


@dataclass(frozen=True)
class Posterior:
    """One channel's, to the panel's own scale. `draws`: (windows, draws, 3) of amplitude, half-saturation in spend and slope.

    `carries`: (windows, draws). `stacked`: (draws, 3). `scores`: (windows,) per week, NaN where none. `expected`: (weeks,), the
    mean curve at each week's stock, for the channels that share its response.
    """

    draws: Floats
    carries: Floats
    stacked: Floats
    weights: Floats
    scores: Floats
    evidence: float
    drift: Drift
    expected: Floats


@dataclass(frozen=True)
class Weighed:
    """All points of a batch under the pooled prior: `log`: (channels, points, sets, sigmas), not normalised."""

    points: Floats
    log: Floats
    marginal: Marginal


def posteriors(data: Scaled, lifts: list[list[Lift]], groups: list[list[int]], settings: Settings, seed: int) -> list[Posterior]:
    """`lifts`: by channel. `groups`: the places of each sponsor's channels, every channel in one."""
    windows = settings.windows
    final = window_weights(data.known, windows)
    points, density = _points(data, final, lifts, settings, seed)
    shapes = shapes_of(data.spend, points)
    summed = sums(data, shapes, final)
    studies = _lift_terms(points, lifts, data)
    least = noise(summed.pick(slice(len(windows) - 1, len(windows))))
    sigma = np.broadcast_to((least * NOISE)[:, None], (len(points), final.shape[1], len(NOISE)))
    found = marginal(summed, sigma, studies)
    longest = logsumexp(found.log[:, :, len(windows) - 1], axis=2)
    prior = pooled(points, longest, density, groups)
    base = prior.log(points) - density
    evidence = _evidence(summed.pick(slice(len(windows) - 1, len(windows))), sigma[:, :1], base, studies)
    weighed = Weighed(points, TRUST * found.log + base[:, :, None, None], found)
    origins = origin_weights(data.known, windows)
    foretold = marginal(sums(data, shapes[:, ::SCORED], origins), least[:, :, None], None)
    scores = _scores(foretold, base[:, ::SCORED], origins)
    weights = stack(scores, groups)
    return [
        _posterior(weighed, place, data, shapes[place], weights[place], scores[place], float(evidence[place]), settings, seed)
        for place in range(len(points))
    ]


def _evidence(of: Sums, sigma: Floats, base: Floats, studies: LiftTerms | None) -> Floats:
    """(channels,): natural log of how much likelier the responses are if spend has an effect than if none, with an open base."""
    priors = of.priors.copy()
    priors[:, 0] = OPEN_BASE
    found = marginal(replace(of, priors=priors), sigma, studies)
    with_effect = logsumexp(found.log[:, :, 0] + base[:, :, None], axis=(1, 2)) - np.log(base.shape[1])
    odds: Floats = with_effect - logsumexp(found.log_none[:, 0], axis=1)
    return odds


def _points(data: Scaled, sets: Floats, lifts: list[list[Lift]], settings: Settings, seed: int) -> tuple[Floats, Floats]:
    """First those of the prior, then those around what each window finds among them."""
    channels = len(data.spend)
    first = first_points(int(settings.points * FROM_PRIOR), seed)
    tiled = np.broadcast_to(first, (channels, *first.shape))
    summed = sums(data, shapes_of(data.spend, tiled), sets)
    sigma = np.repeat(noise(summed.pick(slice(-1, None))), sets.shape[1], axis=1)[:, :, None]
    found = marginal(summed, sigma, _lift_terms(tiled, lifts, data)).log[..., 0]
    weights = softmax(found + (default_prior(channels).log(tiled) - first_density(tiled))[..., None], axis=1)
    return more_points(first, weights, settings.points - len(first), seed)


def _lift_terms(points: Floats, lifts: list[list[Lift]], data: Scaled) -> LiftTerms | None:
    if not any(lifts):
        return None
    g_g, g_y, y_y = np.zeros(points.shape[:2]), np.zeros(points.shape[:2]), np.zeros(len(points))
    for place, studies in enumerate(lifts):
        for study in studies:
            at = height(points[place], np.array(study.spend / data.reference[place]))
            found, variance = study.response / data.scale[place], (study.error / data.scale[place]) ** 2
            g_g[place] += at**2 / variance
            g_y[place] += at * found / variance
            y_y[place] += found**2 / variance
    return LiftTerms(g_g, g_y, y_y)


def _scores(found: Marginal, base: Floats, sets: Floats) -> Floats:
    """(channels, origins, windows): log density of the weeks after each origin; NaN without weeks before or after it."""
    total = logsumexp(found.log[..., 0] + base[:, :, None], axis=1)
    fits, joint = np.split(total, 2, axis=1)
    before, both = np.split(sets.sum(axis=2), 2, axis=1)
    usable = (before >= HORIZON) & (both > before)
    return np.where(usable, joint - fits, np.nan).reshape(len(total), ORIGINS, -1)


def _posterior(
    weighed: Weighed, place: int, data: Scaled, shapes: Floats, weights: Floats, scores: Floats, evidence: float,
    settings: Settings, seed: int,
) -> Posterior:  # fmt: skip
    windows = len(settings.windows)
    random = np.random.default_rng((seed, 1))
    log, found = weighed.log[place], weighed.marginal
    parts = [
        _draw(log[:, window], found.mean[place, :, window], found.deviation[place, :, window], settings.draws, random)
        for window in range(windows)
    ]
    curves, carries = [], []
    for at, size in parts:
        point = weighed.points[place, at]
        slope = np.exp(np.minimum(point[:, 2], np.log(STEEPEST)))
        amplitude = size * data.scale[place] * (1 + np.exp(slope * point[:, 1]))
        curves.append(np.stack([amplitude, np.exp(point[:, 1]) * data.reference[place], slope], axis=1))
        carries.append(carry_of(point))
    share = _counts(weights, settings.draws)
    stacked = np.concatenate([random.permutation(curve)[:count] for curve, count in zip(curves, share, strict=True)])
    mean = softmax(logsumexp(log[:, windows - 1], axis=1)) @ shapes
    with np.errstate(invalid="ignore"):
        per_week = np.array([np.nanmean(row) if np.isfinite(row).any() else np.nan for row in scores.T]) / HORIZON
    return Posterior(
        np.stack(curves), np.stack(carries), stacked, weights, per_week, evidence,
        drift_of(data.response[place], data.known[place], data.columns[place], data.priors[place], mean, settings.drift_level),
        mean,
    )  # fmt: skip


def _draw(log: Floats, mean: Floats, deviation: Floats, count: int, random: np.random.Generator) -> tuple[Integers, Floats]:
    """Systematic draws of (point, noise), and for each of the response at the reference spend, above zero."""
    share = softmax(log.ravel())
    places = np.searchsorted(np.cumsum(share), (np.arange(count) + random.random()) / count)
    places = np.minimum(places, len(share) - 1)
    middle, spread = mean.ravel()[places], deviation.ravel()[places]
    above = np.maximum(ndtr(middle / spread), 1e-300)
    size = middle - spread * ndtri(random.permutation((np.arange(count) + 0.5) / count) * above)
    return places // log.shape[1], np.maximum(size, 0.0)


def _counts(weights: Floats, total: int) -> list[int]:
    """Whole draws by weight that sum to `total`."""
    ends = np.round(np.cumsum(weights) * total).astype(int)
    ends[-1] = total
    return [int(count) for count in np.diff(np.concatenate([[0], ends]))]
