"""The callback protocol of scikit-learn 1.9, in process and across processes."""

import pickle
import re
import threading

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.callback.tests._utils import (
    MaxIterEstimator,
    RecordingAutoPropagatedCallback,
)
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_hp import GridSearchCV, RandomSearchCV
from sklearn_hp._evaluation import Evaluation
from sklearn_hp._records import Task, Trial
from sklearn_hp._sklearn_compat import ShippedContext
from sklearn_hp.model_selection._monitor import Monitor
from tests.faults import Faulty
from tests.searches import BUILDERS

X, y = load_iris(return_X_y=True)
QUALITIES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


class Recorder:
    """Keeps what it is handed, and a lock, so that it cannot be pickled."""

    def __init__(self, stop=lambda estimator, context: False):
        self.lock = threading.Lock()
        self.events = []
        self.stop = stop

    def setup(self, estimator, context):
        self.events.append(("setup", context.task_name, context.task_id))

    def teardown(self, estimator, context):
        self.events.append(("teardown", context.task_name, context.task_id))

    def on_fit_task_begin(self, estimator, context):
        self.events.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context):
        self.events.append(("end", context.task_name, context.task_id))
        return self.stop(estimator, context)


class StopAtQuality(Recorder):
    """Stop as soon as a complete candidate has this mean score."""

    def __init__(self, quality):
        super().__init__(self.reached)
        self.quality = quality

    def reached(self, estimator, context):
        if context.task_name != "candidate-split-evaluation":
            return False
        means = estimator.cv_results_["mean_test_score"]
        return bool(np.nanmax(means, initial=-np.inf) >= self.quality)


def search_over(qualities, build=GridSearchCV, **kwargs):
    return build(Faulty(), {"quality": qualities}, cv=2, **kwargs)


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_plain_callback_sees_every_task_in_the_parent(n_jobs, build):
    callback = Recorder()
    search_over(QUALITIES[:3], n_jobs=n_jobs, build=build).set_callbacks(callback).fit(
        X, y
    )
    leaves = [("candidate-split-evaluation", i) for i in range(6)]
    names = [("fit", 0), ("search", 0), *leaves, ("refit-with-best-params", 1)]
    for event in ("begin", "end"):
        seen = [tuple(rest) for kind, *rest in callback.events if kind == event]
        assert sorted(seen) == sorted(names)
    assert callback.events[0] == ("setup", "fit", 0)
    assert callback.events[-1] == ("teardown", "fit", 0)


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_returning_true_stops_the_search_and_refits_the_best_so_far(
    backend, n_jobs, build, capsys
):
    search = search_over(np.arange(200), build, n_jobs=n_jobs, verbose=1)
    with parallel_config(backend=backend):
        search.set_callbacks(StopAtQuality(20)).fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    assert scores[:21].tolist() == list(range(21))
    # what runs when the search is stopped can add a candidate
    assert len(scores) <= 20 + n_jobs
    assert search.best_score_ == np.nanmax(scores)
    assert search.best_estimator_.quality == search.best_params_["quality"]
    # with two threads, what is complete can be seen first after a later split
    assert re.fullmatch(
        r"StopAtQuality returned True after split [01] of candidate 2[01]",
        search.stop_reason_,
    )
    assert f"Search stopped: {search.stop_reason_}" in capsys.readouterr().out
    assert search.predict(X).shape == y.shape


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_stopping_at_once_completes_one_candidate(n_jobs, build):
    callback = Recorder(stop=lambda estimator, context: context.task_name[0] == "c")
    search = (
        search_over(QUALITIES, n_jobs=n_jobs, build=build)
        .set_callbacks(callback)
        .fit(X, y)
    )
    assert search.best_params_ == {"quality": 0.1}
    assert np.isfinite(search.cv_results_["mean_test_score"]).sum() <= n_jobs


def test_only_the_search_is_stopped_by_its_own_tasks():
    callback = Recorder(stop=lambda estimator, context: context.task_name == "search")
    search = search_over(QUALITIES).set_callbacks(callback).fit(X, y)
    assert search.best_params_ == {"quality": 0.6}
    assert search.stop_reason_ is None


@pytest.mark.parametrize("build", BUILDERS)
def test_results_so_far_are_read_by_a_callback(build):
    seen = []

    def look(estimator, context):
        if context.task_name == "candidate-split-evaluation":
            seen.append(estimator.cv_results_["mean_test_score"].tolist())

    search_over([0.1, 0.2], build).set_callbacks(Recorder(look)).fit(X, y)
    np.testing.assert_equal(seen, [[np.nan], [0.1], [0.1, np.nan], [0.1, 0.2]])


