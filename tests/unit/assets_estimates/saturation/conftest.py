"""Panels with a known curve, for the tests of the saturation fits."""

from collections.abc import Callable

import numpy as np
import pytest

from assets.estimates.saturation.shapes import Panel, Settings

REFERENCE = 1_000.0


@pytest.fixture(scope="session")
def few() -> Settings:
    """Enough points for a test."""
    return Settings(points=256, draws=200, workers=1)


@pytest.fixture(scope="session")
def make_panel() -> Callable[..., Panel]:
    """Channels of one sponsor on one curve, 3,000 x^1.2 / (x^1.2 + half^1.2), a carry-over of 0.3 and a base of 300 a week."""

    def make(channels: int = 1, weeks: int = 104, margin: float = 0.5, half: float = 800.0, seed: int = 1) -> Panel:
        random = np.random.default_rng(seed)
        spend = REFERENCE * np.exp(random.normal(0, 0.6, (channels, weeks))) * (random.random((channels, weeks)) > 0.1)
        stock, level = np.empty_like(spend), spend[:, 0]
        for week in range(weeks):
            level = 0.3 * level + 0.7 * spend[:, week]
            stock[:, week] = level
        response = 300 + 3_000 * stock**1.2 / (stock**1.2 + half**1.2) + random.normal(0, 60, spend.shape)
        return Panel(
            keys=tuple(f"show {place}" for place in range(channels)),
            groups=("sponsor",) * channels,
            spend=spend,
            response=response,
            today=np.full(channels, REFERENCE),
            margin=np.full(channels, margin),
        )

    return make
