"""Equations by hand, and what must not change a comparison."""

import numpy as np
import pytest
from scipy.stats import t

from sklearn_hp._schedulers._paired import adjusted_means, make_standard

NAN = np.nan


def some_scores(n_trials=12, k=5, seed=0):
    rng = np.random.default_rng(seed)
    S = rng.normal(size=(n_trials, 1)) + rng.normal(size=k)
    S = S + 0.7 * rng.normal(size=(n_trials, k))
    S[4, 2:] = S[5, 1:] = S[6, 4:] = NAN
    return S


def test_nothing_to_compare_with():
    assert make_standard(np.empty((0, 3))) is None
    assert make_standard(np.array([[0.1, NAN], [NAN, NAN]])) is None


def test_the_equations_by_hand():
    # three complete: means 3, 2 and 0. The better half are the first two.
    S = np.array(
        [
            [5.0, 4.0, 3.0, 2.0, 1.0],
            [4.0, 3.0, 2.5, 0.5, 0.0],
            [0.0, 0.0, 0.0, 0.0, 0.0],
            [2.0, NAN, 2.0, NAN, NAN],
        ]
    )
    standard = make_standard(S)
    assert standard.incumbent == 0
    assert standard.mean == 3.0
    ease = (np.array([2, 1, 0, -1, -2]) + np.array([2, 1, 0.5, -1.5, -2])) / 2
    np.testing.assert_allclose(standard.ease, ease)
    v0 = 2 * 2 / (2 - 1) * np.var(S[0] - ease, ddof=1)
    # differences to the first: -1 -1 -0.5 -1.5 -1; -5 -4 -3 -2 -1; -3 -1
    # their means: -1, -3, -2; not below the median: the first and the last of them
    squares = 0.5**2 + 0.5**2 + 1 + 1
    nu = 2 + 4 + 1
    assert standard.dof == nu
    assert standard.variance == pytest.approx((2 * v0 + squares) / nu)
    luck = S[0] - 3 - ease
    assert standard.split_order() == np.argsort(-luck, kind="stable").tolist()

    mean, noise = standard.estimate(S[3])
    assert mean == 3.0 - 2.0
    assert noise == pytest.approx(standard.variance / 2 * (1 / 2 - 1 / 5))
    # either side of the threshold after two of five splits
    scale = np.sqrt(standard.variance * (5 - 2) / (5 * 2))
    threshold = t(nu).ppf(0.005) * scale
    for shift, beaten in [(1e-9, False), (-1e-9, True)]:
        row = np.full(5, NAN)
        row[[1, 3]] = S[0, [1, 3]] + threshold + shift
        assert standard.is_beaten(row, 0.005) == beaten
    assert not standard.is_beaten(S[0] - 99, 0.005), "it is complete"
    row = np.array([-99.0, NAN, NAN, NAN, NAN])
    assert standard.is_beaten(row, 0.005)
    assert not standard.is_beaten(row, 0)


def test_one_complete_trial_has_no_ease():
    S = np.array([[1.0, 2.0, 4.0], [0.0, NAN, NAN]])
    standard = make_standard(S)
    assert standard.ease.tolist() == [0, 0, 0]
    assert standard.variance == pytest.approx(2 * np.var(S[0], ddof=1))
    assert standard.dof == 2


@pytest.mark.parametrize("twin", [[1.0, 2.0, 4.0], [1.0, 2.0, 3.9]])
def test_twins_say_nothing_of_the_noise(twin):
    S = np.array([[1.0, 2.0, 4.0], twin])
    standard = make_standard(S)
    assert standard.variance == pytest.approx(2 * np.var(S[0], ddof=1))
    assert standard.dof == 2


@pytest.mark.parametrize("k", [2, 3, 5])
def test_constant_scores_drop_nothing(k):
    S = np.full((3, k), 0.5)
    standard = make_standard(S)
    assert standard.variance == 0
    row = np.full(k, NAN)
    for score in (0.4, 0.5, 0.6):
        row[0] = score
        assert not standard.is_beaten(row, 0.005)


def test_models_of_the_larger_class_drop_no_real_model():
    majority = [0.9125, 0.9, 0.9, 0.9, 0.9]
    S = np.array([majority, majority, majority, [0.9, NAN, NAN, NAN, NAN]])
    assert not make_standard(S[:3]).is_beaten(S[3], 0.005)


def test_the_first_of_equal_trials_is_the_incumbent():
    S = np.array([[0.1, 0.2, 0.3], [0.3, 0.1, 0.2], [0.3, 0.1, 0.2 + 1e-6]])
    assert make_standard(S[:2]).incumbent == 0, "the means differ by rounding"
    assert make_standard(S).incumbent == 2


@pytest.mark.parametrize("seed", range(5))
def test_constants_of_splits_and_units_change_nothing(seed):
    S = some_scores(seed=seed)
    of_splits = np.array([0.0, 10.0, -3.0, 100.0, 7.0])
    standard = make_standard(S)
    for other, unit in [(S + of_splits, 1), (S * 7, 7)]:
        same = make_standard(other)
        assert same.incumbent == standard.incumbent
        assert same.variance == pytest.approx(standard.variance * unit**2)
        assert same.split_order() == standard.split_order()
        for row, row_of_other in zip(S, other, strict=True):
            for alpha in (0.005, 0.1, 0.4):
                assert same.is_beaten(row_of_other, alpha) == standard.is_beaten(
                    row, alpha
                )


def test_trials_that_failed_are_looked_at_by_nobody():
    S = some_scores()
    with_failed = np.vstack([S[:3], np.full((2, 5), NAN), S[3:]])
    one, other = make_standard(S), make_standard(with_failed)
    assert one.variance == other.variance
    assert one.dof == other.dof


def test_estimates_of_dropped_trials_stay_below_the_incumbent():
    S = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 2.0], [9.0, NAN, NAN], [0.5, NAN, NAN]])
    dropped = np.array([False, False, True, True])
    means = adjusted_means(S, dropped)
    assert np.isnan(means[:2]).all()
    assert means[2] == np.nextafter(2.0, 0.0)
    assert means[3] == 1.5
    assert np.isnan(adjusted_means(S[2:], dropped[2:])).all()
