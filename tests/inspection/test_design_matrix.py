"""Which candidates of a search can be compared, as arrays."""

import numpy as np
import pytest
from scipy.stats import loguniform, norm

from sklearn_hp import RandomSearchCV
from sklearn_hp.inspection._data import read_search
from sklearn_hp.inspection._design_matrix import design_matrix
from tests.inspection import _searches as fitted

NAN = np.nan


def design_of(search, metric=None):
    data = read_search(search)
    return design_matrix(data, data.metric(metric))


def test_columns_are_on_the_scale_of_the_range():
    design = design_of(fitted.random())
    data = read_search(fitted.random())
    names = [parameter.name for parameter in data.parameters]
    depth = np.array([params["max_depth"] for params in data.candidates])
    np.testing.assert_allclose(design.X[:, names.index("max_depth")], (depth - 1) / 18)
    assert design.n_choices[names.index("criterion")] == 2
    assert design.rows.tolist() == list(range(40))


@pytest.mark.parametrize(
    ("distribution", "expected"),
    # 100 lies outside; a range without ends is that of its values
    [(loguniform(0.01, 1), [0, 0.5, 1, 1]), (norm(), [0, 0.01, 0.1, 1])],
)
def test_values_outside_of_the_range(distribution, expected):
    search = RandomSearchCV(fitted.TREE, {"a": distribution})
    values = np.array([0.01, 0.1, 1.0, 100])
    if expected[1] < 0.5:
        expected = (values - 0.01) / 99.99
    search.cv_results_ = {
        "params": [{"a": value} for value in values],
        "mean_test_score": np.arange(4.0),
    }
    np.testing.assert_allclose(design_of(search).X[:, 0], expected)


def test_what_failed_is_there_without_a_score():
    design = design_of(fitted.with_failures())
    assert len(design.scores) == 6 and np.isnan(design.scores).sum() == 4


def test_dropped_candidates_count_by_the_splits_they_had():
    """Both ran on the easy split alone, and are as good as its mean and 0.1 worse."""
    design = design_of(
        {
            "params": [{"a": i} for i in range(5)],
            "mean_test_score": [0.7, 0.5, 0.8, 0.7, NAN],
            "split0_test_score": [0.9, 0.7, 0.8, 0.7, NAN],
            "split1_test_score": [0.5, 0.3, NAN, NAN, NAN],
            "n_splits_run": [2, 2, 1, 1, 2],
        }
    )
    np.testing.assert_allclose(design.scores, [0.7, 0.5, 0.6, 0.5, NAN])


def test_pruned_trials_count_by_what_they_reported():
    data = read_search(fitted.study())
    design = design_of(fitted.study())
    complete, pruned = data.states == "complete", data.states == "dropped"
    found = dict(zip(design.rows, design.scores, strict=True))
    finals = data.scores["value"][complete]
    for row in np.flatnonzero(pruned & np.isin(np.arange(len(data)), design.rows)):
        at, told = (values[-1] for values in data.reports[row])
        others = [
            dict(zip(*data.reports[other], strict=True))[at]
            for other in np.flatnonzero(complete)
        ]
        assert found[row] == np.quantile(finals, np.mean(others <= told))
    assert pruned.any() and set(np.flatnonzero(complete)) <= set(design.rows)


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [([90, 30, 10], 1), ([20, 10, 5], 0), ([20, 60, 20], 1)],
)
def test_of_rungs_the_highest_with_enough(sizes, chosen):
    amounts = np.repeat([10, 30, 90], sizes)
    design = design_of(
        {
            "params": [{"a": i} for size in sizes for i in range(size)],
            "mean_test_score": np.random.default_rng(0).normal(size=len(amounts)),
            "n_resources": amounts,
        }
    )
    np.testing.assert_array_equal(
        design.rows, np.flatnonzero(amounts == [10, 30, 90][chosen])
    )


def test_refused():
    with pytest.raises(ValueError, match=r"No candidate of the .* has a score, score"):
        design_of(fitted.all_failed())
    with pytest.raises(ValueError, match="has no parameters that could matter"):
        design_of({"params": [{}, {}], "mean_test_score": [0.1, 0.2]})
