"""How much each parameter of a search matters, as bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sklearn_hp.inspection._data import Metric, read_search
from sklearn_hp.inspection._design_matrix import design_matrix
from sklearn_hp.inspection._parameter_importance import (
    TARGETS,
    TOP,
    check_options,
    importances,
)
from sklearn_hp.inspection._plotting import (
    BLUE,
    ORANGE,
    BaseDisplay,
    parameter_label,
    plain,
)

_COLORS = {"overall": BLUE, "best": ORANGE}
_LABELS = {"overall": "for the score", "best": f"to be among the best {TOP:.0%}"}
_LONGEST = 32  # characters of a name


class ParameterImportanceDisplay(BaseDisplay):
    """How much each parameter matters, overall and among the best.

    Make it with :meth:`from_search`.

    Parameters
    ----------
    importances : dict of str -> dict
        For "overall", "best" or both, what :func:`parameter_importance` returns.
    metric : Metric
        The score.
    n_candidates : int
        How many candidates were compared.
    n_parameters : int, default=12
        How many parameters to draw, the most important ones; the others have one bar
        together.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        Their figure, after `plot`.

    See Also
    --------
    parameter_importance : The numbers, without a picture.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import RandomSearchCV
    >>> from sklearn_hp.inspection import ParameterImportanceDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3), "shrinking": [True, False]}
    >>> search = RandomSearchCV(SVC(), space, n_iter=40, random_state=0).fit(X, y)
    >>> display = ParameterImportanceDisplay.from_search(search)
    >>> display.importances["overall"]["parameter"]
    ['C', 'shrinking']
    """

    def __init__(
        self,
        *,
        importances: Mapping[str, dict[str, Any]],
        metric: Metric,
        n_candidates: int,
        n_parameters: int = 12,
    ) -> None:
        self.importances = importances
        self.metric = metric
        self.n_candidates = n_candidates
        self.n_parameters = n_parameters

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        metric: str | None = None,
        method: str = "model",
        target: str = "both",
        n_parameters: int = 12,
        random_state: Any = 0,
        ax: Any = None,
    ) -> ParameterImportanceDisplay:
        """Draw how much each parameter of a search matters.

        Parameters
        ----------
        search : object
            Whatever :func:`to_frame` takes.
        metric : str, default=None
            Name of the score; None for the one that decides.
        method : {"model", "ped-anova"}, default="model"
            As for :func:`parameter_importance`.
        target : {"both", "overall", "best"}, default="both"
            As for :func:`parameter_importance`; "both" draws two bars.
        n_parameters : int, default=12
            How many parameters to draw, the most important ones; the others have one
            bar together.
        random_state : int, RandomState instance or None, default=0
            As for :func:`parameter_importance`.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : ParameterImportanceDisplay
            Drawn.

        Raises
        ------
        ValueError
            As :func:`parameter_importance`, or if `n_parameters` is below 1.
        """
        check_options(method, target, ("both", *TARGETS))
        if n_parameters < 1:
            raise ValueError(f"n_parameters must be at least 1, got {n_parameters!r}.")
        data = read_search(search)
        one = data.metric(metric)
        design = design_matrix(data, one)
        return cls(
            importances={
                name: importances(data, design, method, name, random_state)
                for name in (TARGETS if target == "both" else (target,))
            },
            metric=one,
            n_candidates=len(design.scores),
            n_parameters=n_parameters,
        ).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> ParameterImportanceDisplay:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : ParameterImportanceDisplay
            Drawn.
        """
        shown, others = self._shown()
        labels = [parameter_label(name, _LONGEST) for name in shown]
        if others:
            labels.append(f"{len(others)} others together")
        tables = self.importances.values()
        n = len(tables)
        ax = self._start(ax, height=max(2.4, 1.3 + (0.1 + 0.2 * n) * len(labels)))
        for i, (target, table) in enumerate(self.importances.items()):
            places = np.arange(len(labels)) + (i - (n - 1) / 2) * 0.8 / n
            _draw(ax, places, _bars(table, shown, others), 0.8 / n, target)
        ax.set_yticks(range(len(labels)), map(plain, labels))
        # the legend is below the bars if the last ones are long
        is_long = any(_bars(t, shown, others)[0][-1] > 0.4 for t in tables)
        ax.set_ylim(len(labels) - 0.4 + 0.8 * is_long, -0.6)
        ax.set_xlim(0, 1.12)
        ax.set_xticks(np.linspace(0, 1, 6), [f"{tick}%" for tick in range(0, 101, 20)])
        ax.set_xlabel("share of the importance (line: standard error)")
        ax.set_title(plain(self._title()), fontsize="medium", loc="left")
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(fontsize="small", frameon=False, loc="lower right")
        return self

    def _shown(self) -> tuple[list[str], list[str]]:
        """Return the parameters that have a bar, and the others."""
        names = next(iter(self.importances.values()))["parameter"]
        shares: dict[str, float] = {}
        for table in self.importances.values():
            for name, share in zip(
                table["parameter"], table["importance"], strict=True
            ):
                shares[name] = max(shares.get(name, 0.0), float(share))
        chosen = sorted(names, key=lambda name: -shares[name])[: self.n_parameters]
        shown = [name for name in names if name in chosen]
        return shown, [name for name in names if name not in chosen]

    def _title(self) -> str:
        label = self.metric.label
        if not any(table["importance"].any() for table in self.importances.values()):
            return f"No parameter is found to matter for {label}"
        if any(table["is_guess"].any() for table in self.importances.values()):
            return (
                f"What matters for {label}: a guess from {self.n_candidates} candidates"
            )
        return f"What matters for {label}, from {self.n_candidates} candidates"


def _bars(table: Any, shown: list[str], others: list[str]) -> tuple[Any, Any]:
    """Return the share and its standard error of each bar."""
    place = {name: i for i, name in enumerate(table["parameter"])}
    at = [place[name] for name in shown]
    shares, errors = table["importance"][at], table["std"][at]
    if others:
        rest = table["importance"][[place[name] for name in others]].sum()
        shares, errors = np.append(shares, rest), np.append(errors, np.nan)
    return shares, errors


def _draw(ax: Any, places: Any, bars: Any, height: float, target: str) -> None:
    shares, errors = bars
    color = _COLORS[target]
    ax.barh(places, shares, height * 0.9, color=color, label=_LABELS[target])
    errors = np.nan_to_num(errors)
    low = np.maximum(shares - errors, 0)
    high = np.minimum(shares + errors, 1)
    ax.hlines(places, low, high, color="black", linewidth=1)
    for place, share, end in zip(places, shares, high, strict=True):
        ax.text(
            max(share, end) + 0.01, place, f"{share:.0%}", va="center", fontsize="small"
        )
