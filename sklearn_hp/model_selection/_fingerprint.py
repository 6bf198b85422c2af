"""What the results of a search belong to: with any other, they say nothing."""

import os
import platform
import sys
from contextlib import contextmanager

import joblib
import numpy
import scipy
import sklearn

from sklearn_hp._canonical import NoTextError, described
from sklearn_hp._sklearn_compat import to_numpy

_SPLITS = "splits of cv"
# Parameters that list the estimators which are parameters, too.
_PARTS = ("steps", "transformers", "transformer_list", "estimators")
# By scikit-learn's convention these change how long a fit takes and what it prints.
_NEUTRAL = ("n_jobs", "verbose")

_ALLOWED = (
    "You may change n_iter, timeout, n_jobs, what is searched if it includes what was "
    "searched before, and parameters that only say how to choose, such as refit and "
    "racing."
)
_SEED_CV = (
    " If cv shuffles, give it a random_state, so that each run has the same splits."
)


def fingerprint(search, plan):
    """Return what must be equal for the results of a search to be used again.

    Parameters
    ----------
    search : BaseSearch
        The search.
    plan : Plan
        What its `fit` was called with.

    Returns
    -------
    texts : dict of str -> str
        By the name of what it is, a text that is the same in another process. Of data
        it has the shape, the dtype and a digest of the content. Call it before
        anything is drawn: it has the state of random generators.

    Raises
    ------
    ValueError
        If something cannot be told from others in another process.
    """
    with _without_neutral(plan.estimator):
        return _texts(search, plan)


def _texts(search, plan):
    params = plan.estimator.get_params(deep=True)
    values = {
        "search": type(search),
        "estimator": type(plan.estimator),
        **{
            f"estimator's {name}": value
            for name, value in params.items()
            if not _is_cache(name, value)
        },
        "scoring": search.scoring,
        "return_train_score": search.return_train_score,
        "random_state": plan.random_state,
        "X": plan.X,
        "y": plan.y,
        **{f"fit's {name}": value for name, value in plan.fit_params.items()},
        **{f"score's {name}": value for name, value in plan.score_params.items()},
        **{f"split's {name}": value for name, value in plan.split_params.items()},
    }
    return {name: _text(name, value) for name, value in values.items()}


@contextmanager
def _without_neutral(estimator):
    """Within, parameters that change no score are None, at any depth."""
    neutral = {
        name: value
        for name, value in estimator.get_params(deep=True).items()
        if name.rpartition("__")[2] in _NEUTRAL
    }
    try:
        estimator.set_params(**dict.fromkeys(neutral))
        yield
    finally:
        estimator.set_params(**neutral)


def with_splits(texts, splits):
    """Return a fingerprint with the splits of the search.

    Parameters
    ----------
    texts : dict of str -> str
        See `fingerprint`.
    splits : list of (train, test) pairs of index arrays
        All splits.

    Returns
    -------
    texts : dict of str -> str
        With one more entry.
    """
    rows = [tuple(map(to_numpy, split)) for split in splits]
    return {**texts, _SPLITS: f"{len(rows)} splits, {_text(_SPLITS, rows)}"}


def without_splits(texts):
    """Return a fingerprint as it was before `with_splits`."""
    return {name: text for name, text in texts.items() if name != _SPLITS}


def check_same(before, now, where, remedy):
    """Refuse results that belong to something else.

    Parameters
    ----------
    before, now : dict of str -> str
        The fingerprints of the search that the results are of, and of this one.
    where : str
        What has the results, at the beginning of the message.
    remedy : str
        How to begin anew, a sentence.

    Raises
    ------
    ValueError
        With what differs.
    """
    changed = [
        f"{name}: {before.get(name, 'none')} then, {now.get(name, 'none')} now"
        for name in _causes(before, now)
    ]
    if changed:
        raise ValueError(
            f"{where} is of a search that differs from this one. {'; '.join(changed)}. "
            f"{remedy} {_ALLOWED}{_SEED_CV * changed[-1].startswith(_SPLITS)}"
        )


def _causes(before, now):
    """Return the names of what differs, and not of what differs only because of it."""
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    # Texts of objects begin with their class. The parameters of another object say no
    # more than that it is another one.
    exchanged = {
        name
        for name in changed
        if before.get(name, "").partition("(")[0] != now.get(name, "").partition("(")[0]
    }
    changed = [
        name for name in changed if not any(_holds(outer, name) for outer in exchanged)
    ]
    return [
        name
        for name in changed
        if name in exchanged or not any(_holds(name, inner) for inner in changed)
    ]


def _holds(outer, inner):
    """Whether a parameter is of an estimator that is, or is in, another parameter."""
    if outer == inner:
        return False
    if outer == "estimator":
        return inner.startswith("estimator's ")
    for part in _PARTS:
        if outer.endswith((f" {part}", f"__{part}")):
            return inner.startswith(outer.removesuffix(part))
    return inner.startswith(f"{outer}__")


def versions(estimator):
    """Return the versions of what computes.

    Parameters
    ----------
    estimator : estimator
        The estimator; those inside it count too.

    Returns
    -------
    versions : dict of str -> str
        By the names of the packages.
    """
    found = {"python": platform.python_version()}
    modules = [sys.modules["sklearn_hp"], sklearn, numpy, scipy, joblib]
    for value in [estimator, *estimator.get_params(deep=True).values()]:
        if hasattr(type(value), "get_params"):
            package = type(value).__module__.partition(".")[0]
            modules.append(sys.modules.get(package))
    for module in modules:
        version = getattr(module, "__version__", None)
        if isinstance(version, str):
            found[module.__name__] = version
    return found


def _is_cache(name, value):
    """Whether a parameter says where results are cached, often a new folder."""
    is_place = value is None or isinstance(value, (str, os.PathLike, joblib.Memory))
    return is_place and name.split("__")[-1] == "memory"


def _text(name, value):
    try:
        return described(value)
    except NoTextError as exc:
        raise ValueError(
            f"Results cannot be kept for another run: nobody can say whether {name} is "
            f"the same then: {exc}. Give its class a method get_params, or __reduce__."
        ) from exc
