"""skrub tunes a data plan with our searches in the place of scikit-learn's."""

import pytest
from sklearn import model_selection
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV

skrub = pytest.importorskip("skrub")
X, y = load_iris(return_X_y=True)


def plan(c):
    """Return a plan with a choice of C, and of another classifier."""
    model = skrub.choose_from(
        {"linear": LogisticRegression(C=c, max_iter=500), "dummy": DummyClassifier()},
        name="model",
    )
    return skrub.X(X).skb.apply(model, y=skrub.y(y))


def results(search):
    """Return scores by choice, in a fixed order."""
    found = search.results_[sorted(search.results_)]
    return sorted(str(row) for row in found.to_dict("records"))


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_grid_search_finds_what_that_of_scikit_learn_finds(monkeypatch, n_jobs):
    choices = plan(skrub.choose_from([0.01, 1.0], name="C"))
    theirs = choices.skb.make_grid_search(fitted=True, cv=2)
    monkeypatch.setattr(model_selection, "GridSearchCV", GridSearchCV)
    ours = choices.skb.make_grid_search(fitted=True, cv=2, n_jobs=n_jobs)
    assert results(ours) == results(theirs)
    assert (ours.predict({"X": X}) == theirs.predict({"X": X})).all()


def test_a_random_search_finds_what_that_of_scikit_learn_finds(monkeypatch):
    choices = plan(skrub.choose_float(0.01, 1.0, log=True, name="C"))
    kwargs = {"fitted": True, "n_iter": 3, "random_state": 0, "cv": 2}
    theirs = choices.skb.make_randomized_search(**kwargs)
    monkeypatch.setattr(model_selection, "RandomizedSearchCV", RandomSearchCV)
    ours = choices.skb.make_randomized_search(**kwargs)
    assert results(ours) == results(theirs)


def test_bayesian_search_can_take_the_place_of_a_random_one(monkeypatch):
    choices = plan(skrub.choose_float(0.01, 1.0, log=True, name="C"))
    monkeypatch.setattr(model_selection, "RandomizedSearchCV", BayesSearchCV)
    ours = choices.skb.make_randomized_search(
        fitted=True, n_iter=4, random_state=0, cv=2
    )
    assert ours.results_["mean_test_score"].max() > 0.8
