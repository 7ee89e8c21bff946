"""The closed form against what it stands for: the normal density of the responses with the amplitude integrated by a sum."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from assets.estimates.saturation.design import Scaled
from assets.estimates.saturation.likelihood import LiftTerms, marginal, sums


def _data(weeks: int) -> Scaled:
    random = np.random.default_rng(3)
    columns = np.stack([np.ones(weeks), np.linspace(-1, 0, weeks)], axis=1)[None]
    one = np.ones((1, weeks))
    return Scaled(
        one, random.normal(1, 0.5, (1, weeks)), one, np.ones(1), np.ones(1), columns, np.array([[0.5, 0.2]]), np.array([0.9])
    )


@pytest.mark.parametrize("has_study", [False, True])
def test_the_marginal_is_the_integral(has_study: bool) -> None:
    """A wrong constant would weigh shapes wrongly, a wrong cut at zero would favour responses below it, a study would not count."""
    weeks, sigma = 12, 0.4
    data = _data(weeks)
    shape = np.random.default_rng(4).uniform(0.2, 1.5, (1, 1, weeks))
    study = LiftTerms(np.array([[1 / 0.04]]), np.array([[0.7 / 0.04]]), np.array([0.49 / 0.04])) if has_study else None
    found = marginal(sums(data, shape, np.ones((1, 1, weeks))), np.full((1, 1, 1), sigma), study)
    columns = data.columns[0]
    covariance = columns @ np.diag(data.priors[0] ** 2) @ columns.T + sigma**2 * np.eye(weeks)
    sizes = np.linspace(0, 6, 4_001)
    density = multivariate_normal.pdf(data.response[0] - sizes[:, None] * shape[0, 0], np.zeros(weeks), covariance)
    density *= 2 * norm.pdf(sizes, 0, 0.9)
    none = multivariate_normal.logpdf(data.response[0], np.zeros(weeks), covariance)
    if has_study:
        density *= np.exp(-0.5 * ((sizes - 0.7) / 0.2) ** 2)
        none += -0.5 * (0.7 / 0.2) ** 2
    assert found.log[0, 0, 0, 0] == pytest.approx(np.log(np.trapezoid(density, sizes)), abs=1e-4)
    assert found.log_none[0, 0, 0] == pytest.approx(none, abs=1e-6)


def test_weeks_without_weight_say_nothing() -> None:
    data = _data(12)
    shape = np.random.default_rng(4).uniform(0.2, 1.5, (1, 1, 12))
    weights = np.ones((1, 1, 12))
    weights[..., :4] = 0
    before = marginal(sums(data, shape, weights), np.full((1, 1, 1), 0.4)).log
    data.response[:, :4] = 99
    assert np.allclose(before, marginal(sums(data, shape, weights), np.full((1, 1, 1), 0.4)).log)
