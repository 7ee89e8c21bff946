"""How probable the responses are under a curve's shape; what is linear (amplitude, controls) is integrated out in closed form.

For a shape g (the curve at each week's stock, 1 at the reference spend) and noise sigma: response = columns·b + B g + noise, with
b ~ N(0, priors²) and B, the response at the reference spend, ~ N(0, amplitudes²) above zero. Each `set` of weeks (a window, a
rolling origin) is a row of weights; sums over weeks are made once for all sets as one product of matrices.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from assets.estimates.saturation.design import Scaled
from assets.estimates.saturation.shapes import Floats

LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class Sums:
    """Weighted sums over weeks of z (columns), y (response), g (shape): axes (channels, points, sets, …), points only with g."""

    zz: Floats
    zy: Floats
    yy: Floats
    weeks: Floats
    gz: Floats
    gy: Floats
    gg: Floats
    priors: Floats
    amplitudes: Floats

    def pick(self, sets: slice) -> "Sums":
        return Sums(
            self.zz[:, sets], self.zy[:, sets], self.yy[:, sets], self.weeks[:, sets],
            self.gz[:, :, sets], self.gy[:, :, sets], self.gg[:, :, sets], self.priors, self.amplitudes,
        )  # fmt: skip


@dataclass(frozen=True)
class LiftTerms:
    """What lift studies add: by channel and point g²/e² and g·L/e², and by channel L²/e², summed over studies, to scale."""

    gg: Floats
    gy: Floats
    yy: Floats


@dataclass(frozen=True)
class Marginal:
    """Axes (channels, points, sets, sigmas). `log`: log density; `mean`, `deviation`: of B before it is held above zero.

    `log_none`: (channels, sets, sigmas), the same with B = 0.
    """

    log: Floats
    mean: Floats
    deviation: Floats
    log_none: Floats


def sums(data: Scaled, shapes: Floats, weights: Floats) -> Sums:
    """`shapes`: (channels, points, weeks); `weights`: (channels, sets, weeks)."""
    channels, sets, weeks = weights.shape
    q = data.columns.shape[2]
    both = np.concatenate([data.columns, data.response[:, :, None]], axis=2)
    weighted = weights[:, :, :, None] * both[:, None]
    flat = weighted.transpose(0, 2, 1, 3).reshape(channels, weeks, sets * (q + 1))
    products = (shapes @ flat).reshape(channels, shapes.shape[1], sets, q + 1)
    inner = weighted.transpose(0, 1, 3, 2) @ both[:, None]
    return Sums(
        zz=inner[:, :, :q, :q],
        zy=inner[:, :, :q, q],
        yy=inner[:, :, q, q],
        weeks=weights.sum(axis=2),
        gz=products[..., :q],
        gy=products[..., q],
        gg=(shapes * shapes) @ weights.transpose(0, 2, 1),
        priors=data.priors,
        amplitudes=data.amplitudes,
    )


def marginal(of: Sums, sigma: Floats, lift: LiftTerms | None = None) -> Marginal:
    """`sigma`: (channels, sets, sigmas), the noise's deviations to weigh."""
    variance = sigma**2
    precision = of.zz[:, :, None] / variance[..., None, None]
    q = precision.shape[-1]
    precision[..., np.arange(q), np.arange(q)] += (1 / of.priors**2)[:, None, None]
    root = np.linalg.cholesky(precision)
    inverse = np.linalg.inv(root)
    y = (inverse @ (of.zy[:, :, None] / variance[..., None])[..., None])[..., 0]
    # (channels, sets, sigmas, q, q) on (channels, sets, 1, q, points): one product of matrices a set.
    g = inverse @ of.gz.transpose(0, 2, 3, 1)[:, :, None] / variance[..., None, None]
    g_g = of.gg.transpose(0, 2, 1)[:, :, None] / variance[..., None] - np.einsum("cksqn,cksqn->cksn", g, g)
    g_y = of.gy.transpose(0, 2, 1)[:, :, None] / variance[..., None] - np.einsum("cksqn,cksq->cksn", g, y)
    y_y = of.yy[:, :, None] / variance - (y**2).sum(axis=-1)
    log_roots = np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(axis=-1) + np.log(of.priors).sum(axis=1)[:, None, None]
    log_none = -0.5 * (of.weeks[:, :, None] * (LOG_2PI + np.log(variance)) + y_y) - log_roots
    if lift is not None:
        g_g, g_y = g_g + lift.gg[:, None, None], g_y + lift.gy[:, None, None]
        log_none = log_none - 0.5 * lift.yy[:, None, None]
    amplitude = of.amplitudes[:, None, None, None]
    held = np.maximum(g_g, 0.0) + 1 / amplitude**2
    deviation = 1 / np.sqrt(held)
    mean = g_y / held
    log = log_none[..., None] + 0.5 * mean * g_y - 0.5 * np.log(held) - np.log(amplitude)
    log = log + np.log(2.0) + log_ndtr(mean / deviation)
    return Marginal(log.transpose(0, 3, 1, 2), mean.transpose(0, 3, 1, 2), deviation.transpose(0, 3, 1, 2), log_none)


def noise(of: Sums) -> Floats:
    """(channels, sets): the noise's deviation by the least squares of the best shape, weeks and columns reckoned off."""
    q = of.zz.shape[-1]
    ridge = (
        of.zz + 1e-6 * np.eye(q) * np.maximum(1.0, of.weeks)[..., None, None] + np.eye(q) / of.priors[:, None, None, :] ** 2 * 0.05
    )
    solved = np.linalg.solve(ridge, np.concatenate([of.zy[..., None], of.gz.transpose(0, 2, 3, 1)], axis=-1))
    zy, zg = solved[..., 0], solved[..., 1:]
    left = of.yy - (of.zy * zy).sum(axis=-1)
    g_g = of.gg.transpose(0, 2, 1) - np.einsum("cknq,ckqn->ckn", of.gz.transpose(0, 2, 1, 3), zg)
    g_y = of.gy.transpose(0, 2, 1) - np.einsum("cknq,ckq->ckn", of.gz.transpose(0, 2, 1, 3), zy)
    explained = np.where(g_y > 0, g_y, 0.0) ** 2 / np.maximum(g_g, 1e-9)
    rest = np.maximum(left - explained.max(axis=2), 1e-4 * np.maximum(of.yy, 1e-9))
    deviation: Floats = np.sqrt(rest / np.maximum(of.weeks - 6 - 2, 0.25 * of.weeks + 1.0))
    return deviation
