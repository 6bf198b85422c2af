"""Early stopping of one fit: which rows it is judged by, and when it ends."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold


class Stopping:
    """Watch the score of each epoch, and keep the weights of the best.

    Parameters
    ----------
    n_iter_no_change : int
        Epochs without improvement after which training ends.
    tol : float
        A score improves only by more than this; absolute, as in scikit-learn.

    Attributes
    ----------
    best_score : float
    best_epoch : int
        Counted from 1; 0 before the first.
    best_weights : dict of str to Tensor
        State of the module after the best epoch.
    """

    def __init__(self, n_iter_no_change: int, tol: float) -> None:
        self._n_iter_no_change = n_iter_no_change
        self._tol = tol
        self.best_score = -math.inf
        self.best_epoch = 0
        self.best_weights: dict[str, torch.Tensor] = {}
        self._n_without = 0

    @property
    def stopped(self) -> bool:
        """Whether there was no improvement for too long."""
        return self._n_without >= self._n_iter_no_change

    def update(self, score: float, epoch: int, module: torch.nn.Module) -> None:
        """Enter the score of an epoch."""
        improved = score > self.best_score + self._tol
        self._n_without = 0 if improved else self._n_without + 1
        if score > self.best_score:
            self.best_score, self.best_epoch = score, epoch
            self.best_weights = {
                name: value.clone() for name, value in module.state_dict().items()
            }

    def state_dict(self) -> dict[str, Any]:
        """Return what `load_state_dict` needs to go on in another process."""
        return {
            "best_score": self.best_score,
            "best_epoch": self.best_epoch,
            "best_weights": self.best_weights,
            "n_without": self._n_without,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where the stopping of another fit was."""
        self.best_score = state["best_score"]
        self.best_epoch = state["best_epoch"]
        self.best_weights = state["best_weights"]
        self._n_without = state["n_without"]


def split_off(
    y: np.ndarray,
    fraction: float,
    rng: np.random.RandomState,
    *,
    stratify: bool,
    groups: Any = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Choose rows to stop by.

    Parameters
    ----------
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Classes or targets.
    fraction : float
        Of the rows, or of the groups if there are any.
    rng : RandomState
        Chooses.
    stratify : bool
        Whether each class has its share, up to rounding, in both parts; a class never
        lacks in the training part.
    groups : array-like of shape (n_samples,) or None, default=None
        Rows of one group stay together.

    Returns
    -------
    train, stopping : ndarray of int
        Sorted row numbers.

    Raises
    ------
    ValueError
        If there are not enough rows, or groups, for two parts.
    """
    if groups is not None:
        return _split_groups(y, fraction, rng, stratify, np.asarray(groups))
    n = len(y)
    order = rng.permutation(n)
    if stratify:
        order = order[np.argsort(y[order], kind="stable")]
        # the first of each class trains
        first = np.concatenate([[True], np.diff(y[order]) != 0])
        eligible = order[~first]
    else:
        eligible = order[1:]
    n_stopping = min(max(1, round(fraction * n)), len(eligible))
    if n_stopping == 0:
        raise ValueError(
            f"early_stopping=True needs rows to stop by, and of these {n} samples none "
            f"can be spared: every class needs one to train on. Give more samples, or "
            f"pass early_stopping=False."
        )
    # evenly along the classes, so each has its share
    picks = ((np.arange(n_stopping) + 0.5) * len(eligible) / n_stopping).astype(int)
    stopping = np.sort(eligible[picks])
    return np.setdiff1d(np.arange(n), stopping), stopping


def _split_groups(
    y: np.ndarray,
    fraction: float,
    rng: np.random.RandomState,
    stratify: bool,
    groups: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    n_groups = len(np.unique(groups))
    if n_groups < 2:
        raise ValueError(
            f"early_stopping=True keeps each of the groups whole, and the {len(y)} "
            f"training samples are all of one group, so none are left to stop by. Give "
            f"samples of two groups or more, or pass early_stopping=False."
        )
    n_splits = min(max(2, round(1 / fraction)), n_groups)
    if stratify and np.unique(y, return_counts=True)[1].min() >= n_splits:
        splitter: Any = StratifiedGroupKFold(n_splits, shuffle=True, random_state=rng)
    else:
        splitter = GroupShuffleSplit(1, test_size=fraction, random_state=rng)
    train, stopping = next(splitter.split(np.zeros(len(y)), y, groups))
    return train, stopping
