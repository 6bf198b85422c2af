import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.datasets import make_classification
from sklearn.svm import SVC

from sklearn_hp import RandomSearchCV
from sklearn_hp.inspection import AblationPathDisplay
from sklearn_hp.inspection._data import read_search
from tests.inspection import _searches as fitted


class Tuned(RegressorMixin, BaseEstimator):
    """An estimator with three parameters."""

    def __init__(self, a=0.0, b=0.0, c=0.5):
        self.a, self.b, self.c = a, b, c


class Search:
    """A fitted search with given scores."""

    def __init__(self, estimator, params, scores):
        self.estimator = estimator
        self.cv_results_ = {"params": params, "mean_test_score": np.array(scores)}


def additive(n=50, first=(), seed=0, **own):
    """Return a search in which a adds 3 a to the score, b adds b, c nothing."""
    rng = np.random.default_rng(seed)
    params = [dict(zip("abc", map(float, row), strict=True)) for row in
              rng.random((n, 3))]  # fmt: skip
    params = [*first, *params, {"a": 1.0, "b": 1.0, "c": 0.5}]
    scores = [3 * one["a"] + one["b"] for one in params]
    return Search(Tuned(**own), params, scores)


def test_the_largest_gain_comes_first():
    display = AblationPathDisplay.from_search(additive())
    assert [step.parameter for step in display.steps] == ["a", "b"]  # c is the same
    assert (display.steps[0].before, display.steps[0].after) == (0.0, 1.0)
    np.testing.assert_allclose(display.mean, [0, 3, 4], atol=0.25)
    assert (display.std > 0).all()


def test_ends_are_measured_where_they_were_tried():
    display = AblationPathDisplay.from_search(additive())
    assert np.isnan(display.measured[0]) and display.measured[1] == 4
    tried = additive(first=[{"a": 0.0, "b": 0.0, "c": 0.5}])
    display = AblationPathDisplay.from_search(tried)
    assert display.measured == (0, 4)
    labels = display.ax_.get_legend_handles_labels()[1]
    assert "untuned, measured" in labels and "winner, measured" in labels


def test_values_outside_of_what_was_searched():
    display = AblationPathDisplay.from_search(additive(a=-5.0, b=None, c=0.5))
    assert [step.parameter for step in display.steps] == ["a"]
    assert display.not_modelled == ["b"]
    assert display.ax_.get_title(loc="left") == "the winner's throughout: b"
    np.testing.assert_allclose(display.mean, [1, 4], atol=0.15)


def test_parameters_that_belong_to_a_choice():
    X, y = make_classification(random_state=0)
    space = [
        {"kernel": ["poly"], "degree": [1, 2, 3], "C": [0.1, 1.0, 10.0]},
        {"kernel": ["linear"], "C": [0.01, 0.1, 1.0]},
    ]
    search = RandomSearchCV(SVC(kernel="poly"), space, n_iter=12, cv=2, random_state=0)
    data = read_search(search.fit(X, y))
    best = data.candidates[data.best]
    display = AblationPathDisplay.from_search(search)
    parameters = [step.parameter for step in display.steps]
    assert ("kernel" in parameters) == (best["kernel"] != "poly")
    assert ("degree" in parameters) == ("degree" in best and best["degree"] != 3)


def test_a_branch_of_the_space_leaves_the_others_as_they_are():
    data = read_search(fitted.bayes())
    display = AblationPathDisplay.from_search(data)
    assert {step.parameter for step in display.steps} <= set(data.candidates[data.best])


@pytest.mark.parametrize(
    "name", ["grid", "random", "bayes", "halving", "skopt", "optuna_search"]
)
def test_any_search_can_be_drawn(name):
    display = AblationPathDisplay.from_search(getattr(fitted, name)())
    display.figure_.canvas.draw()
    assert len(display.mean) == len(display.steps) + 1
    assert np.isfinite(display.mean).all()


def test_a_loss_is_drawn_as_a_loss():
    display = AblationPathDisplay.from_search(fitted.bayes(), metric="neg_log_loss")
    assert display.ax_.get_xlabel() == "log loss (lower is better)"
    assert display.measured[0] <= 0  # attributes are maximised


def test_what_cannot_be_drawn():
    with pytest.raises(ValueError, match="The untuned candidate is not known, so"):
        AblationPathDisplay.from_search(fitted.study())
    with pytest.raises(ValueError, match="no model of the scores: it needs 5"):
        AblationPathDisplay.from_search(fitted.with_failures())
    none = Search(Tuned(a=1), [{"a": 1}, {"a": 2}], [np.nan, np.nan])
    with pytest.raises(ValueError, match="no model of the scores: it needs 5"):
        AblationPathDisplay.from_search(none)


def test_categories_are_told_apart_by_value():
    """Of estimators whose texts begin alike, the untuned one is found."""
    svcs = [SVC(C=2.5, cache_size=100, class_weight={0: 2}, coef0=c) for c in (1, 2, 3)]
    rng = np.random.default_rng(0)
    params = [{"a": rng.uniform(), "b": svcs[i % 3]} for i in range(30)]
    scores = [p["a"] + p["b"].coef0 for p in params]
    search = Search(Tuned(a=0.5, b=svcs[0]), params, scores)
    assert AblationPathDisplay.from_search(search).not_modelled == []
