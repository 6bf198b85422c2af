"""Prior results as candidates of the space of a search, and what is left out."""

from collections.abc import Mapping

import numpy as np

from sklearn_hp.model_selection._prior._sources import read
from sklearn_hp.model_selection._warning import warn_caller
from sklearn_hp.space import SearchSpace
from sklearn_hp.space._values import same_value
from sklearn_hp.space._written import written

_N_REASONS = 3  # that a warning lists
_LEAST = 2  # candidates that tell anything


def known_results(search, estimator, metric):
    """Return what a search can learn from its `prior_results`.

    Parameters
    ----------
    search : BayesSearchCV
        Has them, in any of the forms that can be read, or None, and a space.
    estimator : estimator
        What is tuned.
    metric : str or None
        Name of the score to maximise, None if there is but one.

    Returns
    -------
    pairs : list of (dict, float)
        Candidates of the space with their scores; NaN if it failed; at least two,
        or none if there are no prior results.

    Raises
    ------
    TypeError
        If they are of no form that can be read.
    ValueError
        If the metric is not among theirs, or fewer than two are in the space.
    """
    if search.prior_results is None:
        return []
    results = read(search.prior_results, search.param_distributions)
    scores = _scores(results, search, metric)
    own = estimator.get_params()
    # of what it did not search, the earlier one had the value of its estimator
    before = {**own, **results.own}
    dicts = search.param_distributions
    dicts = [dicts] if isinstance(dicts, Mapping) else list(dicts)
    space = SearchSpace(dicts)
    pairs, reasons = [], []
    for params, score in zip(results.candidates, scores, strict=True):
        found, reason = _in_space(space, dicts, params, own, before)
        if found is None:
            reasons.append(reason)
        else:
            pairs.append((found, float(score)))
    _report(reasons, len(pairs), len(results.candidates))
    if np.isfinite([score for _, score in pairs]).sum() < _LEAST:
        raise ValueError(
            f"prior_results has {len(pairs)} candidates of this space with a score, "
            f"and at least {_LEAST} are needed to learn from. Pass the results of a "
            f"search, or prior_results=None."
        )
    return pairs


def _scores(results, search, metric):
    """Return the scores that the search is to learn from."""
    scores, scoring = results.scores, search.scoring
    named = scoring if isinstance(scoring, str) else None
    for name in (metric, named):
        if name in scores:
            return scores[name]
    if list(scores) != ["score"]:
        known = ", ".join(map(repr, scores))
        wanted = repr(metric or named) if metric or named else "the estimator's score"
        raise ValueError(
            f"prior_results has the scores {known}, and this search maximises "
            f"{wanted}. Pass a dict with its params and, as mean_test_score, the "
            f"scores to learn from."
        )
    if results.scoring not in (None, named) and metric is None and named is not None:
        warn_caller(
            f"prior_results has scores of {results.scoring!r}, and this search "
            f"maximises {named!r}. They serve as far as they agree."
        )
    return scores["score"]


def _in_space(space, dicts, params, own, before):
    """Return a candidate in the words of the space, and None; or None and a reason.

    What one space searches, and the other does not, has the value of the other's
    estimator: `own` are the parameters of this one, `before` those of the earlier one.
    """
    reasons = []
    for branch in dicts:
        reason = _other_value(branch, params, own)
        if reason is None:
            found = {
                n: params.get(n, before.get(n))
                for n in branch
                if n in {**before, **params}
            }
            try:
                space.encode(found)
            except ValueError as exc:
                reason = str(exc).rstrip(".")
                reason = reason[:1].lower() + reason[1:]
            else:
                return space.canonical(found), None
        reasons.append(reason)
    return None, reasons[0]


def _other_value(branch, params, own):
    """Return why a candidate is of another estimator than the search; None if not."""
    for name, value in params.items():
        if name in branch:
            continue
        if name not in own:
            return f"neither the space nor the estimator has {name!r}"
        if not same_value(own[name], value):
            return (
                f"{name!r} is {written(value)}, which this search does not vary, and "
                f"the estimator has {written(own[name])}"
            )
    return None


def _report(reasons, n_used, n_all):
    """Say which results are not in the space, and why; raise if nearly all are not."""
    if not reasons:
        return
    examples = "; ".join(dict.fromkeys(reasons[:_N_REASONS]))
    message = (
        f"{len(reasons)} of the {n_all} prior_results are not in the space of this "
        f"search and are left out, as {examples}."
    )
    if n_used < _LEAST:
        raise ValueError(
            f"{message} What is left is too little to learn from. Make the space "
            f"wider, or pass prior_results=None."
        )
    warn_caller(message)
