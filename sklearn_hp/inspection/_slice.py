"""Scores over one parameter or two, with the model between the candidates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sklearn_hp.inspection._data import Metric, Parameter, SearchData, read_search
from sklearn_hp.inspection._encoding import Array, from_unit, to_unit
from sklearn_hp.inspection._model import ScoreModel, fit_model
from sklearn_hp.inspection._plotting import BaseDisplay, legend_above
from sklearn_hp.inspection._slice_drawing import draw_curve, draw_map

_N_CURVE = 120  # points of the curve
_N_CELLS = 60  # of the heat map along a range
_MOST_VALUES = 30  # of a parameter that has a row or a column for each


class ParameterSliceDisplay(BaseDisplay):
    """Scores over a parameter, or over two, and what our model expects between.

    Make it with :meth:`from_search`. The model is the Gaussian process that
    `BayesSearchCV` uses, fitted to the candidates of any search. Its curve is what
    would change if you changed this parameter alone: the others are those of the
    winner or, if the winner lacks the parameter, of the best candidate that has it.

    Parameters
    ----------
    parameters : tuple of Parameter, length 1 or 2
        What is drawn.
    scores : ndarray of shape (n_candidates,)
        Maximised; NaN for none.
    states : ndarray of shape (n_candidates,), dtype str
        How each candidate ended: "complete", "dropped", "failed" or "unfinished". One
        that had less of a resource than others counts as dropped.
    best, untuned : int or None
        Rows of the winner and of the candidate that equals the estimator as it was.
    metric : Metric
        The score.
    grid : tuple of ndarray, length 1 or 2
        Where the model is drawn: numbers of each parameter, or the codes of its levels.
    mean, std : ndarray or None
        The model at the grid, maximised: of shape (n_points,), or for two parameters
        (n_points of the second, n_points of the first). None if there are too few
        candidates for a model.
    is_exact : bool, default=False
        Whether `mean` is no model, but the best score of each pair of values, as all
        of them were tried.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        Their figure, after `plot`.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import RandomSearchCV
    >>> from sklearn_hp.inspection import ParameterSliceDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3)}
    >>> search = RandomSearchCV(SVC(), space, n_iter=20, random_state=0).fit(X, y)
    >>> display = ParameterSliceDisplay.from_search(search, "C")
    >>> round(float(display.mean.max()), 1)
    1.0
    """

    def __init__(
        self,
        *,
        parameters: tuple[Parameter, ...],
        scores: Array,
        states: np.ndarray,
        best: int | None,
        untuned: int | None,
        metric: Metric,
        grid: tuple[Array, ...],
        mean: Array | None,
        std: Array | None,
        is_exact: bool = False,
    ) -> None:
        self.parameters = parameters
        self.scores = scores
        self.states = states
        self.best = best
        self.untuned = untuned
        self.metric = metric
        self.grid = grid
        self.mean = mean
        self.std = std
        self.is_exact = is_exact

    @classmethod
    def from_search(
        cls,
        search: Any,
        parameter: str | Sequence[str],
        *,
        metric: str | None = None,
        ax: Any = None,
    ) -> ParameterSliceDisplay:
        """Draw the scores over one parameter, or a heat map of two.

        Parameters
        ----------
        search : object
            Whatever :func:`to_frame` takes.
        parameter : str or sequence of two str
            Name of the parameter; of two, the first is drawn from left to right.
        metric : str, default=None
            Name of the score; None for the one that decides.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : ParameterSliceDisplay
            Drawn.

        Raises
        ------
        ValueError
            If the search is not fitted, or lacks the parameter or the metric, or if
            there are other than one or two different parameters, or two that no
            candidate has both of.
        """
        data = read_search(search)
        one, names = data.metric(metric), _names(parameter)
        chosen = tuple(data.parameter(name) for name in names)
        scores = data.scores[one.name]
        if not np.all([p.active for p in chosen], axis=0).any():
            raise ValueError(
                f"No candidate has both {names[0]!r} and {names[-1]!r}. Choose two "
                f"parameters that occur together."
            )
        counted = np.where(_states(data) == "complete", scores, np.nan)
        cells = _cells(chosen, counted) if len(chosen) == 2 else None
        if cells is None:
            grid = tuple(_points(p, len(chosen)) for p in chosen)
            mean, std = slice_of(data, fit_model(data, one), names, grid)
        else:
            (grid, mean), std = cells, None
        return cls(
            parameters=chosen,
            scores=scores,
            states=_states(data),
            best=data.best,
            untuned=data.untuned,
            metric=one,
            grid=grid,
            mean=mean,
            std=std,
            is_exact=cells is not None,
        ).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> ParameterSliceDisplay:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : ParameterSliceDisplay
            Drawn.
        """
        ax = self._start(ax)
        if len(self.parameters) == 1:
            draw_curve(ax, self)
            self._finish()
        else:
            draw_map(ax, self)
            legend_above(ax, ax.get_legend_handles_labels()[0])
        return self


