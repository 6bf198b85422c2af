"""What is known of a search, whichever library ran it; nothing here computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
State = Literal["complete", "dropped", "failed", "unfinished"]


@dataclass(frozen=True)
class Metric:
    """A score.

    Parameters
    ----------
    name : str
        As the results call it, such as "neg_log_loss".
    label : str
        As people read it, such as "log loss".
    sign : float, default=1.0
        What turns the score, which is maximised, into the value that people read; -1
        for a loss.
    """

    name: str
    label: str
    sign: float = 1.0


@dataclass(frozen=True)
class Parameter:
    """A parameter that the candidates differ in, or that is searched.

    Parameters
    ----------
    name : str
        Its name.
    values : ndarray of shape (n_candidates,), dtype object
        Its value in each candidate; None where the candidate lacks it.
    active : ndarray of shape (n_candidates,), dtype bool
        Whether a candidate has it.
    numbers : ndarray of shape (n_candidates,)
        The value if it is a number, otherwise the index of its level; NaN where the
        candidate lacks it.
    levels : tuple of str or None
        The categories, or None for numbers.
    is_log : bool
        Whether it is read on a logarithmic scale.
    is_integer : bool
        Whether all values are whole numbers.
    low, high : float
        The ends of the range that is searched; where that is not known, the smallest
        and the largest value. Infinite if the range has no end.
    is_range_known : bool
        Whether the ends are those of the search.
    """

    name: str
    values: NDArray[Any]
    active: NDArray[np.bool_]
    numbers: Array
    levels: tuple[str, ...] | None = None
    is_log: bool = False
    is_integer: bool = False
    low: float = np.nan
    high: float = np.nan
    is_range_known: bool = False

    @property
    def is_category(self) -> bool:
        """Whether its values have no order."""
        return self.levels is not None


@dataclass(frozen=True)
class Fits:
    """Single fits, in the order in which they ended.

    Parameters
    ----------
    candidate, split, worker : ndarray of shape (n_fits,), dtype int
        What was fitted where; `split` is -1 where it is not known.
    started : ndarray of shape (n_fits,)
        Seconds since the first fit began; NaN if it is not known.
    seconds : ndarray of shape (n_fits,)
        How long the fit and its scoring took.
    failure : ndarray of shape (n_fits,), dtype str
        The kind of failure; empty for none.
    is_worker_known : bool, default=True
        Whether the workers are those that ran the fits. Otherwise fits that did not
        overlap share one.
    """

    candidate: NDArray[np.int64]
    split: NDArray[np.int64]
    worker: NDArray[np.int64]
    started: Array
    seconds: Array
    failure: NDArray[np.str_]
    is_worker_known: bool = True


@dataclass(frozen=True)
class SearchData:
    """What is known of a search.

    Its rows are candidates, in the order in which they were proposed. A search that
    gives a candidate more and more resources has a row for each amount.

    Parameters
    ----------
    kind : str
        What the search is, such as "BayesSearchCV".
    candidates : list of dict, length n_rows
        Parameter values by name.
    parameters : tuple of Parameter
        Columns of the candidates.
    metrics : tuple of Metric
        The scores; the first is the one that decides.
    scores : dict of str -> ndarray of shape (n_rows,)
        Mean test scores by metric, maximised; NaN for none.
    split_scores : dict of str -> ndarray of shape (n_rows, n_splits)
        Test scores by metric; NaN for none. Empty where splits are not known.
    states : ndarray of shape (n_rows,), dtype str
        "complete"; "dropped": given up by the search; "failed"; "unfinished": cut off
        by the end of the search.
    n_splits_run : ndarray of shape (n_rows,), dtype int
        Splits that were run.
    fit_time, score_time : ndarray of shape (n_rows,)
        Mean seconds for a split; NaN if they are not known.
    sources : list of str, length n_rows
        Where a start point came from; empty for other candidates.
    numbers : ndarray of shape (n_rows,), dtype int
        Number of the candidate.
    best : int or None
        Row of the winner.
    untuned : int or None
        Row of the candidate that equals the estimator's own parameters.
    estimator : estimator or None
        What was tuned.
    drawn_at_random : bool, default=False
        Whether candidates were drawn independently from one distribution.
    resource : ndarray of shape (n_rows,) or None, default=None
        The amount that each row was given.
    resource_name : str, default=""
        What it is, such as "n_samples".
    bracket : ndarray of shape (n_rows,), dtype int, or None, default=None
        Its bracket in Hyperband.
    reports : list of (ndarray, ndarray), length n_rows, or None, default=None
        What each row told on the way: amounts of a resource, and the scores with them,
        maximised, of the metric that decides.
    fits : Fits or None, default=None
        The single fits.
    failures : list of str, default=[]
        The reasons of failures, one for each that is known.
    extra : dict of str -> ndarray of shape (n_rows,)
        Other columns of numbers, such as "mean_n_iter".
    search : object, default=None
        What was read.
    """

    kind: str
    candidates: list[Mapping[str, Any]]
    parameters: tuple[Parameter, ...]
    metrics: tuple[Metric, ...]
    scores: Mapping[str, Array]
    split_scores: Mapping[str, Array]
    states: NDArray[np.str_]
    n_splits_run: NDArray[np.int64]
    fit_time: Array
    score_time: Array
    sources: list[str]
    numbers: NDArray[np.int64]
    best: int | None
    untuned: int | None
    estimator: Any = None
    drawn_at_random: bool = False
    resource: Array | None = None
    resource_name: str = ""
    bracket: NDArray[np.int64] | None = None
    reports: list[tuple[Array, Array]] | None = None
    fits: Fits | None = None
    failures: list[str] = field(default_factory=list)
    extra: Mapping[str, Array] = field(default_factory=dict)
    search: Any = None

    def __len__(self) -> int:
        return len(self.candidates)

    @property
    def n_splits(self) -> int:
        """Number of splits; 1 where they are not known."""
        first = next(iter(self.split_scores.values()), None)
        return 1 if first is None else first.shape[1]

    @property
    def seconds(self) -> Array:
        """Seconds that a row took in all its splits; not known is 0."""
        each = np.nan_to_num(self.fit_time) + np.nan_to_num(self.score_time)
        return each * np.maximum(self.n_splits_run, 0)

    @property
    def last(self) -> NDArray[np.bool_]:
        """Whether a row is the last of its candidate."""
        is_last = np.zeros(len(self), bool)
        row_of = {number: row for row, number in enumerate(self.numbers)}
        is_last[list(row_of.values())] = True
        return is_last

    def ranks(self, metric: Metric) -> NDArray[np.int64]:
        """Return the rank of each row by a metric, from 1; equal scores share the best.

        Complete candidates come first, then others with a score, then the rest; within
        each, those of a higher rung.
        """
        scores = self.scores[metric.name]
        tier = np.select([self.states == "complete", np.isfinite(scores)], [0, 1], 2)
        rung = np.zeros(len(self)) if self.resource is None else -self.resource
        keys = np.column_stack([tier, rung, np.nan_to_num(-scores)])
        _, which, counts = np.unique(
            keys, axis=0, return_inverse=True, return_counts=True
        )
        first = np.concatenate([[1], 1 + np.cumsum(counts)[:-1]])
        return first[which.ravel()]

    def metric(self, name: str | None = None) -> Metric:
        """Return a metric by name; the one that decides for None.

        Raises
        ------
        ValueError
            If there is no metric of this name.
        """
        if name is None:
            return self.metrics[0]
        for metric in self.metrics:
            if metric.name == name:
                return metric
        known = ", ".join(repr(metric.name) for metric in self.metrics)
        raise ValueError(
            f"metric={name!r} is none of this search, which has {known}. Pass one of "
            f"these, or None for the first."
        )

    def parameter(self, name: str) -> Parameter:
        """Return a parameter by name.

        Raises
        ------
        ValueError
            If there is no parameter of this name.
        """
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        known = ", ".join(repr(parameter.name) for parameter in self.parameters)
        raise ValueError(
            f"There is no parameter {name!r} in this search, which has {known}. Pass "
            f"one of these."
        )