@pytest.mark.parametrize("build", BUILDERS)
def test_a_callback_that_raises_ends_the_search_and_is_torn_down(build):
    def fail(estimator, context):
        raise RuntimeError("the callback failed")

    callback = Recorder(fail)
    search = search_over(QUALITIES, n_jobs=2, build=build).set_callbacks(callback)
    with pytest.raises(RuntimeError, match="the callback failed"):
        search.fit(X, y)
    assert callback.events[-1][0] == "teardown"
    assert search.stop_reason_ == "RuntimeError after 1 fits"


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_callbacks_that_propagate_reach_the_estimator_in_the_worker(n_jobs, build):
    callback = RecordingAutoPropagatedCallback()
    search = build(
        MaxIterEstimator(), {"max_iter": [2, 3]}, cv=2, scoring="r2", n_jobs=n_jobs
    )
    search.set_callbacks(callback).fit(X, y)
    own = 1 + 1 + 4 + 1  # fit, search, four evaluations, refit
    inner = 2 * (2 + 3) + search.best_estimator_.n_iter_
    for hook in ("on_fit_task_begin", "on_fit_task_end"):
        assert callback.count_hooks(hook) == own + inner


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_scoring_monitor_on_the_estimator(n_jobs):
    monitor = ScoringMonitor(scoring="r2")
    estimator = MaxIterEstimator().set_callbacks(monitor)
    grid = {"max_iter": [2, 3]}
    search = GridSearchCV(estimator, grid, cv=2, scoring="r2", n_jobs=n_jobs)
    search.fit(X, y)
    log = monitor.get_logs()
    steps = 2 * (2 + 3) + search.best_estimator_.n_iter_
    iterations = [row for row in log.data if len(row["task_id_path"]) > 2]
    assert log.estimator_name == "GridSearchCV", "one run, of the search"
    assert len(iterations) >= steps
    assert {row["task_id_path"][1] for row in iterations if row["task_id_path"][0] == 0}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_scoring_monitor_on_an_estimator_among_the_candidates(n_jobs):
    monitor = ScoringMonitor(scoring="r2")
    candidate = MaxIterEstimator(max_iter=3).set_callbacks(monitor)
    pipeline = Pipeline([("model", "passthrough")])
    search = GridSearchCV(
        pipeline, {"model": [candidate]}, cv=2, scoring="r2", n_jobs=n_jobs
    )
    search.fit(X, y)
    logs = monitor.get_logs("all")
    assert [log.estimator_name for log in logs] == ["GridSearchCV"], "one run"


@pytest.mark.filterwarnings("ignore:The estimator Faulty does not support callbacks")
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("estimator", [Faulty(), MaxIterEstimator()])
def test_the_progress_bar(n_jobs, estimator, capsys, monkeypatch):
    rich = pytest.importorskip("rich")
    monkeypatch.setenv("COLUMNS", "200")  # else the percentages are cut off
    monkeypatch.setattr(rich, "_console", None)  # one of before knows its width
    name = "quality" if isinstance(estimator, Faulty) else "max_iter"
    search = RandomSearchCV(
        estimator,
        {name: [1, 2, 3]},
        n_iter=3,
        cv=2,
        n_jobs=n_jobs,
        scoring=None if name == "quality" else "r2",
        random_state=0,
    )
    search.set_callbacks(ProgressBar()).fit(X, y)
    printed = capsys.readouterr().out
    assert "RandomSearchCV - fit" in printed
    assert "RandomSearchCV - search" in printed
    assert "100%" in printed


@pytest.mark.filterwarnings("ignore:The estimator Faulty does not support callbacks")
@pytest.mark.parametrize(
    "estimator, callback, travels",
    [
        (MaxIterEstimator(), None, False),
        (MaxIterEstimator(), Recorder(), False),
        (Faulty(), RecordingAutoPropagatedCallback(), False),
        (MaxIterEstimator(), RecordingAutoPropagatedCallback(), True),
        (MaxIterEstimator().set_callbacks(ScoringMonitor(scoring="r2")), None, True),
    ],
)
def test_a_context_travels_only_if_it_is_used_in_the_worker(
    estimator, callback, travels
):
    search = GridSearchCV(estimator, {})
    if callback is not None:
        search.set_callbacks(callback)
    evaluation = Evaluation(estimator, X, y, [(np.arange(9), np.arange(9))], None)
    context = search._init_callback_context(max_subtasks=None)
    context.sequential_subtasks = False
    task = Monitor(search, evaluation, context, 1).begin(Task(Trial(0, {}), 0))
    assert (task.callback_context is not None) == travels


def test_a_shipped_context_is_small_however_many_tasks_there_are():
    sizes = []

    class Measure(Recorder):
        def on_fit_task_end(self, estimator, context):
            if context.task_name == "candidate-split-evaluation":
                sizes.append(len(pickle.dumps(ShippedContext(context))))

    search_over(list(np.linspace(0, 1, 100))).set_callbacks(Measure()).fit(X, y)
    assert len(sizes) == 200
    assert max(sizes) < 2000
    assert max(sizes) - min(sizes) < 20


@pytest.mark.parametrize("build", BUILDERS)
def test_callbacks_are_kept_by_clone_and_work_in_a_nested_search(build):
    callback = Recorder()
    search = clone(search_over(QUALITIES[:2], build).set_callbacks(callback))
    cross_val_score(search, X, y, cv=3)
    assert [event for event, *_ in callback.events].count("setup") == 3


@pytest.mark.parametrize("build", BUILDERS)
def test_a_search_inside_a_pipeline_can_be_stopped(build):
    search = search_over(QUALITIES, build).set_callbacks(StopAtQuality(0.2))
    pipeline = make_pipeline(StandardScaler(), search).fit(X, y)
    assert pipeline[-1].best_params_ == {"quality": 0.2}