def _names(parameter: str | Sequence[str]) -> tuple[str, ...]:
    names = (parameter,) if isinstance(parameter, str) else tuple(parameter)
    if len(names) not in (1, 2) or len(set(names)) < len(names):
        raise ValueError(
            f"parameter must be one name or two different ones, got {parameter!r}."
        )
    return names


def _states(data: SearchData) -> np.ndarray:
    states = data.states.copy()
    if data.resource is not None:
        less = data.resource < data.resource.max()
        states[less & (states == "complete")] = "dropped"
    return states


def _points(parameter: Parameter, n_parameters: int) -> Array:
    """Return where the model is drawn."""
    if parameter.levels is not None:
        return np.arange(len(parameter.levels), dtype=float)
    if n_parameters == 1:
        return from_unit(parameter, np.linspace(0, 1, _N_CURVE))
    return from_unit(parameter, (np.arange(_N_CELLS) + 0.5) / _N_CELLS)


def slice_of(
    data: SearchData,
    model: ScoreModel | None,
    names: Sequence[str],
    grid: Sequence[Array],
) -> tuple[Array | None, Array | None]:
    """Return mean and standard deviation of the model where only some change.

    Parameters
    ----------
    data : SearchData
    model : ScoreModel or None
    names : sequence of str
        The parameters that change, d of them.
    grid : sequence of ndarray, length d
        Their numbers, or codes of levels.

    Returns
    -------
    mean, std : ndarray or None
        Maximised, of shape (n_points of the last, ..., n_points of the first); NaN
        where the parameters do not occur together. None without a model or a winner.
    """
    if model is None or data.best is None:
        return None, None
    columns = [[p.name for p in data.parameters].index(name) for name in names]
    values = [
        to_unit(data.parameters[column], at)
        for column, at in zip(columns, grid, strict=True)
    ]
    start = model.candidate(data.best, columns)
    chosen = np.stack(np.meshgrid(*values), axis=-1)
    X = np.tile(start, (*chosen.shape[:-1], 1))
    X[..., columns] = chosen
    shape, rows = X.shape[:-1], model.settle(X.reshape(-1, len(start)))
    mean, std = model.predict(rows)
    mean[np.isnan(rows[:, columns]).any(axis=1)] = np.nan
    return mean.reshape(shape), std.reshape(shape)


def _cells(
    parameters: tuple[Parameter, ...], scores: Array
) -> tuple[tuple[Array, ...], Array] | None:
    """Return the best score of each pair of values; None if not all were tried.

    That is so in a grid search.
    """
    both = np.all([np.isfinite(p.numbers) for p in parameters], axis=0)
    grid, codes = [], []
    for parameter in parameters:
        values, code = np.unique(parameter.numbers[both], return_inverse=True)
        grid.append(values)
        codes.append(code.ravel())
    shape = len(grid[1]), len(grid[0])
    if min(shape) < 2 or max(shape) > _MOST_VALUES:
        return None
    tried = np.zeros(shape, bool)
    tried[codes[1], codes[0]] = True
    if not tried.all():
        return None
    best = np.full(shape, -np.inf)
    np.maximum.at(best, (codes[1], codes[0]), np.nan_to_num(scores[both], nan=-np.inf))
    return tuple(grid), np.where(np.isfinite(best), best, np.nan)
