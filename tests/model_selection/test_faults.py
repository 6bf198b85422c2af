"""One bad fit costs one fit: with exceptions, impossible scores, dying processes."""

import re
import traceback
import warnings

import joblib
import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning, NotFittedError

from sklearn_hp import GridSearchCV
from tests.faults import (
    BAD_SCORES,
    DEADLY_FITS,
    RAISING_FITS,
    Faulty,
    Unpicklable,
    UnpicklableError,
)
from tests.searches import BUILDERS, learning_over, sorted_scores

X, y = make_classification(n_samples=40, random_state=0)
QUALITIES = [0.1, 0.2, 0.3]


def search_with(fault=None, bad_score=None, build=GridSearchCV, **kwargs):
    """Return a search of three healthy candidates and, in second place, a bad one."""
    grid = [{"quality": [q]} for q in QUALITIES]
    # it would win if it did not fail
    faulty = {"quality": [0.9], "fault": [fault], "bad_score": [bad_score]}
    grid.insert(1, faulty)
    return build(Faulty(), grid, cv=2, **kwargs)


def assert_only_the_faulty_failed(search, score=np.nan):
    results = search.cv_results_
    assert search.best_params_ == {"quality": 0.3}
    np.testing.assert_array_equal(results["mean_test_score"], [0.1, score, 0.2, 0.3])
    assert results["rank_test_score"].tolist() == [3, 4, 2, 1]
    assert {failure["candidate"] for failure in search.failures_} == {1}
    assert {failure["split"] for failure in search.failures_} == {0, 1}
    assert search.stop_reason_ is None


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("fault", RAISING_FITS)
def test_a_fit_that_raises(fault, n_jobs, build):
    search = search_with(fault, n_jobs=n_jobs, build=build)
    with pytest.warns(FitFailedWarning, match="2 fits failed out of a total of 8"):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "One or more of the test scores")
            search.fit(X, y)
    assert_only_the_faulty_failed(search)
    assert search.failures_[0]["stage"] == "fit"
    assert "Traceback" in search.failures_[0]["reason"]
    kind = "memory" if fault == "memory" else "exception"
    assert {failure["kind"] for failure in search.failures_} == {kind}


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
@pytest.mark.parametrize("fault", DEADLY_FITS)
def test_a_worker_that_dies(fault, build):
    search = search_with(fault, n_jobs=2, build=build)
    with pytest.warns(FitFailedWarning, match="The worker process died"):
        search.fit(X, y)
    assert_only_the_faulty_failed(search)
    assert {failure["kind"] for failure in search.failures_} == {"died"}


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("bad_score", BAD_SCORES)
def test_a_score_that_is_no_finite_number(bad_score, n_jobs, build):
    search = search_with(bad_score=bad_score, n_jobs=n_jobs, build=build)
    with pytest.warns(UserWarning, match="non-finite") as caught:
        search.fit(X, y)
    assert len(caught) == 1, "one warning, in summary"
    # two of them; they count apart if each shows where it is in its worker's memory
    counts = re.findall(r"^(\d) scores: ", str(caught[0].message), re.MULTILINE)
    assert counts in (["2"], ["1", "1"])
    assert_only_the_faulty_failed(search)
    assert search.failures_[0]["stage"] == "test score"
    kind = "not finite" if bad_score in ("nan", "inf", "-inf") else "no number"
    assert {failure["kind"] for failure in search.failures_} == {kind}


@pytest.mark.parametrize("build", BUILDERS)
def test_a_numeric_error_score_cannot_win(build):
    # 1.0 is more than any healthy candidate scores
    search = search_with("exception", error_score=1.0, build=build)
    with pytest.warns(FitFailedWarning, match="set to 1.0"):
        search.fit(X, y)
    assert_only_the_faulty_failed(search, score=1.0)


def test_a_numeric_error_score_stands_for_a_bad_score():
    search = search_with(bad_score="inf", error_score=-5)
    with pytest.warns(UserWarning, match="Scoring failed on test rows"):
        search.fit(X, y)
    assert_only_the_faulty_failed(search, score=-5)


