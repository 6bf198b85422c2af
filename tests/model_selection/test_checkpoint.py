"""A search that resumes is the search that was not interrupted."""

import os
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_score
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV, load_history
from sklearn_hp.callback import EarlyStopping
from tests.checkpoints import (
    BUILDERS,
    GRID,
    SPACE,
    Logged,
    X,
    assert_same_table,
    n_fits,
    y,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "search.db"


@pytest.fixture
def log(tmp_path):
    return str(tmp_path / "fits")


class Interrupting(Logged):
    """Raises KeyboardInterrupt once, when the `log` has 14 fits."""

    def fit(self, X, y):
        mark = Path(f"{self.log}.interrupted")
        if n_fits(self.log) == 14 and not mark.exists():
            mark.touch()
            raise KeyboardInterrupt
        return super().fit(X, y)


@pytest.mark.parametrize("name", BUILDERS)
def test_a_search_that_was_interrupted_continues(name, path, log):
    unbroken = BUILDERS[name](Logged(), n_pending=0).fit(X, y)
    n_all = int(np.isfinite(all_scores(unbroken)).sum())
    search = BUILDERS[name](Interrupting(log=log), checkpoint=path, n_pending=0)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    assert len(load_history(path)["split"]) == 14
    resumed = clone(search).fit(X, y)
    assert_same_table(unbroken, resumed)
    assert n_fits(log) == n_all + 1  # the refit
    assert len(load_history(path)["split"]) == n_all


def all_scores(search):
    results = search.cv_results_
    return np.array([results[f"split{i}_test_score"] for i in range(search.n_splits_)])


@pytest.mark.parametrize("name", BUILDERS)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_nothing_is_run_twice_and_no_worker_starts(name, n_jobs, path, log):
    search = BUILDERS[name](Logged(log=log), checkpoint=path, refit=False, n_pending=2)
    first = clone(search).set_params(n_jobs=n_jobs).fit(X, y)
    n = n_fits(log)
    again = search.fit(X, y)
    assert_same_table(first, again)
    assert n_fits(log) == n
    for column in ("mean_fit_time", "std_score_time"):  # those of then
        np.testing.assert_equal(again.cv_results_[column], first.cv_results_[column])


@pytest.mark.parametrize("cls", [RandomSearchCV, BayesSearchCV])
def test_a_larger_n_iter_goes_on(cls, path, log):
    def search(n_iter, **kwargs):
        made = cls(Logged(log=log), SPACE, n_iter=n_iter, refit=False, **kwargs)
        return made.set_params(random_state=3, racing=False).fit(X, y)

    search(4, checkpoint=path)
    longer = search(8, checkpoint=path)
    assert n_fits(log) == 8 * 5
    assert_same_table(search(8), longer)


def test_a_wider_grid_goes_on(path, log):
    narrow, wide = {"c": [1.0, 2.0]}, {"c": [0.5, 1.0, 2.0, 3.0]}
    GridSearchCV(Logged(log=log), narrow, checkpoint=path, refit=False).fit(X, y)
    search = GridSearchCV(Logged(log=log), wide, checkpoint=path, refit=False)
    search.fit(X, y)
    assert n_fits(log) == 4 * 5
    assert_same_table(
        GridSearchCV(Logged(log=log), wide, refit=False).fit(X, y), search
    )
    with pytest.raises(ValueError, match=r"not include: c was searched over \[0\.5"):
        GridSearchCV(Logged(log=log), narrow, checkpoint=path).fit(X, y)


@pytest.mark.parametrize("racing", [False, 0.2])
def test_a_wider_space_begins_with_what_is_known(racing, path, log):
    def search(space, n_iter):
        made = BayesSearchCV(Logged(log=log), space, n_iter=n_iter, cv=3, refit=False)
        made.set_params(checkpoint=path, random_state=0, racing=racing)
        return made.fit(X, y)

    narrow = {"c": loguniform(0.1, 10), "seconds": [0.0]}
    wide = [{"c": loguniform(0.01, 100), "seconds": [0.0, 0.001]}]
    first = search(narrow, 6)
    n = n_fits(log)
    wider = search(wide, 9)
    sources = [point["source"] for point in wider.initial_points_]
    assert sources[:6] == ["known"] * 6
    # values are Python's numbers, which are equal
    assert wider.cv_results_["params"][:6] == first.cv_results_["params"]
    assert n_fits(log) <= n + 3 * 3 + 6 * 3 * bool(racing)
    n = n_fits(log)
    assert_same_table(wider, search(wide, 9))
    assert n_fits(log) == n


DIFFERENT = {
    "data": (lambda s: s.fit(X + 1, y), "X: array .* then, array"),
    "target": (lambda s: s.fit(X, 1 - y), "y: array"),
    "estimator": (
        lambda s: s.set_params(estimator__seconds=0.001).fit(X, y),
        r"estimator's seconds: 0\.0 then, 0\.001 now",
    ),
    "splits": (lambda s: s.set_params(cv=4).fit(X, y), "splits of cv: 3 splits"),
    "scoring": (lambda s: s.set_params(scoring="accuracy").fit(X, y), "scoring: None"),
}


@pytest.mark.parametrize(("change", "match"), DIFFERENT.values(), ids=DIFFERENT)
@pytest.mark.parametrize("name", ["grid", "random", "bayes"])
def test_a_file_of_another_search_is_refused(name, change, match, path):
    BUILDERS[name](Logged(), checkpoint=path).fit(X, y)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=rf"this one\. {match}") as error:
        change(BUILDERS[name](Logged(), checkpoint=path))
    assert "Name another file for this search, or delete that one" in str(error.value)
    assert len(path.read_bytes()) == len(before)
    BUILDERS[name](Logged(), checkpoint=path).fit(X, y)


