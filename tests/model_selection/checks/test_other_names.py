"""Names that other searches have get an error that says what to use here."""

import re

import pytest
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV

SPACE = {"C": [1, 2]}


@pytest.mark.parametrize("cls", [GridSearchCV, RandomSearchCV, BayesSearchCV])
@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("callbacks", "Set callbacks with search.set_callbacks(...)."),
        ("patience", "EarlyStopping(n_iter_no_change=20)"),
        ("storage", "Results are not stored while a search runs"),
        ("time_limit", "Use timeout, in seconds"),
        ("fit_params", "search.fit(X, y, **fit_params)"),
    ],
)
def test_names_that_no_search_has(cls, name, remedy):
    message = f"got an unexpected keyword argument '{name}'. "
    with pytest.raises(TypeError, match=re.escape(message) + ".*" + re.escape(remedy)):
        cls(SVC(), SPACE, **{name: 5})


@pytest.mark.parametrize(
    ("cls", "name", "remedy"),
    [
        (GridSearchCV, "param_distributions", "use BayesSearchCV or RandomSearchCV"),
        (GridSearchCV, "n_iter", "use BayesSearchCV or RandomSearchCV"),
        (RandomSearchCV, "param_grid", "Use param_distributions"),
        (RandomSearchCV, "n_trials", "Use n_iter"),
        (BayesSearchCV, "param_grid", "Use param_distributions"),
        (BayesSearchCV, "n_trials", "Use n_iter"),
        (BayesSearchCV, "n_points", "Use n_jobs"),
        (BayesSearchCV, "study", "Pass one of your own as sampler"),
    ],
)
def test_names_of_other_searches(cls, name, remedy):
    with pytest.raises(TypeError, match=f"argument '{name}'. .*{remedy}"):
        cls(SVC(), **{name: 5})


def test_early_stopping():
    from sklearn_hp.callback import EarlyStopping

    with pytest.raises(TypeError, match=r"'patience'\. Use n_iter_no_change\."):
        EarlyStopping(patience=5)
