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

from sklearn_hp.inspection._data import Metric, SearchData, read_search
from sklearn_hp.inspection._data._parameters import text_of
from sklearn_hp.inspection._plotting import (
    BLUE,
    GREY,
    ORANGE,
    BaseDisplay,
    parameter_label,
    plain,
)

_LEVEL = 0.95
_LONGEST = 42  # characters of a label


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
    return _compare(data, one, n_candidates, test_train_ratio)


class WinnerDisplay(BaseDisplay):
    """How much better the winner is than others, with intervals.

    Make it with :meth:`from_search`.

    Parameters
    ----------
    differences : dict of str -> list or ndarray of length n_compared
        As :func:`paired_differences` returns them.
    labels : list of str, length n_compared
        What each candidate is called: its number, and the parameters that differ from
        the winner's.
    metric : Metric
        The score.
    score : float
        The mean score of the winner, maximised.
    corrected_score : CorrectedScore or None, default=None
        The search's ``corrected_score_``, if `metric` is the one that decides.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        Their figure, after `plot`.

    See Also
    --------
    paired_differences : The numbers, without a picture.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import GridSearchCV
    >>> from sklearn_hp.inspection import WinnerDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"C": [0.01, 1.0, 10]}).fit(X, y)
    >>> display = WinnerDisplay.from_search(search)
    >>> display.labels
    ['1 (untuned)', '0: C=0.01']
    """

    def __init__(
        self,
        *,
        differences: dict[str, Any],
        labels: list[str],
        metric: Metric,
        score: float,
        corrected_score: Any = None,
    ) -> None:
        self.differences = differences
        self.labels = labels
        self.metric = metric
        self.score = score
        self.corrected_score = corrected_score

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        metric: str | None = None,
        n_candidates: int = 10,
        test_train_ratio: float | None = None,
        ax: Any = None,
    ) -> WinnerDisplay:
        """Draw the differences of the winner to the runners-up.

        Parameters
        ----------
        search : object
            Whatever :func:`to_frame` takes.
        metric : str, default=None
            Name of the score; None for the one that decides.
        n_candidates : int, default=10
            How many runners-up to draw. The untuned candidate is always drawn if the
            search tried it.
        test_train_ratio : float, default=None
            As for :func:`paired_differences`.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : WinnerDisplay
            Drawn.

        Raises
        ------
        ValueError
            As :func:`paired_differences`.
        """
        data = read_search(search)
        one = data.metric(metric)
        found = _compare(data, one, n_candidates, test_train_ratio)
        best = _winner(data)
        decides = one is data.metrics[0]
        return cls(
            differences=found,
            labels=_labels(found, data.candidates[best]),
            metric=one,
            score=float(data.scores[one.name][best]),
            corrected_score=(
                getattr(data.search, "corrected_score_", None) if decides else None
            ),
        ).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> WinnerDisplay:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : WinnerDisplay
            Drawn.
        """
        n = len(self.labels)
        ax = self._start(ax, height=max(2.4, 1.4 + 0.26 * n))
        for which, color, marker, label in self._groups():
            if which.any():
                self._draw(ax, np.flatnonzero(which), color, marker, label)
        ax.axvline(0, color="black", linewidth=0.8)
        ax.set_ylim(n - 0.4, -0.6)
        ax.set_yticks(range(n), map(plain, self.labels), fontsize="small")
        ax.set_xlabel(plain(f"winner better by ({self.metric.label})"))
        ax.set_title(plain(self._title()), fontsize="medium", loc="left")
        self._finish()
        return self

    def _groups(self) -> list[tuple[Any, str, str, str]]:
        found = self.differences
        untuned, known = found["is_untuned"], np.isfinite(found["low"])
        beaten = known & (found["low"] > 0)
        groups = [
            (~untuned & beaten, BLUE, "o", "beaten, beyond the noise"),
            (~untuned & known & ~beaten, GREY, "o", "within the noise"),
            (~untuned & ~known, GREY, "o", "noise not known"),
            (untuned, ORANGE, "D", "untuned"),
        ]
        return [group for group in groups if group[0].any()]

    def _draw(self, ax: Any, rows: Any, color: str, marker: str, label: str) -> None:
        found = self.differences
        middle = found["difference"][rows]
        error = np.abs([middle - found["low"][rows], found["high"][rows] - middle])
        ax.errorbar(
            middle,
            rows,
            xerr=np.nan_to_num(error),
            color=color,
            fmt=marker,
            markersize=5,
            capsize=2,
            label=label,
        )

    def _title(self) -> str:
        sign = self.metric.sign
        text = f"The winner's {self.metric.label} is {sign * self.score:.4g}"
        if self.corrected_score is None:
            return text
        low, high = sorted(
            sign * end for end in (self.corrected_score.low, self.corrected_score.high)
        )
        return (
            f"{text}; expect {sign * self.corrected_score.estimate:.4g} on new rows "
            f"({low:.4g} to {high:.4g})"
        )


def _winner(data: SearchData) -> int:
    if data.best is None:
        raise ValueError(
            f"The {data.kind} has no winner: no candidate has a score. See why its "
            f"fits failed, and search again."
        )
    return data.best


def _compare(
    data: SearchData, metric: Metric, n_candidates: int | None, ratio: float | None
) -> dict[str, Any]:
    _check(n_candidates, ratio)
    best = _winner(data)
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
    cv = getattr(data.search, "cv", None)
    size = getattr(cv, "test_size", None)  # of splits drawn at random
    if isinstance(size, float):
        return size / (1 - size)
    n_folds = data.n_splits / getattr(cv, "n_repeats", 1)
    return 1 / max(n_folds - 1, 1)


def _labels(found: dict[str, Any], winner: Any) -> list[str]:
    columns = (found["candidate"], found["params"], found["is_untuned"])
    return [_label(*one, winner) for one in zip(*columns, strict=True)]


def _label(number: int, params: Any, is_untuned: bool, winner: Any) -> str:
    if is_untuned:
        return f"{number} (untuned)"
    texts = [
        f"{parameter_label(name)}={_short(value)}"
        for name, value in params.items()
        if name not in winner or text_of(winner[name]) != text_of(value)
    ]
    if not texts:
        lacks = [parameter_label(name) for name in winner if name not in params]
        texts = [f"without {', '.join(lacks)}" if lacks else "the same parameters"]
    text = f"{number}: {', '.join(texts)}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else text_of(value)
