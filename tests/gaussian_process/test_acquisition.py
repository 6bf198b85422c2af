"""The logarithm of expected improvement, against high precision and its definition."""

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import approx_fprime

from sklearn_hp._gaussian_process import (
    Features,
    GaussianProcess,
    LogExpectedImprovement,
    log_expected_improvement,
)
from sklearn_hp._gaussian_process._acquisition import log_h
from tests.gaussian_process.test_regressor import data, random_theta

# (t, log(pdf(t) + t cdf(t))), by mpmath 1.3 with 80 digits; below -30 as
# -t^2/2 - log(2 pi)/2 + log(1 + t cdf(t)/pdf(t)), the ratio of cdf and pdf by its
# continued fraction where exp overflows
LOG_H = [
    (-1e8, -5000000000000037.8),
    (-2e6, -2000000000029.9363),
    (-1000001, -500001000029.04996),
    (-999999, -499999000029.04996),
    (-12345.678, -76207902.400903195),
    (-1000, -500014.73445209116),
    (-50, -1258.7441828684609),
    (-8, -37.122364261692633),
    (-3, -7.8696860596030285),
    (-1.5, -3.5299359208057099),
    (-1.0000001, -2.4851212161397683),
    (-1, -2.4851210257126413),
    (-0.9999999, -2.4851208352855216),
    (-0.5, -1.6205162643873199),
    (0, -0.91893853320467274),
    (0.5, -0.35982768374506382),
    (2, 0.69738354578822831),
    (8, 2.0794415416798359),
    (40, 3.6888794541139363),
]


def test_log_h_is_right():
    t, expected = np.array(LOG_H).T
    np.testing.assert_allclose(log_h(t), expected, rtol=1e-9)


def test_log_h_is_finite_and_increasing():
    t = np.concatenate([-np.geomspace(1e8, 1e-3, 20_000), np.linspace(0, 40, 5000)])
    values = log_h(t)
    assert np.isfinite(values).all()
    assert (np.diff(values) > 0).all()


@pytest.mark.parametrize("edge", [-1.0, -1e6])
def test_log_h_is_continuous_where_its_formula_changes(edge):
    below, at, above = log_h(
        np.array([np.nextafter(edge, -np.inf), edge, edge * 0.999999999])
    )
    assert below == pytest.approx(at, rel=1e-12)
    # by its slope, which is 1.9 at -1 and -t far below
    assert 0.9e-9 * edge**2 < above - at < 2e-9 * edge**2


def test_expected_improvement_is_that_of_samples():
    mean, std, best_f = np.array([0.0, 1.0, -2.0]), np.array([1.0, 0.5, 1.0]), 0.3
    draws = stats.norm.rvs(size=(400_000, 1), random_state=0) * std + mean
    improvement = np.maximum(draws - best_f, 0)
    error = improvement.std(axis=0) / np.sqrt(len(draws))
    expected = np.exp(log_expected_improvement(mean, std, best_f))
    # four standard errors
    assert (np.abs(improvement.mean(axis=0) - expected) < 4 * error).all()


def test_it_grows_with_the_mean_and_with_the_uncertainty():
    x = np.linspace(-40, 5, 500)
    assert (np.diff(log_expected_improvement(x, np.ones(500), 0.0)) > 0).all()
    std = np.geomspace(1e-4, 10, 500)
    assert (np.diff(log_expected_improvement(np.full(500, -1.0), std, 0.0)) > 0).all()


@pytest.mark.parametrize("best_f", [-1.0, 1.0, 30.0])
def test_gradient(best_f):
    X, y, features = data()
    model = GaussianProcess(X, y, np.zeros(len(X)), features, random_theta(features))
    acquisition = LogExpectedImprovement(model, best_f)
    points = data(n=10, seed=1)[0]
    values, gradient = acquisition.with_gradient(points)
    np.testing.assert_allclose(values, acquisition(points), rtol=1e-9)
    for point, row in zip(points, gradient, strict=True):

        def at(numeric, point=point):
            moved = point.copy()
            moved[features.numeric_columns] = numeric
            return acquisition(moved[None])[0]

        numeric = point[features.numeric_columns]
        forward = approx_fprime(numeric, at, 1e-6)
        backward = approx_fprime(numeric, at, -1e-6)
        np.testing.assert_allclose(
            row, (forward + backward) / 2, rtol=1e-5, atol=1e-5 * np.abs(row).max()
        )


def test_no_numeric_column():
    features = Features([2, 3])
    X = np.array([[0.0, 1.0], [1.0, 2.0]])
    model = GaussianProcess(
        X, np.array([-1.0, 1.0]), np.zeros(len(X)), features, np.zeros(4)
    )
    values, gradient = LogExpectedImprovement(model, 1.0).with_gradient(X)
    assert values.shape == (2,)
    assert gradient.shape == (2, 0)
