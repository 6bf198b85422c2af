"""Whom the winner beats beyond the noise of the splits.

s, t : (k,) scores of the winner and of another candidate on the same splits.
d = s - t : most of the spread of scores is that some splits are harder for every model,
    which cancels out in d.
rho : rows of a test set divided by those of its training set.

The interval is mean(d) +- t_{k-1} sqrt((1 / k + rho) var(d)).                 [NB]

Splits share training rows, so the k differences are not independent; rho allows for it.

References
----------
.. [NB] Nadeau & Bengio, "Inference for the generalization error", Machine Learning 52,
   2003. DOI 10.1023/A:1024068626366
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats
from sklearn.model_selection import GroupShuffleSplit

from sklearn_hp.inspection._data import Metric, SearchData, read_search

_LEVEL = 0.95


def paired_differences(
    search: Any,
    *,
    metric: str | None = None,
    n_candidates: int | None = None,
    test_train_ratio: float | None = None,
) -> dict[str, Any]:
    """Compare the winner with the other candidates, split by split.

    Parameters
    ----------
    search : object
        Whatever :func:`to_frame` takes.
    metric : str, default=None
        Name of the score; None for the one that decides.
    n_candidates : int, default=None
        How many runners-up to compare with, the best by `metric`; None for all. The
        untuned candidate is always among them if the search tried it.
    test_train_ratio : float, default=None
        Size of a test set divided by that of its training set. None takes it from the
        search's `cv`, or assumes k-fold cross-validation.

    Returns
    -------
    differences : dict of str -> list or ndarray of length n_compared
        The columns of a table, the closest runner-up first:

        - ``candidate``: its number, from 0, as in :func:`to_frame`;
        - ``params``: its parameters;
        - ``difference``: mean score of the winner minus that of the candidate, on the
          splits that both have; positive if the winner is better, also for a loss;
        - ``low``, ``high``: the ends of the 95 % interval of the difference; NaN with
          fewer than two splits;
        - ``n_splits``: the splits that both have, 0 if they are not known;
        - ``is_untuned``: whether it is the estimator with its own parameters.

    Raises
    ------
    ValueError
        If no candidate has a score, the search lacks the metric, or `n_candidates` or
        `test_train_ratio` is out of range.

    Notes
    -----
    The variance is that of Nadeau and Bengio [1]_, which allows for splits that share
    training rows: ``(1 / k + test_train_ratio) * var(d, ddof=1)``. It is cautious:
    in k-fold cross-validation its root was 1.2 to 2.5 times the true error.
    An interval is that of one comparison. The winner was chosen because its scores are
    high, so all differences are a little too large.

    References
    ----------
    .. [1] C. Nadeau and Y. Bengio, "Inference for the generalization error", Machine
       Learning 52, 2003. DOI 10.1023/A:1024068626366.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import GridSearchCV
    >>> from sklearn_hp.inspection import paired_differences
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"C": [0.01, 1.0, 10]}).fit(X, y)
    >>> found = paired_differences(search)
    >>> found["params"]
    [{'C': 1.0}, {'C': 0.01}]
    >>> found["difference"].round(3), found["low"].round(3)
    (array([0.013, 0.053]), array([-0.021, -0.002]))
    """
    data = read_search(search)
    one = data.metric(metric)
    return compare(data, one, n_candidates, test_train_ratio)


def winner_of(data: SearchData) -> int:
    """Return the row of the winner; raise ValueError if there is none."""
    if data.best is None:
        raise ValueError(
            f"The {data.kind} has no winner: no candidate has a score. See why its "
            f"fits failed, and search again."
        )
    return data.best


def compare(
    data: SearchData, metric: Metric, n_candidates: int | None, ratio: float | None
) -> dict[str, Any]:
    """Return what `paired_differences` returns."""
    _check(n_candidates, ratio)
    best = winner_of(data)
    rows = _others(data, metric, best)
    splits = data.split_scores.get(metric.name)
    if splits is None:
        difference = data.scores[metric.name][best] - data.scores[metric.name][rows]
        half, n_splits = np.full(len(rows), np.nan), np.zeros(len(rows), int)
    else:
        ratio = _test_train_ratio(data) if ratio is None else ratio
        difference, half, n_splits = _intervals(splits[best] - splits[rows], ratio)
    order = np.argsort(difference, kind="stable")
    is_untuned = data.numbers[rows] == _number_of_the_untuned(data)
    kept = is_untuned[order] | _is_runner_up(data, rows[order], n_candidates)
    order = order[kept]
    return {
        "candidate": data.numbers[rows][order],
        "params": [dict(data.candidates[row]) for row in rows[order]],
        "difference": difference[order],
        "low": difference[order] - half[order],
        "high": difference[order] + half[order],
        "n_splits": n_splits[order],
        "is_untuned": is_untuned[order],
    }


def _check(n_candidates: int | None, ratio: float | None) -> None:
    if n_candidates is not None and n_candidates < 1:
        raise ValueError(
            f"n_candidates must be at least 1, or None for all, got {n_candidates!r}."
        )
    if ratio is not None and not ratio >= 0:
        raise ValueError(
            f"test_train_ratio must be at least 0, or None to take it from the "
            f"search's cv, got {ratio!r}. It is 0.25 for 5-fold cross-validation."
        )


def _others(data: SearchData, metric: Metric, best: int) -> Any:
    """Return the rows of other candidates that were run on what the winner was."""
    with_score = np.isfinite(data.scores[metric.name])
    if metric.name in data.split_scores:  # dropped by racing: some splits are there
        splits = data.split_scores[metric.name]
        with_score = np.isfinite(splits[best] - splits).any(axis=1)
    if data.resource is not None:
        with_score &= data.resource == data.resource[best]
    with_score &= data.numbers != data.numbers[best]
    return np.flatnonzero(with_score)


def _number_of_the_untuned(data: SearchData) -> int:
    return -1 if data.untuned is None else int(data.numbers[data.untuned])


def _is_runner_up(data: SearchData, rows: Any, n: int | None) -> Any:
    """Whether each of the rows, the closest first, is among the n to compare with.

    The mean of a candidate that was given up is of few splits, and often lucky.
    """
    if n is None:
        return np.ones(len(rows), bool)
    complete = data.states[rows] == "complete"
    return complete & (np.cumsum(complete) <= n)


def _intervals(d: Any, ratio: float) -> tuple[Any, Any, Any]:
    """Return the mean, half the width of its interval, and k, of each row of (n, K)."""
    d = np.ma.masked_invalid(d)
    k = np.asarray(d.count(axis=1))
    several = np.maximum(k, 2)
    var = np.asarray((d - d.mean(axis=1, keepdims=True)).filled(0) ** 2).sum(axis=1)
    error = np.sqrt((1 / several + ratio) * var / (several - 1))  # [NB]
    half = stats.t.ppf((1 + _LEVEL) / 2, several - 1) * error
    return d.mean(axis=1).filled(np.nan), np.where(k > 1, half, np.nan), k


def _test_train_ratio(data: SearchData) -> float:
    """Return rho: of the search's cv if it says so, otherwise that of k folds."""
    cv: Any = getattr(data.search, "cv", None)
    if hasattr(cv, "train_size"):  # splits drawn at random
        drawn = _ratio_of_sizes(cv, cv.test_size, cv.train_size)
        if drawn is not None:
            return drawn
    n_folds = data.n_splits / getattr(cv, "n_repeats", 1)
    return 1 / max(n_folds - 1, 1)


def _ratio_of_sizes(cv: Any, test: Any, train: Any) -> float | None:
    """Return rho of splits drawn at random; None if it depends on the number of rows.

    Sizes are shares of the rows, or numbers of rows; None is what the other one leaves.
    """
    if test is None and train is None:  # scikit-learn's defaults
        test = 0.2 if isinstance(cv, GroupShuffleSplit) else 0.1
    if isinstance(test, float):
        train = 1 - test if train is None else train
    elif isinstance(train, float) and test is None:
        test = 1 - train
    return float(test / train) if type(test) is type(train) else None
