"""What failed in a search: errors and warnings in summary, and the list.

Each begins with what went wrong, then says what it concerns, then shows tracebacks:
often only the first line of a long message is read, or kept in a log. Where
scikit-learn says the same, its phrases are kept: tests and filters look for them.
"""

import re
from collections import Counter

import numpy as np
from sklearn.exceptions import FitFailedWarning

from sklearn_hp._tracebacks import error_line, same_error
from sklearn_hp.model_selection._warning import warn_caller

# Kinds of failures whose reasons say the same in other numbers.
_OF_ONE_SENTENCE = ("timeout", "memory limit")

_OVER_A_LIMIT = re.compile(
    r"^The fit .*\((fit_timeout)\)|^The fit .*(fit_memory_limit)"
)

# XGBoost and LightGBM, if early stopping is set and `fit` gets no rows to stop by.
_NO_ROWS_TO_STOP_BY = re.compile(
    "at least 1 validation dataset for early stopping"
    "|For early stopping, at least one dataset"
)


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
    _report_fits(history, error_score)
    for which in ("test", "train"):
        _warn_about_scores(which, history, cv_results, error_score)


def _report_fits(history, error_score):
    failures = [result.fit_failure for result in history if result.fit_failure]
    if not failures:
        return
    n_failed, n_fits = len(failures), len(history)
    groups = _grouped(failures)
    rule = 80 * "-"
    details = "Below are more details about the failures:" + "".join(
        f"\n{rule}\n{len(group)} fits failed with {_the_error(group)}:\n"
        f"{group[0].reason}"
        for group in groups
    )
    kinds = _kinds(failures) + _remedy(*(group[0].reason for group in groups))
    if n_failed == n_fits:
        raise ValueError(
            f"{_most_common(groups)}\nAll the {n_fits} fits failed.{kinds} It is very "
            f"likely that your model is misconfigured. You can try to debug the error "
            f"by setting error_score='raise'.\n\n{details}"
        )
    warn_caller(
        f"{_most_common(groups)}\n{n_failed} fits failed out of a total of {n_fits}."
        f"{kinds} The score on these train-test partitions for these parameters will "
        f"be set to {error_score}. If these failures are not expected, you can try to "
        f"debug them by setting error_score='raise'.\n\n{details}",
        FitFailedWarning,
    )


def _grouped(failures):
    """Return lists of failures of which one stands for all, the longest list first."""
    groups = {}
    for failure in failures:
        groups.setdefault(_likeness(failure), []).append(failure)
    return sorted(groups.values(), key=len, reverse=True)


def _likeness(failure):
    """Return what failures have in common of which it is enough to see one.

    The message may have the value of a parameter, or how much memory there was.
    """
    error = same_error(failure.reason)
    if error is not None:
        where, message = error
        return failure.kind, where, message.partition(":")[0]
    if failure.kind in _OF_ONE_SENTENCE:
        return (failure.kind,)
    return failure.kind, failure.reason


def _the_error(group):
    if len({failure.reason for failure in group}) == 1:
        return "the following error"
    return "errors such as the following, whose messages differ"


def _kinds(failures):
    """Return a sentence with the number of failures by kind, "" if all are of one."""
    counts = Counter(failure.kind for failure in failures)
    if len(counts) == 1:
        return ""
    parts = ", ".join(f"{n} {kind}" for kind, n in counts.most_common())
    return f" By kind: {parts}."


def _remedy(*reasons):
    """Return what to do about errors that are known, "" if none is."""
    over = filter(None, map(_OVER_A_LIMIT.search, reasons))
    limits = " and ".join(sorted({match[1] or match[2] for match in over}))
    if limits:
        return f" If fits need more than that, give them a larger {limits}."
    if not any(map(_NO_ROWS_TO_STOP_BY.search, reasons)):
        return ""
    return (
        " To stop each fit by rows of its own training part, leave early stopping to "
        "sklearn_hp.EarlyStoppingClassifier or EarlyStoppingRegressor around the "
        "estimator."
    )


def _most_common(groups):
    """Return the error of most failures, in one line."""
    line = error_line(groups[0][0].reason)
    n_others = len(groups) - 1
    if not n_others:
        return line
    return f"{line} (and {n_others} other error{'s' * (n_others > 1)})"


