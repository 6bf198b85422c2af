"""The winner beside the others: paired differences with intervals."""

from __future__ import annotations

from typing import Any

import numpy as np

from sklearn_hp.inspection._data import Metric, read_search
from sklearn_hp.inspection._data._parameters import text_of
from sklearn_hp.inspection._paired import compare, winner_of
from sklearn_hp.inspection._plotting import (
    BLUE,
    GREY,
    ORANGE,
    BaseDisplay,
    parameter_label,
    plain,
    shortened,
)
from sklearn_hp.space._values import same_value

_LONGEST = 42  # characters of a label
_LONGEST_NAME = 16  # characters of a parameter in a label that is too long


class WinnerDisplay(BaseDisplay):
    """How much better the winner is than others, with intervals.

    Make it with :meth:`from_search`.

    Parameters
    ----------
    differences : dict of str -> list or ndarray of length n_compared
        As :func:`paired_differences` returns them.
    labels : list of str, length n_compared
        What each candidate is called: its number, and the parameters that differ from
        the winner's.
    metric : Metric
        The score.
    score : float
        The mean score of the winner, maximised.
    corrected_score : CorrectedScore or None, default=None
        The search's ``corrected_score_``, if `metric` is the one that decides.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        Their figure, after `plot`.

    See Also
    --------
    paired_differences : The numbers, without a picture.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import GridSearchCV
    >>> from sklearn_hp.inspection import WinnerDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"C": [0.01, 1.0, 10]}).fit(X, y)
    >>> display = WinnerDisplay.from_search(search)
    >>> display.labels
    ['1 (untuned)', '0: C=0.01']
    """

    def __init__(
        self,
        *,
        differences: dict[str, Any],
        labels: list[str],
        metric: Metric,
        score: float,
        corrected_score: Any = None,
    ) -> None:
        self.differences = differences
        self.labels = labels
        self.metric = metric
        self.score = score
        self.corrected_score = corrected_score

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        metric: str | None = None,
        n_candidates: int = 10,
        test_train_ratio: float | None = None,
        ax: Any = None,
    ) -> WinnerDisplay:
        """Draw the differences of the winner to the runners-up.

        Parameters
        ----------
        search : object
            Whatever :func:`to_frame` takes.
        metric : str, default=None
            Name of the score; None for the one that decides.
        n_candidates : int, default=10
            How many runners-up to draw. The untuned candidate is always drawn if the
            search tried it.
        test_train_ratio : float, default=None
            As for :func:`paired_differences`.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : WinnerDisplay
            Drawn.

        Raises
        ------
        ValueError
            As :func:`paired_differences`.
        """
        data = read_search(search)
        one = data.metric(metric)
        found = compare(data, one, n_candidates, test_train_ratio)
        best = winner_of(data)
        decides = one is data.metrics[0]
        return cls(
            differences=found,
            labels=_labels(found, data.candidates[best]),
            metric=one,
            score=float(data.scores[one.name][best]),
            corrected_score=(
                getattr(data.search, "corrected_score_", None) if decides else None
            ),
        ).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> WinnerDisplay:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : WinnerDisplay
            Drawn.
        """
        n = len(self.labels)
        ax = self._start(ax, height=max(2.4, 1.4 + 0.26 * n))
        for which, color, marker, label in self._groups():
            if which.any():
                self._draw(ax, np.flatnonzero(which), color, marker, label)
        ax.axvline(0, color="black", linewidth=0.8)
        ax.set_ylim(n - 0.4, -0.6)
        ax.set_yticks(range(n), map(plain, self.labels), fontsize="small")
        ax.set_xlabel(plain(f"winner better by ({self.metric.label})"))
        ax.set_title(plain(self._title()), fontsize="medium", loc="left")
        self._finish()
        return self

    def _groups(self) -> list[tuple[Any, str, str, str]]:
        found = self.differences
        untuned, known = found["is_untuned"], np.isfinite(found["low"])
        beaten = known & (found["low"] > 0)
        groups = [
            (~untuned & beaten, BLUE, "o", "beaten, beyond the noise"),
            (~untuned & known & ~beaten, GREY, "o", "within the noise"),
            (~untuned & ~known, GREY, "o", "noise not known"),
            (untuned, ORANGE, "D", "untuned"),
        ]
        return [group for group in groups if group[0].any()]

    def _draw(self, ax: Any, rows: Any, color: str, marker: str, label: str) -> None:
        found = self.differences
        middle = found["difference"][rows]
        error = np.abs([middle - found["low"][rows], found["high"][rows] - middle])
        ax.errorbar(
            middle,
            rows,
            xerr=np.nan_to_num(error),
            color=color,
            fmt=marker,
            markersize=5,
            capsize=2,
            label=label,
        )

    def _title(self) -> str:
        sign = self.metric.sign
        text = f"The winner's {self.metric.label} is {sign * self.score:.4g}"
        if self.corrected_score is None:
            return text
        low, high = sorted(
            sign * end for end in (self.corrected_score.low, self.corrected_score.high)
        )
        return (
            f"{text}; expect {sign * self.corrected_score.estimate:.4g} on new rows "
            f"({low:.4g} to {high:.4g})"
        )


def _labels(found: dict[str, Any], winner: Any) -> list[str]:
    columns = (found["candidate"], found["params"], found["is_untuned"])
    return [_label(*one, winner) for one in zip(*columns, strict=True)]


def _label(number: int, params: Any, is_untuned: bool, winner: Any) -> str:
    if is_untuned:
        return f"{number} (untuned)"
    differs = {
        name: _short(value)
        for name, value in params.items()
        if name not in winner or not same_value(winner[name], value)
    }
    texts = [f"{parameter_label(name)}={text}" for name, text in differs.items()]
    if not texts:
        lacks = [parameter_label(name) for name in winner if name not in params]
        texts = [f"without {', '.join(lacks)}" if lacks else "the same parameters"]
    elif sum(map(len, texts)) > _LONGEST:
        texts = [
            f"{parameter_label(name, _LONGEST_NAME)}={text}"
            for name, text in differs.items()
        ]
    return shortened([f"{number}: {', '.join(texts)}"], _LONGEST)[0]


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else text_of(value)