def test_another_seed_is_refused(path):
    BUILDERS["random"](Logged(), checkpoint=path).fit(X, y)
    search = BUILDERS["random"](Logged(), checkpoint=path).set_params(random_state=1)
    with pytest.raises(ValueError, match="random_state: 0 then, 1 now"):
        search.fit(X, y)


@pytest.mark.parametrize("cls", [RandomSearchCV, BayesSearchCV])
def test_without_a_seed_the_same_script_continues(cls, path, log):
    def search(n_iter, checkpoint=path):
        cv = KFold(3, shuffle=True)
        made = cls(Logged(log=log), SPACE, n_iter=n_iter, cv=cv, checkpoint=checkpoint)
        return made.set_params(refit=False, racing=False).fit(X, y)

    search(3)
    assert_same_table(search(6), search(6))
    assert n_fits(log) == 6 * 3
    other = search(6, checkpoint=f"{path}2")
    assert other.cv_results_["params"] != search(6).cv_results_["params"]


def test_failed_fits_are_not_run_again(path, log):
    search = GridSearchCV(Logged(log=log, fails_above=5), GRID, checkpoint=path, cv=3)
    search.set_params(error_score=-9)
    with pytest.warns(FitFailedWarning):
        first = clone(search).fit(X, y)
    n = n_fits(log)
    with pytest.warns(FitFailedWarning):
        search.fit(X, y)
    assert_same_table(first, search)
    assert n_fits(log) == n + 1  # the refit
    assert search.failures_ == first.failures_


def test_what_raises_is_run_again(path, log):
    search = GridSearchCV(
        Logged(log=log, fails_above=5), GRID, cv=3, checkpoint=path, error_score="raise"
    )
    for n in (25, 26):
        with pytest.raises(ValueError, match="is too large"):
            search.fit(X, y)
        assert n_fits(log) == n
    assert "" == "".join(load_history(path)["failure"])


def test_failures_that_are_known_raise_if_they_are_to_raise(path, log):
    search = GridSearchCV(Logged(log=log, fails_above=5), GRID, checkpoint=path, cv=3)
    search.set_params(error_score=-9)
    with pytest.warns(FitFailedWarning):
        clone(search).fit(X, y)
    n = n_fits(log)
    with pytest.raises(ValueError, match="is too large"):
        search.set_params(error_score="raise").fit(X, y)
    assert n_fits(log) == n + 1


def test_what_failed_by_a_limit_is_run_again_with_a_larger_one(path, log):
    def search(fit_timeout):
        made = GridSearchCV(
            Logged(log=log),
            {"seconds": [0.0, 1.5]},
            cv=[(np.arange(30), np.arange(30))],
        ).set_params(checkpoint=path, fit_timeout=fit_timeout, error_score=-9)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FitFailedWarning)
            return made.set_params(refit=False).fit(X, y)

    assert search(0.5).failures_[0]["kind"] == "timeout"
    n = n_fits(log)
    assert search(0.4).failures_[0]["kind"] == "timeout"  # still too long
    assert n_fits(log) == n
    assert search(None).failures_ == []
    assert n_fits(log) == n + 1
    assert search(0.5).failures_ == []  # it has ended since
    assert n_fits(log) == n + 1


