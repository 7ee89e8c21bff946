"""Whether the last weeks answer to the same stock of spend as those before: short against long, base and season being the same."""

import numpy as np
from scipy.special import ndtr

from assets.estimates.saturation.shapes import Drift, Floats

# The last so many weeks against all before, of which there must be as many.
RECENT = 26
# The curve is itself estimated: without this much more spread, 6 of 100 steady worlds were found to drift at 5 %.
WIDER = 1.12


def drift_of(response: Floats, known: Floats, columns: Floats, priors: Floats, expected: Floats, level: float) -> Drift:
    """One channel: `response` and `known` (weeks,), `columns` (weeks, q) with `priors` (q,), `expected` (weeks,): its mean curve.

    The response is the curve once over all weeks and once more over the last, and the second's size is asked for.
    """
    recent = np.arange(len(known)) >= len(known) - RECENT
    if known[recent].sum() < RECENT / 2 or known[~recent].sum() < RECENT:
        return Drift(None, None, False)
    # What the base, the trend and the season are is left open: a prior on them would be found as drift.
    matrix = np.concatenate([columns, expected[:, None], (expected * recent)[:, None]], axis=1) * known[:, None]
    free = np.diag(np.concatenate([0.05 / priors**2, [1e-6, 1e-6]]))
    solved = np.linalg.solve(matrix.T @ matrix + free, np.eye(len(free)))
    sizes = solved @ (matrix.T @ response)
    left = ((response - matrix @ sizes) ** 2 * known).sum() / max(1.0, known.sum() - len(free))
    spread = WIDER * np.sqrt(max(left, 1e-12) * solved[-1, -1])
    z = float(sizes[-1] / spread)
    p = float(2 * ndtr(-abs(z)))
    return Drift(z, p, p < level)
