"""What fails of what another fit left in its process runs again in a fresh one."""

import os
import warnings

import psutil
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning

from sklearn_hp import GridSearchCV

X, y = make_classification(n_samples=60, random_state=0)

ERRORS = {
    "OSError": lambda: OSError("no such file"),
    "ImportError": lambda: ImportError("no such module"),
    "RecursionError": lambda: RecursionError("too deep"),
    "FloatingPointError": lambda: FloatingPointError("divide by zero"),
    "UserWarning": lambda: UserWarning("a warning as an error"),
    "closed file": lambda: ValueError("I/O operation on closed file."),
    "ValueError": lambda: ValueError("the parameter is wrong"),
}

_left_behind = False


class Leaves(ClassifierMixin, BaseEstimator):
    """Leaves in its process what makes the fits after it fail there.

    ``number`` 0 is the one that does; with ``honest`` each but 0 fails wherever it is.
    Every fit writes a file in ``folder``.
    """

    def __init__(self, folder, error="OSError", number=0, honest=False, where="fit"):
        self.folder = folder
        self.error = error
        self.number = number
        self.honest = honest
        self.where = where

    def fit(self, X, y):
        global _left_behind
        name = f"{self.number} {len(os.listdir(self.folder))} {os.getpid()}"
        open(os.path.join(self.folder, name), "w").close()
        self.classes_ = [0, 1]
        if self.where == "fit":
            self.fail()
        if self.number == 0:
            _left_behind = True
        return self

    def fail(self):
        if (self.honest and self.number) or (_left_behind and not self.honest):
            try:
                raise ERRORS[self.error]()
            except Exception as exc:
                raise RuntimeError("the fit failed") from exc

    def score(self, X, y):
        if self.where == "score" and self.number:
            self.fail()
        return 1.0


def n_fits(folder):
    return len(os.listdir(folder))


def search_with(folder, n=6, **kwargs):
    error_score = kwargs.pop("error_score", float("nan"))
    return GridSearchCV(
        Leaves(str(folder), **kwargs),
        {"number": range(n)},
        cv=2,
        n_jobs=2,
        refit=False,
        error_score=error_score,
    )


@pytest.mark.parametrize(
    "error",
    [
        "OSError",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ERRORS
            if name not in ("OSError", "ValueError")
        ),
    ],
)
def test_innocents_succeed_in_a_fresh_worker(error, tmp_path):
    search = search_with(tmp_path, error=error).fit(X, y)
    assert search.failures_ == []
    assert search.cv_results_["mean_test_score"].tolist() == [1.0] * 6
    assert n_fits(tmp_path) > 12  # some did fail at first


@pytest.mark.parametrize(
    "kwargs", [{"where": "score"}, {"error_score": "raise"}], ids=["score", "raise"]
)
def test_so_they_do_where_the_score_fails_and_where_errors_are_raised(kwargs, tmp_path):
    search = search_with(tmp_path, **kwargs).fit(X, y)
    assert search.failures_ == []


@pytest.mark.parametrize("error, n_more", [("OSError", 1), ("ValueError", 0)])
def test_errors_of_the_candidates_cost_one_fit_more_at_most(error, n_more, tmp_path):
    search = search_with(tmp_path, n=20, error=error, honest=True)
    with pytest.warns(FitFailedWarning, match="38 fits failed"):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "One or more of the test scores")
            search.fit(X, y)
    assert {failure["candidate"] for failure in search.failures_} == {*range(1, 20)}
    assert 40 <= n_fits(tmp_path) <= 40 + n_more


def test_the_error_of_a_candidate_is_raised(tmp_path):
    search = search_with(tmp_path, honest=True, error_score="raise")
    with pytest.raises(RuntimeError, match="the fit failed"):
        search.fit(X, y)


def test_the_retry_is_in_a_process_that_ran_no_other_fit(tmp_path):
    search_with(tmp_path, n=3).fit(X, y)
    names = [name.split() for name in os.listdir(tmp_path)]
    seen = {}
    for number, _, pid in sorted(names, key=lambda name: int(name[1])):
        seen.setdefault(number, []).append(pid)
    retried = [pids for pids in seen.values() if len(pids) > 2]
    assert retried
    assert all(pids[-1] not in pids[:-1] for pids in retried)


def test_an_error_of_a_candidate_costs_one_worker_at_most(tmp_path):
    search = search_with(tmp_path, n=2, honest=True, error_score=0)
    with pytest.warns(FitFailedWarning, match="OSError"):
        search.fit(X, y)
    assert n_fits(tmp_path) == 5, "one ran twice"
    pids = {int(name.split()[2]) for name in os.listdir(tmp_path)}
    assert sum(not psutil.pid_exists(pid) for pid in pids) <= 1
