"""Lift studies (eight weeks, their headline and placebos, intervals by bootstrap, 40 A/A tests) on equal households counted,
against the same on one row for each household.

HOSTREAD_BENCH_CAMPAIGNS sets how many campaigns (4), of 4,000 to 40,000 households each, are studied one after another on both
sides, as the daily run does it.
"""

import os
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from assets.estimates.lift import Study, study
from assets.estimates.lift_campaigns import PLACEBOS, SPANS
from assets.estimates.lift_cells import Cells
from benchmarks.score.lift_worlds import lift_world

CAMPAIGNS = int(os.environ.get("HOSTREAD_BENCH_CAMPAIGNS", "4"))


def run() -> Iterable[dict[str, Any]]:
    """One figure: seconds for all campaigns on counted households, and how many times that one row for each household takes."""
    counted = [lift_world(seed).cells for seed in range(CAMPAIGNS)]
    single = [apart(cells) for cells in counted]
    households = sum(len(cells.counts) for cells in single)
    study(counted[0], SPANS, PLACEBOS, 0)
    together, found = _studied(counted)
    alone, expected = _studied(single)
    for one, other in zip(found, expected, strict=True):
        pairs = zip(one.lifts, other.lifts, strict=True)
        assert all(a.verdict == b.verdict and _same(a.lift, b.lift) for a, b in pairs), "the same households, counted or not"
    yield {
        "name": "lift.counted_vs_households", "value": round(together, 2), "unit": "s",
        "against": f"{alone:.2f} s: one row for each household ({CAMPAIGNS:,} campaigns, {households:,} households, "
        f"{sum(len(cells.counts) for cells in counted):,} counted)",
        "ratio": round(alone / together, 2),
    }  # fmt: skip


def apart(cells: Cells) -> Cells:
    """The same households, each a cell of its own."""
    of = np.repeat(np.arange(len(cells.counts)), cells.counts.astype(np.int64))
    return Cells(
        cells.is_exposed[of], cells.covariates[of], cells.observed[of], cells.conversions[of], np.ones(len(of)), cells.first_week,
        cells.kept,
    )  # fmt: skip


def _studied(campaigns: list[Cells]) -> tuple[float, list[Study]]:
    began = time.perf_counter()
    found = [study(cells, SPANS, PLACEBOS, seed) for seed, cells in enumerate(campaigns)]
    return time.perf_counter() - began, found


def _same(one: float | None, other: float | None) -> bool:
    return one == other if one is None or other is None else bool(np.isclose(one, other))
