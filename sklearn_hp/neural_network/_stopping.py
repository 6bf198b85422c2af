"""Early stopping of one fit: when it ends, and with which weights."""

from __future__ import annotations

import math
from typing import Any

import torch


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
