"""What all torch estimators share: ``fit`` as named steps, and prediction."""

from __future__ import annotations

import os
from abc import abstractmethod
from contextlib import contextmanager
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer_names
from sklearn.utils.validation import check_is_fitted

from sklearn_hp._current_slot import current_slot
from sklearn_hp._doc_link import DocLinkMixin
from sklearn_hp._sklearn_compat import (
    NumberInterval,
    StrOptions,
    fit_context,
)
from sklearn_hp.neural_network import _checkpoint
from sklearn_hp.neural_network._callbacks import (
    check_callbacks,
    check_no_stopping_rows_needed,
)
from sklearn_hp.neural_network._device import (
    limit_memory,
    memory_error_on,
    resolve_device,
)
from sklearn_hp.neural_network._export import ExportMixin
from sklearn_hp.neural_network._front import expect_gaps
from sklearn_hp.neural_network._inputs import CheckedRows
from sklearn_hp.neural_network._network import NetworkMixin
from sklearn_hp.neural_network._pausing import state_file
from sklearn_hp.neural_network._randomness import (
    draw_seed,
    global_generator_kept,
)
from sklearn_hp.neural_network._rows import RowsMixin
from sklearn_hp.neural_network._stopping import Stopping
from sklearn_hp.neural_network._stopping_score import stopping_score
from sklearn_hp.neural_network._threads import threads_worth
from sklearn_hp.neural_network._torch_errors import torch_errors_explained
from sklearn_hp.neural_network._trained import TrainedMixin
from sklearn_hp.neural_network._training import Schedule, TrainingLoop


