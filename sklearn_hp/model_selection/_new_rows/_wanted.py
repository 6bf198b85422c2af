"""What a search shall keep of its fits, and what it shall return."""

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.utils import get_tags

from sklearn_hp._evaluation import Keep
from sklearn_hp._held_out import why_not_exchangeable
from sklearn_hp._responses import target_of
from sklearn_hp._sklearn_compat import (
    InvalidParameterError,
    num_samples,
    to_numpy,
)
from sklearn_hp.ensemble import CandidateEnsemble
from sklearn_hp.model_selection._new_rows._kept_folder import KeptFolder
from sklearn_hp.model_selection._new_rows._kept_folds import KeptFolds
from sklearn_hp.model_selection._rules import SelectionRule


@dataclass(frozen=True)
class Wanted:
    """What the parameters `ensemble` and `keep_predictions` ask for.

    ``ensemble`` is None, "folds" or a `CandidateEnsemble`. ``folder`` is the one that
    the user names, None for one that goes with the search.
    """

    ensemble: Any = None
    keeps: bool = False
    folder: Any = None

    @property
    def n_models(self):
        """Of how many candidates the fold models are kept."""
        if self.ensemble is None:
            return 0
        if self.ensemble == "folds":
            return 1
        return self.ensemble.n_candidates if self.ensemble.members == "folds" else 0


def check_keeping(search, y):
    """Return what a search shall keep.

    Parameters
    ----------
    search : BaseSearch
        The search.
    y : array-like or None
        The target.

    Returns
    -------
    wanted : Wanted
        What its parameters ask for.

    Raises
    ------
    InvalidParameterError
        If a parameter is none of its values.
    ValueError
        If the estimator, `y` or `refit` do not go with them.
    """
    ensemble = _checked_ensemble(search)
    keeps = search.keep_predictions
    is_path = isinstance(keeps, str | os.PathLike) and keeps != ""
    if not is_path and not isinstance(keeps, bool | np.bool_):
        raise InvalidParameterError(
            f"The 'keep_predictions' parameter of {type(search).__name__} must be "
            f"True, False, or the path of a folder. Got {keeps!r} instead."
        )
    folder = _checked_folder(search) if is_path else None
    wanted = Wanted(ensemble, bool(keeps or ensemble), folder)
    if ensemble is not None:
        _check_can_ensemble(search, y)
    elif wanted.keeps and not hasattr(search.estimator, "predict"):
        raise ValueError(
            f"keep_predictions={keeps!r} keeps what the estimator predicts, and "
            f"{type(search.estimator).__name__} has no method predict. Leave out "
            f"keep_predictions, or search over an estimator that predicts."
        )
    return wanted


def _checked_folder(search):
    """Return the folder that the user names; whether it can be made is found later."""
    given = search.keep_predictions
    try:
        folder = os.fsdecode(os.path.expanduser(given))
        with suppress(OSError):  # there is none yet
            os.stat(folder)
    except ValueError as exc:  # of text that no file system takes
        raise InvalidParameterError(
            f"The 'keep_predictions' parameter of {type(search).__name__} must be "
            f"True, False, or the path of a folder. Got {given!r} instead, which no "
            f"folder can have: {exc}."
        ) from exc
    return folder


def _checked_ensemble(search):
    ensemble = search.ensemble
    if ensemble == "candidates":
        return CandidateEnsemble()
    if isinstance(ensemble, CandidateEnsemble):
        ensemble.check()
        return ensemble
    if ensemble is None or (isinstance(ensemble, str) and ensemble == "folds"):
        return ensemble
    hint = " (an instance, with brackets behind)" if isinstance(ensemble, type) else ""
    raise InvalidParameterError(
        f"The 'ensemble' parameter of {type(search).__name__} must be None, 'folds', "
        f"'candidates' or a sklearn_hp.ensemble.CandidateEnsemble{hint}. Got "
        f"{ensemble!r} instead."
    )


