"""The refit with what early stopping chose on the splits."""

import itertools
import time
import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_hp import GridSearchCV
from tests.optional_methods import StoppingScaler, Stops, StopsOnDemand
from tests.searches import BUILDERS

# training rows of the three splits: 6, 7 and 7
X, y = np.arange(20.0).reshape(10, 2), np.arange(10.0)
CV = KFold(3)


def of_target(fitted):
    return fitted.regressor_


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_refit_trains_for_what_the_splits_chose(n_jobs, build, capsys):
    grid = {"extra": [1, 5, 3]}
    search = build(Stops(), grid, cv=CV, n_jobs=n_jobs, verbose=1).fit(X, y)
    results = search.cv_results_
    assert list(results)[-4:] == [
        "split0_n_iter",
        "split1_n_iter",
        "split2_n_iter",
        "mean_n_iter",
    ]
    assert results["split0_n_iter"].tolist() == [7, 11, 9]
    assert results["split2_n_iter"].tolist() == [8, 12, 10]
    np.testing.assert_allclose(results["mean_n_iter"], [23 / 3, 35 / 3, 29 / 3])
    assert search.best_params_ == {"extra": 5}
    assert search.best_estimator_.n_iter_ == 12
    assert not search.best_estimator_.early_stopping
    assert not hasattr(search.best_estimator_, "best_n_iter_")
    assert capsys.readouterr().out.endswith(
        "Refitting with max_iter=12, early_stopping=False: the splits chose n_iter "
        "11, 12, 12.\n"
    )


@pytest.mark.parametrize(
    "estimator, prefix, part",
    [
        (make_pipeline(StandardScaler(), Stops()), "stops__", lambda p: p[-1]),
        (TransformedTargetRegressor(Stops()), "regressor__", of_target),
        (
            make_pipeline(TransformedTargetRegressor(Stops())),
            "transformedtargetregressor__regressor__",
            lambda p: p[-1].regressor_,
        ),
        (
            TransformedTargetRegressor(make_pipeline(Stops())),
            "regressor__stops__",
            lambda t: t.regressor_[-1],
        ),
    ],
)
def test_the_estimator_may_be_inside_of_another(estimator, prefix, part):
    search = GridSearchCV(
        estimator, {f"{prefix}extra": [1, 5]}, cv=CV, scoring=lambda e, X, y: 0.5
    )
    search.fit(X, y)
    assert search.cv_results_["mean_n_iter"].tolist() == [23 / 3, 35 / 3]
    assert part(search.best_estimator_).n_iter_ == 8
    assert search.best_params_ == {f"{prefix}extra": 1}


def test_a_step_that_is_cached_is_read_and_refit(tmp_path):
    steps = [("stops", StoppingScaler()), ("last", StandardScaler())]
    search = GridSearchCV(
        Pipeline(steps, memory=str(tmp_path)),
        {"last__with_mean": [True, False]},
        cv=CV,
        scoring=lambda e, X, y: 0.5,
    ).fit(X, y)
    assert search.cv_results_["mean_n_iter"].tolist() == [20 / 3, 20 / 3]
    assert search.best_estimator_[0].n_iter_ == 7


