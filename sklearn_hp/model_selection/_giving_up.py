"""When a search may end because no candidate can succeed."""

import math
from functools import partial
from numbers import Real

import numpy as np
from joblib import effective_n_jobs

from sklearn_hp._schedulers import FailFastScheduler
from sklearn_hp._sklearn_compat import has_callbacks
from sklearn_hp.samplers import FixedSampler, GPSampler, LazySampler

# Of a space, so many examples are drawn to choose from. In half of them numbers are
# near the ends of their range, not at them: an end itself may be invalid.
_N_EXAMPLES = 256
_FROM_END = 0.001


def give_up_early(search, scheduler, estimator, n_splits):
    """Let a scheduler end when the candidates are not the cause of their failures.

    Parameters
    ----------
    search : BaseSearch
        The search. With a number as `error_score` it asks for the results of failures
        too, and is left alone.
    scheduler : TrialQueue
        What decides otherwise.
    estimator : estimator
        What candidates are set on.
    n_splits : int
        Number of cross-validation splits.

    Returns
    -------
    scheduler : Scheduler
        One that gives up, or the same if no failure can end this search.
    """
    error_score = search.error_score
    if not (isinstance(error_score, Real) and math.isnan(error_score)):
        return scheduler
    sampler = scheduler.sampler
    if isinstance(sampler, FixedSampler):
        candidates = sampler.candidates
    elif isinstance(sampler, LazySampler):
        candidates = sampler.first
    elif isinstance(sampler, GPSampler):
        candidates = None
    else:  # one of the user's own: nobody knows what it will propose
        return scheduler
    if has_callbacks(estimator):  # they would see fits that are no candidate's
        return scheduler
    # a search that chooses by the scores of its own refit raises without any
    chooses = bool(search.refit) and not callable(search.refit)
    return FailFastScheduler(
        scheduler,
        partial(_examples, sampler.space) if candidates is None else lambda: candidates,
        # a sampler that was given to the search may be somewhere in its middle; in a
        # race, a trial does not begin with the first split; and where there is one
        # split, a trial would have ended before its turn
        are_trials=candidates is not None
        and getattr(search, "sampler", None) is None
        and not scheduler.policy.races
        and n_splits > 1,
        n_splits=n_splits,
        n_workers=effective_n_jobs(search.n_jobs),
        all_splits=not chooses,
        scores=chooses,
    )


def _examples(space):
    """Return candidates of a space, many of them at the ends of its ranges."""
    rng = np.random.default_rng(0)
    U = rng.random((_N_EXAMPLES, space.n_columns))
    half = U[: _N_EXAMPLES // 2]
    ends = np.where(half < 0.5, _FROM_END, 1 - _FROM_END)
    half[:] = np.where(space.n_choices > 0, half, ends)
    return [space.decode(row, rng) for row in space.from_cube(U)]
