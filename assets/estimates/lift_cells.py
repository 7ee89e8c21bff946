"""Households that are alike, counted, and which of the unexposed the exposed are matched with (domain rules, section 7)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Span = tuple[int, int]

# A stratum with fewer controls is joined with others by leaving the last covariate out.
FEWEST_CONTROLS = 3


@dataclass(frozen=True)
class Cells:
    """Households that are alike, counted: one row per arm, covariates, weeks observed and conversions by week.

    `covariates` in the order in which they are given up, the last first; its first `kept` columns never are. `observed` and
    `conversions` have a column per week since exposure, from `first_week` (below 0: before it).
    """

    is_exposed: Booleans
    covariates: Integers
    observed: Booleans
    conversions: Floats
    counts: Floats
    first_week: int
    kept: int

    def span(self, span: Span) -> tuple[Booleans, Floats]:
        """(whether all weeks of the span are observed, conversions in them) by cell."""
        weeks = slice(span[0] - self.first_week, span[1] - self.first_week)
        return np.all(self.observed[:, weeks], axis=1), self.conversions[:, weeks].sum(axis=1)


def match(cells: Cells, observed: Booleans) -> tuple[Booleans, Floats]:
    """(whether a cell's exposed are matched, how many exposed households each household of a control cell stands for).

    Each exposed cell is matched on as many covariates as leave it enough controls.
    """
    left, control = observed & cells.is_exposed, observed & ~cells.is_exposed
    matched, weights = np.zeros_like(left), np.zeros(len(left))
    for codes in reversed(_codes(cells)):
        controls = np.bincount(codes, cells.counts * control)
        here = left & (controls >= FEWEST_CONTROLS)[codes]
        asked = np.bincount(codes, cells.counts * here, len(controls))
        weights += np.where(control, (asked / np.maximum(controls, 1.0))[codes], 0.0)
        matched |= here
        left &= ~here
    return matched, weights


def _codes(cells: Cells) -> list[Integers]:
    """The stratum of each cell, from the covariates that are always kept to all of them."""
    return [stratum_codes(cells.covariates[:, :width]) for width in range(cells.kept, cells.covariates.shape[1] + 1)]


def stratum_codes(columns: Integers) -> Integers:
    """One number from 0 on for each distinct row."""
    codes = np.zeros(len(columns), np.int64)
    for column in columns.T:
        codes = codes * (int(column.max(initial=0)) + 1) + column
    return np.unique(codes, return_inverse=True)[1].reshape(-1)
