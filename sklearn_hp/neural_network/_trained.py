"""What a network tells of its training, to its user and to a search."""

from __future__ import annotations

import copy

import numpy as np
import torch

from sklearn_hp.neural_network._callbacks import without_stopping_rows
from sklearn_hp.neural_network._device import count_slots


class TrainedMixin:
    """The course of the training, and the optional methods that a search calls."""

    @property
    def loss_curve_(self):
        """Mean training loss of each epoch."""
        return [row["train_loss"] for row in self.net_.history]

    @property
    def validation_scores_(self):
        """Scores of the rows set aside, or None without early stopping."""
        scores = [
            row.get("valid_score", -row["valid_loss"])
            for row in self.net_.history
            if "valid_loss" in row
        ]
        return scores or None

    def refit_params(self, n_iters):
        """Return the parameters of a fit to all rows, after fits with early stopping.

        A search calls it before it refits the best candidate, see
        :ref:`the user guide <optional_methods>`.

        Parameters
        ----------
        n_iters : list of int
            Number of epochs that early stopping chose on each split.

        Returns
        -------
        params : dict
            The mean number of epochs, no early stopping, the learning rate's schedule
            unchanged, and no callbacks that need rows to stop by. Empty without early
            stopping.
        """
        if not self.early_stopping:
            return {}
        params = {
            "max_epochs": max(1, round(float(np.mean(n_iters)))),
            "early_stopping": False,
            "schedule_epochs": self.schedule_epochs or self.max_epochs,
        }
        if self.callbacks:
            params["callbacks"] = without_stopping_rows(self.callbacks)
        return params

    def device_slots(self):
        """Return how many fits the devices of this machine take at a time.

        A search starts no more workers than this, see
        :ref:`the user guide <optional_methods>`.

        Returns
        -------
        n_slots : int or None
            Devices times `workers_per_device`; None if training runs on the CPU.
        """
        return count_slots(self.device, self.workers_per_device)

    def __getstate__(self):
        state = super().__getstate__()
        net = state.get("net_")
        if net is not None and torch.device(net.device).type != "cpu":
            state = {**state, "net_": copy.deepcopy(net)}
            state["net_"].move_to(torch.device("cpu"))
        return state
