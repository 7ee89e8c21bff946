"""Worlds of households for lift, array by array: who listens how, who is exposed, what they buy; the truth is known by household.

Written for the score alone and of no rule of the product but the shape of its input: equal households counted.
"""

from dataclasses import dataclass

import numpy as np

from assets.estimates.lift import Lift
from assets.estimates.lift_cells import Booleans, Cells, Floats, Span

FIRST_WEEK, LAST_WEEK = -4, 7
LIFTS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class LiftWorld:
    """Cells as the product reads them, and what each cell's households would have bought a week with and without the exposure."""

    cells: Cells
    with_ad: Floats
    without_ad: Floats
    true_lift: float

    def truth(self, found: Lift) -> float:
        """The effect among the households that `found` matched."""
        weeks = slice(found.span[0] - FIRST_WEEK, found.span[1] - FIRST_WEEK)
        counts = self.cells.counts * found.matched_cells
        bought = float((counts * self.with_ad[:, weeks].sum(axis=1)).sum())
        otherwise = float((counts * self.without_ad[:, weeks].sum(axis=1)).sum())
        return bought / otherwise - 1


def lift_world(seed: int, lift: float | None = None, hidden: float = 0.0) -> LiftWorld:
    """One world; `lift` None draws one of LIFTS. `hidden`: how much more the exposed buy for a reason that nothing shows."""
    draw = np.random.default_rng([seed, 411])
    size = int(np.exp(draw.uniform(np.log(4_000), np.log(40_000))))
    base = float(np.exp(draw.uniform(np.log(0.0015), np.log(0.015))))
    effect = float(draw.choice(LIFTS)) if lift is None else lift
    weeks = int(draw.integers(4, 10))
    covariates = np.stack(
        [
            draw.integers(0, weeks, size),  # the week of the first exposure, or of the download it is compared with
            draw.random(size) < 0.15,  # the address: a household's, or unknown
            draw.choice(3, size, p=(0.7, 0.2, 0.1)),  # other ads of the sponsor
            draw.choice(3, size, p=(0.55, 0.3, 0.15)),  # devices
            np.minimum(draw.poisson(draw.gamma(1.2, 1.6, size)), 3),  # downloads before
            draw.choice(3, size, p=(0.6, 0.25, 0.15)),  # shows before
            draw.choice(4, size, p=(0.45, 0.35, 0.05, 0.15)),  # platform
            draw.random(size) < 0.5,  # the campaign's own shows before
        ],
        axis=1,
    ).astype(np.int64)
    # Who listens more, on more devices, is exposed more and buys more anyway: unmatched, that would pass for lift.
    pull = 0.5 * covariates[:, 3] + 0.35 * covariates[:, 4] + 0.3 * covariates[:, 7] - 0.2 * covariates[:, 0] / weeks
    centre = float(draw.uniform(-1.2, 0.4))
    exposed = draw.random(size) < 1 / (1 + np.exp(-(pull - pull.mean() + centre)))
    season = 1 + 0.3 * np.sin(2 * np.pi * (covariates[:, :1] + np.arange(FIRST_WEEK, LAST_WEEK + 1)) / draw.uniform(6, 26))
    usual = base * np.exp(0.45 * covariates[:, 3] + 0.15 * covariates[:, 4] + 0.3 * covariates[:, 2])[:, None] * season
    usual = np.where(exposed[:, None], usual * (1 + hidden), usual)
    # The effect comes late and fades, and is larger in larger homes.
    shape = np.zeros(LAST_WEEK - FIRST_WEEK + 1)
    shape[-FIRST_WEEK:] = np.array([1.1, 1.2, 0.9, 0.8, 0.5, 0.3, 0.2, 0.1])
    moved = usual * (1 + effect * shape * (0.85 + 0.15 * covariates[:, 3:4]))
    # What one home buys goes by the home too: conversions of a household come together.
    own = draw.gamma(2.0, 0.5, size)[:, None]
    conversions = draw.poisson(np.where(exposed[:, None], moved, usual) * own)
    last = weeks + int(draw.integers(2, LAST_WEEK + 2))
    observed = covariates[:, :1] + np.arange(FIRST_WEEK, LAST_WEEK + 1) < last
    return LiftWorld(
        *_counted(exposed, covariates, observed, np.where(observed, conversions, 0).astype(float), moved, usual), effect
    )


def _counted(
    exposed: Booleans, covariates: np.ndarray, observed: Booleans, conversions: Floats, moved: Floats, usual: Floats
) -> tuple[Cells, Floats, Floats]:
    """Equal households as one cell each; what they would have bought is the same for them all."""
    keys = np.concatenate([exposed[:, None], covariates, observed, conversions], axis=1).astype(np.uint64)
    # 64 bits of a random projection tell rows apart as surely as the rows themselves, and sort ten times as fast.
    mixed = keys @ np.random.default_rng(11).integers(1, 2**63, keys.shape[1], np.uint64)
    _, first, counts = np.unique(mixed, return_index=True, return_counts=True)
    cells = Cells(exposed[first], covariates[first], observed[first], conversions[first], counts.astype(float), FIRST_WEEK, kept=5)
    return cells, moved[first], usual[first]


HEADLINE: Span = (0, 4)
PLACEBO: Span = (-4, 0)
