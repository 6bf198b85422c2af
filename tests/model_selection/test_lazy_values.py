"""Parameter values, scorers and metrics that answer any question with an object."""

import pytest
from sklearn import model_selection
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV, suggest_space
from sklearn_hp._sklearn_compat import (
    has_callbacks,
    parameter_constraints,
    score_function,
)
from tests.lazy import Lazy, LazyChoice, LazyClassifier

X, y = load_iris(return_X_y=True)
EVERY = [GridSearchCV, RandomSearchCV, BayesSearchCV]


def search(cls, estimator, space, **kwargs):
    """Return a search of all four candidates."""
    if cls is not GridSearchCV:
        kwargs = {"n_iter": 4, "random_state": 0, **kwargs}
    return cls(estimator, space, cv=2, **kwargs)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("cls", EVERY)
def test_a_fixed_parameter_can_be_lazy(cls, n_jobs, capsys):
    space = {"c": [1, 0, 2, -1]}
    ours = search(cls, LazyClassifier(Lazy()), space, n_jobs=n_jobs, verbose=10)
    ours.fit(X, y)
    assert sorted(map(str, ours.cv_results_["params"])) == [
        "{'c': -1}",
        "{'c': 0}",
        "{'c': 1}",
        "{'c': 2}",
    ]
    assert isinstance(ours.best_estimator_.plan, Lazy)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("cls", EVERY)
def test_choices_can_be_lazy(cls, n_jobs):
    space = {"plan": [LazyChoice(1), LazyChoice(2)], "c": [0, 1]}
    ours = search(cls, LazyClassifier(), space, n_jobs=n_jobs).fit(X, y)
    tried = {(p["plan"].number, p["c"]) for p in ours.cv_results_["params"]}
    assert tried == {(1, 0), (1, 1), (2, 0), (2, 1)}


def test_the_estimator_s_own_lazy_value_is_the_first_candidate():
    own = LazyChoice(7)
    ours = search(BayesSearchCV, LazyClassifier(own), {"plan": [LazyChoice(1), own]})
    # only as itself: whether it equals another one, nobody can ask
    with pytest.warns(UserWarning, match="more than there are candidates"):
        ours.fit(X, y)
    assert ours.cv_results_["params"][0]["plan"].number == 7


@pytest.mark.parametrize("cls", EVERY)
def test_lazy_values_in_a_pipeline_give_what_scikit_learn_gives(cls):
    steps = make_pipeline(FunctionTransformer(kw_args=None), LazyClassifier(Lazy()))
    space = {"lazyclassifier__c": [0, 1, 2]}
    theirs = model_selection.GridSearchCV(steps, space, cv=2).fit(X, y)
    ours = search(cls, steps, space, **({} if cls is GridSearchCV else {"n_iter": 3}))
    ours.fit(X, y)
    assert sorted(ours.cv_results_["mean_test_score"]) == pytest.approx(
        sorted(theirs.cv_results_["mean_test_score"])
    )


class LazyScorer(Lazy):
    def __call__(self, estimator, X, y):
        return 0.5


@pytest.mark.parametrize("cls", EVERY)
def test_a_scorer_can_be_lazy(cls):
    ours = search(cls, LazyClassifier(), {"c": [0, 1, 2, -1]}, scoring=LazyScorer())
    assert ours.fit(X, y).best_score_ == 0.5


def test_nothing_private_is_asked_of_unknown_objects():
    assert not has_callbacks(Lazy())
    assert not has_callbacks(LazyClassifier(Lazy()))
    assert parameter_constraints(Lazy()) == {}
    assert score_function(LazyScorer()) == (None, {})


def test_suggest_space_says_that_it_knows_nothing_of_a_lazy_estimator():
    with pytest.raises(ValueError, match="knows no parameters of LazyClassifier"):
        suggest_space(LazyClassifier(Lazy()))


class DrawnOrListed(list):
    def rvs(self, random_state=None):
        return self[0]


def test_a_grid_lists_what_can_also_be_drawn_from():
    ours = GridSearchCV(LazyClassifier(), {"c": DrawnOrListed([0, 1])}, cv=2).fit(X, y)
    assert ours.cv_results_["params"] == [{"c": 0}, {"c": 1}]
