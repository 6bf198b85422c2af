"""A Gaussian process around what another one expects."""

import numpy as np
import pytest

from sklearn_hp._gaussian_process import (
    Expectation,
    Features,
    GaussianProcess,
    GaussianProcessAround,
    LogExpectedImprovement,
    default_theta,
    unexpected,
)

FEATURES = Features(np.array([0, 0, 3]))
THETA = default_theta(FEATURES)


def columns(n, seed):
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.random((n, 2)), rng.integers(3, size=n)])


def standard(y):
    return (y - y.mean()) / y.std()


def truth(X):
    return np.sin(5 * X[:, 0]) + X[:, 1] + 0.3 * (X[:, 2] == 1)


def around(sign=1.0, n=8, noise=None, unit=1.0):
    X_other, X = columns(40, 0), columns(n, 1)
    y_other = sign * standard(truth(X_other))
    other = GaussianProcess(X_other, unit * y_other, np.zeros(40), FEATURES, THETA)
    noise = np.zeros(n) if noise is None else noise
    f = Expectation(other, X)
    return GaussianProcessAround(X, standard(truth(X)), noise, FEATURES, THETA, f)


def test_an_expectation_that_agrees_is_followed():
    model, X = around(), columns(50, 2)
    alone = GaussianProcess(model.X, model.y, np.zeros(8), FEATURES, THETA)
    wanted = (truth(X) - truth(model.X).mean()) / truth(model.X).std()
    assert model.b > 0.5
    error = np.mean((model.predict(X)[0] - wanted) ** 2)
    assert error < 0.5 * np.mean((alone.predict(X)[0] - wanted) ** 2)


def test_one_that_contradicts_is_left_aside():
    model, X = around(sign=-1.0), columns(50, 2)
    alone = GaussianProcess(model.X, model.y, np.zeros(8), FEATURES, THETA)
    assert model.b == 0
    np.testing.assert_allclose(model.predict(X), alone.predict(X))
    rest = unexpected(model.X, model.y, np.zeros(8), FEATURES, model.f)
    np.testing.assert_array_equal(rest, model.y)


def test_b_is_that_of_the_dense_equations():
    model = around(noise=np.linspace(0, 0.5, 8))
    f = model.f(model.X)
    rows = np.eye(8)
    process = [
        GaussianProcess(model.X, row, np.linspace(0, 0.5, 8), FEATURES, THETA).alpha
        for row in rows
    ]
    K_inv = np.array(process)
    # y and the prior mean of b as observations of b, with precisions
    precision = f @ K_inv @ f + 1 / 0.5**2
    assert model.b == pytest.approx((f @ K_inv @ model.y + 0.3 / 0.5**2) / precision)


def test_gradients_equal_finite_differences():
    acquisition = LogExpectedImprovement(around(), best_f=0.5)
    X, step = columns(6, 3), 1e-6
    values, gradient = acquisition.with_gradient(X)
    np.testing.assert_allclose(values, acquisition(X))
    for column in range(2):
        up, down = X.copy(), X.copy()
        up[:, column] += step
        down[:, column] -= step
        numeric = (acquisition(up) - acquisition(down)) / (2 * step)
        np.testing.assert_allclose(gradient[:, column], numeric, rtol=1e-3, atol=1e-5)


def test_a_pending_point_leaves_the_mean_and_makes_it_certain():
    model, X = around(), columns(50, 2)
    pending = X[:2]
    conditioned = model.condition(pending)
    mean, std = conditioned.predict(X)
    np.testing.assert_allclose(mean, model.predict(X)[0], atol=0.02)
    assert (std[:2] < 0.5 * model.predict(pending)[1]).all()
    assert conditioned.b == model.b
