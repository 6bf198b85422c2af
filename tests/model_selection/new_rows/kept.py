"""Searches that keep what their fits leave, driven by the loop alone."""

import os
from dataclasses import replace

import joblib
from sklearn.base import is_classifier

from sklearn_hp._evaluation import open_pool
from sklearn_hp._history import History
from sklearn_hp._responses import target_of
from sklearn_hp._schedulers import CompletePolicy, TrialQueue
from sklearn_hp.model_selection._new_rows._kept_folder import KeptFolder
from sklearn_hp.model_selection._new_rows._kept_folds import KeptFolds
from sklearn_hp.model_selection._run import run_trials
from sklearn_hp.samplers import FixedSampler
from tests.evaluation.keeping import keeping
from tests.fakes import FakeMonitor


class KeepingMonitor(FakeMonitor):
    """Lets the kept folds catch up after each result, and counts those with models."""

    def __init__(self, folds, folder, history, stop_after=None, interrupt_after=None):
        super().__init__(stop_after)
        self.folds, self.folder, self.history = folds, folder, history
        self.interrupt_after = interrupt_after
        self.n_models = []

    def end(self, task, result):
        self.folds.catch_up()
        with_models = {name.split("_")[0] for name in models_in(self.folder.path)}
        ended = [n for n in with_models if self.history.state_of(int(n)) is not None]
        self.n_models.append(len(ended))
        reason = super().end(task, result)
        if len(self.ended) == self.interrupt_after:
            raise KeyboardInterrupt
        return reason


def models_in(path):
    return [name for name in os.listdir(path) if name.endswith(".pickle")]


def search(
    estimator,
    X,
    y,
    candidates=({},),
    *,
    n_models=None,
    named=None,
    n_jobs=1,
    backend=None,
    policy=None,
    metric=None,
    stop_after=None,
    interrupt_after=None,
    **fields,
):
    """Return the kept folds of a search, its monitor and its evaluation."""
    folder = KeptFolder(named)
    evaluation = keeping(estimator, X, y, folder.path, **fields)
    history = History()
    folds = KeptFolds(
        history,
        [test for _, test in evaluation.splits],
        target_of(y, is_classifier(estimator)),
        len(y),
        folder,
        n_models,
        metric,
    )
    monitor = KeepingMonitor(folds, folder, history, stop_after, interrupt_after)
    scheduler = TrialQueue(
        FixedSampler(list(candidates)),
        policy or CompletePolicy(),
        len(evaluation.splits),
        n_pending=0 if policy is None else 2,
    )
    try:
        with (
            joblib.parallel_config(**({} if backend is None else {"backend": backend})),
            open_pool(evaluation, n_jobs) as pool,
        ):
            run_trials(scheduler, pool, history, monitor)
    except KeyboardInterrupt:
        assert interrupt_after is not None
    history.cut_off()
    folds.catch_up()
    monitor.folds = monitor.folder = None  # which live as long as the search
    return folds, monitor, replace(evaluation, keep=None)
