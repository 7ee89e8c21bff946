"""What the channels of a sponsor have in common: the prior of each is learnt from all of them, and holds where one says little."""

import numpy as np
from scipy.special import softmax

from assets.estimates.saturation.points import PRIOR_DEVIATION, PRIOR_MEAN, Prior, default_prior
from assets.estimates.saturation.shapes import Floats

ROUNDS = 12
# The default prior counts as so many channels in the mean and in the spread.
MEAN_CHANNELS, SPREAD_CHANNELS = 1.0, 4.0


def pooled(points: Floats, log_likelihood: Floats, log_density: Floats, groups: list[list[int]]) -> Prior:
    """Empirical Bayes by expectation-maximisation over the weighed points; `log_likelihood`: (channels, points)."""
    prior = default_prior(len(points))
    mean, deviation = prior.mean.copy(), prior.deviation.copy()
    for group in (group for group in groups if len(group) > 1):
        at = points[group]
        for _ in range(ROUNDS):
            now = Prior(mean[group], deviation[group])
            weights = softmax(log_likelihood[group] + now.log(at) - log_density[group], axis=1)
            first = np.einsum("cn,cnd->cd", weights, at)
            second = np.einsum("cn,cnd->cd", weights, at**2)
            counts = len(group)
            middle = (first.sum(axis=0) + MEAN_CHANNELS * PRIOR_MEAN) / (counts + MEAN_CHANNELS)
            spread = (second - 2 * middle * first + middle**2).sum(axis=0)
            around = SPREAD_CHANNELS * PRIOR_DEVIATION**2 + MEAN_CHANNELS * (middle - PRIOR_MEAN) ** 2
            mean[group] = middle
            deviation[group] = np.sqrt((spread + around) / (counts + SPREAD_CHANNELS))
    return Prior(mean, deviation)
