"""The score on new rows of what a search returns, with an interval.

Four things separate a cross-validated score from the score on new rows.

1. Selection: `best_score_` is that of the luckiest. The estimate here is the score of
   predictions by selections that did not see the rows, see `_nested`.
2. What is returned is better than a fold's model: it is fitted on all rows, or is the
   mean of the models of all folds. More rows and averaging both lower the variance of a
   model, and so does the mean over candidates, whose effect is known from out-of-fold
   predictions: `averaging_gain`. In searches on real data the step is a fraction of it
   that is the same for five metrics [1]_.
3. Few rows in a split. The score of few rows can be too high by itself: average
   precision counts each positive row among those it is compared with. Scores of draws
   of the rows are too high, against the score of the rows, by as much as the latter is
   against that of many more rows: the bootstrap's estimate of bias [ET]_.
4. Chance: which rows there were. The interval is from a bootstrap of the rows. It is
   too narrow by itself, for it leaves out that other training rows would have given
   other models [BHT]_. A correction for that makes it sqrt(1 + k / (k - 1)) times as
   wide, 1.5 for 5 splits, and is known to be careful [NB]_. The factor here, between 1
   and that, was measured [1]_.

B draws, n rows, M models.

References
----------
.. [1] `benchmarks/held_out.py` and its table.
.. [NB] Nadeau & Bengio, "Inference for the generalization error", Machine Learning 52,
   2003. DOI 10.1023/A:1024068626366
.. [ET] Efron & Tibshirani, "An introduction to the bootstrap", 1993, chapter 10.
.. [BHT] Bates, Hastie & Tibshirani, "Cross-validation: what does it estimate and how
   well does it do it?", 2021. arXiv:2104.00673
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from sklearn_hp._held_out._metrics import ROUNDING, Array, nan_mean
from sklearn_hp._held_out._nested import (
    Choose,
    best_first,
    nested_predictions,
    scores_alone,
    without_each_part,
)
from sklearn_hp._held_out._rows import Rows, units_of
from sklearn_hp._held_out._scores import Scores

# The part of `averaging_gain` by which what is returned is better than the models of 5
# folds: refitted, alone or in an ensemble; the mean of one candidate's fold models; an
# ensemble of fold models, which has been averaged before.
STEPS = {"refitted": 0.3, "folds": 0.55, "ensemble": 0.4}
# How much wider than the bootstrap's the interval is.
INFLATION = 1.4
# The ensemble is not returned if it is worse by more than so many standard errors. With
# 0 more of the searches would return the best candidate, and most of them lose by that;
# the worst are the same (`benchmarks/held_out.py`).
MARGIN = 1.0
# With fewer rows or groups than that, a bootstrap says nothing.
_LEAST_UNITS = 5
# Rows of one class in each split, whose draws vary by 0.8 of what they should. Drawn
# from all rows, a split can be left without the class.
_LEAST_OF_CLASS = 3

# The mean is over that many of the best models, or one in so many if there are few.
_N_AVERAGED, _SHARE = 10, 3
# Of 50, the width of an interval is known to 10 %. Where the metric has no fast form,
# each calls the user's function for each split.
_N_DRAWS, _N_DRAWS_SLOW = 400, 50
# Weights of rows that are held at once: 32 MB.
_CHUNK = 4_000_000
# A bias counts from so many standard errors of the mean over draws.
_SURE = 3.0


@dataclass(frozen=True)
class CorrectedScore:
    """An estimate of the score on new rows.

    Parameters
    ----------
    estimate : float
        The score, to be maximised.
    low, high : float
        The ends of an interval. The score on new rows lies in it in about 95 % of
        searches.
    how : str, default=""
        Of what it is the score, and how it was made.
    """

    estimate: float
    low: float
    high: float
    how: str = ""

    def __str__(self) -> str:
        return f"{self.estimate:.4g} (95 % interval {self.low:.4g} to {self.high:.4g})"


class NoIntervalError(ValueError):
    """The rows do not tell how much a score varies; the message is the reason."""


class Judgement:
    """What ways to choose from candidates are worth, on rows they have not seen.

    Parameters
    ----------
    predictions : sequence of ndarray of shape (n, C), length M
        Out-of-fold predictions of all candidates.
    scores : Scores
        What is maximised.
    choices : sequence of callable
        Ways to choose, such as `choose_best` and `choose_ensemble` return.
    random_state : int, default=0
        Seed of the bootstrap.

    Attributes
    ----------
    estimates : ndarray of shape (n_choices,)
        The score of each way, as good as models of a fold.
    draws : ndarray of shape (B, n_choices)
        The scores in draws of the rows, the same for all.
    """

    def __init__(
        self,
        predictions: Sequence[Array],
        scores: Scores,
        choices: Sequence[Choose],
        random_state: int = 0,
    ) -> None:
        rows = scores.rows
        values = np.stack(
            [nested_predictions(predictions, choose, rows) for choose in choices]
        )
        self.estimates = scores(values)[0]
        self.draws = np.concatenate(
            [scores(values, W) for W in draw_rows(scores, random_state)]
        )
        self._is_row_mean = scores.is_row_mean
        self._n_units = len(np.unique(units_of(rows)))
        self._perfect = scores.perfect
        self._least = scores.least
        self._counts_mistakes = scores.counts_mistakes

    def is_worse(self, index: int, other: int) -> bool:
        """Whether a way is worse than another by more than chance, or unknown."""
        error = np.nanstd(self.draws[:, index] - self.draws[:, other], ddof=1)
        lead = self.estimates[index] - self.estimates[other]
        return not lead >= -MARGIN * error

    def corrected(self, index: int, step: float) -> CorrectedScore:
        """Return the score on new rows of what a way chooses.

        Parameters
        ----------
        index : int
            Which way.
        step : float
            By how much what is returned is better than models of a fold.

        Returns
        -------
        score : CorrectedScore
            The estimate and its interval.

        Raises
        ------
        NoIntervalError
            If the rows do not tell how much the score varies.
        """
        if self._n_units < _LEAST_UNITS:
            raise NoIntervalError(
                f"there are {self._n_units} rows or groups to draw from, and a "
                f"bootstrap needs {_LEAST_UNITS} or more"
            )
        found = float(self.estimates[index])
        spread = float(np.nanstd(self.draws[:, index], ddof=1))
        perfect = self._perfect
        if (
            self._counts_mistakes
            and perfect is not None
            and found >= perfect - ROUNDING
        ):
            return _without_mistakes(perfect, self._n_units)
        if not spread > ROUNDING:  # NaN too
            raise NoIntervalError(
                f"the score is {found:.6g} whatever rows are drawn, which says nothing "
                f"of how much it varies"
            )
        found -= self._bias(index, spread)
        width = float(stdtrit(self._n_units - 1, 0.975)) * INFLATION * spread
        if perfect is None:
            return _interval(found + step, width)
        score = _interval_of_loss(perfect - found, step, width, perfect)
        return _at_least(score, self._least)

    def _bias(self, index: int, spread: float) -> float:
        """Return by how much a score is too high for lack of rows, 0 if that is unsure.

        A score that is too low is left so: the number shall not promise too much.
        """
        if self._is_row_mean:  # draws of it are right on the mean
            return 0.0
        draws = self.draws[:, index]
        bias = float(np.nanmean(draws) - self.estimates[index])
        return bias if bias > _SURE * spread / np.sqrt(len(draws)) else 0.0


def _interval(estimate: float, width: float) -> CorrectedScore:
    return CorrectedScore(estimate, estimate - width, estimate + width)


def _interval_of_loss(
    loss: float, step: float, width: float, perfect: float
) -> CorrectedScore:
    """Return the interval where a perfect score is known, which is never passed.

    It is symmetric for the square root of the loss, so that it reaches farther to the
    worse side: a loss that is low by chance seems to vary little as well. The square
    root makes the variance of a count of rare mistakes constant.
    """
    loss = max(loss - step, loss / 2)
    root, width = np.sqrt(loss), width / (2 * np.sqrt(loss))
    high, low = max(0.0, root - width) ** 2, (root + width) ** 2
    return CorrectedScore(perfect - loss, float(perfect - low), float(perfect - high))


def _at_least(score: CorrectedScore, least: float) -> CorrectedScore:
    """Return the interval without what is below the worst score there can be."""
    return CorrectedScore(
        max(least, score.estimate), max(least, score.low), max(least, score.high)
    )


def _without_mistakes(perfect: float, n_units: int) -> CorrectedScore:
    """Return the interval of a share of mistakes if none was made.

    With 3 mistakes in n rows to expect, there is none in 5 % ("rule of three").
    """
    return CorrectedScore(perfect, perfect - min(1.0, 3 / n_units), perfect)


def averaging_gain(predictions: Sequence[Array], scores: Scores) -> float:
    """Return by how much the mean of the ten best models is better than they are.

    That is the variance between them, in units of the score [KV]_. Each part of the
    rows is predicted by the models that are best without it: a third of all, at most
    ten, for bad models among them would count as variance. If they are fewer, the gain
    is that of ten whose errors are as independent.

    Parameters
    ----------
    predictions : sequence of ndarray of shape (n, C), length M
        Out-of-fold predictions of all candidates.
    scores : Scores
        What is maximised.

    Returns
    -------
    gain : float
        At least 0.

    References
    ----------
    .. [KV] Krogh & Vedelsby, "Neural network ensembles, cross validation, and active
       learning", NIPS 1994.
    """
    rows = scores.rows
    W = without_each_part(rows)
    n_best = min(_N_AVERAGED, -(-len(predictions) // _SHARE))
    if n_best == 1:
        return 0.0
    best = best_first(scores_alone(predictions, scores, W))[:, :n_best]
    each = np.stack(
        [
            nested_predictions(predictions, _always(one, len(predictions)), rows)
            for one in best.T
        ]
    )
    of_mean = scores(each.mean(axis=0, keepdims=True))[0, 0]
    gain = of_mean - nan_mean(scores(each).T)[0]
    of_ten = (1 - 1 / _N_AVERAGED) / (1 - 1 / n_best)
    return max(0.0, float(np.nan_to_num(gain)) * of_ten)


def _always(chosen: NDArray[np.intp], n_models: int) -> Choose:
    """Return what chooses a given model for each of k weights of the rows."""
    return lambda W: np.eye(n_models)[chosen]


def step_beyond_folds(returned: str, gain: float, train_fraction: float) -> float:
    """Return by how much what is returned is better than models of a fold.

    Parameters
    ----------
    returned : {"refitted", "folds", "ensemble"}
        What is returned: one or several candidates refitted on all rows, the mean of
        the fold models of one, or an ensemble of fold models.
    gain : float
        The result of `averaging_gain`.
    train_fraction : float
        The part of the rows that a fold's model is fitted on, (k - 1) / k for k splits.
        The step was measured for 4/5, and taken to grow with the logarithm of the
        number of rows.

    Returns
    -------
    step : float
        In units of the score, at least 0.
    """
    return STEPS[returned] * gain * float(np.log(train_fraction) / np.log(0.8))


def draw_rows(scores: Scores, random_state: int) -> Iterator[Array]:
    """Yield weights of rows, of shape (b, n), some of the B draws at a time.

    Rows of a group are drawn together. For a mean over rows, any can be drawn. Another
    metric is found split by split and can need rows of all classes, so that each split
    and class is drawn from by itself, unless one has too few for a draw to vary: less
    than 3 rows, or 5 groups.
    """
    rows = scores.rows
    units = units_of(rows)
    n_draws = _N_DRAWS if scores.is_fast else _N_DRAWS_SLOW
    size = max(1, _CHUNK // len(rows))
    rng = np.random.default_rng(random_state)
    strata = [np.arange(units.max() + 1)]
    if not scores.is_row_mean:
        apart = _strata(rows, units)
        least = _LEAST_OF_CLASS if rows.groups is None else _LEAST_UNITS
        if min(map(len, apart)) >= least:
            strata = apart
    for start in range(0, n_draws, size):
        weights = np.zeros((min(size, n_draws - start), units.max() + 1))
        for members in strata:
            weights[:, members] = _draw(len(members), len(weights), rng)
        yield weights[:, units]


def _draw(n_units: int, n_draws: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return how often each unit is in each of the draws."""
    drawn = rng.integers(n_units, size=(n_draws, n_units))
    drawn += n_units * np.arange(n_draws)[:, np.newaxis]
    return np.bincount(drawn.ravel(), minlength=drawn.size).reshape(drawn.shape)


def _strata(rows: Rows, units: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Return the units of each split, and of each class in it if they are rows."""
    _, first = np.unique(units, return_index=True)
    keys = [rows.splits[first]]
    classes = rows.target.classes
    if rows.groups is None and classes is not None and len(classes) == 1:
        keys.append(np.searchsorted(classes[0], np.asarray(rows.y).ravel()))
    _, codes = np.unique(np.column_stack(keys), axis=0, return_inverse=True)
    codes = codes.ravel()
    return [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