def test_error_scores_decide_if_every_candidate_failed_somewhere():
    def fails_on_one_split(estimator, X, y):
        return estimator.quality if y[0] == 0 else np.nan

    # one class for each split, so that the scorer fails on split 1 of every candidate
    labels = np.repeat([0, 1], 20)
    search = GridSearchCV(
        Faulty(),
        {"quality": QUALITIES},
        cv=[(np.arange(40), np.arange(20)), (np.arange(40), np.arange(20, 40))],
        scoring=fails_on_one_split,
        error_score=0.0,
    )
    with pytest.warns(UserWarning, match="Scoring failed on test rows"):
        search.fit(X, labels)
    assert search.best_params_ == {"quality": 0.3}

    search.set_params(error_score=np.nan)
    with pytest.warns(UserWarning, match="non-finite"):
        with pytest.raises(ValueError, match=r"(?s)No candidate has a score.*= nan"):
            search.fit(X, labels)
    assert search.cv_results_["split0_test_score"].tolist() == QUALITIES

    with pytest.warns(UserWarning, match="non-finite"):
        search.set_params(refit=False).fit(X, labels)
    assert search.cv_results_["split0_test_score"].tolist() == QUALITIES
    assert not hasattr(search, "best_params_")


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("fault", ["exception", "sys.exit"])
def test_all_fits_failed(fault, n_jobs, build):
    search = build(Faulty(), {"fault": [fault]}, cv=2, n_jobs=n_jobs)
    with pytest.raises(ValueError, match=r"(?s)All the 2 fits failed.*Traceback"):
        search.fit(X, y)


def test_all_workers_died():
    search = GridSearchCV(Faulty(), {"fault": ["SIGKILL"]}, cv=2, n_jobs=2)
    with pytest.raises(ValueError, match=r"(?s)All the 2 fits failed.*process died"):
        search.fit(X, y)


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_error_score_raise_raises_the_exception_itself(n_jobs, build):
    search = search_with("exception", error_score="raise", n_jobs=n_jobs, build=build)
    with pytest.raises(ValueError, match="the fit failed") as caught:
        search.fit(X, y)
    # the line of the user's code that raised it is shown
    shown = "".join(traceback.format_exception(caught.value))
    assert "_raise(ValueError(" in shown
    assert search.stop_reason_.startswith("ValueError after")


def test_error_score_raise_with_an_exception_that_cannot_travel():
    search = search_with("unpicklable exception", error_score="raise", n_jobs=2)
    with pytest.raises(RuntimeError, match="this exception holds a lock"):
        search.fit(X, y)
    with pytest.raises(UnpicklableError):
        search.set_params(n_jobs=1).fit(X, y)


def test_error_score_raise_with_a_worker_that_dies():
    search = search_with("os._exit", error_score="raise", n_jobs=2)
    with pytest.raises(joblib.externals.loky.process_executor.TerminatedWorkerError):
        search.fit(X, y)


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_a_parameter_that_cannot_be_pickled_fails_alone(build):
    grid = [{"quality": [q]} for q in QUALITIES] + [{"bad_score": [Unpicklable()]}]
    search = build(Faulty(), grid, cv=2, n_jobs=2)
    with pytest.warns(FitFailedWarning, match="could not be sent to a worker"):
        search.fit(X, y)
    assert search.best_params_ == {"quality": 0.3}
    assert [failure["candidate"] for failure in search.failures_] == [3, 3]
    assert [failure["kind"] for failure in search.failures_] == ["lost", "lost"]


def test_a_search_that_cannot_be_pickled_says_what_to_do():
    search = GridSearchCV(
        Faulty(bad_score=Unpicklable()), {"quality": QUALITIES}, n_jobs=2
    )
    with pytest.raises(TypeError, match="or run in threads"):
        search.fit(X, y)


@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_innocents_of_a_bundle_survive_its_crash():
    # Fits this fast travel in bundles, so that many tasks are suspect at each crash.
    grid = [{"quality": np.linspace(0, 0.5, 100)}, {"fault": ["os._exit"]}]
    grid.append({"quality": np.linspace(0.5, 0.8, 100)})
    search = GridSearchCV(Faulty(), grid, cv=2, n_jobs=2)
    with pytest.warns(FitFailedWarning, match="2 fits failed out of a total of 402"):
        search.fit(X, y)
    assert np.isnan(search.cv_results_["mean_test_score"]).nonzero()[0].tolist() == [
        100
    ]
    assert search.best_score_ == 0.8


class Leaks(Faulty):
    """Its process is killed at the tenth fit, as by the system for want of memory."""

    n_fits = 0

    def fit(self, X, y):
        Leaks.n_fits += 1
        if Leaks.n_fits == 10:
            DEADLY_FITS["SIGKILL"]()
        return super().fit(X, y)


