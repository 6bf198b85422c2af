import numpy as np
import pytest
from scipy.special import ndtri

from sklearn_hp.samplers._targets import WarpedScores, half_rank, warp_scores


def spread_of_the_better_half(scores):
    median = np.median(scores)
    return np.sqrt(np.mean((scores[scores >= median] - median) ** 2))


def test_scores_that_tell_nothing():
    assert warp_scores(np.array([])) is None
    assert warp_scores(np.array([1.0, np.nan])) is None
    assert warp_scores(np.full(9, 0.1)) is None
    assert warp_scores(1 + 1e-16 * np.arange(9)) is None
    # far closer than they are to zero, and yet told apart
    assert warp_scores(1 + 1e-12 * np.arange(9)) is not None


def test_standardised():
    y = WarpedScores(np.array([1.0, 2.0, np.nan, 4.0, -np.inf])).y
    assert y.mean() == pytest.approx(0)
    assert y.std() == pytest.approx(1)
    # failures are as bad as the worst
    assert y[2] == y[4] == y[0] == y.min()


def test_the_worse_half_is_spread_like_the_better():
    scores = np.array([0.9, 0.8, 0.7, -1e3, 0.6, -1e12, -7.0, 0.85])
    out = half_rank(scores)
    # the better half is as it was, the order of all too
    better = scores >= np.median(scores)
    np.testing.assert_array_equal(out[better], scores[better])
    np.testing.assert_array_equal(np.argsort(out), np.argsort(scores))
    # the four below the median 0.65, by hand
    spread = spread_of_the_better_half(scores)
    expected = 0.65 + spread * ndtri(np.array([0.5, 1.5, 2.5, 3.5]) / 8)
    np.testing.assert_allclose(np.sort(out)[:4], expected)


def test_a_narrow_worse_half_stays_as_it_is():
    scores = np.array([0.0, 0.01, 0.02, 0.03, 0.5, 2.0, 3.3])
    np.testing.assert_array_equal(half_rank(scores), scores)


def test_a_better_half_of_equal_scores():
    scores = np.array([0.6, 0.6, 0.6, 0.6, 0.5, 0.4, -1e12])
    out = half_rank(scores)
    np.testing.assert_array_equal(np.argsort(out)[:3], [6, 5, 4])
    np.testing.assert_array_equal(out[:4], scores[:4])
    assert out.min() > 0


@pytest.mark.parametrize("seed", range(3))
def test_there_and_back(seed):
    scores = np.random.default_rng(seed).standard_cauchy(25)
    warped = WarpedScores(scores)
    np.testing.assert_allclose(warped.to_scores(warped.y), scores, rtol=1e-9)
    # monotone between the scores told and above them, and never below the worst
    back = warped.to_scores(np.linspace(-5, 5, 400))
    assert (np.diff(back) >= 0).all()
    # and beyond
    assert back.min() < scores.min()
    assert back.max() > scores.max()


def test_affine_scores_are_the_same_to_the_model():
    scores = np.random.default_rng(0).normal(size=20)
    other = WarpedScores(3e4 * scores - 7).y
    np.testing.assert_allclose(other, WarpedScores(scores).y, atol=1e-9)


def test_huge_scores():
    y = WarpedScores(np.array([1e300, -1e300, 1.0, 0.0])).y
    assert np.isfinite(y).all()


def test_a_score_that_diverged_is_as_good_as_none():
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    diverged, failed = np.append(scores, -1e12), np.append(scores, np.nan)
    np.testing.assert_array_equal(WarpedScores(diverged).y, WarpedScores(failed).y)
    assert WarpedScores(diverged).to_scores(np.array([-1.0])) > 0
    # a bad score is a score
    bad = WarpedScores(np.append(scores, -1e3)).y
    assert bad[-1] < bad[:-1].min()


def test_a_score_that_diverged_counts_where_nothing_else_tells_them_apart():
    y = WarpedScores(np.array([0.9, 0.9, 0.9, -1e12])).y
    assert y[-1] < y[0] == y[1] == y[2]


def test_variances_are_in_units_of_the_model():
    warped = WarpedScores(np.array([1.0, 2.0, 4.0, np.nan]))
    step = np.diff(warped.y[1:3])[0] / 2  # of one unit of the score
    noise = warped.to_noise([0.0, 0.25, 1.0, 1.0])
    np.testing.assert_allclose(noise, [0, 0.25 * step**2, step**2, 0])
    tiny = WarpedScores(1e-150 * np.array([1.0, 2.0, 4.0]))
    np.testing.assert_array_equal(tiny.to_noise([0, 1, np.inf]), [0, 1e8, 1e8])
