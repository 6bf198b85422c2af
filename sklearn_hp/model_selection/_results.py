"""History -> ``cv_results_`` and ranks."""

from collections.abc import Mapping

import numpy as np
from scipy.stats import rankdata

from sklearn_hp._schedulers import adjusted_means
from sklearn_hp._sklearn_compat import yield_masked_array_for_each_param


class CVResults(Mapping):
    """The results of a search so far, keyed as scikit-learn's ``cv_results_``.

    A view of the history that is cheap to read while it grows: a column is computed
    when it is asked for, from arrays to which only new results are added. There is a
    row for each candidate and amount of resource. The score of a split that was not run
    is NaN; mean times are over the splits that were run.

    Whether a candidate is complete is what its verdict says. The mean of one that was
    dropped is an estimate, see `adjusted_means`. Complete candidates rank first, then
    those that were dropped, then those of which a score failed.

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
    metric : str or None, default=None
        The metric that candidates are judged by; None for the first.
    raced : bool, default=False
        Whether candidates may be dropped, so that ``n_splits_run`` is of interest.
    """

    def __init__(
        self,
        history,
        n_splits,
        error_score,
        return_train_score,
        metric=None,
        raced=False,
    ):
        self._history = history
        self._n_splits = n_splits
        self._error_score = np.nan if error_score == "raise" else error_score
        self._return_train_score = return_train_score
        self._metric = metric
        self._raced = raced
        self._n_read = 0
        # (trial number, resource) -> row, in the order of arrival
        self._row_of = {}
        # name -> array of shape (n_rows or more, n_splits)
        self._cells = {}
        self._named_by = None

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
        times, others = self._time_columns(), self._other_columns()
        params = self._params()
        return {
            **{name: compute() for name, compute in times.items()},
            **dict(yield_masked_array_for_each_param(params)),
            "params": params,
            **{name: compute() for name, compute in others.items()},
        }

    def __getitem__(self, name):
        self._catch_up()
        columns = {**self._time_columns(), **self._other_columns()}
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
        yield from self._other_columns()

    def __len__(self):
        return sum(1 for _ in self)

    def _params(self):
        params = {trial.number: trial.params for trial in self._history.trials}
        return [params[number] for number, _ in self._keys()]

    def _keys(self):
        """Return the trial number and the resource of each row, in their order."""
        return sorted(self._row_of, key=lambda key: (key[0], _amount(key[1])))

    @property
    def metrics(self):
        """Names of the metrics, in the order in which the scorer gives them."""
        self._catch_up()
        return list(self._named_by.test_scores) if self._named_by else ["score"]

    def ended(self, metric, start=0):
        """Return the scores of candidates that have ended, in the order they did.

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
            mean test scores; NaN where a split failed, whatever `error_score` is, or
            was not run.
        """
        return [
            (verdict.trial.number, verdict.scores.get(metric, np.nan))
            for verdict in self.verdicts_since(start)
        ]

    def verdicts_since(self, start):
        """Return how candidates ended, after the first `start` that did."""
        return self._history.verdicts_since(start)

    def _catch_up(self):
        """Enter the results that came since the last time."""
        for result in self._history.since(self._n_read):
            row_key = result.trial_number, result.resource
            row = self._row_of.setdefault(row_key, len(self._row_of))
            where = row, result.split
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
        cells, n_rows = self._cells.get(name), len(self._row_of)
        if cells is None or len(cells) < n_rows:
            grown = np.full((2 * n_rows, self._n_splits), np.nan)
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
        """Return cells by row, in the order of the rows, and split."""
        return self._cells_of(name)[[self._row_of[key] for key in self._keys()]]

    def _has_state(self, state):
        """Return which rows are of trials that ended so."""
        state_of = self._history.state_of
        return np.array([state_of(number) == state for number, _ in self._keys()], bool)

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
                self._mean("test", metric),
                self._failed("test", metric).any(axis=1),
                self._has_state("dropped"),
            )
            if self._return_train_score:
                columns.update(self._columns_of("train", metric))
        return columns

    def _other_columns(self):
        columns = self._score_columns()
        if self._raced:
            columns["n_splits_run"] = lambda: self._was_run().sum(axis=1)
        return {**columns, **self._n_iter_columns()}

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
            f"std_{name}": lambda: self._spread(which, metric),
        }

    def _was_run(self):
        return ~np.isnan(self._rows("fit_time"))

    def _failed(self, which, metric):
        return np.isnan(self._rows(f"{which}_{metric}")) & self._was_run()

    def _scores(self, which, metric):
        failed = self._failed(which, metric)
        return np.where(failed, self._error_score, self._rows(f"{which}_{metric}"))

    def _mean(self, which, metric):
        scores = self._scores(which, metric)
        means = scores.mean(axis=1)
        # of a race that it lost by a failure, a candidate has run some splits only
        failed = self._has_state("failed")
        if self._raced and which == "test" and metric == self._judged_by:
            means[failed] = _mean_where(scores, self._was_run())[failed]
            dropped = self._has_state("dropped")
            S = self._rows(f"test_{metric}")
            S[~(dropped | self._has_state("complete"))] = np.nan
            means[dropped] = adjusted_means(S, dropped)[dropped]
        return means

    def _spread(self, which, metric):
        scores = self._scores(which, metric)
        spread = _std(scores, np.mean)
        some = self._has_state("dropped") | self._has_state("failed")
        for row in np.flatnonzero(some):
            run = scores[row, self._was_run()[row]]
            spread[row] = np.std(run) if len(run) > 1 else np.nan
        return spread

    @property
    def _judged_by(self):
        return self._metric if self._metric in self.metrics else self.metrics[0]


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
    return _mean_where(array, ~np.isnan(array))


def _mean_where(array, which):
    """Average each row over some of its entries; NaN without any."""
    n = which.sum(axis=1)
    return np.where(which, array, 0.0).sum(axis=1) / np.where(n == 0, np.nan, n)


def _amount(resource):
    return np.inf if resource is None else resource


def _std(array, average):
    with np.errstate(invalid="ignore"):  # an error_score may be infinite
        mean = average(array, axis=1)
        return np.sqrt(average((array - mean[:, np.newaxis]) ** 2, axis=1))


def _rank(means, failed, dropped):
    """Rank from 1, ties share the best rank.

    First the complete candidates, then those that were dropped, those that failed on
    some split, and those without a mean; within each by mean, where `error_score`
    stands for a failure.
    """
    tier = np.select([np.isnan(means), failed, dropped], [3, 2, 1], 0)
    keys = np.column_stack([tier, np.where(tier == 3, 0.0, -means)])
    _, order = np.unique(keys, axis=0, return_inverse=True)
    return rankdata(order.ravel(), method="min").astype(np.int32, copy=False)
