"""History -> ``cv_results_`` and ranks."""

from collections.abc import Mapping

import numpy as np
from scipy.stats import rankdata

from sklearn_hp._sklearn_compat import yield_masked_array_for_each_param


class CVResults(Mapping):
    """The results of a search so far, keyed as scikit-learn's ``cv_results_``.

    A view of the history that is cheap to read while it grows: a column is computed
    when it is asked for, from arrays to which only new results are added. The score of
    a split that was not run is NaN, and so is the mean of its candidate; mean times are
    over the splits that were run. Candidates of which a score failed rank last.

    Parameters
    ----------
    history : History
        The results.
    n_splits : int
        Number of splits of a complete trial.
    error_score : float or "raise"
        Stands for the score of what failed; "raise" for NaN.
    return_train_score : bool
        Whether to include the training scores.
    """

    def __init__(self, history, n_splits, error_score, return_train_score):
        self._history = history
        self._n_splits = n_splits
        self._error_score = np.nan if error_score == "raise" else error_score
        self._return_train_score = return_train_score
        self._n_read = 0
        # name -> array of shape (n_rows or more, n_splits), one row per trial
        self._cells = {}
        self._n_rows = 0
        self._named_by = None
        self._completed = []

    def as_dict(self):
        """Return all columns.

        Returns
        -------
        cv_results : dict
            Keys, their order and dtypes are those of
            :class:`~sklearn.model_selection.GridSearchCV`. Behind them, if early
            stopping chose numbers of iterations, are ``split{i}_n_iter`` and
            ``mean_n_iter``.
        """
        self._catch_up()
        times, scores = self._time_columns(), self._score_columns()
        params = self._params()
        return {
            **{name: compute() for name, compute in times.items()},
            **dict(yield_masked_array_for_each_param(params)),
            "params": params,
            **{name: compute() for name, compute in scores.items()},
            **{name: compute() for name, compute in self._n_iter_columns().items()},
        }

    def __getitem__(self, name):
        self._catch_up()
        columns = {
            **self._time_columns(),
            **self._score_columns(),
            **self._n_iter_columns(),
        }
        if name in columns:
            return columns[name]()
        if name == "params":
            return self._params()
        if name.startswith("param_"):
            # with one parameter each, so that only its column is computed
            own = name.removeprefix("param_")
            params = [{own: p[own]} if own in p else {} for p in self._params()]
            return dict(yield_masked_array_for_each_param(params))[name]
        raise KeyError(name)

    def __iter__(self):
        self._catch_up()
        names = dict.fromkeys(f"param_{name}" for p in self._params() for name in p)
        yield from (*self._time_columns(), *names, "params")
        yield from (*self._score_columns(), *self._n_iter_columns())

    def __len__(self):
        return sum(1 for _ in self)

    def _params(self):
        return [trial.params for trial in self._history.trials]

    @property
    def metrics(self):
        """Names of the metrics, in the order in which the scorer gives them."""
        self._catch_up()
        return list(self._named_by.test_scores) if self._named_by else ["score"]

    def completed(self, metric, start=0):
        """Return the scores of candidates that are complete, in the order of arrival.

        Parameters
        ----------
        metric : str
            Name of the metric.
        start : int, default=0
            How many to leave out, as they were read before.

        Returns
        -------
        scores : list of (int, float)
            Numbers of candidates, by the order in which they were proposed, and their
            mean test scores; NaN where a split failed, whatever `error_score` is.
        """
        self._catch_up()
        cells = self._cells_of(f"test_{metric}")
        return [(row, float(cells[row].mean())) for row in self._completed[start:]]

    def _catch_up(self):
        """Enter the results that came since the last time."""
        for result in self._history.since(self._n_read):
            where = result.trial_number, result.split
            # of results with different resources, the one with most counts
            resource = np.inf if result.resource is None else result.resource
            self._n_rows = max(self._n_rows, result.trial_number + 1)
            if resource < self._cells_of("resource")[where]:
                continue
            first = np.isnan(self._cells["resource"][where])
            self._cells["resource"][where] = resource
            if first and not np.isnan(self._cells["resource"][where[0]]).any():
                self._completed.append(result.trial_number)
            self._cells_of("fit_time")[where] = result.fit_time
            self._cells_of("score_time")[where] = result.score_time
            for which in ("test", "train"):
                for metric, score in getattr(result, f"{which}_scores").items():
                    self._cells_of(f"{which}_{metric}")[where] = score
            if result.n_iter is not None or "n_iter" in self._cells:
                n_iter = np.nan if result.n_iter is None else result.n_iter
                self._cells_of("n_iter")[where] = n_iter
            self._note_names(result)
        self._n_read = len(self._history)

    def _cells_of(self, name):
        cells = self._cells.get(name)
        if cells is None or len(cells) < self._n_rows:
            grown = np.full((2 * self._n_rows, self._n_splits), np.nan)
            if cells is not None:
                grown[: len(cells)] = cells
            cells = self._cells[name] = grown
        return cells

    def _note_names(self, result):
        """Let the first trial that has scores name the metrics, whatever came first.

        A scorer that failed as a whole has no names to give.
        """

        def precedence(result):
            return not result.multimetric, result.key[:2]

        first = self._named_by
        if result.test_scores and (
            first is None or precedence(result) < precedence(first)
        ):
            self._named_by = result

    def _rows(self, name):
        """Return the cells of the trials that have a result."""
        ran = ~np.isnan(self._cells_of("fit_time")[: self._n_rows]).all(axis=1)
        return self._cells_of(name)[: self._n_rows][ran]

    def _time_columns(self):
        columns = {}
        for name in ("fit_time", "score_time"):
            columns[f"mean_{name}"] = lambda name=name: np.nanmean(
                self._rows(name), axis=1
            )
            columns[f"std_{name}"] = lambda name=name: _std(
                self._rows(name), np.nanmean
            )
        return columns

    def _score_columns(self):
        columns = {}
        for metric in self.metrics:
            columns.update(self._columns_of("test", metric))
            columns[f"rank_test_{metric}"] = lambda metric=metric: _rank(
                self._mean("test", metric), self._failed("test", metric).any(axis=1)
            )
            if self._return_train_score:
                columns.update(self._columns_of("train", metric))
        return columns

    def _n_iter_columns(self):
        if "n_iter" not in self._cells:
            return {}
        splits = {
            f"split{i}_n_iter": lambda i=i: self._rows("n_iter")[:, i]
            for i in range(self._n_splits)
        }
        return {**splits, "mean_n_iter": lambda: _mean_of_some(self._rows("n_iter"))}

    def _columns_of(self, which, metric):
        name = f"{which}_{metric}"
        splits = {
            f"split{i}_{name}": lambda i=i: self._scores(which, metric)[:, i]
            for i in range(self._n_splits)
        }
        return {
            **splits,
            f"mean_{name}": lambda: self._mean(which, metric),
            f"std_{name}": lambda: _std(self._scores(which, metric), np.mean),
        }

    def _failed(self, which, metric):
        scores = self._rows(f"{which}_{metric}")
        return np.isnan(scores) & ~np.isnan(self._rows("fit_time"))

    def _scores(self, which, metric):
        failed = self._failed(which, metric)
        return np.where(failed, self._error_score, self._rows(f"{which}_{metric}"))

    def _mean(self, which, metric):
        return self._scores(which, metric).mean(axis=1)


