"""History -> ``cv_results_``, ranks, and what failed."""

import warnings
from collections import Counter

import numpy as np
from scipy.stats import rankdata

from sklearn_hp._sklearn_compat import (
    _warn_or_raise_about_fit_failures,
    _yield_masked_array_for_each_param,
)


def format_cv_results(history, n_splits, error_score, return_train_score):
    """Return the results of a search as scikit-learn's ``cv_results_``.

    Parameters
    ----------
    history : History
        At least one result.
    n_splits : int
        Number of splits of a complete trial.
    error_score : float or "raise"
        Stands for the score of what failed.
    return_train_score : bool
        Whether to include the training scores.

    Returns
    -------
    cv_results : dict
        Keys and dtypes as in :class:`~sklearn.model_selection.GridSearchCV`. The score
        of a split that was not run is NaN, and so is the mean of its candidate; mean
        times are over the splits that were run. A candidate of which a score failed
        ranks behind all others.
    """
    table = _Table(history, n_splits, np.nan if error_score == "raise" else error_score)
    results = {}
    for name in ("fit_time", "score_time"):
        times = table.fill(lambda result, name=name: getattr(result, name))
        results[f"mean_{name}"], results[f"std_{name}"] = _mean_and_std(
            times, np.nanmean
        )
    params = [trial.params for trial in history.trials]
    results.update(_yield_masked_array_for_each_param(params))
    results["params"] = params
    for metric in table.metrics:
        scores, failed = table.scores("test", metric)
        results.update(_score_columns(f"test_{metric}", scores))
        results[f"rank_test_{metric}"] = _rank(
            results[f"mean_test_{metric}"], failed.any(axis=1)
        )
        if return_train_score:
            scores, _ = table.scores("train", metric)
            results.update(_score_columns(f"train_{metric}", scores))
    return results


class _Table:
    """The history as arrays of shape (n_candidates, n_splits)."""

    def __init__(self, history, n_splits, error_score):
        row = {trial.number: i for i, trial in enumerate(history.trials)}
        self._shape = len(row), n_splits
        self._error_score = error_score
        self._cells = [(row[r.trial], r.split, r) for r in history]
        # names and their order come from the first candidate that has scores, so that
        # they do not depend on which worker was first
        scored = [result for *_, result in self._cells if result.test_scores]
        # a scorer that failed as a whole has no metric names to give
        named = [result for result in scored if result.multimetric] or scored
        first = min(named, key=lambda result: result.key[:2], default=None)
        self.metrics = list(first.test_scores) if first else ["score"]

    def fill(self, value):
        """Return `value(result)` in the cell of each result, NaN elsewhere."""
        array = np.full(self._shape, np.nan)
        for i, split, result in self._cells:
            array[i, split] = value(result)
        return array

    def scores(self, which, metric):
        """Return the scores with `error_score` filled in, and where they failed."""
        raw = self.fill(lambda r: getattr(r, f"{which}_scores").get(metric, np.nan))
        ran = self.fill(lambda result: 1.0) == 1.0
        failed = ran & np.isnan(raw)
        return np.where(failed, self._error_score, raw), failed


def _score_columns(name, scores):
    columns = {f"split{i}_{name}": scores[:, i] for i in range(scores.shape[1])}
    mean, std = _mean_and_std(scores, np.average)
    return {**columns, f"mean_{name}": mean, f"std_{name}": std}


def _mean_and_std(array, average):
    with np.errstate(invalid="ignore"):  # an error_score may be infinite
        mean = average(array, axis=1)
        return mean, np.sqrt(average((array - mean[:, np.newaxis]) ** 2, axis=1))


def _rank(means, failed):
    """Rank from 1, ties share the best rank.

    First the candidates that did not fail, then those that failed on some split, then
    those without a mean; within each by mean, where `error_score` stands for a failure.
    """
    tier = np.where(np.isnan(means), 2, failed)
    keys = np.column_stack([tier, np.where(tier == 2, 0.0, -means)])
    _, order = np.unique(keys, axis=0, return_inverse=True)
    return rankdata(order.ravel(), method="min").astype(np.int32, copy=False)


def report_failures(history, cv_results, error_score):
    """Warn once, in summary, about what failed.

    Parameters
    ----------
    history : History
        The results of the search.
    cv_results : dict
        What `format_cv_results` made of it.
    error_score : float
        What stands for a failed score.

    Raises
    ------
    ValueError
        If all fits failed; the message has their tracebacks.
    """
    _warn_or_raise_about_fit_failures(
        [{"fit_error": r.fit_failure and r.fit_failure.reason} for r in history],
        error_score,
    )
    for which in ("test", "train"):
        _warn_about_scores(which, history, cv_results, error_score)


def _warn_about_scores(which, history, cv_results, error_score):
    reasons = Counter(
        failure.reason
        for result in history
        for (failed_on, _), failure in result.score_failures.items()
        if failed_on == which
    )
    summary = "".join(f"\n{n} scores: {reason}" for reason, n in reasons.items())
    # a split that was not run, in a search that was stopped, is no failure
    n_run = Counter(result.trial for result in history)
    complete = [n_run[trial.number] == max(n_run.values()) for trial in history.trials]
    not_finite = [
        mean
        for name, mean in cv_results.items()
        if name.startswith(f"mean_{which}_") and not np.isfinite(mean[complete]).all()
    ]
    messages = [
        f"One or more of the {which} scores are non-finite: {mean}{summary}"
        for mean in not_finite
    ]
    if summary and not messages:
        messages = [
            f"Scoring failed on {which} rows. These scores are set to "
            f"{error_score}:{summary}"
        ]
    for message in messages:
        warnings.warn(message, category=UserWarning, stacklevel=6)


def list_failures(history):
    """Return what failed, as records a user can read or make a DataFrame of.

    Parameters
    ----------
    history : History
        The results of the search.

    Returns
    -------
    failures : list of dict
        With the keys "candidate" (row in ``cv_results_``), "split", "params", "stage"
        ("fit" or "score"), "metric" (None for a fit) and "reason".
    """
    trials = history.trials
    row = {trial.number: i for i, trial in enumerate(trials)}
    failures = []
    for result in sorted(history, key=lambda result: result.key[:2]):
        candidate = row[result.trial]
        where = {
            "candidate": candidate,
            "split": result.split,
            "params": trials[candidate].params,
        }
        if result.fit_failure is not None:
            why = {"stage": "fit", "metric": None, "reason": result.fit_failure.reason}
            failures.append({**where, **why})
        for (which, metric), failure in result.score_failures.items():
            why = {
                "stage": f"{which} score",
                "metric": metric,
                "reason": failure.reason,
            }
            failures.append({**where, **why})
    return failures
