"""Callbacks see the same tasks in our searches as in scikit-learn's.

scikit-learn's own callback tests that name a search are part of its ``test_search``;
these compare what its recording callbacks, its ScoringMonitor and its ProgressBar
receive.
"""

import re

import numpy as np
import pytest
import sklearn.model_selection
from scipy import stats
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.callback.tests._utils import (
    MaxIterEstimator,
    NoCallbackEstimator,
    RecordingAutoPropagatedCallback,
    RecordingCallback,
)
from sklearn.datasets import make_regression

import sklearn_hp

from ._installed import SEARCHES

X, y = make_regression(n_samples=30, n_features=2, random_state=0)
sample_weight = np.arange(30) % 3 + 1.0


def grid(library, estimator, **params):
    candidates = {"max_iter": [1, 2, 3]}
    return library.GridSearchCV(estimator, candidates, cv=2, scoring="r2", **params)


def random(library, estimator, **params):
    search = library.RandomizedSearchCV(
        estimator,
        {"max_iter": stats.randint(1, 4)},
        n_iter=2,
        cv=2,
        scoring="r2",
        random_state=0,
        **params,
    )
    return search


def scikit_learn_name(name):
    ours = {search.__name__: name for name, search in SEARCHES.items()}
    return ours.get(name, name)


def described(context):
    """Return the path from the root task to this one, without times and ids of runs."""
    task = tuple(
        scikit_learn_name(getattr(context, name))
        if name.endswith("estimator_name")
        else getattr(context, name)
        for name in (
            "estimator_name",
            "task_name",
            "task_id",
            "max_subtasks",
            "sequential_subtasks",
            "source_estimator_name",
            "source_task_name",
        )
    )
    return (task,) if context.parent is None else (*described(context.parent), task)


def events(callback):
    return [
        (
            record["name"],
            scikit_learn_name(type(record["estimator"]).__name__),
            described(record["context"]),
            {name: kind(value) for name, value in record.get("kwargs", {}).items()},
        )
        for record in callback.record
    ]


def kind(value):
    """Describe what a hook was given: the shape of data, the type of an estimator."""
    if isinstance(value, dict):
        return {name: kind(item) for name, item in value.items()}
    return getattr(value, "shape", type(value).__name__)


@pytest.mark.filterwarnings("ignore:The estimator NoCallbackEstimator does not support")
@pytest.mark.parametrize(
    "Callback", [RecordingCallback, RecordingAutoPropagatedCallback]
)
@pytest.mark.parametrize("estimator", [MaxIterEstimator(), NoCallbackEstimator()])
@pytest.mark.parametrize("refit", [True, False])
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("build", [grid, random])
def test_same_events(build, n_jobs, refit, estimator, Callback):
    def fit(library):
        callback = Callback()
        search = build(library, estimator, refit=refit, n_jobs=n_jobs)
        search.set_callbacks(callback).fit(X, y)
        return events(callback)

    ours, theirs = fit(sklearn_hp), fit(sklearn.model_selection)
    if n_jobs == 1:
        assert ours == theirs
    else:  # in any order
        assert sorted(ours, key=repr) == sorted(theirs, key=repr)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_same_events_with_sample_weight(n_jobs):
    def fit(library):
        callback = RecordingCallback()
        search = grid(library, MaxIterEstimator(), n_jobs=n_jobs)
        search.set_callbacks(callback).fit(X, y, sample_weight=sample_weight)
        return sorted(events(callback), key=repr)

    assert fit(sklearn_hp) == fit(sklearn.model_selection)


@pytest.mark.parametrize("include_lineage", [True, False])
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("build", [grid, random])
def test_same_monitored_scores(build, n_jobs, include_lineage):
    def fit(library):
        monitor = ScoringMonitor(scoring=("r2", "neg_mean_squared_error"))
        estimator = MaxIterEstimator().set_callbacks(monitor)
        search = build(library, estimator, n_jobs=n_jobs)
        search.fit(X, y)
        logs = monitor.get_logs(select="all", include_lineage=include_lineage)
        for row in (row for log in logs for row in log.data):
            row["estimator_name"] = scikit_learn_name(row["estimator_name"])
        return [(scikit_learn_name(log.estimator_name), log.data) for log in logs]

    ours, theirs = fit(sklearn_hp), fit(sklearn.model_selection)
    assert len(theirs[0][1]) > 6
    assert ours == theirs


@pytest.mark.parametrize("max_propagation_depth", [1, None])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_same_progress_bars(n_jobs, max_propagation_depth, capsys):
    pytest.importorskip("rich")

    def fit(library):
        bar = ProgressBar(max_propagation_depth=max_propagation_depth)
        search = grid(library, MaxIterEstimator(), n_jobs=n_jobs)
        search.set_callbacks(bar).fit(X, y)
        lines = capsys.readouterr().out.splitlines()
        return sorted(re.sub(r"\d+:\d\d:\d\d.*", "", line).strip() for line in lines)

    ours, theirs = fit(sklearn_hp), fit(sklearn.model_selection)
    assert any("GridSearchCV - fit" in line for line in theirs)
    assert ours == theirs
