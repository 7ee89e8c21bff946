"""How much each trailing window counts: by how well it foretold the weeks after its fits, never those it was fitted on."""

import numpy as np

from assets.estimates.saturation.shapes import Floats

# Rolling origins: so many, each foretelling the next HORIZON weeks.
ORIGINS, HORIZON = 6, 4
# What is thought of windows before any score, as scores of so many origins: the longest holds where nothing has changed.
LONGEST, OTHER = 2.0, 0.75
# How many origins the sponsor's own weights count as, for each of its channels.
POOLED = 4.0
ROUNDS = 60
# What weeks before a window count: they hint at the shape, and the window's own say what holds now.
BEFORE = 0.1


def window_weights(known: Floats, windows: tuple[int, ...]) -> Floats:
    """(channels, sets, weeks): for each window its weeks 1, those before it BEFORE; 0 where no response is known."""
    weeks = known.shape[1]
    age = weeks - 1 - np.arange(weeks)
    rows = [np.where(age < window, 1.0, BEFORE) for window in windows]
    return np.stack(rows)[None] * known[:, None]


def origin_weights(known: Floats, windows: tuple[int, ...]) -> Floats:
    """(channels, 2 · origins · windows, weeks): each origin's fits, by window, then each with the HORIZON weeks after it added."""
    weeks = known.shape[1]
    week = np.arange(weeks)
    fits, joint = [], []
    for back in range(ORIGINS, 0, -1):
        origin = weeks - back * HORIZON
        for window in windows:
            row = np.where(week < origin, np.where(week >= origin - window, 1.0, BEFORE), 0.0)
            fits.append(row)
            joint.append(row + ((week >= origin) & (week < origin + HORIZON)))
    return np.stack(fits + joint)[None] * known[:, None]


def stack(scores: Floats, groups: list[list[int]]) -> Floats:
    """(channels, windows) weights that sum to 1, from log scores (channels, origins, windows): NaN where none could be had.

    Weights maximise the mixture's forward score, first of a group's channels together and then of each, held to its group's.
    """
    channels, _, windows = scores.shape
    prior = np.full(windows, OTHER)
    prior[-1] = LONGEST
    weights = np.empty((channels, windows))
    for group in groups:
        usable = scores[group].reshape(-1, windows)
        shared = _maximise(usable[np.isfinite(usable).all(axis=1)][None], prior[None])[0]
        for channel in group:
            own = scores[channel]
            weights[channel] = _maximise(own[np.isfinite(own).all(axis=1)][None], (POOLED * shared)[None])[0]
    return weights


def _maximise(scores: Floats, prior: Floats) -> Floats:
    """Expectation-maximisation of mixture weights: scores (rows, origins, windows), prior pseudo-counts (rows, windows)."""
    weights: Floats = prior / prior.sum(axis=1, keepdims=True)
    if not scores.shape[1]:
        return weights
    likely = np.exp(scores - scores.max(axis=2, keepdims=True))
    for _ in range(ROUNDS):
        blame = likely * weights[:, None]
        blame /= blame.sum(axis=2, keepdims=True)
        counts = blame.sum(axis=1) + prior
        weights = counts / counts.sum(axis=1, keepdims=True)
    return weights
