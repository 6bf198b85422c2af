"""Spaces of other libraries are met with how they are written here.

Neither scikit-optimize nor Optuna is installed for the tests, nor need it be: an object
is known by the module of its type, so that objects of types made here, with the same
attributes, stand for theirs.
"""

import re
from pathlib import Path

import numpy as np
import pytest
import scipy
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.svm import SVC

import sklearn_hp
from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV
from sklearn_hp.model_selection._checks._translations import translation
from sklearn_hp.space import SearchSpace, log_randint
from tests.model_selection.bayes import Bumpy

X, y = load_iris(return_X_y=True)


def stand_in(module, name, **attributes):
    return type(name, (), {"__module__": module, **attributes})()


def skopt(name, **attributes):
    return stand_in("skopt.space.space", name, **attributes)


def optuna(name, **attributes):
    return stand_in("optuna.distributions", name, **attributes)


TRANSLATIONS = [
    (
        skopt("Real", low=1e-6, high=1e6, prior="log-uniform"),
        "scipy.stats.loguniform(1e-06, 1000000.0)",
    ),
    (
        skopt("Real", low=1.0, high=3.0, prior="uniform"),
        "scipy.stats.uniform(1.0, 2.0)",
    ),
    (skopt("Integer", low=1, high=8, prior="uniform"), "scipy.stats.randint(1, 9)"),
    (
        skopt("Integer", low=np.int64(1), high=np.int64(8), prior="uniform"),
        "scipy.stats.randint(1, 9)",
    ),
    (
        skopt("Integer", low=1, high=100, prior="log-uniform"),
        "sklearn_hp.space.log_randint(1, 101)",
    ),
    (
        skopt("Real", low=1, high=100, prior="log-uniform"),
        "scipy.stats.loguniform(1.0, 100.0)",
    ),
    (skopt("Categorical", categories=("rbf", "poly")), "['rbf', 'poly']"),
    (
        optuna("FloatDistribution", low=0.1, high=10.0, log=True, step=None),
        "scipy.stats.loguniform(0.1, 10.0)",
    ),
    (
        optuna("FloatDistribution", low=0.5, high=2.0, log=False, step=None),
        "scipy.stats.uniform(0.5, 1.5)",
    ),
    (
        optuna("IntDistribution", low=1, high=5, log=False, step=1),
        "scipy.stats.randint(1, 6)",
    ),
    (
        optuna("IntDistribution", low=1, high=5, log=True, step=1),
        "sklearn_hp.space.log_randint(1, 6)",
    ),
    (optuna("CategoricalDistribution", choices=("a", None)), "['a', None]"),
    ((1e-3, 1e3, "log-uniform"), "scipy.stats.loguniform(0.001, 1000.0)"),
    ((1, 9, "uniform"), "scipy.stats.randint(1, 10)"),
]


@pytest.mark.parametrize("values, text", TRANSLATIONS, ids=[t for _, t in TRANSLATIONS])
@pytest.mark.parametrize("cls", [RandomSearchCV, BayesSearchCV])
def test_a_dimension_of_another_library(cls, values, text):
    message = f"param_distributions['C'] must be .* Pass {text}"
    with pytest.raises(TypeError, match=re.escape(message).replace(r"\.\*", ".*")):
        cls(SVC(), {"C": values}).fit(X, y)


@pytest.mark.parametrize("values, text", TRANSLATIONS, ids=[t for _, t in TRANSLATIONS])
def test_a_translation_is_a_space(values, text):
    names = {"scipy": scipy, "sklearn_hp": sklearn_hp}
    assert SearchSpace({"C": eval(text, names)}).column_names == ["C"]


def test_what_is_none_of_them():
    class Hostile:
        def __eq__(self, other):
            raise RuntimeError("compared")

        __hash__ = None

    for values in (
        [1, 2, 3],
        (1, 2),
        (1, 2, 3),
        ("a", "b", "uniform"),
        (1, 2, np.zeros(3)),
        (1, 2, Hostile()),
        stats.uniform(),
        log_randint(1, 5),
        skopt("Space"),
        optuna("Study"),
    ):
        assert translation(values) is None


@pytest.mark.parametrize(
    "search_spaces, text",
    [
        (
            {"C": skopt("Real", low=1.0, high=2.0, prior="uniform"), "kernel": ["rbf"]},
            "{'C': scipy.stats.uniform(1.0, 1.0), 'kernel': ['rbf']}",
        ),
        (
            [({"C": (1e-3, 1e3, "log-uniform")}, 20), {"C": [1]}],
            "[{'C': scipy.stats.loguniform(0.001, 1000.0)}, {'C': [1]}]",
        ),
        (None, "{...}"),
    ],
)
def test_search_spaces_is_translated(search_spaces, text):
    message = f"argument 'search_spaces'. Pass param_distributions={text}"
    with pytest.raises(TypeError, match=re.escape(message)):
        BayesSearchCV(SVC(), search_spaces=search_spaces)
    with pytest.raises(TypeError, match="unexpected keyword argument 'spaces'"):
        BayesSearchCV(SVC(), spaces=search_spaces)


@pytest.mark.parametrize(
    "values, meant",
    [
        ((0.1, 1000.0), "scipy.stats.loguniform(0.1, 1000.0)"),
        ((0.5, 2), "scipy.stats.uniform(0.5, 1.5)"),
        ((-1.0, 1e4), "scipy.stats.uniform(-1.0, 10001.0)"),
        ((1, 8), "scipy.stats.randint(1, 9)"),
        ((np.int64(1), np.int64(1000)), "sklearn_hp.space.log_randint(1, 1001)"),
        ((np.float64(0.1), 1000.0), "scipy.stats.loguniform(0.1, 1000.0)"),
    ],
)
@pytest.mark.parametrize("cls", [RandomSearchCV, BayesSearchCV])
def test_two_numbers_in_a_tuple_are_no_range(cls, values, meant):
    search = cls(Bumpy(), [{"a": values}, {"b": [1, 2]}], n_iter=3, cv=2)
    with pytest.warns(UserWarning, match=re.escape(f"pass {meant}; for the")) as seen:
        search.fit(X, y)
    assert len(seen) == 1
    assert Path(seen[0].filename) == Path(__file__)
    assert set(search.cv_results_["param_a"].compressed()) <= set(values)


@pytest.mark.parametrize(
    "values",
    [
        [0.1, 1000.0],
        (0.1, 1.0, 10.0),
        (True, False),
        (8, 1),
        (2, 3),
        (np.int64(0), 1),
        ("a", 1),
        (1,),
    ],
)
def test_what_is_no_range(values):
    n_iter = len(values)
    BayesSearchCV(Bumpy(), {"kind": values}, n_iter=n_iter, cv=2).fit(X, y)
    RandomSearchCV(Bumpy(), {"kind": values}, n_iter=n_iter, cv=2).fit(X, y)
    GridSearchCV(Bumpy(), {"kind": (0.1, 1000.0)}, cv=2).fit(X, y)
