"""Shapley effects: known functions, and candidates as searches leave them."""

import time
from itertools import permutations

import numpy as np
import pytest

from sklearn_hp._gaussian_process import Features, GaussianProcess, default_theta
from sklearn_hp.inspection import _gp_importance
from sklearn_hp.inspection._gp_importance import (
    bounded,
    explained_by,
    fitted,
    gp_importance,
    sampled,
    shapley_effects,
    walsh,
)
from sklearn_hp.inspection._importance import draw_counts
from tests.inspection.functions import (
    BRANCH_CHOICES,
    bowl,
    branch,
    draw,
    draw_branch,
    ishigami,
    ishigami_effects,
    sobol_g,
    sobol_g_effects,
)

A = [0, 1, 4.5, 9]


def effects(f, d, seed=0):
    rng = np.random.default_rng(seed)
    return shapley_effects(lambda U: f(U)[:, np.newaxis], d, rng)[0]


def test_additive():
    def f(U):
        return U @ np.array([3.0, -2.0, 1.0, 0.0])

    expected = np.array([9.0, 4.0, 1.0, 0.0]) / 12
    np.testing.assert_allclose(effects(f, 4), expected, atol=1e-3)


# 2048 points of a Sobol sequence in 6 and 8 dimensions: seeds differ by 2 % and 1 %.
def test_interactions_are_shared_equally():
    np.testing.assert_allclose(effects(ishigami, 3), ishigami_effects(), rtol=0.06)
    found = effects(lambda U: sobol_g(U, A), 4)
    np.testing.assert_allclose(found, sobol_g_effects(A), rtol=0.03)


def test_orders_find_what_subsets_find(monkeypatch):
    exact = effects(lambda U: sobol_g(U, A), 4)
    monkeypatch.setattr(_gp_importance, "N_EXACT", 3)
    sampled = effects(lambda U: sobol_g(U, A), 4)
    # one order a pair: the effects vary by some 3 % of the sum
    np.testing.assert_allclose(sampled, exact, atol=0.05 * exact.sum())
    assert (sampled != exact).any()


def test_many_parameters_without_effect():
    found = effects(lambda U: sobol_g(U, A), 14)
    np.testing.assert_allclose(found[:4], sobol_g_effects(A), atol=0.03)
    np.testing.assert_allclose(found[4:], 0, atol=1e-12)


def test_the_subsets_formula_is_the_mean_over_all_orders():
    # of the cost (F(u) - F(w))^2 / 2, w any subset, for one pair of candidates
    F = np.random.default_rng(0).normal(size=8)
    cost = [np.mean((F - F[np.arange(8) ^ u]) ** 2) / 2 for u in range(8)]
    expected = np.zeros(3)
    for order in permutations(range(3)):
        before = 0
        for j in order:
            expected[j] += (cost[before | 1 << j] - cost[before]) / 6
            before |= 1 << j
    pair = np.r_[0.0, 0, 0, 1, 1, 1][np.newaxis]

    def f(U):  # F at the corners of the cube
        return F[(U @ [1, 2, 4]).astype(int)][:, np.newaxis]

    rng = np.random.default_rng(0)
    found = _gp_importance.effects_of_subsets(f, pair, rng)[0]
    np.testing.assert_allclose(found, expected)


def test_walsh():
    F = np.random.default_rng(0).normal(size=(2, 8, 3))
    signs = [[(-1) ** (u & v).bit_count() for u in range(8)] for v in range(8)]
    expected = np.einsum("vu,muk->mvk", np.array(signs) / 8, F)
    np.testing.assert_allclose(walsh(F), expected)


def test_the_process_of_a_sample_is_that_of_its_duplicates():
    X = draw(12, [0, 0], 0)
    y, features = bowl(np.column_stack([X, X])), Features([0, 0])
    noise = np.linspace(0.01, 0.1, 12)
    theta = default_theta(features)
    process = GaussianProcess(X, y, noise, features, theta)
    alphas = sampled(process, 3, np.random.default_rng(0))
    counts = draw_counts(12, 3, np.random.default_rng(0)).astype(int)
    new = draw(5, [0, 0], 1)
    for alpha, count in zip(alphas, counts, strict=True):
        rows = np.repeat(np.arange(12), count)
        refitted = GaussianProcess(X[rows], y[rows], noise[rows], features, theta)
        expected, _ = refitted.predict(new)
        np.testing.assert_allclose(process.covariance(new) @ alpha, expected)


