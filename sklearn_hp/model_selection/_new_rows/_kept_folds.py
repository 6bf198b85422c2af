"""Predictions and models that the fits of a search left, by candidate.

A view of the history. Files of models are deleted as soon as others are better;
predictions stay.
"""

import heapq
import math
import os
import pickle
from contextlib import suppress
from dataclasses import replace

import numpy as np

from sklearn_hp._history import History
from sklearn_hp._records import Kept
from sklearn_hp._responses import restored
from sklearn_hp._sklearn_compat import to_numpy
from sklearn_hp.ensemble._fitting import decision_scale

_NO_FIT = "None of its fits succeeded."
_UNEVEN = "Not all splits were run, or the models answer by different methods."
_COPIED = "A copy of a search, or one from a pickle, has no models of the fits."
_INCOMPLETE = "Models are kept of candidates only that ran on all splits."


class KeptFolds:
    """What is kept of each candidate, by its number and split.

    A copy, or one from a pickle, holds the predictions in memory, and no models.

    Parameters
    ----------
    history : History
        The results; `catch_up` looks at what was added.
    test_rows : list of ndarray of int
        Indices of the test rows of each split.
    target : Target
        What is predicted.
    n_rows : int
        Number of rows of the data.
    folder : KeptFolder
        Has the files, and lives as long as this object.
    n_models : int or None, default=None
        Models of that many complete candidates are kept, those with the best mean
        score so far; beside them, only candidates that have not ended have models.
        None keeps those of all complete candidates.
    metric : str or None, default=None
        Name of the score that says which are best; None for the one that the search
        judges by.

    Attributes
    ----------
    target, n_rows
        As given.
    """

    def __init__(
        self, history, test_rows, target, n_rows, folder, n_models=None, metric=None
    ):
        self._history = history
        # they can be masks, negative, or on a device
        self._test_rows = [np.arange(n_rows)[to_numpy(rows)] for rows in test_rows]
        self.target = target
        self.n_rows = n_rows
        self._folder = folder
        self._n_models = n_models
        self._metric = metric
        self._kept = {}
        self._scores = {}  # of complete candidates
        self._with_models = set()
        self._n_results = self._n_verdicts = 0
        folder.note_rows(self._test_rows)

    # ---- while the search runs ------------------------------------------------------

    def catch_up(self):
        """Take note of new results, and delete models that do not matter any more.

        Call it after each result, and once more when all trials have ended.
        """
        results = self._history.since(self._n_results)
        verdicts = self._history.verdicts_since(self._n_verdicts)
        self._n_results += len(results)
        self._n_verdicts += len(verdicts)
        for result in results:
            self._add(result)
        for verdict in verdicts:
            if verdict.state == "complete":
                self._scores[verdict.trial.number] = self._score_of(verdict)
        has_ended = self._history.state_of
        # results of a trial come in after its end, if they were under way
        if verdicts or any(has_ended(result.trial_number) for result in results):
            self._evict()

    def _add(self, result):
        number, kept = result.trial_number, result.kept
        if kept is None:
            return
        self._kept.setdefault(number, {})[result.split] = kept
        if kept.model is not None:
            self._with_models.add(number)

    def _score_of(self, verdict):
        score = verdict.score
        if self._metric is not None:
            score = verdict.scores.get(self._metric, math.nan)
        return -math.inf if math.isnan(score) else score

    def _evict(self):
        complete = self._with_models & self._scores.keys()
        best = complete
        if self._n_models is not None:
            best = heapq.nsmallest(
                self._n_models, complete, key=lambda n: (-self._scores[n], n)
            )
        for number in self._with_models.difference(best):
            if number in complete:
                self._drop_models(
                    number, f"Models of the best {self._n_models} candidates are kept."
                )
            elif self._history.state_of(number) is not None:
                self._drop_models(number, _INCOMPLETE)

    def _drop_models(self, number, reason):
        self._with_models.discard(number)
        for split, kept in self._kept[number].items():
            if kept.model is not None:
                with suppress(OSError):  # it is gone already, or open on Windows
                    os.unlink(kept.model)
                self._kept[number][split] = replace(kept, model=None, reason=reason)

    # ---- predictions ----------------------------------------------------------------

    @property
    def first_splits(self):
        """The split that held each row out, the first of several; -1 for none."""
        found = np.full(self.n_rows, -1)
        for split, rows in reversed([*enumerate(self._test_rows)]):
            found[rows] = split
        return found

    @property
    def numbers(self):
        """The numbers of the candidates with any predictions, sorted."""
        return sorted(n for n in self._kept if self.method_of(n) is not None)

    def has_predictions(self, number):
        """Whether there are predictions of all splits of a candidate."""
        method = self.method_of(number)
        kept = self._kept.get(number, {}).values()
        usable = [k for k in kept if k.predictions is not None and k.method == method]
        return len(usable) == len(self._test_rows)

    def predictions_of(self, number):
        """Return the out-of-fold predictions of a candidate, by row.

        Parameters
        ----------
        number : int
            Its number, which is its row in ``cv_results_``.

        Returns
        -------
        values : ndarray of float, shape (n_rows, n_columns)
            The mean over the folds that held a row out; NaN where none did.
        method : str
            The method that gave them.

        Raises
        ------
        ValueError
            If there are none.
        """
        by_split = [split for split in self.split_predictions(number) if split]
        n_columns = by_split[0][1].shape[1]
        total = np.zeros((self.n_rows, n_columns))
        n_times = np.zeros((self.n_rows, 1))
        for rows, values in by_split:
            np.add.at(total, rows, values)  # a row can be there twice
            np.add.at(n_times, rows, 1)
        mean = np.full_like(total, np.nan)
        np.divide(total, n_times, out=mean, where=n_times > 0)
        return mean, self.method_of(number)

    def first_predictions_of(self, number):
        """Return the prediction of one model for each row: of its first split.

        The arguments and results are those of `predictions_of`. The mean over several
        splits is better than any of the models, and than what a search returns.
        """
        by_split = [split for split in self.split_predictions(number) if split]
        first = np.full((self.n_rows, by_split[0][1].shape[1]), np.nan)
        for rows, values in reversed(by_split):
            first[rows] = values
        return first, self.method_of(number)

    def scale_of(self, number):
        """Return by what a candidate's decision values are divided in an average.

        1 for other responses, which have a common unit.
        """
        if self.method_of(number) != "decision_function":
            return 1.0
        values, _ = self.predictions_of(number)
        known = ~np.isnan(values).any(axis=1)
        return decision_scale(values[known], self.target)

    def split_predictions(self, number):
        """Return the predictions of each split of a candidate.

        Parameters
        ----------
        number : int
            Its number.

        Returns
        -------
        by_split : list of (ndarray of int, ndarray of float) or None
            The indices of the test rows, and their predictions, of shape (n_test,
            n_columns); None where a split has none.

        Raises
        ------
        ValueError
            If no split has any.
        """
        method = self.method_of(number)
        if method is None:
            raise ValueError(
                f"There are no predictions of candidate {number}: "
                f"{self.reason_of(number)}"
            )
        by_split = []
        for split, rows in enumerate(self._test_rows):
            kept = self._kept[number].get(split, Kept())
            # a candidate whose folds answer in different ways is rare enough
            if kept.predictions is None or kept.method != method:
                by_split.append(None)
                continue
            values = restored(_loaded(kept.predictions), method, self.target)
            by_split.append((rows, values))
        return by_split

    def method_of(self, number):
        """Return the method that gave a candidate's predictions; None without any."""
        kept = [kept for _, kept in sorted(self._kept.get(number, {}).items())]
        return next((k.method for k in kept if k.predictions is not None), None)

    # ---- models ---------------------------------------------------------------------

    def has_models(self, number):
        """Whether there are fitted models of all splits of a candidate."""
        kept = self._kept.get(number, {}).values()
        return len([k for k in kept if k.model is not None]) == len(self._test_rows)

    def models_of(self, number):
        """Return the fitted model of each split of a candidate.

        Returns
        -------
        models : list of estimator, or None
            None if not all of them were kept, or can be read; see `reason_of`.
        """
        if not self.has_models(number):
            return None
        models = []
        for split in range(len(self._test_rows)):
            kept = self._kept[number][split]
            try:
                with open(kept.model, "rb") as file:
                    models.append(pickle.load(file))
            except Exception as exc:  # user code unpickles
                reason = f"A model cannot be read: {type(exc).__name__}: {exc}"
                self._kept[number][split] = replace(kept, model=None, reason=reason)
                return None
        return models

    def reason_of(self, number):
        """Return why there are no predictions, or no models, of a candidate."""
        kept = self._kept.get(number, {}).values()
        return next((k.reason for k in kept if k.reason), _UNEVEN if kept else _NO_FIT)

    # ---- copies ---------------------------------------------------------------------

    def __getstate__(self):
        kept = {
            number: {split: _in_memory(kept) for split, kept in by_split.items()}
            for number, by_split in self._kept.items()
        }
        return vars(self) | {
            "_history": History(),
            "_n_results": 0,
            "_n_verdicts": 0,
            "_folder": None,
            "_kept": kept,
            "_with_models": set(),
        }


def _loaded(predictions):
    if not isinstance(predictions, str):
        return predictions  # of a copy
    try:
        return np.load(predictions, allow_pickle=False)
    except (OSError, ValueError, EOFError) as exc:
        raise OSError(
            f"The predictions that the search kept in {predictions!r} cannot be read: "
            f"{exc}. Something may have tidied up the folder for temporary files. Name "
            f"a folder of your own, where they stay."
        ) from exc


def _in_memory(kept):
    try:
        predictions = None if kept.predictions is None else _loaded(kept.predictions)
    except OSError as exc:
        return replace(kept, predictions=None, model=None, reason=str(exc))
    reason = kept.reason if kept.model is None else _COPIED
    return replace(kept, predictions=predictions, model=None, reason=reason)
