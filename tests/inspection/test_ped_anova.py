"""PED-ANOVA: the formulas of the papers, and candidates as searches leave them."""

from itertools import permutations

import numpy as np
import pytest

from sklearn_hp.inspection._ped_anova import (
    BEST,
    bandwidth,
    best_share,
    explained,
    ped_anova,
    smoother,
)
from tests.inspection.functions import (
    BRANCH_CHOICES,
    bowl,
    branch,
    draw,
    draw_branch,
    sobol_g,
)


def raw_explained(cells, S, b):
    """Return what the column explains, with nothing subtracted: gamma'^2 D."""
    p = S[cells].mean(axis=0)
    p_top = (b[:, np.newaxis] * S[cells]).sum(axis=0) / b.sum()
    return b.mean() ** 2 * np.sum(p * (p_top / p - 1) ** 2)


def explained_by(cells, S, b):
    W = np.ones((1, len(cells)))
    return explained(cells, S, W, [b[np.newaxis]])[0] / len(cells)


@pytest.mark.parametrize("n_choices", [0, 3])
def test_it_is_the_divergence_less_that_of_any_order(n_choices):
    x = draw(7, [n_choices], 0)[:, 0]
    cells, S = smoother(x, n_choices)
    b = np.array([1.0, 0, 0, 0.5, 0, 1, 0])  # a tie at the threshold
    by_chance = np.mean(
        [raw_explained(cells, S, b[[*o]]) for o in permutations(range(7))]
    )
    expected = raw_explained(cells, S, b) - by_chance
    assert explained_by(cells, S, b) == pytest.approx(expected)


def test_a_conditional_parameter_counts_where_it_is_active():
    # gamma'^2 alpha^2 / beta D of the active ones
    X = draw_branch(4000, 0)
    y = branch(X)
    top = best_share(np.unique(y, return_inverse=True)[1], np.ones((1, 4000)), 0.2)[0]
    active = ~np.isnan(X[:, 1])
    cells, S = smoother(X[active, 1], 0)
    alpha, beta = top[active].sum() / top.sum(), active.mean()
    of_active = raw_explained(cells, S, top[active]) / top[active].mean() ** 2  # D
    expected = 0.2**2 * alpha**2 / beta * of_active
    W = np.ones((1, active.sum()))
    found = explained(cells, S, W, [top[np.newaxis, active]])[0] / len(X)
    assert found == pytest.approx(expected, rel=0.01)


def test_shares_of_the_best():
    W = np.array([[1.0, 1, 1, 1, 1], [2, 0, 0, 3, 0], [0, 0, 0, 0, 5]])
    ranks = np.array([0, 2, 2, 1, 2])
    np.testing.assert_allclose(
        W * best_share(ranks, W, 0.4),
        [[0, 2 / 3, 2 / 3, 0, 2 / 3], [0, 0, 0, 2, 0], [0, 0, 0, 0, 2]],
    )


def test_known_function_of_many_candidates():
    # b is 1 where x0 > 1/2 and choice 1 is 0, of 4: P(b = 1) = 1/8
    X = draw(20_000, [0, 4, 0], 0)
    y = ((X[:, 0] > 0.5) & (X[:, 1] == 0)).astype(float)
    found = ped_anova(X, np.array([0, 4, 0]), y, top=(1 / 8,), n_bootstrap=0).values
    v0 = (1 / 8) ** 2  # 0 or 1/4 with mean 1/8
    v1 = 1 / 4 * (3 / 8) ** 2 + 3 / 4 * (1 / 8) ** 2
    np.testing.assert_allclose(found, np.array([v0, v1, 0]) / (v0 + v1), atol=0.03)


def test_ranks_and_spread():
    X = draw(100, [0] * 5, 0)
    found = ped_anova(X, np.zeros(5, int), bowl(X))
    assert (np.diff(found.values[:3]) < 0).all()
    assert (found.values[3:] < 0.05).all()
    assert found.values.sum() == pytest.approx(1)
    assert found.draws.shape == (100, 5)
    assert (0.01 < found.std[:3]).all()
    assert (found.std < 0.2).all()
    assert not found.is_guess