def test_known_functions_from_fifty_candidates():
    truth = ishigami_effects() / ishigami_effects().sum()
    X = draw(100, [0] * 3, 0)
    found = gp_importance(X, np.zeros(3, int), ishigami(X), n_bootstrap=0)
    np.testing.assert_allclose(found.values, truth, atol=0.15)

    truth = sobol_g_effects(A) / sobol_g_effects(A).sum()
    X = draw(50, [0] * 4, 0)
    found = gp_importance(X, np.zeros(4, int), -sobol_g(X, A), n_bootstrap=0)
    np.testing.assert_allclose(found.values, truth, atol=0.1)


def test_irrelevant_parameters_and_their_spread():
    X = draw(50, [0] * 5, 1)
    found = gp_importance(X, np.zeros(5, int), bowl(X))
    assert (np.diff(found.values[:3]) < 0).all()
    assert (found.values[3:] < 0.02).all()
    assert found.draws.shape == (50, 5)
    np.testing.assert_allclose(found.draws.sum(axis=1), 1)
    np.testing.assert_allclose(found.draws.mean(axis=0), found.values, atol=0.1)
    assert (found.std[:3] > 1e-4).all()
    assert not found.is_guess


def test_a_conditional_parameter_counts_where_it_is_active():
    X = draw_branch(60, 0)
    found = gp_importance(X, BRANCH_CHOICES, branch(X), n_bootstrap=0).values

    def flat(U):  # the second matters where the first is below 1/2, ...
        V = U.copy()
        V[:, 0] = U[:, 0] >= 0.5
        return branch(V)

    truth = effects(flat, 4) / effects(flat, 4).sum()
    np.testing.assert_allclose(found, truth, atol=0.05)
    assert found[3] < 0.02


def test_what_matters_to_be_among_the_best():
    # the first decides most, but of those that are among the best 10 %, all have its
    # better choice
    X = draw(80, [2, 0, 0], 0)
    y = 4 * X[:, 0] + X[:, 1]
    choices = np.array([2, 0, 0])
    overall = gp_importance(X, choices, y, n_bootstrap=0).values
    best = gp_importance(X, choices, y, n_bootstrap=0, top=0.1).values
    np.testing.assert_allclose(overall, [12 / 13, 1 / 13, 0], atol=0.06)
    assert best[1] > best[0] > 0.1
    assert best[2] < 0.05


def test_a_plateau_of_the_best_is_no_order():
    X = draw(60, [3, 5], 0)
    y = (X[:, 0] == 1).astype(float)
    found = gp_importance(X, np.array([3, 5]), y, n_bootstrap=0, top=0.1)
    np.testing.assert_allclose(found.values, [1, 0], atol=0.02)


