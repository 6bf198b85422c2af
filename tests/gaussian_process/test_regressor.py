"""The posterior, and the mode of its hyperparameters."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from sklearn_hp._gaussian_process import (
    Features,
    GaussianProcess,
    default_theta,
    fit_theta,
)
from sklearn_hp._gaussian_process._hyperparameters import (
    Theta,
    log_prior,
    theta_bounds,
)
from sklearn_hp._gaussian_process._kernels import matern52, squared_distance
from sklearn_hp._gaussian_process._regressor import (
    JITTER,
    log_marginal_likelihood,
)
from sklearn_hp._gaussian_process._transforms import warp


def data(n=20, seed=0):
    """Return rows of three numeric columns and one of three choices, and scores."""
    rng = np.random.default_rng(seed)
    features = Features([0, 0, 3, 0])
    X = np.column_stack(
        [rng.random((n, 2)), rng.integers(-1, 3, n).astype(float), rng.random(n)]
    )
    y = np.sin(5 * X[:, 0]) + X[:, 1] * X[:, 3] + 0.5 * (X[:, 2] == 1)
    return X, (y - y.mean()) / y.std(), features


def random_theta(features, seed=0):
    return default_theta(features) + 0.3 * np.random.default_rng(seed).standard_normal(
        len(default_theta(features))
    )


def theta_of(features, length_scale=0.5, noise=1e-6, s=1.0, warps=0.0):
    p, m = features.n_columns, len(features.numeric)
    log_w = np.full(p, -2 * math.log(length_scale))
    return np.concatenate(
        [log_w, [math.log(noise), math.log(s)], np.full(2 * m, warps)]
    )


def central_differences(function, x, h=1e-5):
    steps = h * np.eye(len(x))
    return np.array([(function(x + e) - function(x - e)) / (2 * h) for e in steps])


# ------------------------------------------------------------------ hyperparameters


@pytest.mark.parametrize("scale", [0.0, 0.1, 10.0])
@pytest.mark.parametrize("seed", range(3))
def test_gradient_of_the_likelihood(seed, scale):
    X, y, features = data()
    theta = random_theta(features, seed)
    noise = scale * np.random.default_rng(seed).random(len(X))
    _, gradient = log_marginal_likelihood(theta, X, y, noise, features)
    expected = central_differences(
        lambda t: log_marginal_likelihood(t, X, y, noise, features)[0], theta
    )
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-6)


def test_the_likelihood_is_that_of_a_normal_distribution():
    X, y, features = data()
    theta = random_theta(features)
    t = Theta.unpack(theta, features)
    Z = features.expand(X)
    Z[:, features.numeric] = warp(Z[:, features.numeric], t.log_a, t.log_b)
    w = np.exp(t.log_w)[features.group]
    K = matern52(squared_distance(Z, Z, w), math.exp(t.log_s))[0]
    noise = np.random.default_rng(1).random(len(y))
    K += np.diag(noise + math.exp(t.log_noise) + JITTER)
    expected = stats.multivariate_normal(np.zeros(len(y)), K).logpdf(y)
    value, _ = log_marginal_likelihood(theta, X, y, noise, features)
    assert value == pytest.approx(expected, rel=1e-10)


def test_a_covariance_that_is_not_positive_definite():
    X = np.tile(data()[0][:1], (5, 1))
    theta = theta_of(data()[2], noise=1e-300, s=1e20)
    value, gradient = log_marginal_likelihood(
        theta, X, np.arange(5.0), np.zeros(len(X)), data()[2]
    )
    assert value == -math.inf
    np.testing.assert_array_equal(gradient, 0)


def test_the_mode_is_a_mode():
    X, y, features = data(n=40)

    def density(theta):
        return (
            log_marginal_likelihood(theta, X, y, np.zeros(len(X)), features)[0]
            + log_prior(theta, features)[0]
        )

    start = default_theta(features)
    theta = fit_theta(X, y, np.zeros(len(X)), features, [start])
    assert density(theta) > density(start) + 1
    for (low, high), value in zip(theta_bounds(features), theta, strict=True):
        assert low <= value <= high
    # of several starts, the best
    best = fit_theta(
        X, y, np.zeros(len(X)), features, [start, random_theta(features), theta]
    )
    assert density(best) >= density(theta)


@pytest.mark.parametrize("seed", range(3))
def test_length_scales_are_recovered(seed):
    features = Features([0, 0])
    rng = np.random.default_rng(seed)
    X = rng.random((100, 2))
    length_scales = np.array([0.25, 1.0])
    kernel = Matern(length_scales, nu=2.5)(X) + 1e-4 * np.eye(100)
    y = np.linalg.cholesky(kernel) @ rng.standard_normal(100)
    theta = fit_theta(
        X, y / y.std(), np.zeros(len(X)), features, [default_theta(features)]
    )
    found = np.exp(-0.5 * theta[:2])
    ratio = found / length_scales
    assert (ratio > 1 / 3).all(), found
    assert (ratio < 3).all(), found


def test_constant_scores():
    X, _, features = data()
    theta = fit_theta(
        X, np.zeros(len(X)), np.zeros(len(X)), features, [default_theta(features)]
    )
    assert np.isfinite(theta).all()
    mean, std = GaussianProcess(
        X, np.zeros(len(X)), np.zeros(len(X)), features, theta
    ).predict(X)
    np.testing.assert_array_equal(mean, 0)
    assert np.isfinite(std).all()


def test_one_observation():
    X, features = data()[0][:1], data()[2]
    theta = fit_theta(
        X, np.array([1.0]), np.zeros(len(X)), features, [default_theta(features)]
    )
    mean, _ = GaussianProcess(
        X, np.array([1.0]), np.zeros(len(X)), features, theta
    ).predict(X)
    assert 0.5 < mean[0] <= 1


# ------------------------------------------------------------------ posterior


def test_one_noisy_observation_by_hand():
    """The mean is shrunk by s / (s + noise + sigma2), [RW] Eq. 2.25 with one row."""
    features, X = Features([0]), np.array([[0.4]])
    theta = theta_of(features, noise=0.01, s=2.0)
    for noise in (0.0, 0.5, 1e9):
        model = GaussianProcess(X, np.array([3.0]), np.array([noise]), features, theta)
        mean, std = model.predict(X)
        total = 2.0 + noise + 0.01 + JITTER
        assert mean[0] == pytest.approx(3.0 * 2.0 / total)
        assert std[0] == pytest.approx(math.sqrt(2.0 - 2.0**2 / total))


def test_two_observations_of_unequal_noise_by_hand():
    """At one point, they are averaged with the weights 1 / (noise + sigma2)."""
    features, X = Features([0]), np.array([[0.4], [0.4]])
    theta = theta_of(features, noise=0.01, s=2.0)
    noise = np.array([0.3, 0.05])
    mean, std = GaussianProcess(
        X, np.array([1.0, -2.0]), noise, features, theta
    ).predict(X[:1])
    precision = 1 / (noise + 0.01 + JITTER)
    total = 1 / 2.0 + precision.sum()  # that of the prior, too
    assert mean[0] == pytest.approx((precision @ [1.0, -2.0]) / total)
    assert std[0] == pytest.approx(1 / math.sqrt(total))


def test_a_scalar_noise_is_sigma2():
    X, y, features = data()
    X_new = data(n=8, seed=1)[0]
    known = GaussianProcess(
        X, y, np.full(len(X), 0.2), features, theta_of(features, noise=0.1)
    )
    fitted = GaussianProcess(
        X, y, np.zeros(len(X)), features, theta_of(features, noise=0.3)
    )
    np.testing.assert_allclose(known.predict(X_new), fitted.predict(X_new))


def test_an_observation_of_endless_noise_is_ignored():
    X, y, features = data()
    X_new, theta = data(n=8, seed=1)[0], random_theta(features)
    noise = np.zeros(len(X))
    noise[3] = 1e12
    ignored = GaussianProcess(X, y, noise, features, theta)
    without = GaussianProcess(
        np.delete(X, 3, axis=0), np.delete(y, 3), np.delete(noise, 3), features, theta
    )
    np.testing.assert_allclose(ignored.predict(X_new), without.predict(X_new))
    seen = without.X, without.y, without.noise, features
    _, gradient = log_marginal_likelihood(theta, X, y, noise, features)
    _, expected = log_marginal_likelihood(theta, *seen)
    np.testing.assert_allclose(gradient, expected, atol=1e-9)


def test_it_interpolates_without_noise():
    X, y, features = data()
    mean, std = GaussianProcess(
        X, y, np.zeros(len(X)), features, theta_of(features)
    ).predict(X)
    np.testing.assert_allclose(mean, y, atol=1e-3)
    assert std.max() < 2e-3


def test_far_away_nothing_is_known():
    features = Features([0])
    X = np.array([[0.0], [0.01], [0.02]])
    theta = theta_of(features, length_scale=0.02, s=2.0)
    model = GaussianProcess(
        X, np.array([1.0, 2.0, 1.5]), np.zeros(len(X)), features, theta
    )
    mean, std = model.predict(np.array([[1.0]]))
    assert mean[0] == pytest.approx(0, abs=1e-6)
    assert std[0] == pytest.approx(math.sqrt(2), rel=1e-6)


def test_it_is_that_of_scikit_learn():
    features = Features([0, 0])
    rng = np.random.default_rng(0)
    X, y, X_new = rng.random((15, 2)), rng.standard_normal(15), rng.random((9, 2))
    theta = theta_of(features, length_scale=0.4, noise=0.1, s=1.5)
    kernel = ConstantKernel(1.5) * Matern(0.4, nu=2.5) + WhiteKernel(0.1)
    theirs = GaussianProcessRegressor(kernel, optimizer=None).fit(X, y)
    mean, std = theirs.predict(X_new, return_std=True)
    ours = GaussianProcess(X, y, np.zeros(len(X)), features, theta).predict(X_new)
    np.testing.assert_allclose(ours[0], mean, atol=1e-6)
    # theirs includes the noise of an observation
    np.testing.assert_allclose(np.sqrt(ours[1] ** 2 + 0.1), std, atol=1e-6)


def test_it_equals_a_dense_solve():
    X, y, features = data()
    X_new = data(n=8, seed=1)[0]
    theta = random_theta(features)
    t = Theta.unpack(theta, features)
    w = np.exp(t.log_w)[features.group]

    def warped(X):
        Z = features.expand(X)
        Z[:, features.numeric] = warp(Z[:, features.numeric], t.log_a, t.log_b)
        return Z

    def kernel(A, B):
        return matern52(squared_distance(warped(A), warped(B), w), math.exp(t.log_s))[0]

    K = kernel(X, X) + (math.exp(t.log_noise) + JITTER) * np.eye(len(X))
    k = kernel(X_new, X)
    mean = k @ np.linalg.solve(K, y)
    var = math.exp(t.log_s) - np.diag(k @ np.linalg.solve(K, k.T))
    model = GaussianProcess(X, y, np.zeros(len(X)), features, theta)
    np.testing.assert_allclose(model.predict(X_new), [mean, np.sqrt(var)], rtol=1e-7)
    same = model.predict_gradient(X_new)[:2]
    np.testing.assert_allclose(same, [mean, np.sqrt(var)], rtol=1e-7)


def test_gradient_of_the_prediction():
    X, y, features = data()
    model = GaussianProcess(X, y, np.zeros(len(X)), features, random_theta(features))
    numeric = features.numeric_columns
    for point in data(n=6, seed=1)[0]:
        _, _, d_mean, d_std = model.predict_gradient(point[None])

        def at(values, point=point):
            moved = point.copy()
            moved[numeric] = values
            return np.concatenate(model.predict(moved[None]))

        expected = central_differences(at, point[numeric], 1e-6)
        np.testing.assert_allclose(d_mean[0], expected[:, 0], rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(d_std[0], expected[:, 1], rtol=1e-5, atol=1e-7)


def test_the_order_of_observations_does_not_matter():
    X, y, features = data()
    X_new = data(n=8, seed=1)[0]
    theta = random_theta(features)
    order = np.random.default_rng(0).permutation(len(X))
    one = GaussianProcess(X, y, np.zeros(len(X)), features, theta).predict(X_new)
    other = GaussianProcess(
        X[order], y[order], np.zeros(len(X)), features, theta
    ).predict(X_new)
    np.testing.assert_allclose(one, other, rtol=1e-9)


@pytest.mark.parametrize("noise", [1e-6, 1e-300])
def test_duplicate_rows(noise):
    X, y, features = data()
    X, y = np.vstack([X, X, X[:1]]), np.concatenate([y, y, y[:1]])
    theta = theta_of(features, length_scale=30, noise=noise, s=20)
    mean, std = GaussianProcess(X, y, np.zeros(len(X)), features, theta).predict(X)
    assert np.isfinite(mean).all()
    assert (std > 0).all()
    assert np.isfinite(
        fit_theta(X, y, np.zeros(len(X)), features, [default_theta(features)])
    ).all()


def test_believing_in_pending_points_leaves_the_mean():
    X, y, features = data()
    X_pending, X_new = data(n=5, seed=1)[0], data(n=30, seed=2)[0]
    model = GaussianProcess(X, y, np.zeros(len(X)), features, random_theta(features))
    believer = model.condition(X_pending)
    np.testing.assert_array_equal(believer.noise, 0)
    assert len(believer.noise) == len(X) + 5
    mean, std = model.predict(X_new)
    mean_after, std_after = believer.predict(X_new)
    # exactly so without noise; with noise, the pull of the new points is as small
    np.testing.assert_allclose(mean_after, mean, atol=0.02)
    assert (std_after <= std + 1e-12).all()
    assert (believer.predict(X_pending)[1] < model.predict(X_pending)[1]).all()
    assert believer.theta is model.theta
    assert len(model.X) == len(X), "the model itself stays"
    noiseless = GaussianProcess(X, y, np.zeros(len(X)), features, theta_of(features))
    np.testing.assert_allclose(
        noiseless.condition(X_pending).predict(X_new)[0],
        noiseless.predict(X_new)[0],
        atol=1e-4,
    )


def test_the_covariance_gives_the_mean_alone():
    X, y, features = data()
    theta = random_theta(features)
    process = GaussianProcess(X, y, np.full(20, 0.1), features, theta)
    mean, _ = process.predict(X[:5])
    np.testing.assert_allclose(process.covariance(X[:5]) @ process.alpha, mean)
    K = process.covariance(X) + np.diag(process.noise_variance)
    np.testing.assert_allclose(K @ process.alpha, y)
