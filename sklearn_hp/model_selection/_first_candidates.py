"""The candidates that a search begins with, before any score is known."""

import math
from collections import Counter

import numpy as np

from sklearn_hp._experience import StartPoint, start_points
from sklearn_hp._sklearn_compat import named_scorers
from sklearn_hp.model_selection._measure import MeasureInWorker
from sklearn_hp.space import SearchSpace

_OWN = ("as it is", "nearly as it is")


def first_candidates(search, plan, metric, prior):
    """Return the candidates that a search begins with, before evenly spread ones.

    Parameters
    ----------
    search : BayesSearchCV
        The search.
    plan : Plan
        What is decided of it.
    metric : str or None
        Name of the score to maximise, None if there is but one.
    prior : list of (dict, float)
        Candidates and their scores on other data.

    Returns
    -------
    points : list of StartPoint
        Where the search begins: what an earlier run knows in a narrower space, then
        those of the user and no others, if there are any.
    """
    known, given = _known(search, plan), search.initial_points
    if isinstance(given, list):
        return [*known, *(StartPoint(_params_of(point), "given") for point in given)]
    n_points = search.n_initial_points
    if len(known) >= n_points:
        return known
    points = _learnt(search, plan, metric, 0 if given is None else n_points)
    if prior:
        best, _ = max(prior, key=lambda pair: (np.isfinite(pair[1]), pair[1]))
        n_own = sum(point.source in _OWN for point in points[:1])
        # besides the learnt points, which are what is left if the data are not similar
        points.insert(n_own, StartPoint(best, "prior results"))
    return _distinct([*known, *points], SearchSpace(search.param_distributions))


def _known(search, plan):
    """Return what an earlier run or fit evaluated in a space that was narrower."""
    if plan.earlier is None:
        return []
    space = SearchSpace(search.param_distributions)
    candidates = plan.earlier.first_candidates(search.param_distributions)
    points = [
        StartPoint(params, "known") for params in candidates if _is_in(space, params)
    ]
    return _distinct(points, space)


def _is_in(space, params):
    try:
        space.encode(params)
    except ValueError:  # a continuous range has become one of integers, for example
        return False
    return True


def _distinct(points, space):
    """Return the points that differ from all before them."""
    by_key = {}
    for point in points:
        key = space.key_of(space.canonical(point.params))
        by_key.setdefault(len(by_key) if key is None else key, point)
    return list(by_key.values())


def _learnt(search, plan, metric, n_points):
    named = named_scorers(plan.scorer)
    scorer = plan.scorer if named is None else named[metric]
    return start_points(
        # not the clone, whose parameters are copies of the user's objects
        search.estimator,
        search.param_distributions,
        n_points,
        plan.X,
        plan.y,
        scorer,
        MeasureInWorker(
            search.n_jobs,
            plan.deadline,
            print if search.verbose > 0 else None,
            plan.limits,
        ),
    )


def _params_of(point):
    """Return a candidate; of what another search has in `initial_points_`, its own."""
    is_entry = isinstance(point, dict) and point.keys() == {"params", "source"}
    return point["params"] if is_entry else point


def described_start(search, sampler, points):
    """Return the line that says where a search begins; none if there is nothing to say.

    Parameters
    ----------
    search : BayesSearchCV
        The search.
    sampler : Sampler
        What proposes its candidates.
    points : list of dict
        Its `initial_points_`.

    Returns
    -------
    lines : list of str
        One or none.
    """
    if search.sampler is not None:
        return [f"Initial points: those of {type(search.sampler).__name__}"]
    n_candidates = min(sampler.space.n_candidates, search.n_iter or math.inf)
    n_initial = min(sampler.n_initial, n_candidates)
    known = points[: int(min(n_initial, len(points)))]
    counts = Counter(point["source"] for point in known)
    parts = [f"{count} {source}" for source, count in counts.items()]
    if len(known) < n_initial < math.inf:
        parts.append(f"{n_initial - len(known)} evenly spread")
    return [f"Initial points: {', '.join(parts)}"] if parts else []
