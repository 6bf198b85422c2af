"""A search is shown with its space as people would write it."""

import html

import numpy as np
import pytest
from scipy.stats import loguniform, norm, randint
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV

X, y = load_iris(return_X_y=True)
SPACE = {"C": loguniform(0.002, 7000), "gamma": ["scale", 0.1]}
WRITTEN = "{'C': loguniform(0.002, 7000), 'gamma': ['scale', 0.1]}"


def flat(text):
    return " ".join(html.unescape(text).split())


@pytest.mark.parametrize("cls", [RandomSearchCV, BayesSearchCV])
def test_a_distribution_is_shown_as_it_is_written(cls):
    search = cls(SVC(), SPACE, n_iter=2, cv=2, random_state=0)
    for shown in (repr(search), search._repr_html_(), repr([search])):
        assert f"param_distributions={WRITTEN}" in flat(shown)
        assert "rv_continuous_frozen" not in shown
    assert repr(clone(search)) == repr(search)
    assert f'<td class="value">{WRITTEN}</td>' in flat(search._repr_html_())
    # also inside of another estimator, as far as it asks the search
    assert f">{WRITTEN}</td>" in flat(make_pipeline(search)._repr_html_())
    for outer in (GridSearchCV(search, {}), make_pipeline(search)):
        assert f"param_distributions={WRITTEN}" in flat(repr(outer))
    # fitted, it is the same, and what was given is what it was
    assert repr(search.fit(X, y)) == repr(clone(search))
    assert search.get_params()["param_distributions"] is SPACE
    assert "Fitted" in search._repr_html_()


def test_a_list_of_dicts():
    space = [{"C": norm(loc=3)}, {"degree": randint(1, 4), "kernel": ["poly"]}]
    text = "[{'C': norm(loc=3)}, {'degree': randint(1, 4), 'kernel': ['poly']}]"
    assert f"param_distributions={text}" in flat(repr(RandomSearchCV(SVC(), space)))


def test_all_else_is_shown_as_scikit_learn_shows_it():
    from sklearn.model_selection import GridSearchCV as SklearnGridSearchCV

    grid = {"C": np.logspace(-2, 2, 50), "kernel": list("abcdefgh") * 20}
    for given in (grid, {}, [], None, 3):
        expected = repr(SklearnGridSearchCV(SVC(C=3), given, cv=4))
        assert repr(GridSearchCV(SVC(C=3), given, cv=4)) == expected
    # also where it stands inside of another estimator
    expected = repr(make_pipeline(SklearnGridSearchCV(SVC(C=3), grid, cv=4)))
    assert repr(make_pipeline(GridSearchCV(SVC(C=3), grid, cv=4))) == expected
