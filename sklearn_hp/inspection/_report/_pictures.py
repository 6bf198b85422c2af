"""The pictures of a report: which apply, and what they show, in words."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np

from sklearn_hp.inspection._ablation import AblationPathDisplay
from sklearn_hp.inspection._data import SearchData
from sklearn_hp.inspection._facts import best_text, importance_text, most_important
from sklearn_hp.inspection._history import SearchHistoryDisplay
from sklearn_hp.inspection._importance_display import ParameterImportanceDisplay
from sklearn_hp.inspection._model import fit_model
from sklearn_hp.inspection._parallel_coordinates import ParallelCoordinatesDisplay
from sklearn_hp.inspection._pareto import ParetoDisplay
from sklearn_hp.inspection._rungs import RungsDisplay
from sklearn_hp.inspection._slice import ParameterSliceDisplay
from sklearn_hp.inspection._splits import SplitsDisplay
from sklearn_hp.inspection._timeline import TimelineDisplay
from sklearn_hp.inspection._winner import WinnerDisplay

_INCHES = (7.0, 4.2)
_DPI = 120


@dataclass(frozen=True)
class Picture:
    """A picture that is part of the page.

    Parameters
    ----------
    png : str
        The file, in base 64.
    alt : str
        What it shows, for those who do not see it.
    caption : str
        What to read off it.
    width, height : int
        Its size in pixels.
    """

    png: str
    alt: str
    caption: str
    width: int
    height: int


@dataclass(frozen=True)
class _Kind:
    """A picture that reports have, if it applies."""

    draw: Callable[..., Any]
    applies: Callable[[SearchData], bool]
    alt: Callable[[SearchData], str]
    caption: str


def pictures(data: SearchData) -> Iterator[Picture]:
    """Yield the pictures that apply to a search."""
    for kind in (*_OVERVIEW, *_slices(data), *_DETAILS):
        if kind.applies(data):
            yield _picture(kind, data)


def _picture(kind: _Kind, data: SearchData) -> Picture:
    from matplotlib.figure import Figure

    # not pyplot's, which would keep it, and need a screen in some set-ups
    figure = Figure(figsize=_INCHES, layout="constrained")
    kind.draw(data, ax=figure.subplots())
    file = BytesIO()
    figure.savefig(file, format="png", dpi=_DPI)
    width, height = (int(_DPI * inches) for inches in figure.get_size_inches())
    encoded = b64encode(file.getvalue()).decode("ascii")
    return Picture(encoded, kind.alt(data), kind.caption, width, height)


def _has_scores(data: SearchData) -> bool:
    return data.best is not None


def _has_others(data: SearchData) -> bool:
    return _has_scores(data) and data.n_splits > 1 and len(data) > 1


def _has_several_parameters(data: SearchData) -> bool:
    return _has_others(data) and len(data.parameters) > 1


def _has_rungs(data: SearchData) -> bool:
    return data.resource is not None or data.reports is not None


def _has_times(data: SearchData) -> bool:
    known = np.isfinite(data.fit_time) & np.isfinite(data.scores[data.metrics[0].name])
    return _has_scores(data) and bool(known.any())


def _has_starts(data: SearchData) -> bool:
    return data.fits is not None and bool(np.isfinite(data.fits.started).any())


def _has_path(data: SearchData) -> bool:
    is_known = data.estimator is not None or data.untuned is not None
    if not is_known or data.best is None or data.best == data.untuned:
        return False
    return fit_model(data, data.metrics[0]) is not None


def _slices(data: SearchData) -> Iterator[_Kind]:
    """Yield a picture for each of the parameters that matter most."""
    is_category = {one.name: one.is_category for one in data.parameters}
    for name in most_important(data):
        advice = (
            "Values whose intervals overlap may be equally good."
            if is_category[name]
            else "If the curve still rises at a dotted line, widen the range."
        )
        yield _Kind(
            draw=partial(ParameterSliceDisplay.from_search, parameter=name),
            applies=_has_scores,
            alt=partial(_slice_alt, name),
            caption=(
                f"How the score changes with {name} alone, by a model of the scores. "
                f"{advice}"
            ),
        )


def _slice_alt(name: str, data: SearchData) -> str:
    return f"Scores of the candidates over {name}, with the curve of a model."


_OVERVIEW = (
    _Kind(
        draw=SearchHistoryDisplay.from_search,
        applies=_has_scores,
        alt=lambda data: f"Scores by candidate, and the best so far. {best_text(data)}",
        caption=(
            "How the best score grew. If the line still rises at its end, more "
            "candidates may help."
        ),
    ),
    _Kind(
        draw=RungsDisplay.from_search,
        applies=_has_rungs,
        alt=lambda data: "Scores of the candidates over the resource they were given.",
        caption=(
            "Scores over the resource. If lines cross late, the first rung misleads: "
            "begin with more."
        ),
    ),
    _Kind(
        draw=WinnerDisplay.from_search,
        applies=_has_others,
        alt=lambda data: (
            "Differences of the winner to the runners-up and to the untuned candidate, "
            "with 95 % intervals."
        ),
        caption=(
            "Whom the winner beats. It is not clearly better than candidates whose "
            "line crosses zero."
        ),
    ),
    _Kind(
        draw=ParameterImportanceDisplay.from_search,
        applies=_has_several_parameters,
        alt=lambda data: (
            f"How much each parameter matters, as bars. {importance_text(data)}"
        ),
        caption=(
            "Which parameters matter for the score, and to be among the best 10 %. "
            "Search those with long bars; leave the others at their defaults."
        ),
    ),
    _Kind(
        draw=ParallelCoordinatesDisplay.from_search,
        applies=_has_scores,
        alt=lambda data: "Each candidate as a line over its parameters and its score.",
        caption=(
            "What good candidates have in common: darker lines are better. Where they "
            "meet at the end of an axis, widen its range."
        ),
    ),
)
_DETAILS = (
    _Kind(
        draw=AblationPathDisplay.from_search,
        applies=_has_path,
        alt=lambda data: (
            "The score from the untuned candidate to the winner, one parameter at a "
            "time, by a model."
        ),
        caption=(
            "Which changes made the difference. Steps that hardly move the score are "
            "not needed."
        ),
    ),
    _Kind(
        draw=SplitsDisplay.from_search,
        applies=lambda data: data.n_splits > 1,
        alt=lambda data: "The score of each candidate on each split, as colours.",
        caption="Which split is hard. One that differs from the others needs a look.",
    ),
    _Kind(
        draw=ParetoDisplay.from_search,
        applies=_has_times,
        alt=lambda data: (
            "Scores against seconds of fitting; those on the front marked."
        ),
        caption=(
            "Score against time. Choose a candidate on the front that is fast enough."
        ),
    ),
    _Kind(
        draw=TimelineDisplay.from_search,
        applies=_has_starts,
        alt=lambda data: "The fits of each worker over time.",
        caption="What ran when. Gaps are time in which a worker waited.",
    ),
)
