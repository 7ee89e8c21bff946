"""The best that the data of a world allow: the posterior mean curve of who knows the family, how worlds are drawn, and the noise.

Written apart from the product's fits: adaptive importance sampling over the standard normals that curves are made of, with the
likelihood to a power below 1 in the first rounds. Where two shows have one response, both their curves are looked for.
"""

from collections.abc import Callable
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Problem:
    """What the oracle is told. `response`: (weeks,). `parameters`: normals a show.

    `weekly(show, normals)`: (draws, weeks) of amplitude 1.
    `steady(normals, spend)`: (draws, points), of show 0 at constant weekly spends. `base`: middle and deviation of what comes
    without spend, as a share of the response. `unit`: the spend that a step of the slope is small against.
    """

    seed: int
    response: Floats
    shows: int
    parameters: int
    weekly: Callable[[int, Floats], Floats]
    steady: Callable[[Floats, Floats], Floats]
    base: tuple[float, float]
    noise_deviation: float
    unit: float


def problem_of(world: SaturationWorld) -> Problem:
    """A world of our own generator; shows with a response of their own are looked at alone."""
    relative = world.spend / world.reference[:, None]
    return Problem(
        seed=world.seed,
        response=world.response[0],
        shows=len(world.spend) if world.is_shared else 1,
        parameters=PARAMETERS,
        weekly=lambda show, normals: weekly(world.family, normals, relative[show]),
        steady=lambda normals, spend: steady(world.family, normals, spend / world.reference[0]),
        base=SHARED_BASE if world.is_shared else BASE,
        noise_deviation=world.noise_deviation,
        unit=float(world.reference[0]),
    )


def oracle_curve(of: Problem, spend: Floats) -> tuple[Floats, Floats]:
    """The posterior mean of show 0's curve at constant `spend`, and of its slope there."""
    random = np.random.default_rng((of.seed, 52))
    size = of.shows * of.parameters
    bells: list[tuple[Floats, Floats]] = [(np.zeros(size), np.eye(size))]
    points, likely, amplitudes = np.empty((0, size)), np.empty(0), np.empty(0)
    weights = np.empty(0)
    for place in range(ROUNDS):
        mean, root = bells[-1]
        heavy = np.sqrt(FREEDOM / random.chisquare(FREEDOM, DRAWS))[:, None] if place else 1.0
        drawn = mean + (random.standard_normal((DRAWS, size)) @ root.T) * heavy
        parts = drawn.reshape(DRAWS, of.shows, of.parameters)
        found, amplitude = _likelihood(of, np.stack([of.weekly(show, parts[:, show]) for show in range(of.shows)], axis=1))
        points, likely = np.concatenate([points, drawn]), np.concatenate([likely, found])
        amplitudes = np.concatenate([amplitudes, amplitude])
        weights = _weights(points, likely, bells, is_last=place == ROUNDS - 1)
        centre = weights @ points
        away = points - centre
        bell: Floats = np.linalg.cholesky(1.2 * (away * weights[:, None]).T @ away + 0.01 * np.eye(size)).astype(float)
        bells.append((centre, bell))
    own, step = points[:, : of.parameters], 1e-3 * of.unit
    level = weights @ (amplitudes[:, None] * of.steady(own, spend))
    higher = weights @ (amplitudes[:, None] * of.steady(own, spend + step))
    return level, (higher - level) / step


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


def _likelihood(of: Problem, shapes: Floats) -> tuple[Floats, Floats]:
    """(log likelihood, posterior mean amplitude of show 0) for shapes (draws, shows, weeks); what is linear is integrated out."""
    weeks, shows = shapes.shape[2], shapes.shape[1]
    angle = 2 * np.pi * np.arange(weeks) / 52.18
    scale = max(float(of.response.mean()), float(of.response.std()))
    middle, width = of.base
    matrix = np.stack([np.ones(weeks), np.sin(angle), np.cos(angle)], axis=1) * np.array([width, 0.08, 0.08]) * scale
    target, variance = of.response - middle * scale, of.noise_deviation**2
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
