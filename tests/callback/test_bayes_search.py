"""Stopping a search whose candidates wait for scores."""

import pickle

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_hp import BayesSearchCV
from sklearn_hp.callback import EarlyStopping, TargetScore, TimeBudget
from tests.callback.searches import X, n_complete, y
from tests.faults import Faulty

SPACE = {"quality": uniform(0, 1)}


def bayes_search(callback=None, **kwargs):
    kwargs = {"n_iter": 60, "cv": 2, "random_state": 0, **kwargs}
    search = BayesSearchCV(Faulty(), SPACE, **kwargs)
    return search if callback is None else search.set_callbacks(callback)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_target_score(n_jobs):
    search = bayes_search(TargetScore(0.9), n_jobs=n_jobs).fit(X, y)
    assert search.stop_reason_.startswith("TargetScore: candidate")
    assert 0 < n_complete(search) < 60
    assert search.best_score_ >= 0.9
    assert hasattr(search, "best_estimator_")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_early_stopping(n_jobs):
    callback = EarlyStopping(5, tol=0.05, min_iter=8)
    search = bayes_search(callback, n_jobs=n_jobs).fit(X, y)
    assert search.stop_reason_.startswith("EarlyStopping: no score above")
    assert 8 <= n_complete(search) < 60
    # the same object, again, and on others
    again = pickle.loads(pickle.dumps(clone(search)))
    assert again.fit(X, y).stop_reason_ == search.stop_reason_


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("how", ["timeout", "callback"])
def test_time(how, n_jobs):
    if how == "timeout":
        search = bayes_search(n_iter=None, timeout=0.5, n_jobs=n_jobs)
        reason = "timeout=0.5 s passed"
    else:
        search = bayes_search(TimeBudget(0.5), n_iter=10_000, n_jobs=n_jobs)
        reason = "TimeBudget: 0.5 s have passed"
    search.fit(X, y)
    assert search.stop_reason_.startswith(reason)
    assert n_complete(search) >= 1
    assert search.predict(X).shape == y.shape


def test_inside_a_pipeline_and_cross_validation():
    pipeline = make_pipeline(StandardScaler(), bayes_search(TargetScore(0.9)))
    assert np.isfinite(cross_val_score(pipeline, X, y, cv=2, n_jobs=2)).all()
    assert "TargetScore" in pipeline.fit(X, y)[-1].stop_reason_


def test_without_an_end():
    with pytest.raises(ValueError, match=r"n_iter=None goes on .* timeout is None"):
        bayes_search(n_iter=None).fit(X, y)
