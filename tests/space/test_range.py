"""Distributions whose values are not listed."""

import math

import numpy as np
import pytest
from scipy import stats

from sklearn_hp.space import log_randint
from sklearn_hp.space._entries import make_dimension
from sklearn_hp.space._range import Continuous, ManyIntegers


class Triangle(stats.rv_continuous):
    """Only a density, as users write it: cdf and ppf come from scipy's integration."""

    def _pdf(self, x):
        return 2 * x


CONTINUOUS = {
    "uniform": stats.uniform(-3, 5),
    "loguniform": stats.loguniform(1e-6, 1e3),
    "truncnorm": stats.truncnorm(-2, 1, loc=3, scale=2),
    "beta": stats.beta(0.5, 2),
    "norm": stats.norm(10, 2),
    "expon": stats.expon(scale=0.1),
    "gamma": stats.gamma(2, scale=3),
    "lognorm": stats.lognorm(1, scale=0.01),
    "cauchy": stats.cauchy(),
    "triang": stats.triang(0.3, loc=-1, scale=4),
    "a family": stats.uniform,
    "rv_histogram": stats.rv_histogram(
        np.histogram([1, 1, 2, 4, 4, 4, 9], bins=5), density=False
    ),
    "own": Triangle(a=0, b=1, name="triangle")(),
}
# more values than are listed
MANY = {
    "randint": stats.randint(0, 10**6),
    "just too many": stats.randint(0, 10_001),
    "log_randint": log_randint(1, 10**6),
    "geom": stats.geom(1e-5),
    "poisson": stats.poisson(1e6),
}


@pytest.mark.parametrize("distribution", CONTINUOUS.values(), ids=CONTINUOUS)
def test_continuous_values_survive_the_way_there_and_back(distribution):
    dimension = make_dimension(distribution)
    assert isinstance(dimension, Continuous)
    for value in distribution.rvs(size=20, random_state=0):
        u = dimension.encode(value)
        assert 0 <= u <= 1
        decoded = dimension.decode(u)
        assert type(decoded) is float
        # where the cdf is close to 1, its last digit is many digits of the value
        spacing = 4e-16 / max(float(distribution.pdf(value)), 1e-300)
        assert decoded == pytest.approx(value, rel=1e-7, abs=max(1e-9, spacing))


# ------------------------------------------------------------------ ends

