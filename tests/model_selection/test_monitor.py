"""Verbose lines are scikit-learn's, and are printed by the parent."""

import re

import pytest
import sklearn.model_selection
from sklearn.datasets import load_iris

import sklearn_hp
from tests.faults import Faulty

X, y = load_iris(return_X_y=True)


def printed(capsys, cls, **kwargs):
    grid = {"quality": [0.25, 0.5], "bad_score": [None]}
    capsys.readouterr()
    cls(Faulty(), grid, cv=2, **kwargs).fit(X, y)
    text = capsys.readouterr().out
    # times differ, and the dots that align them
    return re.sub(r"\.{2,}|[\d.]+(s|min)$", "", text, flags=re.MULTILINE).splitlines()


@pytest.mark.parametrize("verbose", [0, 1, 2, 3, 10])
@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {"return_train_score": True},
        {"scoring": ["accuracy", "f1_macro"], "refit": "accuracy"},
        {"scoring": ["accuracy"], "refit": False, "return_train_score": True},
    ],
    ids=["plain", "train", "multimetric", "multimetric train"],
)
def test_lines_are_those_of_scikit_learn(capsys, verbose, kwargs):
    kwargs = {**kwargs, "verbose": verbose}
    expected = printed(capsys, sklearn.model_selection.GridSearchCV, **kwargs)
    assert printed(capsys, sklearn_hp.GridSearchCV, **kwargs) == expected
    # capsys sees only what this process prints
    parallel = printed(capsys, sklearn_hp.GridSearchCV, n_jobs=2, **kwargs)
    assert sorted(parallel) == sorted(expected)


def test_a_line_is_eighty_characters_wide(capsys):
    search = sklearn_hp.GridSearchCV(Faulty(), {"quality": [0.1]}, cv=2, verbose=2)
    search.fit(X, y)
    lines = capsys.readouterr().out.splitlines()[1:]
    assert {len(line) for line in lines} == {80}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_failed_fit_prints_its_error_score(capsys, n_jobs):
    grid = {"quality": [0.1], "fault": ["exception", None], "bad_score": [None, "inf"]}
    search = sklearn_hp.GridSearchCV(
        Faulty(), grid, cv=2, verbose=3, error_score=-1.0, n_jobs=n_jobs
    )
    search.fit(X, y)
    out = capsys.readouterr().out
    assert out.count("score=-1.000") == 6
    assert out.count("score=0.100") == 2
