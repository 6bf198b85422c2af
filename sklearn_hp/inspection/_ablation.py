"""From the untuned candidate to the winner, one parameter at a time.

X : (d,) a candidate as `_encoding` writes it.

.. [F] Fawcett & Hoos (2016), Analysing differences between algorithm configurations
   through ablation, Journal of Heuristics 22.
.. [B] Biedenkapp et al. (2017), Efficient parameter importance analysis via ablation
   with surrogates, AAAI: the scores between the ends are those of a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sklearn_hp.inspection._data import Metric, Parameter, SearchData, read_search
from sklearn_hp.inspection._encoding import Array, to_unit
from sklearn_hp.inspection._facts import value_text
from sklearn_hp.inspection._model import FEWEST, ScoreModel, fit_model
from sklearn_hp.inspection._plotting import (
    BLUE,
    ORANGE,
    RED,
    BaseDisplay,
    parameter_label,
    plain,
    score_label,
)
from sklearn_hp.space._values import is_number, token

_Z95 = 1.96
_LONGEST = 46  # characters of a label


@dataclass(frozen=True)
class AblationStep:
    """A parameter that goes from its untuned value to the winner's.

    Parameters
    ----------
    parameter : str
        Its name.
    before, after : object
        Its value in the untuned candidate and in the winner.
    """

    parameter: str
    before: Any
    after: Any


class AblationPathDisplay(BaseDisplay):
    """What each parameter contributed on the way from the untuned candidate.

    Make it with :meth:`from_search`. The path starts at the untuned candidate. Each
    step sets one parameter to the winner's value: the one with which a model of the
    scores expects the highest score [1]_, [2]_. The model is the Gaussian process that
    `BayesSearchCV` uses, fitted to the candidates of any search.

    Parameters
    ----------
    steps : list of AblationStep
        In the order of the path.
    mean, std : ndarray of shape (n_steps + 1,)
        The model before the first step and after each, maximised.
    measured : tuple of (float, float)
        The scores of the untuned candidate and of the winner, maximised; NaN if the
        search did not try the untuned candidate.
    not_modelled : list of str
        Parameters whose untuned value is of a kind that the search did not try, such
        as None where it tried numbers. They have the winner's value on the whole path.
    metric : Metric
        The score.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        Their figure, after `plot`.

    References
    ----------
    .. [1] C. Fawcett and H. Hoos, "Analysing differences between algorithm
       configurations through ablation", Journal of Heuristics 22, 2016.
    .. [2] A. Biedenkapp et al., "Efficient parameter importance analysis via ablation
       with surrogates", AAAI, 2017.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import RandomSearchCV
    >>> from sklearn_hp.inspection import AblationPathDisplay
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = SVC(C=0.01, gamma=1e-6)
    >>> space = {"C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-8, 1e-3)}
    >>> search = RandomSearchCV(model, space, n_iter=20, random_state=0).fit(X, y)
    >>> display = AblationPathDisplay.from_search(search)
    >>> [step.parameter for step in display.steps]
    ['C', 'gamma']
    """

    def __init__(
        self,
        *,
        steps: list[AblationStep],
        mean: Array,
        std: Array,
        measured: tuple[float, float],
        not_modelled: list[str],
        metric: Metric,
    ) -> None:
        self.steps = steps
        self.mean = mean
        self.std = std
        self.measured = measured
        self.not_modelled = not_modelled
        self.metric = metric

    @classmethod
    def from_search(
        cls, search: Any, *, metric: str | None = None, ax: Any = None
    ) -> AblationPathDisplay:
        """Draw the path.

        Parameters
        ----------
        search : object
            Whatever :func:`to_frame` takes, if it knows the estimator that was tuned.
        metric : str, default=None
            Name of the score; None for the one that decides.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : AblationPathDisplay
            Drawn.

        Raises
        ------
        ValueError
            If the search is not fitted, lacks the metric, has no winner or too few
            candidates for a model, or if its estimator is not known.
        """
        data = read_search(search)
        one = data.metric(metric)
        model = fit_model(data, one)
        if data.estimator is None and data.untuned is None:
            raise ValueError(
                "The untuned candidate is not known, so there is no path from it to "
                "the winner. Pass the fitted search, not its table or its study."
            )
        if model is None or data.best is None:
            raise ValueError(
                f"There is no model of the scores: it needs {FEWEST} candidates whose "
                f"scores are not all equal."
            )
        start, not_modelled = _start(data, model)
        order, mean, std = _path(model, start, model.X[data.best])
        scores = data.scores[one.name]
        untuned = np.nan if data.untuned is None else float(scores[data.untuned])
        return cls(
            steps=[_step(data, column) for column in order],
            mean=mean,
            std=std,
            measured=(untuned, float(scores[data.best])),
            not_modelled=not_modelled,
            metric=one,
        ).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> AblationPathDisplay:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : AblationPathDisplay
            Drawn.
        """
        n, sign = len(self.mean), self.metric.sign
        ax = self._start(ax, height=max(2.6, 1.5 + 0.32 * n))
        options = {"color": BLUE, "fmt": "o-", "markersize": 5, "capsize": 2}
        ax.errorbar(
            sign * self.mean, range(n), xerr=_Z95 * self.std, label="model", **options
        )
        for place, score, color, marker, label in (
            (0, self.measured[0], ORANGE, "D", "untuned, measured"),
            (n - 1, self.measured[1], RED, "*", "winner, measured"),
        ):
            if np.isfinite(score):
                look = {"color": color, "marker": marker, "zorder": 3}
                size = 110 if marker == "*" else 40
                ax.scatter([sign * score], [place], s=size, label=label, **look)
        labels = ["untuned", *map(_label, self.steps)]
        ax.set_yticks(range(n), map(plain, labels), fontsize="small")
        ax.set_ylim(n - 0.4, -0.6)
        ax.set_xlabel(score_label(self.metric))
        if self.not_modelled:
            names = ", ".join(map(parameter_label, self.not_modelled))
            title = f"the winner's throughout: {names}"
            ax.set_title(plain(title), fontsize="small", loc="left")
        self._finish()
        return self


def _start(data: SearchData, model: ScoreModel) -> tuple[Array, list[str]]:
    """Return the untuned candidate, and the parameters that it takes of the winner."""
    own = {} if data.estimator is None else data.estimator.get_params()
    winner, not_modelled = model.X[data.best], []
    start = winner.copy()
    if data.untuned is not None:
        start = model.X[data.untuned].copy()
    for column, parameter in enumerate(data.parameters):
        if np.isnan(winner[column]) and not model.is_gated(column):
            start[column] = np.nan  # the winner has the estimator's own value
        elif data.untuned is None or np.isnan(start[column]):
            start[column] = _encoded(parameter, own.get(parameter.name))
            if np.isnan(start[column]) and not np.isnan(winner[column]):
                start[column] = winner[column]
                not_modelled.append(parameter.name)
    return start, not_modelled


def _encoded(parameter: Parameter, value: Any) -> float:
    """Return where a value is encoded; NaN for a category that no candidate has."""
    if parameter.levels is not None:
        key = token(value)
        for row in np.flatnonzero(parameter.active):
            if token(parameter.values[row]) == key:
                return float(parameter.numbers[row])
        return np.nan
    if not is_number(value):
        return np.nan
    return float(to_unit(parameter, np.array([float(value)]))[0])


def _path(
    model: ScoreModel, start: Array, winner: Array
) -> tuple[list[int], Array, Array]:
    """Return the columns in the order of the path, and the model before and after."""
    differs = ~np.isnan(winner) & ~np.isclose(start, winner)
    left, order, at = np.flatnonzero(differs).tolist(), [], start.copy()
    mean, std = model.predict(model.settle(at[None]))
    means, stds = [mean[0]], [std[0]]
    while left:
        X = np.tile(at, (len(left), 1))
        X[np.arange(len(left)), left] = winner[left]
        mean, std = model.predict(model.settle(X))
        best = int(np.argmax(mean))
        at = X[best]
        order.append(left.pop(best))
        means.append(mean[best])
        stds.append(std[best])
    return order, np.array(means), np.array(stds)


def _step(data: SearchData, column: int) -> AblationStep:
    name = data.parameters[column].name
    before = {} if data.estimator is None else data.estimator.get_params()
    if data.untuned is not None:
        before = {**before, **data.candidates[data.untuned]}
    winner: Any = data.candidates[data.best]  # type: ignore[index]
    return AblationStep(name, before.get(name), winner[name])


def _label(step: AblationStep) -> str:
    text = (
        f"{parameter_label(step.parameter)}: {value_text(step.before)} → "
        f"{value_text(step.after)}"
    )
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