def test_interactions_count_in_part():
    X = draw(400, [0] * 4, 0)
    found = ped_anova(X, np.zeros(4, int), -sobol_g(X, [0, 1, 9, 99]))
    assert (np.diff(found.values[:3]) < 0).all()
    assert (found.values[2:] < 0.05).all()


def test_choices_that_do_not_matter_get_nothing_however_many():
    # without what chance explains, the 20 choices come out above the number
    found = []
    for seed in range(10):
        X = draw(60, [0, 20], seed)
        y = X[:, 0] + np.random.default_rng(seed).normal(scale=0.5, size=60)
        found.append(ped_anova(X, np.array([0, 20]), y, n_bootstrap=0).values)
    assert np.mean(found, axis=0)[1] < 0.3


def test_among_the_best_and_within_a_region():
    X = draw(2000, [2, 0, 0], 0)
    y = 4 * X[:, 0] + X[:, 1]
    choices = np.array([2, 0, 0])
    overall = ped_anova(X, choices, y, n_bootstrap=0).values
    best = ped_anova(X, choices, y, top=BEST, n_bootstrap=0).values
    within = ped_anova(X, choices, y, region=0.4, n_bootstrap=0).values
    assert overall[0] > 0.7
    assert best[1] > 0.5
    assert within[1] > 0.99  # all of them have the better choice


@pytest.mark.parametrize("region", [1.0, 0.5])
@pytest.mark.parametrize("n", [0, 1, 40])
def test_where_all_scores_are_equal_nothing_matters(n, region):
    X = draw(n, [0, 3], 0)
    for scores in (np.ones(n), np.full(n, np.nan)):
        found = ped_anova(X, np.array([0, 3]), scores, region=region)
        np.testing.assert_array_equal(found.values, 0)
        np.testing.assert_array_equal(found.draws, np.zeros((100, 2)))


def test_ties_do_not_depend_on_the_order_of_the_candidates():
    X = draw(60, [0, 3], 0)
    y = np.round(2 * X[:, 0])
    order = np.random.default_rng(0).permutation(60)
    one = ped_anova(X, np.array([0, 3]), y, n_bootstrap=0).values
    other = ped_anova(X[order], np.array([0, 3]), y[order], n_bootstrap=0).values
    np.testing.assert_allclose(one, other)
    assert one[0] > 0.8


def test_one_parameter():
    X = draw(40, [0], 0)
    found = ped_anova(X, np.array([0]), X[:, 0] ** 2)
    np.testing.assert_allclose(found.values, 1)
    np.testing.assert_allclose(found.std, 0, atol=1e-12)
    X = np.full((40, 1), 0.3)
    y = np.random.default_rng(0).random(40)
    np.testing.assert_array_equal(ped_anova(X, np.array([0]), y).values, 0)


def test_categories_only_and_duplicates():
    X = draw(60, [3, 5], 0)  # 15 different candidates
    y = np.array([0.0, 1, 3])[X[:, 0].astype(int)] + 0.1 * X[:, 1]
    found = ped_anova(X, np.array([3, 5]), y)
    assert found.values[0] > 0.8


def test_a_failed_candidate_is_the_worst():
    X = draw(80, [0, 0], 0)
    y = np.where(X[:, 1] > 0.7, np.nan, X[:, 0])
    worst = np.where(X[:, 1] > 0.7, np.nanmin(y), X[:, 0])
    infinite = np.where(X[:, 1] > 0.7, -np.inf, X[:, 0])
    expected = ped_anova(X, np.array([0, 0]), worst).values
    assert expected[1] > 0.2
    for scores in (y, infinite):
        found = ped_anova(X, np.array([0, 0]), scores).values
        np.testing.assert_array_equal(found, expected)


def test_a_conditional_branch():
    X = draw_branch(200, 0)
    found = ped_anova(X, BRANCH_CHOICES, branch(X), n_bootstrap=0).values
    assert (found[:3] > 0.1).all()
    assert found[3] < 0.03


def test_bandwidth():
    x = np.random.default_rng(0).normal(0.5, 0.1, size=10_000)
    assert bandwidth(x) == pytest.approx(1.059 * 0.1 * 10_000**-0.2, rel=0.03)
    assert bandwidth(np.full(9, 0.3)) == 0.01  # half a cell
    assert bandwidth(x[:1]) == 1
