"""``skops.io`` stores searches; what of ours must be trusted to load them is little."""

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV, suggest_space
from sklearn_hp.callback import EarlyStopping
from sklearn_hp.samplers import GPSampler
from sklearn_hp.space import log_randint

sio = pytest.importorskip("skops.io")

X, y = load_iris(return_X_y=True)
DRAWN = {"n_iter": 3, "random_state": 0, "cv": 2}
SEARCHES = "sklearn_hp.model_selection."
BAYES = SEARCHES + "_bayes.BayesSearchCV"
SAMPLER = "sklearn_hp.samplers._gp.GPSampler"
LOG_RANDINT = "sklearn_hp.space._log_randint._LogRandint"
SUGGESTED = "sklearn_hp._experience._suggest._Space"
BRANCHES = [{"C": loguniform(0.1, 1), "kernel": ["rbf"]}, {"kernel": ["linear"]}]


def grid():
    return GridSearchCV(SVC(), {"C": [0.1, 1.0]}, cv=2)


def grid_with_failures():
    return GridSearchCV(SVC(), {"C": [0.1, 1.0, -1.0]}, cv=2)


def random():
    return RandomSearchCV(SVC(), {"C": loguniform(0.1, 1)}, **DRAWN)


def bayes():
    return BayesSearchCV(SVC(), {"C": loguniform(1e-3, 1)}, **{**DRAWN, "n_iter": 7})


def bayes_with_branches():
    return BayesSearchCV(SVC(), BRANCHES, **DRAWN)


def bayes_with_integers():
    tree = DecisionTreeClassifier(random_state=0)
    return BayesSearchCV(tree, {"min_samples_leaf": log_randint(1, 20)}, **DRAWN)


def bayes_with_a_suggested_space():
    steps = make_pipeline(StandardScaler(), SVC())
    return BayesSearchCV(steps, suggest_space(steps, X, y), **DRAWN)


def bayes_with_a_sampler():
    space = {"C": loguniform(0.1, 1), "kernel": ["rbf", "linear"]}
    sampler = GPSampler(space, n_initial_points=2, random_state=0)
    return BayesSearchCV(SVC(), space, n_iter=4, cv=2, sampler=sampler)


def of_several_metrics():
    scoring = ["accuracy", "f1_macro"]
    return RandomSearchCV(
        SVC(), {"C": [0.1, 1.0, 10.0]}, scoring=scoring, refit="f1_macro", **DRAWN
    )


MAKERS = {
    grid: {SEARCHES + "_grid.GridSearchCV"},
    grid_with_failures: {SEARCHES + "_grid.GridSearchCV"},
    random: {SEARCHES + "_random.RandomSearchCV"},
    of_several_metrics: {SEARCHES + "_random.RandomSearchCV"},
    bayes: {BAYES, SAMPLER},
    bayes_with_branches: {BAYES, SAMPLER},
    bayes_with_integers: {BAYES, SAMPLER, LOG_RANDINT},
    bayes_with_a_suggested_space: {BAYES, SAMPLER, SUGGESTED},
    bayes_with_a_sampler: {BAYES, SAMPLER},
}


def stored(search):
    """Return a search that was stored and loaded, and what of ours was trusted."""
    data = sio.dumps(search)
    names = sio.get_untrusted_types(data=data)
    ours = {name for name in names if name.startswith("sklearn_hp")}
    return sio.loads(data, trusted=names), ours


def check_equal(found, expected):
    """Check that two values are the same, element by element."""
    assert type(found) is type(expected)
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key, value in expected.items():
            check_equal(found[key], value)
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            check_equal(one, other)
    elif isinstance(expected, np.ma.MaskedArray):
        assert (np.ma.getmaskarray(found) == np.ma.getmaskarray(expected)).all()
        check_equal(found.filled().tolist(), expected.filled().tolist())
    elif isinstance(expected, np.ndarray):
        np.testing.assert_array_equal(found, expected)
    elif isinstance(expected, str | int | float | None):
        assert found == expected or (found != found and expected != expected)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_fitted_search_comes_back_as_it_was(make):
    search = make().fit(X, y)
    loaded, ours = stored(search)
    assert ours <= MAKERS[make]
    assert vars(loaded).keys() == vars(search).keys()
    for name in ("cv_results_", "best_params_", "failures_", "stop_reason_"):
        check_equal(getattr(loaded, name), getattr(search, name))
    assert (loaded.predict(X) == search.predict(X)).all()
    if isinstance(search, BayesSearchCV):
        check_equal(loaded.initial_points_, search.initial_points_)
        candidates = search.cv_results_["params"]
        check_equal(
            loaded.sampler_.predict(candidates), search.sampler_.predict(candidates)
        )


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_search_that_is_not_fitted_searches_as_before(make):
    loaded, ours = stored(make())
    assert ours <= MAKERS[make]
    if "failures" in make.__name__:
        return
    loaded, search = clone(loaded).fit(X, y), make().fit(X, y)
    check_equal(loaded.cv_results_["params"], search.cv_results_["params"])


def test_a_search_with_callbacks_is_stored():
    search = grid().set_callbacks(EarlyStopping(n_iter_no_change=3)).fit(X, y)
    loaded, ours = stored(search)
    assert ours == {
        SEARCHES + "_grid.GridSearchCV",
        "sklearn_hp.callback._stopping.EarlyStopping",
    }
    assert loaded.fit(X, y).best_params_ == search.best_params_
