"""Run fits that keep their predictions and models, without a search."""

import joblib
import numpy as np
from sklearn.base import is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import check_cv

from sklearn_hp._evaluation import Evaluation, open_pool
from sklearn_hp._evaluation._keeping import Keep
from sklearn_hp._records import Task, Trial
from sklearn_hp._responses import target_of


def keeping(estimator, X, y, folder, *, cv=3, models=True, groups=None, **fields):
    """Return an evaluation that keeps what its fits leave."""
    cv = check_cv(cv, y, classifier=is_classifier(estimator))
    return Evaluation(
        estimator,
        X,
        y,
        list(cv.split(X, y, groups)),
        check_scoring(estimator, fields.pop("scoring", None)),
        keep=Keep(
            None if folder is None else str(folder),
            models,
            target_of(y, is_classifier(estimator)),
        ),
        **fields,
    )


def run_all(evaluation, candidates=({},), n_jobs=1, backend=None, first=0):
    """Return the results of all splits of all candidates, by (trial, split)."""
    tasks = [
        Task(Trial(number, params), split)
        for number, params in enumerate(candidates, first)
        for split in range(len(evaluation.splits))
    ]
    results = {}
    with (
        joblib.parallel_config(**({} if backend is None else {"backend": backend})),
        open_pool(evaluation, n_jobs) as pool,
    ):
        while tasks or pool.n_running:
            while tasks and pool.has_idle:
                pool.submit(tasks.pop(0))
            _, result = pool.wait_any()
            results[result.key[:2]] = result
    return results


def gathered(evaluation, results, number=0):
    """Return the predictions of a candidate by row; NaN where there are none."""
    first = np.load(results[number, 0].kept.predictions)
    rows = np.full((len(evaluation.y), first.shape[1]), np.nan)
    for split, (_, test) in enumerate(evaluation.splits):
        rows[test] = np.load(results[number, split].kept.predictions)
    return rows