class BaseTorch(
    RowsMixin, NetworkMixin, TrainedMixin, ExportMixin, DocLinkMixin, BaseEstimator
):
    """Base of the torch estimators; a subclass provides targets and a module.

    Each owns a skorch net as ``net_``. None is one: a net keeps parameters and fitted
    state in one dictionary, which scikit-learn's checks refuse.
    """

    _parameter_constraints: ClassVar[dict] = {
        "scaler": [StrOptions({"standard", "robust"}), None],
        "optimizer": [str, type],
        "momentum": [NumberInterval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "learning_rate_init": [NumberInterval(Real, 0, None, closed="neither")],
        "learning_rate": [StrOptions({"cosine", "constant"})],
        "weight_decay": [NumberInterval(Real, 0, None, closed="left")],
        "max_grad_norm": [NumberInterval(Real, 0, None, closed="neither"), None],
        "batch_size": [NumberInterval(Integral, 1, None, closed="left")],
        "max_epochs": [NumberInterval(Integral, 1, None, closed="left")],
        "schedule_epochs": [NumberInterval(Integral, 1, None, closed="left"), None],
        "early_stopping": ["boolean"],
        "validation_fraction": [NumberInterval(Real, 0, 1, closed="neither")],
        "shuffle": ["boolean"],
        "scoring": [StrOptions({"loss", *get_scorer_names()}), callable, None],
        "n_iter_no_change": [NumberInterval(Integral, 1, None, closed="left")],
        "tol": [NumberInterval(Real, 0, None, closed="left")],
        "device": [str],
        "workers_per_device": [NumberInterval(Integral, 1, None, closed="left")],
        "amp": [StrOptions({"bfloat16"}), "boolean"],
        "checkpoint": [str, os.PathLike, None],
        "callbacks": [list, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    @abstractmethod
    def _learn_target(self, rows: CheckedRows, *, reset: bool) -> None:
        """Keep what is to be known of the targets of the training rows."""

    @abstractmethod
    def _to_learn(self, rows: CheckedRows) -> CheckedRows:
        """Return rows with target and weight as the module learns them."""

    # ---- fitting ---------------------------------------------------------------------

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X,
        y=None,
        sample_weight=None,
        groups=None,
        *,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
    ):
        """Train the network.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_samples, n_features)
            Training data. A sparse matrix is made dense batch by batch. Multilayer
            perceptrons take category columns and missing numbers; all others need
            finite numbers. Images, and data for a module of your own, may have more
            axes. A module of your own also takes a dict of arrays, a torch Dataset, or
            rows for its `collate_fn`, see :ref:`the user guide <module_inputs>`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Class labels of any kind, or indicators, 0 and 1, of several labels of a
            row; for a regressor, one or several targets. None if `X` is a Dataset of
            pairs.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows in the loss and in the scaling; not negative. Rows of
            weight 0 are left out. To weigh a row twice equals to have it twice as long
            as all rows are in one batch.
        groups : array-like of shape (n_samples,), default=None
            With ``early_stopping=True``, rows of one group are not torn apart. To have
            it passed on by a search, switch metadata routing on and call
            ``set_fit_request(groups=True)``.
        X_val : array-like of shape (n_val, n_features), default=None
            With ``early_stopping=True``, rows to stop by. None sets
            `validation_fraction` of the rows of `X` aside. Not for a search, whose
            splits would all stop by the same rows.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Their labels or targets.
        sample_weight_val : array-like of shape (n_val,), default=None
            Their weights.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If the data, a parameter or the module is invalid, if training diverges, or
            if the checkpoint is of another fit.
        MemoryError
            If the device has not enough memory.
        """
        self._check_params()
        y, y_val = self._targets_of(X, y), self._targets_of(X_val, y_val)
        rows = self._check_rows(
            X, y, sample_weight, groups, reset=True, reset_target=True
        )
        stop_rows = self._check_stopping_rows(X_val, y_val, sample_weight_val)
        seed = draw_seed(self.random_state)
        device = resolve_device(self.device, current_slot())
        with self._using(device):
            given = (X, y) if stop_rows is None else (X_val, y_val)
            self._train(rows, stop_rows, seed, device, given)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def _partial_fit(self, X, y, sample_weight, reset_target):
        """Train for one epoch, at a constant rate."""
        if self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True, as one epoch has "
                "nothing to choose from. Use fit, or pass early_stopping=False."
            )
        first = not hasattr(self, "net_")
        self._check_params()
        y = self._targets_of(X, y)
        rows = self._check_rows(
            X, y, sample_weight, None, reset=first, reset_target=reset_target
        )
        self._learn_target(rows, reset=reset_target)
        rows = self._to_learn(rows)
        device = resolve_device(self.device, current_slot())
        with self._using(device):
            if first:
                self._seed = draw_seed(self.random_state)
                weighted = rows.weight is not None
                net = self._start(rows, self._seed, device, weighted, are_all=False)
                n_epochs = 0
            else:
                net, n_epochs = self.net_, self.n_iter_
                net.move_to(device)
                expect_gaps(net.module_, True)  # rows of an earlier call had none
                net.set_criterion(
                    self._make_criterion(weighted=rows.weight is not None)
                )
            loop = self._make_loop(net, self._seed, None, stopping=None)
            loop.epoch = n_epochs
            batches = self._batches(rows, device)
            with threads_worth(self._n_operations, device):
                loop.run(batches, None, max_epochs=n_epochs + 1)
            self._finish(loop, device)
        return self

    @contextmanager
    def _using(self, device):
        """Train on a device: what may go wrong there, and what is left as it was."""
        with memory_error_on(device, _MEMORY_ADVICE), torch_errors_explained():
            limit_memory(device, self.workers_per_device)
            with global_generator_kept(device):
                yield

    def _check_params(self) -> None:
        """Check what more than one parameter decides, and what is outside of them."""
        if self.checkpoint is not None:
            _checkpoint.check_path(self.checkpoint)
        check_callbacks(self.callbacks)
        if not self.early_stopping:
            check_no_stopping_rows_needed(self.callbacks)
        if self.amp is True:
            raise ValueError(
                "amp must be False or 'bfloat16', got True. bfloat16 needs no scaling "
                "of the loss, so it is the only reduced precision offered."
            )
        if self.schedule_epochs is not None and self.schedule_epochs < self.max_epochs:
            raise ValueError(
                f"schedule_epochs={self.schedule_epochs} is less than max_epochs="
                f"{self.max_epochs}: the learning rate would be 0 after epoch "
                f"{self.schedule_epochs}. Raise schedule_epochs, or leave it None."
            )

    def _train(
        self,
        rows: CheckedRows,
        stop_rows: CheckedRows | None,
        seed: int,
        device: torch.device,
        given: tuple[Any, Any],
    ) -> None:
        """Train from the beginning or from a checkpoint, and set what fit sets."""
        file = state_file(self, self._horizon, rows, stop_rows)
        state = None if file is None else file.load()
        seed = seed if state is None else state["seed"]
        stopping = None
        if self.early_stopping:
            stopping = Stopping(self.n_iter_no_change, self.tol)
            if stop_rows is None:
                rows, stop_rows = self._split(rows, seed)
        self._learn_target(rows, reset=True)
        rows = self._to_learn(rows)
        weighted = any(
            one is not None and one.weight is not None for one in (rows, stop_rows)
        )
        net = self._start(rows, seed, device, weighted)
        self._seed = seed
        loop = self._make_loop(net, seed, self._horizon, stopping)
        if self._stops_by_score and stop_rows is not None:
            loop.score = stopping_score(self, net, *given, stop_rows)
        if state is not None:
            loop.load_state_dict(state)
        if file is not None:
            loop.save = lambda: file.save(loop)
        train = self._batches(rows, device)
        stop = None
        if stop_rows is not None:
            stop = self._batches(self._to_learn(stop_rows), device, train=False)
        with threads_worth(self._n_operations, device):
            loop.run(train, stop, self.max_epochs)
        if file is not None:
            file.save_end(loop)
        self._finish(loop, device)

    @property
    def _horizon(self) -> int | None:
        """Epochs over which the learning rate decays, None if it does not."""
        if self.learning_rate == "constant":
            return None
        return int(self.schedule_epochs or self.max_epochs)

    @property
    def _owns_randomness(self) -> bool:
        """Whether all random layers draw from the generator given to them."""
        return True

    def _make_loop(self, net, seed, horizon, stopping) -> TrainingLoop:
        return TrainingLoop(
            net,
            seed,
            Schedule(float(self.learning_rate_init), horizon),
            stopping,
            owns_randomness=self._owns_randomness,
        )

    def _finish(self, loop: TrainingLoop, device: torch.device) -> None:
        """Set the fitted attributes; take back the best weights."""
        self.net_ = loop.net
        self.device_ = device
        self.n_iter_, self.best_n_iter_ = loop.epoch, None
        if loop.stopping is not None:
            self.best_n_iter_ = loop.stopping.best_epoch
            loop.net.module_.load_state_dict(loop.stopping.best_weights)

    # ---- prediction ------------------------------------------------------------------

    def _outputs(self, X) -> np.ndarray:
        """Return what the module makes of rows, float64."""
        check_is_fitted(self, "net_")
        rows = self._check_X(X, reset=False)
        device = resolve_device(self.device, current_slot())
        with memory_error_on(device, _MEMORY_ADVICE), torch_errors_explained():
            self.net_.move_to(device)
            return self.net_.outputs(rows).double().numpy()

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


_MEMORY_ADVICE = "Lower batch_size or the size of the network, or pass device='cpu'."
