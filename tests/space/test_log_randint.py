"""Integers with a log-uniform distribution, here and in scikit-learn."""

import pickle
import re

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import ParameterSampler, RandomizedSearchCV
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp.space import log_randint

RANGES = [(1, 2), (1, 3), (1, 1001), (7, 8), (10, 1001), (999, 1001), (3, 20_000)]


@pytest.mark.parametrize("low, high", RANGES)
def test_probabilities(low, high):
    distribution = log_randint(low, high)
    k = np.arange(low, high)
    assert distribution.support() == (low, high - 1)
    pmf, cdf = distribution.pmf(k), distribution.cdf(k)
    assert pmf.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(np.cumsum(pmf), cdf, rtol=0, atol=1e-12)
    np.testing.assert_allclose(pmf, np.log((k + 1) / k) / np.log(high / low))
    # the integer part of a log-uniform variable
    np.testing.assert_allclose(cdf, stats.loguniform(low, high).cdf(k + 1), atol=1e-14)
    outside = [low - 1, high]
    np.testing.assert_array_equal(distribution.pmf(outside), 0)
    np.testing.assert_array_equal(distribution.cdf(outside), [0, 1])
    assert distribution.pmf(low + 0.5) == 0


@pytest.mark.parametrize("low, high", RANGES)
def test_ppf_inverts_cdf_at_all_values(low, high):
    distribution = log_randint(low, high)
    k = np.arange(low, high)
    cdf = distribution.cdf(k)
    np.testing.assert_array_equal(distribution.ppf(cdf), k)
    # from just above the cdf of a value, it is the next
    above = np.nextafter(cdf[:-1], 2)
    np.testing.assert_array_equal(distribution.ppf(above), k[1:])
    np.testing.assert_array_equal(distribution.ppf(cdf - distribution.pmf(k) / 2), k)
    assert distribution.ppf(1.0) == high - 1
    assert distribution.ppf(1e-12) == low


def test_draws():
    distribution = log_randint(10, 1000)
    drawn = distribution.rvs(size=10_000, random_state=0)
    assert drawn.dtype.kind == "i"
    assert drawn.min() >= 10
    assert drawn.max() < 1000
    # half of them below the geometric mean; five standard deviations of a share
    assert np.mean(drawn < 100) == pytest.approx(0.5, abs=5 * 0.5 / 100)


def test_pickled_and_cloned():
    distribution = log_randint(2, 50)
    restored = pickle.loads(pickle.dumps(distribution))
    k = np.arange(2, 50)
    np.testing.assert_array_equal(restored.pmf(k), distribution.pmf(k))
    assert restored.rvs(random_state=0) == distribution.rvs(random_state=0)


def test_in_scikit_learn():
    distribution = {"max_depth": log_randint(1, 20)}
    sampled = list(ParameterSampler(distribution, 50, random_state=0))
    assert {1} < {params["max_depth"] for params in sampled} <= set(range(1, 20))
    search = RandomizedSearchCV(
        DecisionTreeClassifier(random_state=0),
        distribution,
        n_iter=5,
        cv=2,
        random_state=0,
    )
    X, y = load_iris(return_X_y=True)
    scores = clone(search).fit(X, y).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(
        scores, search.fit(X, y).cv_results_["mean_test_score"]
    )


@pytest.mark.parametrize(
    "low, high, error, message",
    [
        (1.0, 10, TypeError, "got low=1.0 of type float"),
        (1, "10", TypeError, "got high='10' of type str"),
        (True, 10, TypeError, "got low=True of type bool"),
        (1, 10.5, TypeError, "pass scipy.stats.loguniform(low, high)"),
        (0, 10, ValueError, "no logarithm of low=0. Give a low of at least 1"),
        (-3, 10, ValueError, "pass scipy.stats.randint(low, high)"),
        (5, 5, ValueError, "got low=5 and high=5. Give a high above low"),
        (5, 2, ValueError, "draws from low up to high - 1"),
    ],
)
def test_errors(low, high, error, message):
    with pytest.raises(error, match=re.escape(message)):
        log_randint(low, high)


def test_ends_that_are_numpy_integers():
    assert log_randint(np.int64(1), np.int32(5)).support() == (1, 4)
