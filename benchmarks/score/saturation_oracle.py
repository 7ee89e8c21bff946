"""The best that the data of a world allow: the posterior mean curve of who knows the family, how worlds are drawn, and the noise.

Written apart from the product's fits: adaptive importance sampling over the standard normals that curves are made of, with the
likelihood to a power below 1 in the first rounds. Where two shows have one response, both their curves are looked for.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from simulation.saturation import PARAMETERS, SaturationWorld, steady, weekly

Floats = NDArray[np.float64]
DRAWS, ROUNDS, FREEDOM = 1_500, 5, 5
# Rounds before the last take so much of the likelihood that about this many draws count.
EFFECTIVE = 120
# What a show brings without spend, as a share of its response: middle and deviation as worlds are drawn.
BASE, SHARED_BASE = (0.20, 0.12), (0.22, 0.09)


def oracle_curve(world: SaturationWorld, spend: Floats) -> tuple[Floats, Floats]:
    """The posterior mean of show 0's curve at constant `spend`, and of its slope there."""
    random = np.random.default_rng((world.seed, 52))
    shows = len(world.spend) if world.is_shared else 1
    relative = world.spend[:shows] / world.reference[:shows, None]
    size = shows * PARAMETERS
    bells = [(np.zeros(size), np.eye(size))]
    points, likely, amplitudes = np.empty((0, size)), np.empty(0), np.empty(0)
    for place in range(ROUNDS):
        mean, root = bells[-1]
        heavy = np.sqrt(FREEDOM / random.chisquare(FREEDOM, DRAWS))[:, None] if place else 1.0
        drawn = mean + (random.standard_normal((DRAWS, size)) @ root.T) * heavy
        shapes = np.stack(
            [weekly(world.family, drawn[:, PARAMETERS * show :][:, :PARAMETERS], relative[show]) for show in range(shows)], axis=1
        )
        found, amplitude = _likelihood(world, shapes)
        points, likely = np.concatenate([points, drawn]), np.concatenate([likely, found])
        amplitudes = np.concatenate([amplitudes, amplitude])
        weights = _weights(points, likely, bells, is_last=place == ROUNDS - 1)
        centre = weights @ points
        away = points - centre
        bells.append((centre, np.linalg.cholesky(1.2 * (away * weights[:, None]).T @ away + 0.01 * np.eye(size))))
    grid, step = spend / world.reference[0], 1e-3
    own = points[:, :PARAMETERS]
    level = amplitudes[:, None] * steady(world.family, own, grid)
    higher = amplitudes[:, None] * steady(world.family, own, grid + step)
    return weights @ level, (weights @ higher - weights @ level) / (step * world.reference[0])


def _weights(points: Floats, likely: Floats, bells: list[tuple[Floats, Floats]], is_last: bool) -> Floats:
    """Prior times likelihood (to a power before the last round) over the mixture of all bells that were drawn from."""
    size = points.shape[1]
    # Log height of a t bell over that of a normal one.
    height = gammaln((FREEDOM + size) / 2) - gammaln(FREEDOM / 2) - size / 2 * np.log(FREEDOM / 2)
    logs = []
    for place, (mean, root) in enumerate(bells):
        squared = (np.linalg.solve(root, (points - mean).T) ** 2).sum(axis=0)
        bell = -0.5 * squared if place == 0 else height - (FREEDOM + size) / 2 * np.log1p(squared / FREEDOM)
        logs.append(bell - np.log(np.diagonal(root)).sum())
    prior = -0.5 * (points**2).sum(axis=1) - np.logaddexp.reduce(logs, axis=0)
    for power in (1.0,) if is_last else 0.7 ** np.arange(24):
        log = power * (likely - likely.max()) + prior
        weights: Floats = np.exp(log - log.max())
        weights /= weights.sum()
        if 1 / (weights**2).sum() >= EFFECTIVE:
            break
    return weights


def _likelihood(world: SaturationWorld, shapes: Floats) -> tuple[Floats, Floats]:
    """(log likelihood, posterior mean amplitude of show 0) for shapes (draws, shows, weeks); what is linear is integrated out."""
    weeks, shows = shapes.shape[2], shapes.shape[1]
    angle = 2 * np.pi * np.arange(weeks) / 52.18
    scale = max(float(world.response[0].mean()), float(world.response[0].std()))
    middle, width = SHARED_BASE if world.is_shared else BASE
    matrix = np.stack([np.ones(weeks), np.sin(angle), np.cos(angle)], axis=1) * np.array([width, 0.08, 0.08]) * scale
    target, variance = world.response[0] - middle * scale, world.noise_deviation**2
    inner = np.linalg.inv(matrix.T @ matrix / variance + np.eye(matrix.shape[1]))
    projected = shapes / variance - (shapes @ matrix / variance) @ inner @ matrix.T / variance
    unit = np.maximum(shapes.mean(axis=2), 1e-9) / scale
    precision = projected @ shapes.transpose(0, 2, 1)
    precision[:, np.arange(shows), np.arange(shows)] += unit**2
    inward = projected @ target
    amplitude = np.linalg.solve(precision, inward[..., None])[..., 0]
    log = 0.5 * (inward * amplitude).sum(axis=1) - 0.5 * np.linalg.slogdet(precision)[1] + np.log(unit).sum(axis=1)
    # An amplitude below zero is none that worlds have.
    return log - 20.0 * (amplitude.min(axis=1) <= 0), np.maximum(amplitude[:, 0], 0.0)