def n_iters_of(cv_results, row, n_splits):
    """Return the numbers of iterations that early stopping chose for a candidate.

    Parameters
    ----------
    cv_results : dict
        The results of a search.
    row : int
        Index of the candidate.
    n_splits : int
        Number of splits.

    Returns
    -------
    n_iters : list of int
        Of the splits that have one, in their order.
    """
    if "mean_n_iter" not in cv_results:
        return []
    n_iters = [cv_results[f"split{i}_n_iter"][row] for i in range(n_splits)]
    return [int(n_iter) for n_iter in n_iters if not np.isnan(n_iter)]


def _mean_of_some(array):
    """Average each row over what is not NaN; without any, it is NaN."""
    n = np.sum(~np.isnan(array), axis=1)
    return np.nansum(array, axis=1) / np.where(n == 0, np.nan, n)


def _std(array, average):
    with np.errstate(invalid="ignore"):  # an error_score may be infinite
        mean = average(array, axis=1)
        return np.sqrt(average((array - mean[:, np.newaxis]) ** 2, axis=1))


def _rank(means, failed):
    """Rank from 1, ties share the best rank.

    First the candidates that did not fail, then those that failed on some split, then
    those without a mean; within each by mean, where `error_score` stands for a failure.
    """
    tier = np.where(np.isnan(means), 2, failed)
    keys = np.column_stack([tier, np.where(tier == 2, 0.0, -means)])
    _, order = np.unique(keys, axis=0, return_inverse=True)
    return rankdata(order.ravel(), method="min").astype(np.int32, copy=False)
