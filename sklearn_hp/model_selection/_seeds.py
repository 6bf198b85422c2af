"""A seed for what a user left to chance, so that another run draws the same."""

import copy
from dataclasses import replace

from sklearn.utils import check_random_state


def needs_seed(plan):
    """Whether candidates or splits would differ in another run.

    Parameters
    ----------
    plan : Plan
        What a search was called with.
    """
    return plan.random_state is None or _shuffles_anew(plan.splitter)


def draw_seed():
    """Return a new seed, by NumPy's global generator."""
    return int(check_random_state(None).randint(2**31 - 1))


def with_seed(plan, seed):
    """Return a plan whose candidates and splits follow from a seed.

    Parameters
    ----------
    plan : Plan
        What a search was called with.
    seed : int or None
        Takes the place of each ``random_state=None``; None changes nothing.

    Returns
    -------
    plan : Plan
        With a `random_state`, and splits that are the same each time.
    """
    if seed is None:
        return plan
    splitter = plan.splitter
    if _shuffles_anew(splitter):
        splitter = copy.copy(splitter)
        splitter.random_state = seed
    random_state = seed if plan.random_state is None else plan.random_state
    return replace(plan, random_state=random_state, splitter=splitter)


def seed_sampler(sampler, plan):
    """Give a sampler without a seed that of a search whose results are kept.

    Parameters
    ----------
    sampler : Sampler
        The search's own, with nothing proposed yet.
    plan : Plan
        What is decided of the search.

    Returns
    -------
    sampler : Sampler
        The same; it proposes the same in another run, if it has scikit-learn's
        `get_params` and a `random_state`.
    """
    params = sampler.get_params() if hasattr(sampler, "get_params") else {}
    if plan.earlier is not None and params.get("random_state", sampler) is None:
        sampler.set_params(random_state=plan.random_state)
    return sampler


def _shuffles_anew(splitter):
    """Whether a splitter of scikit-learn's conventions has no seed."""
    missing = object()
    unseeded = getattr(splitter, "random_state", missing) is None
    return unseeded and getattr(splitter, "shuffle", True)
