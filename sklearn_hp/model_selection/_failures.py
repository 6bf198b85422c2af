"""What failed in a search: one warning in summary, and the list."""

import warnings
from collections import Counter

import numpy as np

from sklearn_hp._sklearn_compat import warn_or_raise_about_fit_failures


def report_failures(history, cv_results, error_score):
    """Warn once, in summary, about what failed.

    Parameters
    ----------
    history : History
        The results of the search.
    cv_results : dict
        The columns of the mean scores, at least.
    error_score : float
        What stands for a failed score.

    Raises
    ------
    ValueError
        If all fits failed; the message has their tracebacks.
    """
    warn_or_raise_about_fit_failures(
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
    n_run = Counter(result.trial_number for result in history)
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


def list_failures(history, metrics):
    """Return what failed, as records a user can read or make a DataFrame of.

    Parameters
    ----------
    history : History
        The results of the search.
    metrics : list of str
        Names of the metrics.

    Returns
    -------
    failures : list of dict
        With the keys "candidate" (row in ``cv_results_``), "split", "params", "stage"
        ("fit", "test score" or "train score"), "metric" (None for a fit) and "reason".
    """
    trials = history.trials
    row = {trial.number: i for i, trial in enumerate(trials)}
    failures = []
    for result in sorted(history, key=lambda result: result.key[:2]):
        candidate = row[result.trial_number]
        where = {
            "candidate": candidate,
            "split": result.split,
            "params": trials[candidate].params,
        }
        for stage, metric, reason in _failures_of(result, metrics):
            failures.append(
                {**where, "stage": stage, "metric": metric, "reason": reason}
            )
    return failures


def _failures_of(result, metrics):
    """Yield the stage, the metric and the reason of each failure in a result."""
    if result.fit_failure is not None:
        yield "fit", None, result.fit_failure.reason
        return
    for (which, metric), failure in result.score_failures.items():
        yield f"{which} score", metric, failure.reason
    if result.multimetric:
        for metric in metrics:
            if metric not in result.test_scores:
                yield "test score", metric, f"The scorer returned no {metric!r}."
