"""The layout of the vector of hyperparameters, and its prior."""

import math

import numpy as np
import pytest
from scipy import stats

from sklearn_hp._gaussian_process import Features, default_theta
from sklearn_hp._gaussian_process._hyperparameters import (
    Layout,
    Theta,
    log_prior,
    theta_bounds,
)
from tests.gaussian_process.test_regressor import central_differences, random_theta

FEATURES = Features([0, 0, 3, 0])


def test_each_entry_has_one_name():
    at = Layout(FEATURES)
    assert at.size == 4 + 2 + 2 * 3
    entries = np.arange(at.size)
    named = [entries[part] for part in (at.w, at.noise, at.s, at.a, at.b)]
    np.testing.assert_array_equal(np.hstack(named), entries)
    t = Theta.unpack(entries, FEATURES)
    parts = [t.log_w, t.log_noise, t.log_s, t.log_a, t.log_b]
    np.testing.assert_array_equal(np.hstack(parts), entries)


def test_the_start_is_within_the_bounds():
    start, (low, high) = default_theta(FEATURES), theta_bounds(FEATURES).T
    assert (low < start).all()
    assert (start < high).all()
    t = Theta.unpack(start, FEATURES)
    np.testing.assert_allclose(np.exp(-0.5 * t.log_w), 0.5 * math.sqrt(4))
    assert default_theta(Features([])).shape == (2,)


@pytest.mark.parametrize("seed", range(3))
def test_gradient_of_the_prior(seed):
    theta = 2 * random_theta(FEATURES, seed)
    _, gradient = log_prior(theta, FEATURES)
    expected = central_differences(lambda t: log_prior(t, FEATURES)[0], theta)
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-7)


def test_the_prior_is_made_of_known_densities():
    features = Features([0])

    def value(log_w=0.0, log_noise=-3.0, log_s=0.0, log_a=0.0, log_b=0.0):
        theta = np.array([log_w, log_noise, log_s, log_a, log_b])
        return log_prior(theta, features)[0]

    def compare(name, low, high, density):
        differ = value(**{name: high}) - value(**{name: low})
        assert differ == pytest.approx(density(high) - density(low))

    noise, s = stats.gamma(1.1, scale=1 / 30), stats.gamma(2)
    compare("log_noise", -9.0, -1.0, lambda x: noise.logpdf(np.exp(x)))
    compare("log_s", -2.0, 1.0, lambda x: s.logpdf(np.exp(x)))
    compare("log_a", -0.5, 1.0, stats.norm(0, 0.8).logpdf)
    compare("log_b", -0.5, 1.0, stats.norm(0, 0.8).logpdf)
    compare("log_w", -3.0, 2.0, lambda x: -0.1 * (np.exp(x) + np.exp(-x)))
