"""What Optuna knows of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sklearn_hp.inspection._data._lanes import lanes
from sklearn_hp.inspection._data._of_cv_results import of_table
from sklearn_hp.inspection._data._parameters import make_parameters
from sklearn_hp.inspection._data._ranges import Range, range_of
from sklearn_hp.inspection._data._records import Array, Fits, Metric, SearchData

_STATES = {"COMPLETE": "complete", "PRUNED": "dropped", "FAIL": "failed"}


def of_study(study: Any) -> SearchData:
    """Return what is known of a study; waiting trials are left out.

    Parameters
    ----------
    study : optuna.Study
        Of one objective or several. A minimised one is negated.

    Raises
    ------
    ValueError
        If it has no trials.
    """
    trials = [trial for trial in study.trials if trial.state.name != "WAITING"]
    if not trials:
        raise ValueError("The study has no trials yet. Call optimize first.")
    metrics = _metrics(study)
    states = np.array([_STATES.get(t.state.name, "unfinished") for t in trials])
    candidates: list[Mapping[str, Any]] = [dict(trial.params) for trial in trials]
    scores = {
        metric.name: np.array([_value(trial, i, metric) for trial in trials])
        for i, metric in enumerate(metrics)
    }
    complete = np.flatnonzero(
        (states == "complete") & np.isfinite(scores[metrics[0].name])
    )
    seconds = np.array([_seconds(trial) for trial in trials])
    fixed = [trial.system_attrs.get("fixed_params") for trial in trials]
    return SearchData(
        kind="Optuna study",
        candidates=candidates,
        parameters=make_parameters(candidates, _ranges(trials)),
        metrics=metrics,
        scores=scores,
        split_scores={},
        states=states,
        n_splits_run=np.ones(len(trials), int),
        fit_time=seconds,
        score_time=np.zeros(len(trials)),
        sources=["given" if one else "" for one in fixed],
        numbers=np.arange(len(trials)),
        best=_first_best(scores[metrics[0].name], complete),
        untuned=None,
        drawn_at_random=type(study.sampler).__name__ == "RandomSampler",
        resource_name="step",
        reports=_reports(trials, metrics[0]),
        fits=_fits(trials, seconds, states),
        failures=[
            t.system_attrs.get("fail_reason", "")
            for t in trials
            if t.state.name == "FAIL"
        ],
        search=study,
    )


def of_optuna_search(search: Any) -> SearchData:
    """Return what is known of a fitted ``OptunaSearchCV``.

    Its ``cv_results_`` has no parameters; the attributes of its trials have the same
    columns.
    """
    study = of_study(search.study_)
    trials = [trial for trial in search.trials_ if trial.state.name != "WAITING"]
    names = dict.fromkeys(name for trial in trials for name in trial.user_attrs)
    table: dict[str, Any] = {"params": study.candidates, "mean_test_score": []}
    for name in names:
        table[name] = [trial.user_attrs.get(name, np.nan) for trial in trials]
    data = of_table(
        table,
        kind=type(search).__name__,
        search=search,
        estimator=search.estimator,
        ranges=_ranges(trials),
        fits=study.fits,
    )
    return replace(
        data,
        best=study.best,
        states=study.states,
        sources=study.sources,
        drawn_at_random=study.drawn_at_random,
        resource_name=study.resource_name,
        reports=study.reports,
        failures=study.failures,
    )


def _ranges(trials: Sequence[Any]) -> dict[str, Range]:
    found = {
        name: range_of(distribution)
        for trial in trials
        for name, distribution in trial.distributions.items()
    }
    return {name: one for name, one in found.items() if one is not None}


def _metrics(study: Any) -> tuple[Metric, ...]:
    names = study.metric_names or [
        "value" if len(study.directions) == 1 else f"value {i}"
        for i in range(len(study.directions))
    ]
    return tuple(
        Metric(name, name, -1.0 if direction.name == "MINIMIZE" else 1.0)
        for name, direction in zip(names, study.directions, strict=True)
    )


def _value(trial: Any, index: int, metric: Metric) -> float:
    """Return the score of a trial; of a pruned one, the last that it reported."""
    if trial.values is not None:
        return metric.sign * float(trial.values[index])
    if trial.state.name == "PRUNED" and trial.intermediate_values:
        return metric.sign * float(trial.intermediate_values[trial.last_step])
    return np.nan


def _reports(trials: Sequence[Any], metric: Metric) -> list[tuple[Array, Array]] | None:
    told = [sorted(trial.intermediate_values.items()) for trial in trials]
    if not any(told):
        return None
    pairs = [np.array(one, float).reshape(-1, 2) for one in told]
    return [(one[:, 0], metric.sign * one[:, 1]) for one in pairs]


def _seconds(trial: Any) -> float:
    return np.nan if trial.duration is None else trial.duration.total_seconds()


def _first_best(scores: Array, rows: Any) -> int | None:
    return int(rows[np.argmax(scores[rows])]) if rows.size else None


def _fits(trials: Sequence[Any], seconds: Array, states: Any) -> Fits | None:
    began = [trial.datetime_start for trial in trials]
    if not any(began):
        return None
    first = min(time for time in began if time is not None)
    started = np.array(
        [np.nan if time is None else (time - first).total_seconds() for time in began]
    )
    return Fits(
        candidate=np.arange(len(trials)),
        split=np.full(len(trials), -1),
        worker=lanes(started, seconds),
        started=started,
        seconds=seconds,
        failure=np.where(states == "failed", "exception", ""),
        is_worker_known=False,
    )
