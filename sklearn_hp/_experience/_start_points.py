"""Learnt points as candidates of the user's space.

Nothing is left out because the user's space is another: numbers are moved to the ends
of its ranges, parameters that are not searched are ignored, and those of which nothing
was learnt are spread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from typing import Any

from sklearn_hp._experience._branch import branches
from sklearn_hp._experience._measurement import Measure, measure_here
from sklearn_hp._experience._metrics import counts_classes_alike
from sklearn_hp._experience._own_params import own_params
from sklearn_hp._experience._problem import Problem
from sklearn_hp.space import SearchSpace


@dataclass(frozen=True)
class StartPoint:
    """A candidate to begin with, and where it comes from.

    Parameters
    ----------
    params : dict
        The candidate.
    source : str
        For people to read.
    """

    params: Mapping[str, Any]
    source: str


def start_points(
    estimator: Any,
    param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    n_points: int,
    X: Any = None,
    y: Any = None,
    scorer: Any = None,
    measure: Measure = measure_here,
) -> list[StartPoint]:
    """Return the candidates that a search begins with if the user gives none.

    Some of them depend on what preprocessing makes of the data, for which its steps
    are fitted to some rows. If that fails, only those are returned that do not depend
    on it.

    Parameters
    ----------
    estimator : estimator
        What is tuned.
    param_distributions : dict or list of dict
        The space.
    n_points : int
        How many there are, if so many are known, and more if there are more branches
        than that; the estimator's own parameters are the first whatever it is.
    X : array-like of shape (n_samples, n_features), default=None
        Training data.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        Target.
    scorer : callable, default=None
        What judges the candidates; other points are good where it counts classes alike.
    measure : callable, default=measure_here
        Fits preprocessing steps, see `Measure`.

    Returns
    -------
    points : list of StartPoint
        The estimator's own parameters, if the space has them or nearly so, and learnt
        points.
    """
    points, exact = [], False
    problem = Problem(X, y, counts_classes_alike(scorer), measure)
    own = own_params(estimator, param_distributions, problem)
    if own is not None:
        params, exact = own
        points.append(StartPoint(params, f"{'' if exact else 'nearly '}as it is"))
    learnt = learnt_points(
        estimator,
        param_distributions,
        max(0, n_points - len(points)),
        problem,
        besides=[point.params for point in points],
    )
    if problem.failures:  # the rest would be guesses, and an even spread is better
        return points if exact else []
    return points + learnt


def learnt_points(
    estimator: Any,
    param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    n_points: int,
    problem: Problem,
    besides: Sequence[Mapping[str, Any]] = (),
) -> list[StartPoint]:
    """Return candidates of a space that were good on other data.

    Parameters
    ----------
    estimator : estimator
        What is tuned. What is known is looked up for the estimators that make its
        predictions, also those that the space puts in their place.
    param_distributions : dict or list of dict
        The space. Of several dicts, and of several known estimators in the place of
        one, points are taken in turn.
    n_points : int
        How many to return, if there are so many. If it is not 0, there is one for each
        branch at least, lest a branch be tried late or never because others are known.
    problem : Problem
        What the search is given.
    besides : list of dict, default=()
        Candidates of the space that are not to be among them.

    Returns
    -------
    points : list of StartPoint
        Different from each other; none if nothing is known of the estimator, or the
        space does not search what is known.
    """
    dicts = param_distributions
    if isinstance(dicts, Mapping):
        dicts = [dicts]
    if n_points == 0:
        return []
    space = SearchSpace(dicts)
    found = [
        branch
        for distributions in dicts
        # what can be drawn, nobody knows
        if not (space.draws and SearchSpace(distributions).draws)
        for branch in branches(estimator, distributions, problem)
    ]
    if not any(branch.is_known for branch in found):
        return []
    seen = {space.key_of(space.canonical(params)) for params in besides}
    # In turns, so that a short budget still tries every branch.
    points = chain.from_iterable(zip_longest(*(branch.points() for branch in found)))
    distinct = _distinct(points, space, seen)
    return list(islice(distinct, max(n_points, len(found))))


def _distinct(
    points: Iterator[tuple[dict[str, Any], str] | None],
    space: SearchSpace,
    seen: set[Any],
) -> Iterator[StartPoint]:
    """Yield the points that differ from all before; None ends a shorter list."""
    for found in points:
        if found is None:
            continue
        params, source = space.canonical(found[0]), found[1]
        key = space.key_of(params)
        if key is None or key not in seen:  # None: what was drawn is like no other
            seen.add(key)
            yield StartPoint(params, source)