def test_a_fit_does_not_pay_for_what_others_left_in_its_worker():
    search = GridSearchCV(
        Leaks(), {"quality": np.linspace(0, 1, 12)}, cv=2, n_jobs=2, refit=False
    )
    for _ in range(2):  # the second time in workers that are warm
        search.fit(X, y)
        assert search.failures_ == []
        assert search.best_params_ == {"quality": 1.0}


@pytest.mark.filterwarnings("ignore")
def test_suspects_among_short_fits_are_settled_soon():
    order = []

    class Watch:
        def setup(self, estimator, context):
            pass

        teardown = on_fit_task_begin = setup

        def on_fit_task_end(self, estimator, context):
            if context.task_name == "candidate-split-evaluation":
                order.append(context.task_id)

    grid = [{"fault": ["os._exit"]}, {"quality": np.linspace(0, 1, 100)}]
    search = GridSearchCV(Faulty(), grid, cv=2, n_jobs=2).set_callbacks(Watch())
    search.fit(X, y)
    assert len(order) == 202
    assert max(order.index(0), order.index(1)) < 100
    assert {failure["candidate"] for failure in search.failures_} == {0}


@pytest.mark.parametrize("build", BUILDERS)
def test_the_warning_points_at_the_line_that_called_fit(build):
    search = search_with(bad_score="nan", build=build)
    with pytest.warns(UserWarning, match="non-finite") as caught:
        search.fit(X, y)
    assert caught[0].filename == __file__


class CannotArrive(Faulty):
    def __setstate__(self, state):
        raise RuntimeError("no such device in this process")


def test_a_search_that_cannot_be_unpickled_shows_why():
    search = GridSearchCV(CannotArrive(), {"quality": QUALITIES}, cv=2, n_jobs=2)
    with pytest.raises(ValueError, match=r"(?s)All the 6 fits failed.*no such device"):
        search.fit(X, y)


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_metric_that_the_scorer_leaves_out_is_a_failure(n_jobs, build):
    def scorer(estimator, X, y):
        scores = {"a": estimator.quality, "b": 1.0}
        return scores if estimator.quality < 0.3 else {"b": 1.0}

    search = build(
        Faulty(),
        {"quality": QUALITIES},
        cv=2,
        scoring=scorer,
        refit="a",
        n_jobs=n_jobs,
    )
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(X, y)
    assert search.best_params_ == {"quality": 0.2}
    reasons = {(f["candidate"], f["metric"], f["reason"]) for f in search.failures_}
    assert reasons == {(2, "a", "The scorer returned no 'a'.")}


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("exception", [ValueError, KeyboardInterrupt])
def test_a_refit_that_fails_leaves_the_results_and_no_estimator(exception, build):
    class FailsOnAllRows(Faulty):
        def fit(self, X, y):
            if len(X) == 40:
                raise exception("all rows are too many")
            return super().fit(X, y)

    search = build(FailsOnAllRows(), {"quality": QUALITIES}, cv=2)
    with pytest.raises(exception):
        search.fit(X, y)
    assert search.best_params_ == {"quality": 0.3}
    assert search.stop_reason_ == f"{exception.__name__} in the refit"
    assert not hasattr(search, "best_estimator_")
    with pytest.raises(NotFittedError):
        search.predict(X)


def test_the_reason_of_a_death_names_the_signal():
    search = search_with("SIGKILL", n_jobs=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    reason = search.failures_[0]["reason"]
    first, explanation = reason.splitlines()
    assert first == "The worker process died by SIGKILL(-9)."
    assert "when memory runs out" in explanation


@pytest.mark.filterwarnings("ignore:One or more of the test scores")
@pytest.mark.parametrize(
    "fault",
    [
        "exception",
        "unpicklable exception",
        pytest.param("SIGKILL", marks=pytest.mark.slow),
    ],
)
def test_a_search_that_learns_goes_on_after_a_fault(fault):
    grid = {"quality": [0.1, 0.2, 0.3, 0.4], "fault": [None, fault]}
    search = learning_over(Faulty(), grid, cv=2, n_jobs=2)
    with pytest.warns(FitFailedWarning, match="8 fits failed out of a total of 16"):
        search.fit(X, y)
    np.testing.assert_array_equal(
        sorted_scores(search), [0.4, 0.3, 0.2, 0.1, *[np.nan] * 4]
    )
    assert search.best_params_ == {"quality": 0.4, "fault": None}
