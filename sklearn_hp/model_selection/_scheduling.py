"""How much of each candidate a search evaluates."""

import math
from collections.abc import Mapping
from numbers import Real

import numpy as np
from joblib import effective_n_jobs

from sklearn_hp._schedulers import CompletePolicy, RacingPolicy, TrialQueue
from sklearn_hp._sklearn_compat import InvalidParameterError, score_function
from sklearn_hp.model_selection._warning import warn_caller

# What racing=True stands for, see benchmarks/racing.py.
_ALPHA = 0.005
# With fewer splits there is less to save, and a single look at each candidate.
_LEAST_SPLITS = 3


def make_queue(
    search, plan, sampler, n_splits, metric, max_trials, races_by_default=False
):
    """Return the scheduler of a search.

    Parameters
    ----------
    search : BaseSearch
        The search, with its `racing`.
    plan : Plan
        What its `fit` was called with, with an `n_pending`.
    sampler : Sampler
        Where the candidates come from.
    n_splits : int
        Number of cross-validation splits.
    metric : str or None
        Name of the score to maximise, None for the first or only one.
    max_trials : int or None
        The most candidates.
    races_by_default : bool, default=False
        Whether ``racing=True`` is the default, so that it is no news if it has no
        effect.

    Returns
    -------
    queue : TrialQueue
        With a race, if the search can have one.
    """
    n_pending = plan.n_pending
    if not (races_by_default and search.racing is True):
        _warn_of_no_race(search, n_splits)
    alpha = race_alpha(search, n_splits)
    if alpha is None:
        policy = CompletePolicy()
    else:
        # while the first two are not known, so many more begin
        policy = RacingPolicy(alpha, n_startup=2 + math.ceil(n_pending / n_splits))
    return TrialQueue(sampler, policy, n_splits, metric, max_trials, n_pending)


def n_pending_of(search):
    """Return how many of the latest fits decisions of a search do without."""
    if search.n_pending != "auto":
        return search.n_pending
    # with one for each other worker, all wait for the slowest fit; with two, hardly
    # ever, see benchmarks/pending.py
    return 2 * (effective_n_jobs(search.n_jobs) - 1)


def check_racing(search):
    """Refuse what is no setting of a race.

    Raises
    ------
    InvalidParameterError
        A ValueError and a TypeError, as scikit-learn raises for other parameters.
    """
    racing = search.racing
    is_alpha = isinstance(racing, Real) and 0 < racing < 0.5
    if not isinstance(racing, bool | np.bool_) and not is_alpha:
        raise InvalidParameterError(
            f"The 'racing' parameter of {type(search).__name__} must be True, False, "
            f"or a probability between 0 and 0.5, both excluded, below which a "
            f"candidate is dropped. Got {racing!r} instead. True stands for {_ALPHA}; "
            f"to evaluate all candidates on all splits, use False."
        )


def race_alpha(search, n_splits):
    """Return the alpha by which candidates race; None if they do not."""
    if not search.racing or _why_no_race(search, n_splits):
        return None
    return _ALPHA if isinstance(search.racing, bool | np.bool_) else search.racing


def _warn_of_no_race(search, n_splits):
    reason = _why_no_race(search, n_splits)
    if search.racing and reason:
        warn_caller(f"racing={search.racing!r} has no effect: {reason}.")


def _why_no_race(search, n_splits):
    """Return why candidates cannot race; "" if they can."""
    if n_splits < _LEAST_SPLITS:
        return f"it needs {_LEAST_SPLITS} splits or more, and there are {n_splits}"
    chooses_by_one = isinstance(search.refit, str) or search.refit is True
    if not chooses_by_one and _may_be_several(search.scoring):
        return (
            "there may be several metrics, and none is named to judge candidates by. "
            "Name one as refit"
        )
    return ""


def _may_be_several(scoring):
    """Whether there may be several metrics; a function of the user's can return any."""
    if callable(scoring):
        return score_function(scoring)[0] is None
    return isinstance(scoring, Mapping | list | tuple | set)