def test_several_metrics_and_train_scores(path, log):
    search = GridSearchCV(
        Logged(log=log),
        GRID,
        scoring=["accuracy", "f1"],
        refit="f1",
        return_train_score=True,
        checkpoint=path,
    )
    first = clone(search).fit(X, y)
    assert_same_table(first, search.fit(X, y))
    assert {"test_accuracy", "train_f1"} <= load_history(path).keys()
    with pytest.raises(ValueError, match="return_train_score: True then, False now"):
        search.set_params(return_train_score=False).fit(X, y)


def test_callbacks_see_the_same(path, log):
    def search():
        made = GridSearchCV(Logged(log=log), GRID, cv=3, checkpoint=path, refit=False)
        return made.set_callbacks(EarlyStopping(1, min_iter=1)).fit(X, y)

    first = search()
    n = n_fits(log)
    assert first.stop_reason_ is not None
    again = search()
    assert (again.stop_reason_, n_fits(log)) == (first.stop_reason_, n)
    assert_same_table(first, again)


def test_values_that_are_estimators_are_known_again(path):
    grid = {"base": [SVC(C=1), SVC(C=2), None, np.arange(3)], "c": [1.0]}

    class Holder(Logged):
        def __init__(self, base=None, c=1.0, log=None):
            super().__init__(c, log)
            self.base = base

    log = str(path) + ".log"
    for _ in range(2):
        GridSearchCV(Holder(log=log), grid, cv=3, checkpoint=path).fit(X, y)
    assert n_fits(log) == 12 + 2
    values = load_history(path)["param_base"].tolist()
    assert values[0].startswith("sklearn.svm._classes.SVC({'C': 1")
    assert values[6] is None


def test_clones_and_pickles_have_the_file_too(path, log):
    search = BUILDERS["grid"](Logged(log=log), checkpoint=path, refit=False).fit(X, y)
    n = n_fits(log)
    for copy in (clone(search), pickle.loads(pickle.dumps(search))):
        assert_same_table(search, copy.fit(X, y))
    assert n_fits(log) == n


def test_another_n_jobs_and_refit_go_on(path, log):
    BUILDERS["grid"](Logged(log=log), checkpoint=path, refit=False).fit(X, y)
    n = n_fits(log)
    search = BUILDERS["grid"](Logged(log=log), checkpoint=path, n_jobs=2).fit(X, y)
    assert n_fits(log) == n + 1
    assert search.predict(X).shape == y.shape


@pytest.mark.parametrize("name", ["bayes", "raced", "raced bayes"])
def test_another_n_jobs_decides_as_the_first_run_did(name, path, log):
    def search(**params):
        made = BUILDERS[name](Logged(log=log), checkpoint=path, refit=False)
        return made.set_params(**params).fit(X, y)

    first = search(n_jobs=2)  # n_pending="auto"
    n = n_fits(log)
    assert_same_table(first, search(n_jobs=1))
    assert n_fits(log) == n


def test_within_cross_val_score_a_file_is_refused_and_a_folder_works(tmp_path, log):
    search = BUILDERS["grid"](Logged(log=log), checkpoint=tmp_path / "a.db")
    with pytest.raises(ValueError, match=r"differs from this one\. X: array \(40, 4\)"):
        cross_val_score(search, X, y, cv=3, error_score="raise")
    folder = tmp_path / "searches"
    folder.mkdir()
    search.set_params(checkpoint=folder)
    first = cross_val_score(search, X, y, cv=3)
    n = n_fits(log)
    assert len(list(folder.iterdir())) == 3
    np.testing.assert_equal(cross_val_score(search, X, y, cv=3, n_jobs=2), first)
    assert n_fits(log) == n + 3  # refits


PATHS = {
    "a folder that is missing": ("no/such/a.db", FileNotFoundError, "Make the folder"),
    "NUL": ("a\0b", ValueError, "is no name of a file"),
    "empty": ("", ValueError, "is no name of a file"),
    "a device": ("/dev/null", OSError, "is not a file"),
    "not writable": ("/proc/a.db", OSError, "cannot be opened for writing"),
}


@pytest.mark.skipif(os.name == "nt", reason="paths of POSIX")
@pytest.mark.parametrize(("given", "error", "match"), PATHS.values(), ids=PATHS)
def test_paths_that_cannot_be(given, error, match, log):
    with pytest.raises(error, match=match):
        BUILDERS["grid"](Logged(log=log), checkpoint=given).fit(X, y)
    assert n_fits(log) == 0