def _warn_about_scores(which, history, cv_results, error_score):
    groups = _grouped(
        failure
        for result in history
        for (failed_on, _), failure in result.score_failures.items()
        if failed_on == which
    )
    summary = "".join(f"\n{len(group)} scores: {group[0].reason}" for group in groups)
    # filters of warnings look at how a message begins, so the reason is in the middle
    why = f"{_most_common(groups)}\n" if groups else ""
    # a split that was not run, in a search that was stopped, is no failure
    states = [history.state_of(trial.number) for trial in history.trials]
    complete = np.isin(states, ["complete", "failed"])
    not_finite = [
        mean
        for name, mean in cv_results.items()
        if name.startswith(f"mean_{which}_") and not np.isfinite(mean[complete]).all()
    ]
    messages = [
        f"One or more of the {which} scores are non-finite: {why}{mean}{summary}"
        for mean in not_finite
    ]
    if summary and not messages:
        messages = [
            f"Scoring failed on {which} rows: {why}These scores are set to "
            f"{error_score}:{summary}"
        ]
    for message in messages:
        warn_caller(message)


def message_of_early_end(all_fail, n_tasks):
    """Return the error of a search that ended because no candidate can succeed.

    Parameters
    ----------
    all_fail : AllFail
        Why all fits fail, and what was tried.
    n_tasks : int or None
        How many fits there would have been, None if unknown.

    Returns
    -------
    message : str
        The error, what was tried, the remedy and the traceback.
    """
    reason = all_fail.reason
    spared = "" if n_tasks is None else f" of {n_tasks}"
    if all_fail.any_may_fit:
        cause, culprits = "in the same way", "estimator, the scorer or the space"
    else:
        cause = "for a reason that is not the candidates'"
        culprits = "estimator or the scorer"
    return (
        f"{error_line(reason)}\nAll fits failed, {cause}: {all_fail.n_candidates} "
        f"different candidates, and the estimator with its own parameters, failed with "
        f"this same error on the first split. The search ended after "
        f"{all_fail.n_fits}{spared} fits.{_remedy(reason)} Correct the data, the "
        f"{culprits}. To run all fits nevertheless, pass a number as error_score, such "
        f"as error_score=0.\n\n{reason}"
    )


def message_of_no_choice(failures):
    """Return the error of a search without a candidate to choose.

    Parameters
    ----------
    failures : list of dict
        What failed, as `list_failures` returns it.

    Returns
    -------
    message : str
        The first failure, what follows from it, and its traceback.
    """
    message = (
        "No candidate has a score on every split, so there is none to refit. See "
        "cv_results_ and failures_ for what was finished, or pass refit=False to "
        "have them without an error."
    )
    if not failures:
        return message
    reason = failures[0]["reason"]
    return f"{error_line(reason)}\n{message} The first failure:\n{reason}"


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
        ("fit", "test score" or "train score"), "metric" (None for a fit), "kind" (see
        `Failure`) and "reason".
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
        for stage, metric, kind, reason in _failures_of(result, metrics):
            what = {"stage": stage, "metric": metric, "kind": kind, "reason": reason}
            failures.append({**where, **what})
    return failures


def without_failures(cv_results, failures):
    """Return results where NaN stands for a score that failed, not `error_score`.

    Parameters
    ----------
    cv_results : dict
        The results of a search.
    failures : list of dict
        What failed, as `list_failures` returns it.

    Returns
    -------
    cv_results : dict
        With the test scores of failed splits, and the means over them, replaced.
    """
    prefix = "mean_test_"
    metrics = [
        name.removeprefix(prefix) for name in cv_results if name.startswith(prefix)
    ]
    results = dict(cv_results)
    for failure in failures:
        if failure["stage"] == "train score":
            continue
        # a fit that fails, or a scorer as a whole, has no score of any metric
        hit = [m for m in metrics if m == failure["metric"]] or metrics
        for metric in hit:
            for name in f"split{failure['split']}_test_{metric}", prefix + metric:
                results[name] = results[name].copy()
                results[name][failure["candidate"]] = np.nan
    return results


def _failures_of(result, metrics):
    """Yield the stage, the metric, the kind and the reason of each failure."""
    if result.fit_failure is not None:
        yield "fit", None, result.fit_failure.kind, result.fit_failure.reason
        return
    for (which, metric), failure in result.score_failures.items():
        yield f"{which} score", metric, failure.kind, failure.reason
    if result.multimetric:
        for metric in metrics:
            if metric not in result.test_scores:
                reason = f"The scorer returned no {metric!r}."
                yield "test score", metric, "no number", reason
