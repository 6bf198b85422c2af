"""Selection repeated without some rows, and judged on them.

What was selected by a score has a score that is too high: luck helped to select it. So
select again without the rows of one split, predict these rows with what was selected
then, and do so for each split. No model is fitted for that: all predictions are there.
The score of these predictions is that of the whole procedure, fitting all candidates
and selecting from them.

[TGB] draws the rows to select by in a bootstrap instead. In searches on real data both
err equally. Here selection sees more of the rows, there are only as many selections as
splits, and a split is scored as the search scored it: a metric that needs rows of each
class has them.

n rows, C columns of predictions, M models, k parts of the rows.

References
----------
.. [TGB] Tsamardinos, Greasidou & Borboudakis, "Bootstrapping the out-of-sample
   predictions for efficient and accurate cross-validation", Machine Learning 107, 2018.
   arXiv:1708.07180
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._held_out._greedy import MAX_STEPS, select_greedily
from sklearn_hp._held_out._metrics import Array, first_of_best
from sklearn_hp._held_out._rows import Rows, parts_of
from sklearn_hp._held_out._scores import Scores

# Weights of the rows, of shape (k, n), to weights of the models, of shape (k, M).
Choose = Callable[[Array], Array]


def scores_alone(
    predictions: Sequence[Array], scores: Scores, W: Array | None = None
) -> Array:
    """Return the (k, M) scores of the models; one model's predictions at a time."""
    each = [scores(values[np.newaxis], W) for values in predictions]
    return np.concatenate(each, axis=1)


def best_first(found: Array) -> NDArray[np.intp]:
    """Return the models by score, for each row of the (k, M) scores; NaN comes last."""
    return np.argsort(-np.nan_to_num(found, nan=-np.inf), axis=1, kind="stable")


def choose_best(predictions: Sequence[Array], scores: Scores) -> Choose:
    """Return what chooses the single model with the best score, the first of equals.

    Parameters
    ----------
    predictions : sequence of ndarray of shape (n, C), length M
        Of all candidates.
    scores : Scores
        What is maximised.

    Returns
    -------
    choose : callable
        Maps weights of the rows, of shape (k, n), to weights of the models, (k, M).
    """

    def choose(W: Array) -> Array:
        found = scores_alone(predictions, scores, W)
        return np.eye(len(predictions))[[first_of_best(row) for row in found]]

    return choose


def choose_ensemble(
    predictions: Sequence[Array],
    scores: Scores,
    pool_size: int,
    max_steps: int = MAX_STEPS,
    max_members: int | None = None,
) -> Choose:
    """Return what chooses an ensemble greedily from some of the models.

    Parameters
    ----------
    predictions : sequence of ndarray of shape (n, C), length M
        Of all candidates.
    scores : Scores
        What is maximised.
    pool_size : int
        Only so many can be members, those that are best alone. They are chosen by the
        same weights: chosen by all rows, they would be lucky on those left out.
    max_steps, max_members : int
        See `select_greedily`.

    Returns
    -------
    choose : callable
        Maps weights of the rows, of shape (k, n), to weights of the models, (k, M).
    """

    def choose(W: Array) -> Array:
        weights = np.zeros((len(W), len(predictions)))
        pools = best_first(scores_alone(predictions, scores, W))[:, :pool_size]
        for row, w, pool in zip(weights, W, pools, strict=True):
            P = np.stack([predictions[index] for index in pool.tolist()])
            counts = select_greedily(P, scores, w, max_steps, max_members).counts
            row[pool] = counts / counts.sum()
        return weights

    return choose


def without_each_part(rows: Rows) -> Array:
    """Return weights of the rows, of shape (k, n), that leave out one part each."""
    parts = parts_of(rows)
    return (parts != np.arange(parts.max() + 1)[:, np.newaxis]).astype(float)


def nested_predictions(
    predictions: Sequence[Array], choose: Choose, rows: Rows
) -> Array:
    """Predict each part of the rows with what is chosen without it.

    Parameters
    ----------
    predictions : sequence of ndarray of shape (n, C), length M
        Of all candidates.
    choose : callable
        Such as `choose_best` returns.
    rows : Rows
        The rows.

    Returns
    -------
    values : ndarray of shape (n, C)
        Predictions of all rows.
    """
    W = without_each_part(rows)
    weights = choose(W)
    values = np.zeros(predictions[0].shape)
    for part, of_models in zip(W == 0, weights, strict=True):
        for index in np.flatnonzero(of_models).tolist():
            values[part] += of_models[index] * predictions[index][part]
    return values
