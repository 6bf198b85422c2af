"""Functions of candidates, whose effects are known, and candidates drawn for them."""

from itertools import combinations

import numpy as np

ISHIGAMI_A, ISHIGAMI_B = 7.0, 0.1


def ishigami(X):
    """Return sin z1 + a sin^2 z2 + b z3^4 sin z1, z in [-pi, pi]."""
    z = np.pi * (2 * X[:, :3] - 1)
    interaction = 1 + ISHIGAMI_B * z[:, 2] ** 4
    return interaction * np.sin(z[:, 0]) + ISHIGAMI_A * np.sin(z[:, 1]) ** 2


def ishigami_effects():
    """Return its Shapley effects; they sum to the variance."""
    a, b, pi = ISHIGAMI_A, ISHIGAMI_B, np.pi
    v1 = 0.5 * (1 + b * pi**4 / 5) ** 2
    v13 = b**2 * pi**8 * (1 / 18 - 1 / 50)
    return np.array([v1 + v13 / 2, a**2 / 8, v13 / 2])


def sobol_g(X, a):
    """Return Sobol's g function."""
    a = np.asarray(a)
    return np.prod((np.abs(4 * X[:, : len(a)] - 2) + a) / (1 + a), axis=1)


def sobol_g_effects(a):
    """Return its Shapley effects: the variance of a subset is a product."""
    v = 1 / (3 * (1 + np.asarray(a, dtype=float)) ** 2)
    effects = np.zeros(len(v))
    for size in range(1, len(v) + 1):
        for subset in combinations(range(len(v)), size):
            effects[list(subset)] += np.prod(v[list(subset)]) / size
    return effects


def bowl(X):
    """Return a score with an optimum; the last two parameters are irrelevant."""
    weight, best = np.array([4.0, 2.0, 1.0]), np.array([0.2, 0.7, 0.9])
    return -((X[:, :3] - best) ** 2) @ weight


def branch(X):
    """Return a score where 1 matters if 0 is 0, else 2; 3 is irrelevant."""
    return np.where(
        X[:, 0] == 0,
        1 - 3 * (np.nan_to_num(X[:, 1]) - 0.6) ** 2,
        0.3 + 0.4 * np.nan_to_num(X[:, 2]),
    )


def draw(n, n_choices, seed):
    """Return n candidates, drawn evenly."""
    n_choices = np.asarray(n_choices)
    U = np.random.default_rng(seed).random((n, len(n_choices)))
    return np.where(n_choices > 0, np.floor(U * n_choices), U)


BRANCH_CHOICES = np.array([2, 0, 0, 0])


def draw_branch(n, seed):
    """Return candidates of `branch`."""
    X = draw(n, BRANCH_CHOICES, seed)
    X[X[:, 0] == 1, 1] = np.nan
    X[X[:, 0] == 0, 2] = np.nan
    return X