def test_the_seed_decides_all():
    X = draw(40, [0, 3], 0)
    y = X[:, 0] + (X[:, 1] == 1)
    one, same, other = (
        gp_importance(X, np.array([0, 3]), y, random_state=seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.draws, same.draws)
    assert (one.draws != other.draws).any()


@pytest.mark.parametrize("top", [None, 0.1])
@pytest.mark.parametrize("n", [0, 1, 40])
def test_where_all_scores_are_equal_nothing_matters(n, top):
    X = draw(n, [0, 3], 0)
    for scores in (np.ones(n), np.full(n, np.nan)):
        found = gp_importance(X, np.array([0, 3]), scores, top=top)
        np.testing.assert_array_equal(found.values, 0)
        np.testing.assert_array_equal(found.draws, np.zeros((50, 2)))


def test_one_parameter_has_it_all():
    X = draw(40, [0], 0)
    found = gp_importance(X, np.array([0]), X[:, 0] ** 2)
    np.testing.assert_allclose(found.values, 1)
    np.testing.assert_allclose(found.std, 0, atol=1e-12)


def test_no_parameter():
    assert (
        gp_importance(np.zeros((9, 0)), np.array([]), np.arange(9.0)).values.size == 0
    )


def test_a_parameter_that_never_varied_does_not_matter():
    X = np.column_stack([draw(40, [0, 3], 0), np.full(40, 0.3), np.full(40, 2)])
    choices = np.array([0, 3, 0, 4])
    found = gp_importance(X, choices, X[:, 0] + (X[:, 1] == 1))
    np.testing.assert_allclose(found.values[2:], 0, atol=1e-12)


def test_failures_and_duplicates():
    X = np.repeat(draw(25, [0, 0], 0), 2, axis=0)
    y = np.where(X[:, 1] > 0.7, np.nan, 0.01 * X[:, 0])
    found = gp_importance(X, np.array([0, 0]), y)
    assert found.values[1] > 0.3  # it decides what fails
    assert np.isfinite(found.draws).all()


def test_fits_that_diverged_leave_the_others_apart():
    X = draw(60, [0, 0, 0], 0)
    y = bowl(X) - np.exp(50 * np.maximum(X[:, 1] - 0.6, 0))
    choices = np.zeros(3, int)
    best = gp_importance(X, choices, y, n_bootstrap=0, top=0.1).values
    assert best[0] > 0.2  # 0.001 without a bound
    assert np.argmax(gp_importance(X, choices, y, n_bootstrap=0).values) == 1
    y[0] = -1e300
    assert np.isfinite(gp_importance(X, choices, y).draws).all()


def test_scores_are_bounded_by_the_distance_of_the_best():
    scores = np.array([2.0, 0, 1, -28, -30])
    np.testing.assert_array_equal(bounded(scores), scores)
    np.testing.assert_array_equal(
        bounded(np.array([1, 0, -31, 0.5, 0])), [1, 0, -30, 0.5, 0]
    )
    scores = np.array([1.0, 1, 1, -1e9])  # the median is the best
    np.testing.assert_array_equal(bounded(scores), scores)
    np.testing.assert_array_equal(bounded(np.array([0, -1e300])), [0, -1e100])


def test_of_many_candidates_the_model_sees_the_best_and_others():
    X = draw(500, [0, 0], 0)
    y = bowl(np.column_stack([X, X]))
    process = fitted(X, y, Features([0, 0]), np.random.default_rng(0))
    assert len(np.unique(process.X, axis=0)) == 200
    best = X[np.argsort(-y)[:100]]
    np.testing.assert_array_equal(process.X[:100], best)
    assert np.quantile(process.y[100:], 0.1) < process.y[:100].min()


@pytest.mark.slow
@pytest.mark.parametrize("d", [10, 12])
def test_a_thousand_candidates_take_less_than_two_seconds(d):
    X = draw(1000, [0] * d, 0)
    y = bowl(X)
    start = time.process_time()
    gp_importance(X, np.zeros(d, int), y)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(("noise", "low", "high"), [(0.0, 0.98, 1.0), (3.0, -0.3, 0.3)])
def test_what_the_model_explains(noise, low, high):
    rng = np.random.default_rng(0)
    X = rng.random((60, 2))
    scores = X[:, 0] + noise * rng.normal(size=60)
    found = gp_importance(X, np.zeros(2, int), scores)
    assert low <= found.explained <= high


def test_explained_is_by_leaving_out_each_candidate():
    rng = np.random.default_rng(0)
    rows = rng.random((12, 2))
    y = rows[:, 0] + 0.2 * rng.normal(size=12)
    process = fitted(rows, y, Features(np.zeros(2, int)), rng)
    errors = []
    for i in range(12):
        rest = np.arange(12) != i
        A = process.covariance(process.X) + np.diag(process.noise_variance)
        weights = np.linalg.solve(A[np.ix_(rest, rest)], process.y[rest])
        errors.append(process.y[i] - A[i, rest] @ weights)
    expected = 1 - np.mean(np.square(errors)) / process.y.var()
    assert explained_by(process) == pytest.approx(expected)
