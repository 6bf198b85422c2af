"""A search in MLflow: a run for it, and one for each of its best candidates."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from sklearn_hp._sklearn_compat import NumberInterval, validate_parameter_constraints
from sklearn_hp.inspection import search_report, summary, to_frame
from sklearn_hp.inspection._data import SearchData, read_search
from sklearn_hp.inspection._data._text import cut

_LONGEST = 500  # characters of a value, the limit of MLflow's file store


class MLflowLogger:
    """Log a search to MLflow when its ``fit`` ends, however it ends.

    The run has the parameters of the search, the best candidate, its scores, the
    candidates as ``candidates.csv``, and the page of
    :func:`~sklearn_hp.inspection.search_report` as ``report.html``. The best candidates
    have runs of their own below it. If a run is active, that of the search is below it.

    Nothing that goes wrong with logging ends the search: there is a warning.

    Parameters
    ----------
    n_best : int, default=5
        How many of the best candidates have a run of their own.
    run_name : str, default=None
        Name of the run; None for the class of the search.
    report : bool, default=True
        Whether to log the page; it needs matplotlib.

    See Also
    --------
    sklearn_hp.inspection.search_report : The page alone.

    Notes
    -----
    It needs MLflow and pandas: ``pip install 'sklearn-hp[mlflow]'``. Set the tracking
    server and the experiment with MLflow, before ``fit``.
    ``mlflow.sklearn.autolog()`` works as well, see :ref:`the user guide <tools>`; with
    both, there are two runs.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import GridSearchCV
    >>> from sklearn_hp.callback import MLflowLogger
    >>> search = GridSearchCV(SVC(), {"C": [1, 10]})
    >>> search = search.set_callbacks(MLflowLogger(n_best=1))
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_best": [NumberInterval(Integral, 0, None, closed="left")],
        "run_name": [str, None],
        "report": ["boolean"],
    }

    def __init__(
        self, n_best: int = 5, run_name: str | None = None, report: bool = True
    ) -> None:
        self.n_best = n_best
        self.run_name = run_name
        self.report = report
        validate_parameter_constraints(
            self._parameter_constraints, vars(self), caller_name=type(self).__name__
        )

    def setup(self, estimator: Any, context: Any) -> None:
        """Refuse what cannot be logged."""
        if not hasattr(estimator, "cv"):
            raise TypeError(
                f"MLflowLogger logs searches, and was set on an estimator of type "
                f"{type(estimator).__name__}. Set it on the search itself: "
                f"search.set_callbacks(MLflowLogger())."
            )
        try:
            import mlflow  # noqa: F401
            import pandas  # noqa: F401
        except ImportError as exc:
            raise ImportError(
                f"MLflowLogger needs MLflow and pandas: {exc}. Install them with "
                f"pip install 'sklearn-hp[mlflow]'."
            ) from exc

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Do nothing."""

    def teardown(self, estimator: Any, context: Any) -> None:
        """Log what there is."""
        if "cv_results_" not in vars(estimator):
            return  # no fit of a candidate was finished
        try:
            self._log(estimator)
        except Exception as exc:
            warnings.warn(
                f"MLflowLogger could not log the search, whose results stand: "
                f"{type(exc).__name__}: {exc}",
                UserWarning,
                stacklevel=2,
            )

    def _log(self, search: Any) -> None:
        import mlflow

        data = read_search(search)
        name = self.run_name or type(search).__name__
        with mlflow.start_run(run_name=name, nested=mlflow.active_run() is not None):
            params = search.get_params(deep=False)
            _log_params(params)
            if data.best is not None:
                _log_params(data.candidates[data.best], "best_")
                mlflow.log_metrics(dict(_metrics(data, data.best, "best_")))
            mlflow.set_tag("sklearn_hp.summary", summary(data))
            mlflow.log_text(to_frame(data).to_csv(index=False), "candidates.csv")
            if self.report:
                mlflow.log_text(search_report(data).html, "report.html")
            for row in self._best_rows(data):
                self._log_candidate(data, row)

    def _best_rows(self, data: SearchData) -> list[int]:
        order = np.argsort(data.ranks(data.metrics[0]), kind="stable")
        # of a search with rungs, a candidate has several rows
        known = np.isfinite(data.scores[data.metrics[0].name]) & data.last
        return [int(row) for row in order if known[row]][: self.n_best]

    def _log_candidate(self, data: SearchData, row: int) -> None:
        import mlflow

        number = int(data.numbers[row])
        with mlflow.start_run(run_name=f"candidate {number}", nested=True):
            _log_params(data.candidates[row])
            mlflow.log_metrics(dict(_metrics(data, row)))


def _log_params(params: Mapping[str, Any], prefix: str = "") -> None:
    import mlflow

    mlflow.log_params({_key(prefix + k): _short(v) for k, v in params.items()})


def _key(name: str) -> str:
    """Return a name without characters that MLflow refuses."""
    return re.sub(r"[^\w.\- :/]", "_", name)


def _metrics(
    data: SearchData, row: int, prefix: str = ""
) -> Iterator[tuple[str, float]]:
    """Yield scores, as scikit-learn has them, and times."""
    for metric in data.metrics:
        name = _key(f"{prefix}mean_test_{metric.name}")
        yield name, float(data.scores[metric.name][row])
    for name in ("fit_time", "score_time"):
        seconds = getattr(data, name)[row]
        if np.isfinite(seconds):
            yield f"{prefix}mean_{name}", float(seconds)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return cut(text, _LONGEST)
