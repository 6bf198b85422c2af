"""Features of columns, and the warp of numeric ones."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from sklearn_hp._gaussian_process import Features
from sklearn_hp._gaussian_process._transforms import warp, warp_gradient


def test_layout():
    features = Features([0, 3, 0, 2])
    assert features.group.tolist() == [0, 1, 1, 1, 2, 3, 3]
    assert features.numeric.tolist() == [0, 4]
    assert features.numeric_columns.tolist() == [0, 2]
    assert features.n_columns == 4
    half = np.sqrt(0.5)
    np.testing.assert_allclose(
        features.expand(np.array([[0.25, 1, 0.75, 0], [0.0, -1, 0.0, 1]])),
        [[0.25, 0, half, 0, 0.75, half, 0], [0, 0, 0, 0, 0, 0, half]],
    )


def test_different_choices_are_at_distance_one():
    X = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [2.0, 1.0]])
    Z = Features([3, 2]).expand(X)
    expected = np.sum(X[:, None] != X[None], axis=2)  # Hamming
    np.testing.assert_allclose(cdist(Z, Z, "sqeuclidean"), expected, atol=1e-15)


def test_a_space_without_columns():
    assert Features([]).expand(np.zeros((3, 0))).shape == (3, 0)


def test_no_warp_and_any_warp():
    x = np.linspace(0, 1, 101)
    np.testing.assert_allclose(warp(x, 0.0, 0.0), x, atol=2e-6)
    rng = np.random.default_rng(0)
    for log_a, log_b in rng.uniform(-1.5, 1.5, (20, 2)):
        z = warp(x, log_a, log_b)
        assert (np.diff(z) >= 0).all()
        # strictly so, except where it is 1 to the last digit
        assert (np.diff(z[z < 1 - 1e-9]) > 0).all()
        assert z.min() >= 0
        assert z.max() <= 1
        a, b = np.exp(log_a), np.exp(log_b)
        inside = x[1:-1]
        np.testing.assert_allclose(z[1:-1], 1 - (1 - inside**a) ** b, atol=1e-14)


@pytest.mark.parametrize("log_a", [-1.5, 0.0, 1.5])
@pytest.mark.parametrize("log_b", [-1.5, 0.0, 1.5])
def test_gradient(log_a, log_b):
    x = np.linspace(0.02, 0.98, 49)
    dx, da, db = warp_gradient(x, log_a, log_b)
    h = 1e-6

    def central(plus, minus):
        return (warp(*plus) - warp(*minus)) / (2 * h)

    np.testing.assert_allclose(
        dx, central((x + h, log_a, log_b), (x - h, log_a, log_b)), rtol=1e-6, atol=1e-8
    )
    np.testing.assert_allclose(
        da, central((x, log_a + h, log_b), (x, log_a - h, log_b)), rtol=1e-6, atol=1e-8
    )
    np.testing.assert_allclose(
        db, central((x, log_a, log_b + h), (x, log_a, log_b - h)), rtol=1e-6, atol=1e-8
    )


@pytest.mark.parametrize("log_a", [-1.5, 1.5])
@pytest.mark.parametrize("log_b", [-1.5, 1.5])
def test_the_slope_is_finite_at_the_edges(log_a, log_b):
    for part in warp_gradient(np.array([0.0, 1.0]), log_a, log_b):
        assert np.isfinite(part).all()