def test_a_split_that_failed_has_no_say():
    # on 6 rows, the fit fails
    search = GridSearchCV(
        Stops(fail_below=7), {"extra": [1]}, cv=CV, error_score=3.0, refit=lambda r: 0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    results = search.cv_results_
    np.testing.assert_array_equal(results["split0_n_iter"], [np.nan])
    assert results["mean_n_iter"].tolist() == [8]
    assert search.best_estimator_.n_iter_ == 8


@pytest.mark.parametrize(
    "estimator", [Stops(early_stopping=False), StopsOnDemand(early_stopping=False)]
)
def test_without_early_stopping_nothing_is_asked_or_set(estimator, capsys):
    search = GridSearchCV(estimator, {"max_iter": [4, 6]}, cv=CV, verbose=1)
    search.fit(X, y)
    assert [key for key in search.cv_results_ if "n_iter" in key] == []
    assert search.best_estimator_.n_iter_ == 6
    assert "Refitting" not in capsys.readouterr().out


def test_the_best_candidate_may_be_one_that_does_not_stop_early():
    grid = {"early_stopping": [True, False]}
    search = GridSearchCV(Stops(), grid, cv=CV).fit(X, y)
    np.testing.assert_array_equal(search.cv_results_["mean_n_iter"], [20 / 3, np.nan])
    assert search.best_estimator_.n_iter_ == 100


def test_an_estimator_may_leave_its_parameters_as_they_are(capsys):
    class Content(Stops):
        def refit_params(self, n_iters):
            return {}

    search = GridSearchCV(Content(), {"extra": [1]}, cv=CV, verbose=1).fit(X, y)
    assert search.best_estimator_.best_n_iter_ == 11
    assert "Refitting" not in capsys.readouterr().out


def test_wrong_parameters_for_the_refit_are_an_error():
    class Wrong(Stops):
        def refit_params(self, n_iters):
            return {"epochs": 3}

    search = GridSearchCV(Wrong(), {"extra": [1]}, cv=CV)
    with pytest.raises(ValueError, match="Invalid parameter 'epochs'"):
        search.fit(X, y)
    assert search.stop_reason_ == "ValueError in the refit"
    assert search.cv_results_["mean_n_iter"].tolist() == [23 / 3]


def test_a_clock_that_is_set_back_makes_no_time_negative(monkeypatch):
    times = itertools.count(1e9, -3600)
    monkeypatch.setattr(time, "time", lambda: next(times))
    search = GridSearchCV(Stops(), {"extra": [1]}, cv=CV).fit(X, y)
    assert 0 <= search.refit_time_ < 60
    assert 0 <= search.cv_results_["mean_fit_time"][0] < 60


class FitsItsPart(RegressorMixin, BaseEstimator):
    """Fits the estimator it was given, not a clone."""

    def __init__(self, part=None):
        self.part = part

    def fit(self, X, y):
        self.part.fit(X, y)
        return self

    def predict(self, X):
        return self.part.predict(X)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("build", BUILDERS)
def test_the_refit_leaves_the_best_parameters_as_they_were(build, n_jobs):
    parts = [DummyRegressor(), LinearRegression()]
    search = build(FitsItsPart(), {"part": parts}, cv=CV, n_jobs=n_jobs).fit(X, y)
    assert isinstance(search.best_params_["part"], LinearRegression)
    assert hasattr(search.best_estimator_.part, "coef_")
    for part in [
        search.best_params_["part"],
        *search.cv_results_["param_part"],
        *parts,
    ]:
        assert not hasattr(part, "n_features_in_")


class InterruptsAt(Stops):
    """Ends the search, as Ctrl-C does, in the fit of `extra` = 3."""

    def fit(self, X, y):
        if self.extra == 3:
            raise KeyboardInterrupt
        return super().fit(X, y)


@pytest.mark.parametrize("build", BUILDERS)
def test_the_best_so_far_is_refitted_on_request(build):
    search = build(InterruptsAt(), {"extra": [1, 5, 3]}, cv=CV)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    assert search.refit_best(X, y) is search
    unbroken = build(Stops(), {"extra": [1, 5]}, cv=CV).fit(X, y)
    assert search.best_params_ == unbroken.best_params_
    assert search.best_score_ == unbroken.best_score_
    assert vars(search.best_estimator_) == vars(unbroken.best_estimator_)
    np.testing.assert_array_equal(search.predict(X), unbroken.predict(X))
    assert search.score(X, y) == unbroken.score(X, y)
    assert search.stop_reason_ == "KeyboardInterrupt after 6 fits"
    assert search.refit_time_ >= 0


def test_what_cannot_be_refitted_says_why():
    search = GridSearchCV(InterruptsAt(), {"extra": [3]}, cv=CV)
    with pytest.raises(NotFittedError, match=r"has no cv_results_. Call fit\(X, y\)"):
        search.refit_best(X, y)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    with pytest.raises(NotFittedError, match="has no cv_results_"):
        search.refit_best(X, y)
    search = GridSearchCV(Stops(), {"extra": [3]}, cv=CV, refit=False).fit(X, y)
    with pytest.raises(ValueError, match=r"got refit=False. Set it first"):
        search.refit_best(X, y)
    assert search.set_params(refit=True).refit_best(X, y).best_params_ == {"extra": 3}


def test_no_complete_candidate_is_refitted():
    class InterruptsLater(Stops):
        n_fits = 0

        def fit(self, X, y):
            InterruptsLater.n_fits += 1
            if InterruptsLater.n_fits == 3:
                raise KeyboardInterrupt
            return super().fit(X, y)

    search = GridSearchCV(InterruptsLater(), {"extra": [3]}, cv=CV)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    with pytest.raises(ValueError, match="No candidate has a score"):
        search.refit_best(X, y)
