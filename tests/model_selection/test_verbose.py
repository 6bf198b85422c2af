"""Lines are printed by the parent: those of fits as scikit-learn has them, and ours."""

import itertools
import math
import re

import numpy as np
import pytest
import sklearn.model_selection
from scipy.stats import randint, uniform
from sklearn.callback import ProgressBar
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.tree import DecisionTreeClassifier

import sklearn_hp
from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV
from tests.faults import Faulty

X, y = load_iris(return_X_y=True)


OF_OURS = re.compile(r"(Candidate \d+: .*; )?[Cc]andidates done: \d+.*")


def printed(capsys, cls, **kwargs):
    grid = {"quality": [0.25, 0.5], "bad_score": [None]}
    capsys.readouterr()
    cls(Faulty(), grid, cv=2, **kwargs).fit(X, y)
    text = "\n".join(
        line
        for line in capsys.readouterr().out.splitlines()
        if not OF_OURS.fullmatch(line)
    )
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
    lines = capsys.readouterr().out.splitlines()[1:-1]
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


# --------------------------------------------------------------------- the best so far


def lines_of_ours(capsys, search):
    capsys.readouterr()
    search.fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    lines = [line for line in lines if OF_OURS.fullmatch(line)]
    return [
        re.sub(r"; [\d.]+(s|min) passed(, about [\d.]+(s|min) left)?", "", line)
        for line in lines
    ]


@pytest.mark.parametrize("cls", [GridSearchCV, BayesSearchCV, RandomSearchCV])
def test_the_best_so_far(cls, capsys):
    space = {"quality": [0.25, 0.75, 0.5]}
    n_iter = {} if cls is GridSearchCV else {"n_iter": 3, "random_state": 0}
    search = cls(Faulty(), space, cv=2, verbose=1, **n_iter)
    *_, last = lines_of_ours(capsys, search)
    assert last == (
        f"Candidates done: 3 of 3; best mean score 0.7500 (candidate "
        f"{search.best_index_})"
    )


def test_what_is_said_of_each_candidate(capsys):
    grid = {"quality": [0.25, 0.75, 0.5], "bad_score": [None, "nan"]}
    search = GridSearchCV(Faulty(), grid, cv=2, verbose=2)
    with pytest.warns(UserWarning, match="non-finite"):
        lines = lines_of_ours(capsys, search)
    best = "candidates done: 3 of 6; best mean score 0.7500 (candidate 1)"
    assert lines[0] == (
        "Candidate 0: mean score 0.2500; candidates done: 1 of 6; best mean score "
        "0.2500 (candidate 0)"
    )
    assert lines[2] == f"Candidate 2: mean score 0.5000; {best}"
    assert (
        lines[3] == f"Candidate 3: failed; {best.replace('3 of 6', '4 of 6, 1 failed')}"
    )
    assert len(lines) == 6


def test_nothing_has_a_score(capsys):
    search = GridSearchCV(Faulty(), {"fault": ["exception"]}, cv=2, verbose=1)
    with pytest.raises(ValueError, match="the fit failed"):
        search.fit(X, y)
    out = capsys.readouterr().out
    assert "Candidates done: 1 of 1, 1 failed; none has a score" in out


@pytest.mark.parametrize("refit, names", [("b", "b"), (False, "ab")])
def test_the_best_of_several_metrics(capsys, refit, names):
    def scorer(estimator, X, y):
        return {"a": estimator.quality, "b": -estimator.quality}

    search = GridSearchCV(
        Faulty(),
        {"quality": [0.25, 0.75]},
        cv=2,
        scoring=scorer,
        refit=refit,
        verbose=1,
    )
    best = {"a": "a 0.7500 (candidate 1)", "b": "b -0.2500 (candidate 0)"}
    assert lines_of_ours(capsys, search)[-1] == (
        f"Candidates done: 2 of 2; best mean {', '.join(best[name] for name in names)}"
    )


def test_a_long_search_prints_calmly(capsys, monkeypatch):
    # nothing is due for the time that has passed, however slow the machine is
    monkeypatch.setattr("sklearn_hp.model_selection._verbose._SECONDS", math.inf)
    search = GridSearchCV(
        Faulty(), {"quality": np.linspace(0, 1, 300)}, cv=2, verbose=1
    )
    assert len(lines_of_ours(capsys, search)) == 10


def test_a_slow_search_prints_now_and_then(capsys, monkeypatch):
    now = itertools.count()  # each look at the clock takes a second
    monkeypatch.setattr(
        "sklearn_hp.model_selection._clock.perf_counter", lambda: float(next(now))
    )
    search = GridSearchCV(
        Faulty(), {"quality": np.linspace(0, 1, 300)}, cv=2, verbose=1
    )
    n_lines = len(lines_of_ours(capsys, search))
    assert 20 < n_lines < 60


def test_the_time_that_is_left(capsys, monkeypatch):
    class Slow(Faulty):
        def fit(self, X, y):
            nonlocal now
            now += 3
            return super().fit(X, y)

    now = 0.0
    for name in ("perf_counter", "monotonic"):
        monkeypatch.setattr(f"sklearn_hp.model_selection._clock.{name}", lambda: now)
    grid = {"quality": np.linspace(0, 1, 10)}
    GridSearchCV(Slow(), grid, cv=2, verbose=1).fit(X, y)
    out = capsys.readouterr().out.splitlines()
    assert out[1].endswith("about 54.0s left")
    assert out[9].endswith("about 6.0s left")
    assert "left" not in out[10]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("verbose", [1, 2])
def test_trials_that_end_after_the_last_fit_are_counted(capsys, verbose):
    # with n_pending=2 the last verdicts of a race need no other result
    X, y = load_breast_cancer(return_X_y=True)
    space = {"max_depth": randint(1, 20), "min_samples_leaf": randint(1, 100)}
    tree = DecisionTreeClassifier(random_state=0)
    search = BayesSearchCV(
        tree, space, n_iter=9, n_pending=2, random_state=0, verbose=verbose
    ).fit(X, y)
    out = capsys.readouterr().out
    n_dropped = int(np.isnan(search.cv_results_["split4_test_score"]).sum())
    assert n_dropped and len(re.findall("one: 9 of 9;", out)) == 1
    assert re.search(r"\d+ of 45 fits were spared\.$", out)


def test_the_last_line_of_a_search_that_is_stopped(capsys):
    search = RandomSearchCV(
        Faulty(), {"quality": uniform()}, n_iter=None, timeout=0.05, cv=2, verbose=1
    )
    last = lines_of_ours(capsys, search)[-1]
    n = len(search.cv_results_["params"])
    n -= np.isnan(search.cv_results_["mean_test_score"][-1])
    assert last.startswith(f"Candidates done: {n}; best mean score ")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_goes_into_a_file_has_no_control_characters(capfd, n_jobs):
    search = GridSearchCV(
        Faulty(), {"quality": [0.25, 0.75]}, cv=2, n_jobs=n_jobs, verbose=1
    )
    search.set_callbacks(ProgressBar(max_propagation_depth=0)).fit(X, y)
    out = capfd.readouterr().out
    assert "Candidates done: 2 of 2" in out
    assert all(char.isprintable() or char == "\n" for char in out)
