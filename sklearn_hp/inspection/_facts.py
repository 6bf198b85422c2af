"""What a summary and a report say of a search, in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from sklearn_hp.inspection._data import Metric, SearchData
from sklearn_hp.inspection._data._parameters import text_of
from sklearn_hp.inspection._data._text import number
from sklearn_hp.inspection._design_matrix import design_matrix
from sklearn_hp.inspection._findings import busy_share
from sklearn_hp.inspection._parameter_importance import importances
from sklearn_hp.inspection._plotting import seconds_text

_FEWEST_FOR_IMPORTANCE = 10  # candidates


def score_text(data: SearchData, metric: Metric, row: int) -> str:
    """Return a mean score, with its standard deviation over the splits."""
    value = metric.sign * data.scores[metric.name][row]
    cells = data.split_scores.get(metric.name)
    text = number(value)
    if cells is None or cells.shape[1] < 2:
        return text
    of_splits = cells[row][np.isfinite(cells[row])]
    return f"{text} ± {number(float(of_splits.std()))}" if of_splits.size else text


def headline(data: SearchData) -> str:
    """Return what was searched: the search, the estimator, candidates and splits."""
    of = f" of {_name(data.estimator)}" if data.estimator is not None else ""
    n_candidates = int(data.last.sum())
    counted = f"{n_candidates} candidate{'s' * (n_candidates != 1)}"
    splits = f", {data.n_splits} splits" if data.n_splits > 1 else ""
    return f"{data.kind}{of}: {counted}{splits}"


def _name(estimator: Any) -> str:
    steps = getattr(estimator, "steps", None)
    if isinstance(steps, list):
        return " + ".join(
            type(step).__name__ if hasattr(step, "fit") else str(step)
            for _, step in steps
        )
    return type(estimator).__name__


def best_text(data: SearchData) -> str:
    """Return the winner's score, and the untuned candidate's."""
    if data.best is None:
        return "No candidate has a score."
    metric = data.metrics[0]
    number_of = data.numbers[data.best]
    highest = _highest(data, metric)
    kind = "Best" if highest == data.best else "The winner's"
    text = f"{kind} {metric.label}: {score_text(data, metric, data.best)}"
    if data.n_splits > 1:
        text += " (mean ± standard deviation over the splits)"
    text += f", candidate {number_of}."
    if highest != data.best:
        text += (
            f" refit chose it; the best {metric.label} is "
            f"{score_text(data, metric, highest)}, candidate {data.numbers[highest]}."
        )
    return text


def _highest(data: SearchData, metric: Metric) -> int:
    """Return the row of the best score: the winner's, unless `refit` is a rule."""
    best = data.best
    assert best is not None
    if not callable(getattr(data.search, "refit", None)):
        return best
    scores, ranks = data.scores[metric.name], data.ranks(metric)
    first = int(np.argmin(ranks))
    return first if scores[first] > scores[best] else best


def other_scores_text(data: SearchData) -> str:
    """Return the winner's other scores, or objectives; empty if there are none."""
    if data.best is None or len(data.metrics) < 2:
        return ""
    texts = [
        f"{one.label} {score_text(data, one, data.best)}" for one in data.metrics[1:]
    ]
    return f"The other scores of this candidate: {', '.join(texts)}."


def untuned_text(data: SearchData) -> str:
    """Return how the untuned candidate is; empty if there is none."""
    if data.untuned is None or data.best is None:
        return ""
    metric, number_of = data.metrics[0], data.numbers[data.untuned]
    if number_of == data.numbers[data.best]:
        return (
            "The winner is the estimator as it was given: tuning found nothing better."
        )
    last = int(np.flatnonzero(data.last & (data.numbers == number_of))[0])
    text = f"Untuned: {metric.label} {score_text(data, metric, last)}"
    if data.resource is not None and data.resource[last] != data.resource[data.best]:
        name = data.resource_name or "resource"
        text += (
            f" with {number(data.resource[last])} {name} (the winner had "
            f"{number(data.resource[data.best])})"
        )
    return f"{text}, candidate {number_of}."


def corrected_text(data: SearchData) -> str:
    """Return what to expect on new rows, where a search knows it; otherwise empty."""
    corrected = vars(data.search).get("corrected_score_") if _has_vars(data) else None
    if corrected is None:
        return ""
    metric = data.metrics[0]
    ends = sorted([metric.sign * corrected.low, metric.sign * corrected.high])
    return (
        f"To expect on new rows: {metric.label} "
        f"{number(metric.sign * corrected.estimate)}, between {number(ends[0])} and "
        f"{number(ends[1])} (95 %)."
    )


def _has_vars(data: SearchData) -> bool:
    return hasattr(data.search, "__dict__")


def params_text(params: Any) -> str:
    """Return a candidate as people write it."""
    return ", ".join(f"{name}={value_text(value)}" for name, value in params.items())


def value_text(value: Any) -> str:
    """Return a parameter value, without digits that do not matter."""
    if isinstance(value, np.generic):
        value = value.item()
    return number(value) if isinstance(value, float) else text_of(value)


def states_text(data: SearchData) -> str:
    """Return how many candidates ended how; empty if all are complete."""
    states = data.states[data.last]
    counts = {s: int((states == s).sum()) for s in ("dropped", "failed", "unfinished")}
    parts = [f"{count} {state}" for state, count in counts.items() if count]
    if not parts:
        return ""
    complete = int((states == "complete").sum())
    return f"{complete} complete, {', '.join(parts)}."


def _importances(data: SearchData) -> dict[str, Any] | None:
    """Return how much the parameters matter; None if there is little to tell."""
    if data.best is None or len(data.parameters) < 2:
        return None
    design = design_matrix(data, data.metrics[0])
    if len(design.scores) < _FEWEST_FOR_IMPORTANCE:
        return None
    found = importances(data, design, "model", "overall", random_state=0)
    return found if found["importance"].any() else None


def most_important(data: SearchData) -> list[str]:
    """Return the two parameters that matter most, as far as they do; maybe fewer."""
    if data.best is not None and len(data.parameters) == 1:
        return [data.parameters[0].name]
    found = _importances(data)
    if found is None:
        return []
    pairs = zip(found["parameter"][:2], found["importance"][:2], strict=True)
    return [name for name, share in pairs if share > 0]


def importance_text(data: SearchData) -> str:
    """Return the two parameters that matter most; empty if there is little to tell."""
    found = _importances(data)
    if found is None:
        return ""
    guess = ", as a guess" if found["is_guess"][0] else ""
    pairs = zip(found["parameter"][:2], found["importance"][:2], strict=True)
    return (
        f"Most important{guess}: "
        f"{', '.join(f'{name} ({share:.0%})' for name, share in pairs)}."
    )


def time_text(data: SearchData) -> str:
    """Return how long the fits took, and how busy the workers were."""
    total = float(np.nansum(data.seconds))
    if not total:
        return ""
    n_fits = int(data.n_splits_run.sum())
    text = f"{n_fits} fits took {seconds_text(total)} together"
    if data.fits is not None and data.fits.is_worker_known:
        busy, n_workers, span = busy_share(data.fits)
        if n_workers > 1:
            text += (
                f", {seconds_text(span)} on {n_workers} workers that were busy for "
                f"{busy:.0%} of it"
            )
    return f"{text}."
