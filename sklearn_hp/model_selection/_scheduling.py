"""How much of each candidate a search evaluates."""

import math
from collections.abc import Mapping

import numpy as np
from joblib import effective_n_jobs

from sklearn_hp._schedulers import CompletePolicy, RacingPolicy, TrialQueue
from sklearn_hp._sklearn_compat import score_function

# What racing=True stands for, see benchmarks/racing.py.
_ALPHA = 0.005
# With fewer splits there is little to save, and nothing was measured.
_LEAST_SPLITS = 3


def make_queue(search, sampler, n_splits, metric, max_trials):
    """Return the scheduler of a search.

    Parameters
    ----------
    search : BaseSearch
        The search, with its `racing` and `n_pending`.
    sampler : Sampler
        Where the candidates come from.
    n_splits : int
        Number of cross-validation splits.
    metric : str or None
        Name of the score to maximise, None for the first or only one.
    max_trials : int or None
        The most candidates.

    Returns
    -------
    queue : TrialQueue
        With a race, if the search can have one.
    """
    n_pending = search.n_pending
    if n_pending == "auto":
        # with one for each other worker, all wait for the slowest fit; with two, hardly
        # ever, see benchmarks/pending.py
        n_pending = 2 * (effective_n_jobs(search.n_jobs) - 1)
    alpha = race_alpha(search, n_splits)
    if alpha is None:
        policy = CompletePolicy()
    else:
        # while the first two are not known, so many more begin
        policy = RacingPolicy(alpha, n_startup=2 + math.ceil(n_pending / n_splits))
    return TrialQueue(sampler, policy, n_splits, metric, max_trials, n_pending)


def race_alpha(search, n_splits):
    """Return the alpha by which candidates race; None if they do not.

    They do not if there are several metrics and none is named to judge them by, or too
    few splits.
    """
    racing = search.racing
    if isinstance(racing, np.bool_):
        racing = bool(racing)
    if racing is False or n_splits < _LEAST_SPLITS:
        return None
    chooses_by_one = isinstance(search.refit, str) or search.refit is True
    if not chooses_by_one and _may_be_several(search.scoring):
        return None
    return _ALPHA if racing is True else float(racing)


def _may_be_several(scoring):
    """Whether there may be several metrics; a function of the user's can return any."""
    if callable(scoring):
        return score_function(scoring)[0] is None
    return isinstance(scoring, Mapping | list | tuple | set)