def _check_can_ensemble(search, y):
    given = f"ensemble={search.ensemble!r}"
    if not search.refit:
        raise ValueError(
            f"{given} says what best_estimator_ is, and with refit={search.refit!r} "
            f"there is none. Use refit=True, or the name of a metric; or leave out "
            f"ensemble, and keep_predictions=True keeps the predictions."
        )
    if callable(search.refit) and search.ensemble != "folds":
        raise ValueError(
            f"{given} averages several candidates, and refit={search.refit!r} chooses "
            f"one: the others need not be what it asks for. Use ensemble='folds', or "
            f"as refit True or the name of a metric."
        )
    if y is None or not (
        is_classifier(search.estimator) or is_regressor(search.estimator)
    ):
        lack = "y is None" if y is None else "this estimator is neither"
        raise ValueError(
            f"{given} averages the predictions of classifiers or regressors, and "
            f"{lack} ({type(search.estimator).__name__}). Use ensemble=None."
        )


def check_splits_for(plan, splits):
    """Refuse `ensemble="folds"` where fold models make no good mean.

    Raises
    ------
    ValueError
        If so.
    """
    reason = why_no_fold_models(plan, splits)
    if plan.wanted.ensemble == "folds" and reason:
        raise ValueError(
            f"ensemble='folds' averages the models of the folds, and {reason}. Use "
            f"ensemble='candidates', which fits its members on all rows here, or "
            f"ensemble=None."
        )


def why_no_fold_models(plan, splits):
    """Return why models of the folds make no good mean; None if they do."""
    if get_tags(plan.estimator).input_tags.pairwise:
        return (
            "X is a precomputed kernel or distances here, of which each would need "
            "other columns"
        )
    if len(splits) == 1:
        return "there is a single split, whose model knows fewer rows than a refit"
    if why_ordered(plan, splits) is not None:
        return (
            f"with {type(plan.splitter).__name__} each knows only the rows before its "
            f"test rows, the first of them few"
        )
    return None


def why_ordered(plan, splits):
    """Return why rows cannot stand for one another, None if they can."""
    return why_not_exchangeable(as_indices(plan, splits))


def as_indices(plan, splits):
    """Return the splits as indices of rows, also where they are masks or negative."""
    every = np.arange(num_samples(plan.X))
    return [(every[to_numpy(train)], every[to_numpy(test)]) for train, test in splits]


def keep_in_folder(search, plan):
    """Return where fits keep what is wanted of them, for the evaluation.

    Parameters
    ----------
    search : BaseSearch
        The search.
    plan : Plan
        What is wanted, and the target.

    Returns
    -------
    folder : KeptFolder or None
        None if nothing is wanted.
    keep : Keep or None
        What the fits are told.
    """
    wanted = plan.wanted
    if not wanted.keeps:
        return None, None
    folder = KeptFolder(wanted.folder)
    target = target_of(plan.y, is_classifier(search.estimator))
    return folder, Keep(folder.path, models=wanted.n_models > 0, target=target)


def kept_folds(search, plan, folder, evaluation, history):
    """Return the view of the history that knows what was kept; None without.

    Parameters
    ----------
    search : BaseSearch
        The search, whose `refit` says by which metric models matter.
    plan : Plan
        What is wanted, and the rows.
    folder : KeptFolder or None
        Where it is.
    evaluation : Evaluation
        Has the splits.
    history : History
        The results.
    """
    if folder is None:
        return None
    refit = search.refit
    metric = refit.metric if isinstance(refit, SelectionRule) else refit
    return KeptFolds(
        history,
        [test for _, test in evaluation.splits],
        evaluation.keep.target,
        num_samples(plan.X),
        folder,
        n_models=plan.wanted.n_models,
        metric=metric if isinstance(metric, str) else None,
    )


def metric_of(search, multimetric, refit_metric):
    """Return the metric that what is returned shall be good at; None if unknown."""
    if isinstance(search.refit, str):
        return search.refit
    if not multimetric:
        return "score"
    if isinstance(search.refit, SelectionRule):
        return search.refit.metric
    return None if callable(search.refit) else refit_metric
