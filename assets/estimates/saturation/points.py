"""The shapes that are weighed: points (logit of carry-over, log of half-saturation, log of slope), their prior and their density.

The points of a channel come from the prior and, once, from a heavy-tailed bell around what each window finds probable among those;
every point is weighed by prior over the density of all that were drawn, so that none of this moves the posterior.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, gammaln, logsumexp
from scipy.stats import norm, qmc
from scipy.stats import t as student

from assets.estimates.saturation.design import adstocked
from assets.estimates.saturation.shapes import Floats

# Mean and deviation of: logit of the carry-over in 0 … MOST_CARRY, log half-saturation in references, log slope.
PRIOR_MEAN = np.array([-0.4, 0.1, 0.2])
PRIOR_DEVIATION = np.array([1.1, 1.0, 0.32])
MOST_CARRY = 0.95
FROM_PRIOR = 0.35
FREEDOM = 5.0
# A bell is this much wider than what was found, and never narrower than this share of the prior.
WIDER, NARROWEST = 1.3, 0.08
STEEPEST = 8.0


@dataclass(frozen=True)
class Prior:
    """By channel: (channels, 3) of mean and deviation, independent normals."""

    mean: Floats
    deviation: Floats

    def log(self, points: Floats) -> Floats:
        """(channels, points, 3) to (channels, points)."""
        z = (points - self.mean[:, None]) / self.deviation[:, None]
        density: Floats = (-0.5 * z**2 - np.log(self.deviation)[:, None] - 0.5 * np.log(2 * np.pi)).sum(axis=2)
        return density


def default_prior(channels: int) -> Prior:
    return Prior(np.tile(PRIOR_MEAN, (channels, 1)), np.tile(PRIOR_DEVIATION, (channels, 1)))


def first_points(count: int, seed: int) -> Floats:
    """(count, 3) from the default prior, a third wider, evenly spread; the same for every channel."""
    points: Floats = PRIOR_MEAN + norm.ppf(_even(count, seed)) * PRIOR_DEVIATION * WIDER
    return points


def first_density(points: Floats) -> Floats:
    wide = Prior(PRIOR_MEAN[None], PRIOR_DEVIATION[None] * WIDER)
    return wide.log(points.reshape(1, -1, 3)).reshape(points.shape[:-1])


def more_points(first: Floats, weights: Floats, count: int, seed: int) -> tuple[Floats, Floats]:
    """Points around what each set finds: `first` (points, 3), `weights` (channels, points, sets) that sum to 1 over points.

    Returns all points (channels, all, 3), the first ones before, and the log density of the whole mixture at them.
    """
    channels, _, sets = weights.shape
    each = count // sets
    mean = np.einsum("cns,nd->csd", weights, first)
    centred = first[None, None] - mean[:, :, None]
    covariance = np.einsum("cns,csnd,csne->csde", weights, centred, centred) * WIDER**2
    covariance += np.diag((PRIOR_DEVIATION * NARROWEST) ** 2)
    root = np.linalg.cholesky(covariance)
    spread = student.ppf(_even(each, seed + 1), FREEDOM)
    drawn = mean[:, :, None] + np.einsum("csde,ne->csnd", root, spread)
    points = np.concatenate([np.broadcast_to(first, (channels, *first.shape)), drawn.reshape(channels, sets * each, 3)], axis=1)
    share = len(first) / points.shape[1]
    parts = [first_density(points) + np.log(share)]
    parts += [_bell(points, mean[:, place], root[:, place]) + np.log((1 - share) / sets) for place in range(sets)]
    return points, logsumexp(np.stack(parts), axis=0)


def carry_of(points: Floats) -> Floats:
    carry: Floats = MOST_CARRY * expit(points[..., 0])
    return carry


def shapes_of(spend: Floats, points: Floats) -> Floats:
    """The curve at each week's stock, 1 at the reference spend: (channels, points, weeks) for `spend` (channels, weeks)."""
    stock = adstocked(spend, carry_of(points))
    with np.errstate(divide="ignore"):
        np.log(stock, out=stock)
    half, slope = points[..., 1][..., None], np.exp(np.minimum(points[..., 2], np.log(STEEPEST)))[..., None]
    stock -= half
    stock *= slope
    expit(stock, out=stock)
    stock *= 1 + np.exp(slope * half)
    return stock


def height(points: Floats, spend: Floats) -> Floats:
    """The same curve at a constant `spend` in references: spend broadcasts against (…, points)."""
    slope = np.exp(np.minimum(points[..., 2], np.log(STEEPEST)))
    with np.errstate(divide="ignore"):
        at: Floats = expit(slope * (np.log(spend) - points[..., 1])) * (1 + np.exp(slope * points[..., 1]))
    return at


def _even(count: int, seed: int) -> Floats:
    """(count, 3) in the open unit cube, scrambled Sobol."""
    power = int(np.ceil(np.log2(max(2, count))))
    drawn = qmc.Sobol(3, scramble=True, seed=np.random.default_rng(seed)).random_base2(power)[:count]
    clipped: Floats = np.clip(drawn, 1e-6, 1 - 1e-6)
    return clipped


def _bell(points: Floats, mean: Floats, root: Floats) -> Floats:
    """Log density of a three-dimensional t of FREEDOM independent in its own axes, as the points were drawn."""
    z = np.einsum("cde,cne->cnd", np.linalg.inv(root), points - mean[:, None])
    constant = gammaln((FREEDOM + 1) / 2) - gammaln(FREEDOM / 2) - 0.5 * np.log(FREEDOM * np.pi)
    log = (constant - (FREEDOM + 1) / 2 * np.log1p(z**2 / FREEDOM)).sum(axis=2)
    density: Floats = log - np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)[:, None]
    return density
