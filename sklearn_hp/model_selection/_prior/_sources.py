"""Candidates and scores of an earlier search, from each form that they come in."""

import os
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sklearn_hp._journal import load_history
from sklearn_hp.inspection._data import is_missing
from sklearn_hp.model_selection._prior._text import candidates_of_text
from sklearn_hp.model_selection._wider import choices_by_text

_MEAN, _PARAM = "mean_test_", "param_"
# The columns that are read, by how their names begin.
_READ = ("params", "param_", "mean_test_", "split", "iter", "n_resources")
FORMS = (
    "a cv_results_ dict, a DataFrame of one, a fitted search, an Optuna study, or the "
    "path of a checkpoint"
)


@dataclass(frozen=True)
class Results:
    """What an earlier search found.

    candidates : list of dict.
    scores : dict of str to ndarray of shape (n_candidates,), by metric, which is
    "score" where there is but one; NaN if the candidate failed.
    own : dict, the parameters of the estimator that candidates were set on; empty if
    they are not known.
    scoring : str or None, the name of the one metric, if it is known.
    """

    candidates: list
    scores: dict
    own: Mapping = field(default_factory=dict)
    scoring: str | None = None


def read(source, param_distributions):
    """Return what is in a source of prior results.

    Parameters
    ----------
    source : object
        As given by the user.
    param_distributions : dict or list of dict
        The space of the search, whose values the texts of a file stand for.

    Returns
    -------
    results : Results
        What an earlier search found.

    Raises
    ------
    TypeError
        If it is none of the forms that can be read.
    ValueError
        If it has no candidates or no scores.
    """
    if isinstance(source, Mapping):
        return _of_table(_columns(source), param_distributions)
    if isinstance(source, str | os.PathLike):
        return _of_checkpoint(source, param_distributions)
    if type(source).__module__.partition(".")[0] == "optuna":
        return _of_study(source)
    if hasattr(source, "cv_results_"):
        scoring = getattr(source, "scoring", None)
        table = _of_table(_columns(source.cv_results_), param_distributions)
        return Results(
            table.candidates,
            table.scores,
            source.estimator.get_params(),
            scoring if isinstance(scoring, str) else None,
        )
    if hasattr(source, "columns") and hasattr(source, "__getitem__"):
        columns = {name: source[name] for name in source.columns}
        return _of_table(_columns(columns), param_distributions)
    if hasattr(source, "fit"):
        raise ValueError(
            f"prior_results is a {type(source).__name__} that has no cv_results_. Fit "
            f"it first, or pass the cv_results_ of one that is fitted."
        )
    raise TypeError(
        f"prior_results must be {FORMS}, got {reprlib.repr(source)} of type "
        f"{type(source).__name__}."
    )


def _columns(table):
    """Return a table whose columns, those that are read, are lists of equal length."""
    read = {
        # as DataFrame.to_dict has them: a dict of the entries by their index
        name: list(values.values() if isinstance(values, Mapping) else values)
        for name, values in table.items()
        if isinstance(name, str) and name.startswith(_READ)
    }
    lengths = {name: len(values) for name, values in read.items()}
    if len(set(lengths.values())) > 1:
        described = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ValueError(
            f"The columns of prior_results must have one entry for each candidate, and "
            f"they have other lengths: {described}."
        )
    return {**table, **read}


def _of_table(table, param_distributions):
    """Return the results of a ``cv_results_``."""
    scores = {
        name.removeprefix(_MEAN): _means(table, name.removeprefix(_MEAN))
        for name in table
        if isinstance(name, str) and name.startswith(_MEAN)
    }
    if not scores:
        raise ValueError(
            f"prior_results has no mean_test_score, nor the mean_test_ of any other "
            f"metric: its columns are {', '.join(map(str, table))}. Pass the "
            f"cv_results_ of a search, all of it. Of a checkpoint, pass the path, and "
            f"not what load_history returns."
        )
    given = table.get("params")
    if given is not None and all(isinstance(params, Mapping) for params in given):
        candidates = [dict(params) for params in given]
    else:
        candidates = candidates_of_text(table, param_distributions)
    last = _last_rungs(table, candidates)
    return Results(
        [candidates[index] for index in last],
        {name: values[last] for name, values in scores.items()},
    )


def _means(table, metric):
    """Return mean scores; of a candidate that lacks some splits, that of the others."""
    means = _numbers(table[_MEAN + metric])
    splits = [
        _numbers(values)
        for name, values in table.items()
        if str(name).startswith("split") and str(name).endswith(f"_test_{metric}")
    ]
    if not splits:
        return means
    known = np.ma.masked_invalid(splits).mean(axis=0)
    return np.where(np.isfinite(means), means, np.ma.filled(known, np.nan))


def _numbers(values):
    try:
        numbers = [np.nan if is_missing(value) else float(value) for value in values]
    except (TypeError, ValueError) as exc:
        raise ValueError(
            f"The scores in prior_results must be numbers, or NaN for none: {exc}."
        ) from exc
    return np.array(numbers)


def _last_rungs(table, candidates):
    """Return the rows to use: of halving, the last of each candidate."""
    if "iter" not in table or "n_resources" not in table:
        return np.arange(len(candidates))
    last = {repr(sorted(one.items())): row for row, one in enumerate(candidates)}
    return np.array(sorted(last.values()), dtype=int)


def _of_checkpoint(path, param_distributions):
    """Return the results in a checkpoint, which has a row for each split."""
    try:
        history = load_history(path)
    except ValueError as exc:
        raise ValueError(
            f"prior_results is a path, and not that of a checkpoint: {exc} Read a CSV "
            f"file with pandas.read_csv first."
        ) from exc
    numbers, first = np.unique(history["candidate"], return_index=True)
    # what is more than numbers and texts, as an estimator, is in a list of the space
    choices = choices_by_text(param_distributions)
    table = {
        column: [_choice(choices, column, value) for value in values[first].tolist()]
        for column, values in history.items()
        if column.startswith(_PARAM)
    }
    for name, values in history.items():
        if name.startswith("test_"):
            by_candidate = [values[history["candidate"] == n] for n in numbers]
            # a split that failed is NaN, one that was not run has no row
            table[f"mean_{name}"] = [np.mean(of_splits) for of_splits in by_candidate]
    return _of_table(table, param_distributions)


def _choice(choices, column, value):
    key = column.removeprefix(_PARAM), value
    return choices.get(key, value) if isinstance(value, str) else value


def _of_study(study):
    """Return the results of an Optuna study; of pruned trials nothing is known."""
    if not hasattr(study, "trials"):
        raise TypeError(
            f"prior_results must be {FORMS}, got a {type(study).__name__} of Optuna. "
            f"Pass the study."
        )
    if len(study.directions) != 1:
        raise ValueError(
            f"prior_results is a study of {len(study.directions)} objectives, and the "
            f"search maximises one score. Pass a dict with the params and "
            f"mean_test_score that it is to learn from."
        )
    sign = 1.0 if study.directions[0].name == "MAXIMIZE" else -1.0
    complete = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    names = {frozenset(trial.params) for trial in complete}
    ended = [
        trial
        for trial in study.trials
        if trial.state.name in ("COMPLETE", "FAIL")
        # one that failed before it had all parameters says nothing of a candidate
        and frozenset(trial.params) in names
    ]
    scores = [
        sign * trial.value if trial.state.name == "COMPLETE" else np.nan
        for trial in ended
    ]
    return Results(
        [dict(trial.params) for trial in ended],
        {"score": np.array(scores, dtype=float)},
    )
