"""What `best_estimator_` is, and how good it will be on new rows."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sklearn_hp._responses import as_given
from sklearn_hp._sklearn_compat import named_scorers, num_samples
from sklearn_hp._tracebacks import error_line
from sklearn_hp.model_selection._new_rows._out_of_fold import (
    NotPossibleError,
    OutOfFold,
    scorer_of,
)
from sklearn_hp.model_selection._new_rows._wanted import (
    as_indices,
    metric_of,
    why_no_fold_models,
    why_ordered,
)
from sklearn_hp.model_selection._warning import warn_caller

_HOW = {
    "refitted": "the best candidate, refitted on all rows",
    "folds": "the mean of the best candidate's fold models",
    "ensemble": "an ensemble of fold models",
    "ensemble, refitted": "an ensemble of candidates, refitted on all rows",
}


@dataclass(frozen=True)
class Done:
    """What the fits of a search left: what they shared, how they ended, what is kept.

    ``kept`` is None if nothing was to be kept.
    """

    evaluation: Any
    history: Any
    kept: Any


@dataclass(frozen=True)
class Returned:
    """What a search returns.

    ``kind`` is "refitted" for the best candidate, "folds" for the mean of its fold
    models, "ensemble" for one of the fold models of several candidates, "ensemble,
    refitted" for one whose members are fitted on all rows. ``weights`` are those of the
    members, by number. ``missing`` are reasons why an attribute is not set, by its
    name.
    """

    kind: str
    weights: dict
    corrected: Any
    missing: dict

    @property
    def is_refit(self):
        """Whether it is the best candidate, fitted on all rows."""
        return self.kind == "refitted"


class Chooser:
    """Chooses what a search returns, by the rows held out.

    Parameters
    ----------
    search : BaseSearch
        The search, whose best candidate is known.
    plan : Plan
        The data, and what is wanted.
    done : Done
        What the fits left.
    """

    def __init__(self, search, plan, done):
        self._search = search
        self._plan = plan
        self._wanted = plan.wanted
        self._evaluation = done.evaluation
        self._kept = done.kept
        self._complete = sorted(
            verdict.trial.number
            for verdict in done.history.verdicts_since(0)
            if verdict.state == "complete"
        )
        self._best = int(search.best_index_)
        self._metric = metric_of(search, search.multimetric_, plan.refit_metric)

    def choose(self):
        """Return what the search returns.

        Returns
        -------
        returned : Returned
            The best candidate refitted, where nothing else can be told.
        """
        wanted = self._wanted.ensemble
        kind, weights = "folds" if wanted == "folds" else "refitted", {self._best: 1.0}
        missing = {}
        if kind == "folds" and not self._kept.has_predictions(self._best):
            reason = f"there are none: {self._kept.reason_of(self._best)}"
            self._warn_of_no_ensemble(reason)
            kind = "refitted"
        try:
            out_of_fold = self._compare()
        except NotPossibleError as exc:
            missing["corrected_score_"] = str(exc)
            if wanted not in (None, "folds"):
                self._warn_of_no_ensemble(exc)
            return Returned(kind, weights, None, missing)
        if self._search.verbose > 0:
            print_choice(out_of_fold, wanted)
        if wanted in (None, "folds"):
            out_of_fold.judge()
        else:
            kind, weights = self._select(out_of_fold)
        corrected = None
        try:
            corrected = self._corrected(out_of_fold, kind)
        except NotPossibleError as exc:
            missing["corrected_score_"] = str(exc)
        return Returned(kind, weights, corrected, missing)

    def _compare(self):
        search, results = self._search, self._search.cv_results_
        if self._plan.y is None:
            raise NotPossibleError("there is no y to compare predictions with")
        if self._metric is None:
            raise NotPossibleError(
                "there are several metrics, and refit, a function, does not say by "
                "which one to judge"
            )
        self._check_scores_of_models()
        return OutOfFold(
            self._plan,
            self._kept,
            self._complete,
            self._best,
            scorer_of(self._plan.scorer, self._metric, search.multimetric_),
            [
                results[f"split{split}_test_{self._metric}"][self._best]
                for split in range(search.n_splits_)
            ],
        )

    def _check_scores_of_models(self):
        """Raise if the scorer failed for a model: so it will for its predictions.

        With a number as `error_score`, the best candidate can have such a score.
        """
        metrics = {self._metric}
        if named_scorers(self._plan.scorer) is None:
            metrics.add("score")  # a function that raised did not name its scores
        for failure in self._search.failures_:
            of = failure["candidate"], failure["stage"]
            if of == (self._best, "test score") and failure["metric"] in metrics:
                raise NotPossibleError(
                    f"the scorer fails on split {failure['split']} of the best "
                    f"candidate: {error_line(failure['reason'])}"
                )

    def _select(self, out_of_fold):
        """Return an ensemble, or the best candidate if no ensemble is better."""
        weights = out_of_fold.select(self._wanted.ensemble)
        if weights == {self._best: 1.0}:
            warn_caller(
                f"ensemble={self._search.ensemble!r}: the best candidate was refitted "
                f"alone, as an ensemble predicts the rows held out no better."
            )
            return "refitted", weights
        return "ensemble" if self._averages_folds else "ensemble, refitted", weights

    @property
    def _averages_folds(self):
        """Whether members are the models of their folds, as far as that makes sense."""
        reason = why_no_fold_models(self._plan, self._evaluation.splits)
        return self._wanted.ensemble.members == "folds" and reason is None

    def _warn_of_no_ensemble(self, reason):
        warn_caller(
            f"ensemble={self._search.ensemble!r}: the best candidate was refitted "
            f"alone. An ensemble needs predictions, and {_unended(reason)}."
        )

    def _corrected(self, out_of_fold, kind):
        splits = self._evaluation.splits
        if callable(self._search.refit):
            raise NotPossibleError(
                "refit is a function, and its choice cannot be repeated without some "
                "of the rows"
            )
        ordered = why_ordered(self._plan, splits)
        if ordered is not None:
            raise NotPossibleError(ordered)
        sizes = [len(train) for train, _ in as_indices(self._plan, splits)]
        fraction = float(np.mean(sizes)) / num_samples(self._plan.X)
        score = out_of_fold.corrected(kind, min(fraction, 1.0))
        return replace(score, how=self._how(out_of_fold, kind))

    def _how(self, out_of_fold, kind):
        unit = "rows" if self._plan.split_params.get("groups") is None else "groups"
        score = self._metric if self._search.multimetric_ else "score"
        return (
            f"{score} of {_HOW[kind]}: "
            f"chosen anew for each part of the rows from {len(out_of_fold.numbers)} "
            f"candidates without it, with an interval from a bootstrap of {unit}"
        )


def _unended(reason):
    """Return a reason without its full stop, which those of others have."""
    return str(reason).removesuffix(".")


def predictions_in_form(kept, weights):
    """Return the out-of-fold predictions of candidates, averaged, as a user sees them.

    Parameters
    ----------
    kept : KeptFolds
        Has them.
    weights : dict of int to float
        The candidates' weights, by number.

    Returns
    -------
    predictions : ndarray, or list of ndarray
        By row, in the form of the estimator's own method; NaN for rows that no split
        held out.
    method : str
        The method that gave them.
    """
    total, method = 0.0, None
    for number, weight in weights.items():
        values, method = kept.predictions_of(number)
        scale = 1.0 if len(weights) == 1 else kept.scale_of(number)
        total = total + weight * values / scale
    if method == "predict_proba":
        # as they were kept; checks that they add up to 1 go by the precision
        total = total.astype(np.float32)
    given = as_given(total, method, kept.target)
    lacks = np.isnan(total).any(axis=1)
    if method == "predict" and kept.target.classes is not None and lacks.any():
        given = given.astype(object)
        given[lacks] = np.nan
    return given, method


def print_choice(out_of_fold, wanted):
    """Print that a choice begins which can take long."""
    number = len(out_of_fold.numbers)
    if wanted not in (None, "folds"):
        print(f"Choosing the ensemble from {number} candidates...")
    elif not out_of_fold.scores.is_fast:
        print(f"Estimating the score on new rows from {number} candidates...")


def print_expected_score(search):
    """Print what to expect on new rows, or why that is not known."""
    score = vars(search).get("corrected_score_")
    if score is None:
        reason = vars(search)["_missing"]["corrected_score_"]
        print(f"No score on new rows: {_unended(reason)}.")
        return
    print(
        f"On new rows, expect a score near {score.estimate:.4g}, and between "
        f"{score.low:.4g} and {score.high:.4g} in about 95 % of searches like this one."
    )
