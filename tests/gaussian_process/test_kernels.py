"""Matern-5/2, against its definition."""

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import gamma, kv
from sklearn.gaussian_process.kernels import Matern

from sklearn_hp._gaussian_process._kernels import matern52, squared_distance


def test_weighted_squared_distances():
    rng = np.random.default_rng(0)
    A, B, w = rng.random((7, 3)), rng.random((5, 3)), rng.random(3)
    expected = cdist(A, B, "sqeuclidean", w=w)
    np.testing.assert_allclose(squared_distance(A, B, w), expected, atol=1e-14)
    assert (squared_distance(A, A, 1e6 * w) >= 0).all()


def test_it_is_the_matern_kernel():
    r2 = np.linspace(0.01, 20, 50)
    r = np.sqrt(5 * r2)
    general = 2 ** (1 - 2.5) / gamma(2.5) * r**2.5 * kv(2.5, r)  # [RW] Eq. 4.14
    np.testing.assert_allclose(matern52(r2, 1.7)[0], 1.7 * general)
    X = np.random.default_rng(0).random((6, 2))
    theirs = Matern(length_scale=[0.5, 2.0], nu=2.5)(X)
    ours, _ = matern52(squared_distance(X, X, np.array([4.0, 0.25])), 1.0)
    np.testing.assert_allclose(ours, theirs, atol=1e-7)


def test_gradient():
    r2, h = np.linspace(0.01, 10, 50), 1e-6
    _, dk = matern52(r2, 2.0)
    central = (matern52(r2 + h, 2.0)[0] - matern52(r2 - h, 2.0)[0]) / (2 * h)
    np.testing.assert_allclose(dk, central, rtol=1e-6)
    # finite where points meet
    assert matern52(np.zeros(1), 2.0)[1] == -5 / 3