BOUNDED = {
    "uniform": stats.uniform(),
    "of no sign": stats.uniform(-1, 2),
    "not at 0": stats.uniform(0.5, 0.5),
    "very narrow": stats.uniform(1, 1e-15),
    "far off": stats.uniform(1e12, 1),
    "of infinite density": stats.beta(0.5, 0.5),
    "of next to all weight at the ends": stats.beta(0.01, 0.01),
    "of no density": stats.beta(2, 2),
    "truncnorm": stats.truncnorm(-2, 2, loc=2),
    "up to 1": stats.loguniform(1e-3, 1),
}
HALF_BOUNDED = {
    "expon": stats.expon(scale=100),
    "gamma": stats.gamma(2),
    "gamma of infinite density": stats.gamma(0.01),
    "lognorm": stats.lognorm(1, scale=0.01),
    "halfnorm": stats.halfnorm(),
    "chi2": stats.chi2(1),
    "pareto": stats.pareto(2),
    "weibull": stats.weibull_min(1.5),
    "moved": stats.expon(loc=-3),
    "from below": stats.weibull_max(1.5),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_the_part_of_a_continuous_range_that_is_searched(name):
    dimension = make_dimension(CONTINUOUS[name])
    ends = dimension.snap(np.array([0.0, 1.0]))
    low, high = CONTINUOUS[name].support()
    if math.isfinite(low) and math.isfinite(high):
        margin = 0.0 if name == "loguniform" else 1e-6
    else:  # not where only one in 1,000 draws is
        margin = 1e-3
    np.testing.assert_array_equal(ends, [margin, 1 - margin])
    assert low <= dimension.decode(ends[0]) < dimension.decode(ends[1]) <= high
    assert math.isfinite(dimension.decode(0.0))
    assert math.isfinite(dimension.decode(1.0))
    u = np.random.default_rng(0).random(50)
    np.testing.assert_array_equal(dimension.snap(dimension.snap(u)), dimension.snap(u))


@pytest.mark.parametrize("name", [*BOUNDED, *HALF_BOUNDED])
def test_no_end_of_a_continuous_range_is_proposed(name):
    distribution = {**BOUNDED, **HALF_BOUNDED}[name]
    dimension = make_dimension(distribution)
    low, high = distribution.support()
    for u in (0.0, 1e-12, 0.5, 1.0):
        value = dimension.decode(dimension.snap(np.array([u]))[0])
        assert low < value < high or value == 1e-3  # which loguniform may be
        assert low < dimension.decode(u) < high or value == 1e-3
        assert not math.isnan(dimension.encode(value))
    # but nobody is told that it is no value
    for end in filter(math.isfinite, (low, high)):
        assert dimension.encode(end) in (0.0, 1.0)
        assert dimension.canonical(end) is end


def test_ends_that_are_meant():
    for low, high in ((1e-3, 1e3), (0.1, 0.9), (1 / 3, 1e5)):
        for log in (stats.loguniform(low, high), stats.reciprocal(low, high)):
            dimension = make_dimension(log)
            assert dimension.decode(dimension.snap(np.array([0.0]))[0]) == low
            assert dimension.decode(dimension.snap(np.array([1.0]))[0]) == high
    for values in (stats.randint(0, 10**6), stats.randint(0, 5), range(5)):
        dimension = make_dimension(values)
        assert dimension.decode(dimension.snap(np.array([0.0]))[0]) == 0
        assert dimension.decode(dimension.snap(np.array([1.0]))[0]) in (4, 10**6 - 1)


def test_digits_of_a_narrow_range_far_off_zero():
    dimension = make_dimension(stats.uniform(1e12, 1))
    values = {dimension.decode(u) for u in np.linspace(0.1, 0.9, 100)}
    assert len(values) == 100
    assert make_dimension(stats.uniform(1, 1)).decode(0.3) == 1.3


@pytest.mark.parametrize("distribution", CONTINUOUS.values(), ids=CONTINUOUS)
def test_what_is_no_value_of_a_continuous_distribution(distribution):
    dimension = make_dimension(distribution)
    for value in (None, "1", np.nan, True, [0.5], 0.5j):
        assert math.isnan(dimension.encode(value)), value
    low, high = distribution.support()
    assert math.isnan(dimension.encode(low - 1)) or low == -np.inf
    assert math.isnan(dimension.encode(high + 1)) or high == np.inf


@pytest.mark.parametrize("distribution", MANY.values(), ids=MANY)
def test_more_values_than_are_listed(distribution):
    dimension = make_dimension(distribution)
    assert isinstance(dimension, ManyIntegers)
    u = np.linspace(0, 1, 101)
    snapped = dimension.snap(u)
    np.testing.assert_allclose(dimension.snap(snapped), snapped, rtol=0, atol=1e-15)
    # a cell is the weight of a value wide; up to 1e-3 outside is not searched
    assert np.abs(snapped - u).max() < 0.1
    for value in distribution.rvs(size=30, random_state=0):
        decoded = dimension.decode(dimension.encode(value))
        assert type(decoded) is int
        assert decoded == value
    assert math.isnan(dimension.encode(1.5))
    assert math.isnan(dimension.encode(-1))
    assert math.isnan(dimension.encode("1"))


def test_large_integers_are_not_rounded():
    dimension = make_dimension(stats.randint(0, 2**60))
    decoded = [dimension.decode(u) for u in np.linspace(0.1, 0.9, 9)]
    assert all(type(value) is int for value in decoded)
    assert any(value % 1000 for value in decoded)  # 12 digits would end in zeros
    assert dimension.canonical(2**60 - 1) == 2**60 - 1
