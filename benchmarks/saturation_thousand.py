"""Saturation of a thousand campaigns over 104 weeks in four windows, by one call, against one campaign by itself in the same run.

HOSTREAD_BENCH_CAMPAIGNS sets how many (1,000). The ratio says how much the batch saves: as many calls of one campaign would take
that many times as long.
"""

import os
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from assets.estimates.saturation.fitting import fit
from assets.estimates.saturation.shapes import Panel, Settings

CAMPAIGNS = int(os.environ.get("HOSTREAD_BENCH_CAMPAIGNS", "1000"))
WEEKS, SHOWS, SEED, MOST_SECONDS = 104, 5, 7, 60
ALONE = 4


def run() -> Iterable[dict[str, Any]]:
    """One figure: seconds for all campaigns on as many threads as the machine has cores, two at most."""
    # A batch's products of matrices are small: threads within them would wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    panel, settings = panel_of(CAMPAIGNS), Settings(workers=min(2, os.cpu_count() or 1))
    fit(panel_of(SHOWS), settings, SEED)
    began = time.perf_counter()
    found = fit(panel, settings, SEED)
    together = time.perf_counter() - began
    assert len(found) == CAMPAIGNS and all(one.stacked is not None and len(one.windows) == 4 for one in found)
    began = time.perf_counter()
    for seed in range(ALONE):
        fit(panel_of(1, seed), Settings(workers=1), SEED)
    alone = (time.perf_counter() - began) / ALONE
    yield {
        "name": "saturation.thousand", "value": round(together, 2), "unit": "s",
        "against": f"{alone:.3f} s: one campaign by a call of its own ({CAMPAIGNS:,} campaigns of {WEEKS} weeks in windows of "
        f"{', '.join(map(str, settings.windows))}; at most {MOST_SECONDS} s asked for 1,000)",
        "ratio": round(alone * CAMPAIGNS / together, 2),
    }  # fmt: skip


def panel_of(campaigns: int, seed: int = SEED) -> Panel:
    """Campaigns of sponsors with five shows each: a Hill curve each, carry-over, noise of half of the response's deviation."""
    random = np.random.default_rng(seed)
    reference = random.uniform(1_000, 9_000, (campaigns, 1))
    spend = reference * np.exp(random.normal(0, 0.5, (campaigns, WEEKS))) * (random.random((campaigns, WEEKS)) > 0.08)
    half, slope, carry = (random.uniform(low, high, (campaigns, 1)) for low, high in ((0.4, 2.5), (0.8, 1.8), (0.1, 0.6)))
    stock, level = np.empty_like(spend), spend[:, :1]
    for week in range(WEEKS):
        level = carry * level + (1 - carry) * spend[:, week : week + 1]
        stock[:, week : week + 1] = level
    shape = stock**slope / (stock**slope + (half * reference) ** slope)
    response = reference * random.uniform(1, 6, (campaigns, 1)) * shape
    response += 0.2 * response.mean(axis=1, keepdims=True)
    response += 0.5 * response.std(axis=1, keepdims=True) * random.normal(size=spend.shape)
    return Panel(
        keys=tuple(str(place) for place in range(campaigns)),
        groups=tuple(str(place // SHOWS) for place in range(campaigns)),
        spend=spend,
        response=response,
        today=reference[:, 0],
        margin=np.full(campaigns, 0.5),
    )