def test_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    BUILDERS["grid"](Logged(), checkpoint="~/a.db").fit(X, y)
    assert (tmp_path / "a.db").exists()


def test_no_type_but_a_path(path):
    with pytest.raises(ValueError, match="'checkpoint' parameter of GridSearchCV must"):
        BUILDERS["grid"](Logged(), checkpoint=3).fit(X, y)


@pytest.mark.slow
def test_5000_known_results_take_seconds(path):
    import time

    grid = {"c": [float(c) for c in np.geomspace(0.01, 100, 1000)]}
    search = GridSearchCV(Logged(), grid, checkpoint=path, refit=False)
    search.fit(X, y)
    start = time.process_time()
    search.fit(X, y)
    assert time.process_time() - start < 5


def test_another_version_is_warned_of(path, monkeypatch):
    search = BUILDERS["grid"](Logged(), checkpoint=path)
    with monkeypatch.context() as patched:
        patched.setattr("scipy.__version__", "0.1")
        search.fit(X, y)
    with pytest.warns(UserWarning, match=r"begun with other versions: scipy 0\.1 then"):
        search.fit(X, y)


def test_no_thread_and_no_other_file_is_left(path):
    import threading

    BUILDERS["grid"](Logged(), checkpoint=path).fit(X, y)
    names = [thread.name for thread in threading.enumerate()]
    assert "sklearn_hp checkpoint" not in names
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        BUILDERS["grid"](Logged(), checkpoint=path).fit(X, y)


def test_distributions_from_elsewhere_are_compared(path):
    def search(high):
        return RandomSearchCV(
            SVC(), {"C": loguniform(1, high)}, n_iter=3, random_state=0, checkpoint=path
        ).fit(X, y)

    search(10)
    search(100)
    with pytest.raises(ValueError, match="C was searched over"):
        search(10)


ENSEMBLES = ["folds", "candidates", None]


@pytest.mark.parametrize("ensemble", ENSEMBLES)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_predictions_are_found_again(ensemble, n_jobs, path, log):
    kept = {"ensemble": ensemble, "keep_predictions": True, "cv": 3}
    space = {"C": [0.01, 0.1, 1.0]}

    def search(estimator, **params):
        made = GridSearchCV(estimator, space, n_jobs=n_jobs, **kept)
        return made.set_params(**params).fit(X, y)

    unbroken = search(LogisticRegression())
    search(LogisticRegression(), checkpoint=path)
    resumed = search(LogisticRegression(), checkpoint=path)
    assert_same_table(unbroken, resumed)
    for name in ("mean_fit_time", "std_fit_time"):
        assert len(set(resumed.cv_results_[name])) == 3
    np.testing.assert_allclose(resumed.cv_predictions_, unbroken.cv_predictions_)
    np.testing.assert_allclose(resumed.predict_proba(X), unbroken.predict_proba(X))
    assert resumed.corrected_score_ == unbroken.corrected_score_


def test_rows_whose_predictions_are_lost_run_again(path, log):
    def search(**params):
        made = GridSearchCV(Logged(log=log), GRID, cv=3, checkpoint=path, refit=False)
        return made.set_params(**params).fit(X, y)

    search()
    first = search(keep_predictions=True)  # there were none yet
    assert n_fits(log) == 2 * 36
    files = sorted((path.parent / "search.db.predictions").iterdir())
    assert len(files) == 36
    expected = first.get_cv_predictions(3)  # the files may be the same ones
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:-8] + bytes(8))
    again = search(keep_predictions=True)
    assert n_fits(log) == 2 * 36 + 2
    np.testing.assert_equal(again.get_cv_predictions(3), expected)
    search()
    assert n_fits(log) == 2 * 36 + 2


def test_what_is_known_is_one_line(path, capsys):
    def lines(c):
        search = GridSearchCV(Logged(), {"c": c}, cv=3, checkpoint=path, verbose=10)
        search.set_params(refit=False).fit(X, y)
        return capsys.readouterr().out.splitlines()

    assert sum("START" in line for line in lines([1.0, 2.0])) == 6
    again = lines([1.0, 2.0])
    assert again[1] == "6 results are known from an earlier run."
    assert len(again) == 3 and again[2].startswith("Candidates done: 2 of 2; best")
    wider = lines([1.0, 3.0, 2.0])
    assert sum("START" in line for line in wider) == 3
    assert sum("Candidate 1: mean" in line for line in wider) == 1
    assert sum("earlier run" in line for line in wider) == 2
    assert wider[-2] == "In all, 6 results are known from an earlier run."
