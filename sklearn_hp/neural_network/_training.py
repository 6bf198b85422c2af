"""The loop over epochs: rates, losses, stopping, checkpoints."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from skorch.callbacks import EarlyStopping
from skorch.history import History

from sklearn_hp.neural_network._data import Batches
from sklearn_hp.neural_network._modules import give_generator
from sklearn_hp.neural_network._net import TrainingNet, all_finite
from sklearn_hp.neural_network._randomness import (
    LAYERS,
    derive_seed,
    one_thread_draws,
    seed_global_generator,
    shuffle_generator,
)
from sklearn_hp.neural_network._stopping import Stopping

# A fit that writes a checkpoint does so after an epoch if the last is this old, and so
# many times as old as it took to write: at most 1 % of the time goes into writing.
_SECONDS_BETWEEN_CHECKPOINTS = 5.0
_TRAINING_TO_WRITING = 100


@dataclass(frozen=True)
class Schedule:
    """The learning rate by epoch.

    Parameters
    ----------
    initial : float
    horizon : int or None
        Epochs over which the rate falls to 0 along a cosine [1]_; None keeps it.

    References
    ----------
    .. [1] Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts",
       ICLR 2017, Eq. 5 without restarts.
    """

    initial: float
    horizon: int | None

    def __call__(self, epoch: int) -> float:
        """Return the rate of an epoch, counted from 0."""
        if self.horizon is None:
            return self.initial
        return self.initial * (1 + math.cos(math.pi * epoch / self.horizon)) / 2


@dataclass
class TrainingLoop:
    """Trains a net, from the epoch it is at to the last.

    Parameters
    ----------
    net : TrainingNet
    seed : int
        All random numbers are drawn from it.
    schedule : Schedule
    stopping : Stopping or None
    owns_randomness : bool
        Whether all random layers of the module draw from generators given to them.
        Otherwise torch's global ones are seeded in each epoch.
    score : callable or None
        Returns the score to stop by; None stops by the loss.
    save : callable or None
        Writes a checkpoint.
    epoch : int, default=0
        Epochs trained before.
    stopped : bool, default=False
        Whether a callback ended training.
    """

    net: TrainingNet
    seed: int
    schedule: Schedule
    stopping: Stopping | None
    owns_randomness: bool
    score: Callable[[], float] | None = None
    save: Callable[[], None] | None = None
    epoch: int = 0
    stopped: bool = False
    _generator: torch.Generator | None = field(default=None, init=False)
    _saved_at: float = field(default=0.0, init=False)
    _seconds_to_save: float = field(default=0.0, init=False)

    def run(self, train: Batches, stopping: Batches | None, max_epochs: int) -> None:
        """Train until the last epoch, or until a score or a callback ends it.

        Raises
        ------
        ValueError
            If the loss or a weight is not finite any more.
        """
        net = self.net
        self._saved_at = time.monotonic()
        rows: dict[str, Any] = {
            "dataset_train": train.rows,
            "dataset_valid": None if stopping is None else stopping.rows,
        }
        net.stop_training = self.stopped
        if self.schedule.horizon is None:
            net.set_rate(self.schedule.initial)  # callbacks may change it
        net.notify("on_train_begin", X=train.rows, y=None)
        while self.epoch < max_epochs and not self._is_over():
            net.notify("on_epoch_begin", **rows)
            if self.schedule.horizon is not None:
                net.set_rate(self.schedule(self.epoch))
            with one_thread_draws(self.owns_randomness):
                self._seed_epoch(train)
                net.run_epoch(train, stopping)
            self.epoch += 1
            self._check_losses()
            if self.stopping is not None:
                score = self._score_epoch(self.stopping.best_score)
                self.stopping.update(score, self.epoch, net.module_)
            self._notify_end(rows)
            self._save_if_due()
        net.notify("on_train_end", X=train.rows, y=None)
        give_generator(net.module_, None)
        if not all_finite(net.module_):
            raise ValueError(self._diverged("a weight is not finite"))

    def state_dict(self) -> dict[str, Any]:
        """Return what `load_state_dict` needs to go on in another process."""
        return {
            "seed": self.seed,
            "epoch": self.epoch,
            "stopped": self.stopped,
            "module": self.net.module_.state_dict(),
            "criterion": self.net.criterion_.state_dict(),
            "optimizer": self.net.optimizer_.state_dict(),
            "stopping": None if self.stopping is None else self.stopping.state_dict(),
            "history": [
                {name: _plain(v) for name, v in row.items() if name != "batches"}
                for row in self.net.history
            ],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where another loop was."""
        self.epoch, self.stopped = state["epoch"], state["stopped"]
        self.net.module_.load_state_dict(state["module"])
        self.net.criterion_.load_state_dict(state["criterion"])
        self.net.load_optimizer_state(state["optimizer"])
        self.net.history_ = History(state["history"])
        if self.stopping is not None:
            self.stopping.load_state_dict(state["stopping"])

    def _is_over(self) -> bool:
        ended = self.stopping is not None and self.stopping.stopped
        return ended or self.stopped

    def _score_epoch(self, best_score: float) -> float:
        """Return the score to stop by; one that is not the loss enters the history."""
        if self.score is None:
            return -self.net.history[-1, "valid_loss"]
        score = self.score()
        self.net.enter("valid_score", score, is_best=score > best_score)
        return score

    def _save_if_due(self) -> None:
        start = time.monotonic()
        wait = max(
            _SECONDS_BETWEEN_CHECKPOINTS, _TRAINING_TO_WRITING * self._seconds_to_save
        )
        if self.save is None or start - self._saved_at < wait:
            return
        self.save()
        self._saved_at = time.monotonic()
        self._seconds_to_save = self._saved_at - start

    def _seed_epoch(self, train: Batches) -> None:
        train.generator = shuffle_generator(self.seed, self.epoch)
        device = torch.device(self.net.device)
        seed = derive_seed(self.seed, LAYERS, self.epoch)
        if self.owns_randomness:
            generator = self._generator_on(device).manual_seed(seed)
            give_generator(self.net.module_, generator)
        else:
            seed_global_generator(seed, device)

    def _generator_on(self, device: torch.device) -> torch.Generator:
        """Return the generator of the layers, one for all epochs."""
        if self._generator is None:
            self._generator = torch.Generator(device)
        return self._generator

    def _check_losses(self) -> None:
        row = self.net.history[-1]
        for name, what in (("train_loss", "training"), ("valid_loss", "stopping")):
            if name in row and not math.isfinite(row[name]):
                raise ValueError(self._diverged(f"the {what} loss is {row[name]}"))

    def _diverged(self, what: str) -> str:
        return (
            f"Training diverged: after epoch {self.epoch} {what}. Lower "
            f"learning_rate_init (it is {self.schedule.initial:g}), and look for "
            f"extreme values in the data."
        )

    def _notify_end(self, rows: dict[str, Any]) -> None:
        """Call the hooks of an epoch that ended.

        skorch's EarlyStopping stops a net by raising KeyboardInterrupt. Ctrl-C is
        another matter, and ends more than this fit.
        """
        try:
            self.net.notify("on_epoch_end", **rows)
        except KeyboardInterrupt:
            if not any(_has_stopped(callback) for _, callback in self.net.callbacks_):
                raise
            self.net.stop_training = True
        self.stopped = self.net.stop_training


def _plain(value: Any) -> Any:
    """Return a number that torch.load takes for harmless."""
    return value.item() if isinstance(value, np.generic) else value


def _has_stopped(callback: Any) -> bool:
    return isinstance(callback, EarlyStopping) and (
        callback.misses_ >= callback.patience
    )
