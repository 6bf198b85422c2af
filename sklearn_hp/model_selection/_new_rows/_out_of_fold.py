"""What the out-of-fold predictions of all candidates say of what a search returns."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sklearn_hp._held_out import (
    Judgement,
    NoIntervalError,
    Rows,
    Scores,
    averaging_gain,
    choose_best,
    choose_ensemble,
    step_beyond_folds,
    why_not_from_predictions,
)
from sklearn_hp._sklearn_compat import (
    check_method_params,
    named_scorers,
    safe_indexing,
)

_WINNER, _ENSEMBLE = 0, 1


class NotPossibleError(Exception):
    """Predictions do not tell what was asked; the message is the reason."""


class OutOfFold:
    """The candidates that ran on all splits, compared on the rows held out.

    Parameters
    ----------
    plan : Plan
        The data, and what the scorer is called with.
    kept : KeptFolds
        The predictions.
    complete : list of int
        Numbers of the candidates that ran on all splits.
    best : int
        Number of the best.
    scorer : callable
        Of the metric that candidates are judged by.
    split_scores : list of float
        The scores of the best candidate, by split.

    Raises
    ------
    NotPossibleError
        If the scores do not follow from predictions.
    """

    def __init__(self, plan, kept, complete, best, scorer, split_scores):
        self._kept = kept
        if not kept.has_predictions(best):
            raise NotPossibleError(
                f"of the best candidate there are no predictions: "
                f"{kept.reason_of(best)}"
            )
        values, self.method = kept.first_predictions_of(best)
        #: The rows that a split held out.
        self.covered = np.flatnonzero(~np.isnan(values).all(axis=1))
        self._rows = self._rows_of(plan, kept.first_splits, self.covered)
        self._check_scorer(plan, scorer, best, split_scores)
        self.scores = Scores(scorer, self._rows)
        self.numbers = [
            number
            for number in complete
            if kept.has_predictions(number) and kept.method_of(number) == self.method
        ]
        self.best = best
        self.predictions = _Covered(kept, self.numbers, self.covered)

    def _rows_of(self, plan, split_of, which):
        groups = plan.split_params.get("groups")
        return Rows(
            y=safe_indexing(plan.y, which),
            method=self.method,
            target=self._kept.target,
            splits=split_of[which],
            X=safe_indexing(plan.X, which),
            groups=None if groups is None else safe_indexing(groups, which),
            score_params=check_method_params(plan.X, plan.score_params, which),
        )

    def _check_scorer(self, plan, scorer, best, split_scores):
        by_split = self._kept.split_predictions(best)
        nowhere = np.zeros(self._kept.n_rows, dtype=int)
        parts = [
            (values, self._rows_of(plan, nowhere, rows), score)
            for (rows, values), score in zip(by_split, split_scores, strict=True)
        ]
        reason = why_not_from_predictions(scorer, parts)
        if reason is not None:
            raise NotPossibleError(reason)

    def select(self, options):
        """Choose an ensemble, if it is worth it.

        Parameters
        ----------
        options : CandidateEnsemble
            How.

        Returns
        -------
        weights : dict of int to float
            Of the members, by number, the greatest first; the best candidate alone
            where the ensemble is worse by more than chance.
        """
        choose = choose_ensemble(
            self.predictions,
            self.scores,
            options.n_candidates,
            options.n_steps,
            options.max_members,
        )
        self.judge(choose)
        if self._judgement.is_worse(_ENSEMBLE, _WINNER):
            return {self.best: 1.0}
        (weights,) = choose(np.ones((1, len(self.covered))))
        chosen = np.argsort(-weights, kind="stable")[: np.count_nonzero(weights)]
        return {self.numbers[place]: float(weights[place]) for place in chosen}

    def judge(self, ensemble=None):
        """Find what the way to choose the best is worth, and an ensemble beside it."""
        choices = [choose_best(self.predictions, self.scores)]
        choices += [] if ensemble is None else [ensemble]
        self._judgement = Judgement(self.predictions, self.scores, choices)

    def corrected(self, returned, train_fraction):
        """Return the score on new rows of what is returned.

        Parameters
        ----------
        returned : {"refitted", "folds", "ensemble", "ensemble, refitted"}
            The best candidate refitted, or the mean of its fold models; an ensemble of
            fold models, or of candidates refitted.
        train_fraction : float
            The part of the rows that a fold's model is fitted on.

        Returns
        -------
        score : CorrectedScore
            An estimate and its interval.
        """
        which = _ENSEMBLE if returned.startswith("ensemble") else _WINNER
        kind = "refitted" if returned.endswith("refitted") else returned
        step = step_beyond_folds(kind, self._gain, train_fraction)
        try:
            return self._judgement.corrected(which, step)
        except NoIntervalError as exc:
            raise NotPossibleError(str(exc)) from None

    @cached_property
    def _gain(self):
        return averaging_gain(self.predictions, self.scores)


@dataclass(frozen=True)
class _Covered(Sequence):
    """The predictions of candidates for the rows held out, read when they are used."""

    kept: object
    numbers: list
    rows: np.ndarray

    def __len__(self):
        return len(self.numbers)

    def __getitem__(self, index):
        number = self.numbers[index]
        values, _ = self.kept.first_predictions_of(number)
        return values[self.rows] / self.kept.scale_of(number)


def scorer_of(scorer, metric, multimetric):
    """Return the scorer of one metric.

    Parameters
    ----------
    scorer : callable
        That of the search.
    metric : str
        Name of the metric.
    multimetric : bool
        Whether there are several.
    """
    named = named_scorers(scorer)
    if named is not None:
        return named[metric]
    return _OneOfDict(scorer, metric) if multimetric else scorer


@dataclass(frozen=True)
class _OneOfDict:
    """One of the scores that a function of the user returns."""

    scorer: object
    metric: str

    def __call__(self, *args, **kwargs):
        return self.scorer(*args, **kwargs)[self.metric]
