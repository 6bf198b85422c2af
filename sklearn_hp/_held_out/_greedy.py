"""Greedy selection of an ensemble from many models' predictions [1]_.

Each step adds the model that makes the mean of all chosen so far score best. A model
can be chosen again, which gives it more weight.

P : (M, n, C) out-of-fold predictions of M models.   w : (n,) weights of the rows.
counts : (M,) how often each model was chosen; counts / counts.sum() are its weights.

References
----------
.. [1] Caruana, Niculescu-Mizil, Crew & Ksikes, "Ensemble selection from libraries of
       models", ICML 2004. DOI 10.1145/1015330.1015432
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._held_out._metrics import Array, first_of_best
from sklearn_hp._held_out._scores import Scores

# On held-out rows as good as 25, which choose up to half as many members again.
MAX_STEPS = 10
# Of a metric without a fast form, only so many of the models are tried after the first
# step, those best alone. With 5 splits they are 10, as good on held-out rows as 20.
# With more splits there are fewer, for about so many calls a step; 5 keep four fifths
# or more of what an ensemble gains.
_MOST_SLOW, _FEWEST_SLOW, _CALLS_SLOW = 10, 5, 50
# Numbers in the predictions that are averaged at once: 32 MB.
_CHUNK = 4_000_000


@dataclass(frozen=True)
class Selection:
    """What was chosen.

    Parameters
    ----------
    counts : ndarray of int, shape (M,)
        How often each model was chosen.
    path : ndarray of shape (max_steps,)
        The score after each step; the last is that of `counts`.
    """

    counts: NDArray[np.intp]
    path: Array


def select_greedily(
    P: Array,
    scores: Scores,
    w: Array | None = None,
    max_steps: int = MAX_STEPS,
    max_members: int | None = None,
) -> Selection:
    """Choose models, with replacement, whose mean prediction scores best.

    It takes all its steps, also where the score falls: what is stopped at the first
    fall has fewer members and is worse on new rows. Where each score is a call of the
    user's function, steps after the first try only the models that are best alone.

    Parameters
    ----------
    P : ndarray of shape (M, n, C)
        The models' predictions; of equal choices, the first is taken.
    scores : Scores
        What is maximised.
    w : ndarray of shape (n,), default=None
        Weights of the rows; None weighs them equally.
    max_steps : int, default=10
        Number of steps. Weights are multiples of its inverse.
    max_members : int, default=None
        Most different models; None sets no limit but the number of steps.

    Returns
    -------
    selection : Selection
        The counts and the scores.
    """
    W = None if w is None else w[np.newaxis]
    counts = np.zeros(len(P), dtype=np.intp)
    total = np.zeros(P.shape[1:])
    path = np.empty(max_steps)
    allowed = np.arange(len(P))
    for step in range(max_steps):
        after = _scores_after(total, P, allowed, step + 1, scores, W)
        best = first_of_best(after)
        counts[allowed[best]] += 1
        total += P[allowed[best]]
        path[step] = after[best]
        if step == 0 and not scores.is_fast:
            allowed = _best(after, _n_slow(len(scores.blocks)))
        if np.count_nonzero(counts) == max_members:
            allowed = np.flatnonzero(counts)
    return Selection(counts, path)


def _n_slow(n_splits: int) -> int:
    """Return how many models are tried if each score is a call for each split."""
    return int(np.clip(_CALLS_SLOW // n_splits, _FEWEST_SLOW, _MOST_SLOW))


def _best(scores: Array, n_best: int) -> NDArray[np.intp]:
    """Return the indices of the best scores, ascending."""
    order = np.argsort(-np.nan_to_num(scores, nan=-np.inf), kind="stable")
    return np.sort(order[:n_best])


def _scores_after(
    total: Array,
    P: Array,
    allowed: NDArray[np.intp],
    n_steps: int,
    scores: Scores,
    W: Array | None,
) -> Array:
    """Return the score of the mean of all predictions, for each that may be last."""
    n_parts = min(len(allowed), -(-len(allowed) * total.size // _CHUNK))
    return np.concatenate(
        [
            scores((total + P[part]) / n_steps, W)[0]
            for part in np.array_split(allowed, n_parts)
        ]
    )
