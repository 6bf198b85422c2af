"""History -> ``fits_``: what ran when and where."""

import numpy as np


def list_fits(history):
    """Return the single fits, in the order in which they ended.

    Parameters
    ----------
    history : History
        The results of the search.

    Returns
    -------
    fits : dict of str -> ndarray of shape (n_fits,)
        With the keys "candidate" (row in ``cv_results_``), "split", "worker" (from 0),
        "started" (seconds since the epoch by the worker's clock; NaN if the worker
        died), "fit_time", "score_time" (seconds) and "failure" (the kind, as in
        ``failures_``; empty for none).
    """
    results = list(history)
    row = {trial.number: i for i, trial in enumerate(history.trials)}

    def column(dtype, value_of):
        return np.array([value_of(result) for result in results], dtype=dtype)

    return {
        "candidate": column(int, lambda result: row[result.trial_number]),
        "split": column(int, lambda result: result.split),
        "worker": column(int, lambda result: result.slot),
        "started": column(float, lambda result: result.started),
        "fit_time": column(float, lambda result: result.fit_time),
        "score_time": column(float, lambda result: result.score_time),
        "failure": column("U13", _kind_of),
    }


def _kind_of(result):
    return next((failure.kind for failure in result.failures), "")
