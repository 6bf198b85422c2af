"""The network of a fit: module, loss and optimiser, ready to train."""

from __future__ import annotations

import copy
import math
from abc import abstractmethod
from collections import OrderedDict
from typing import Any, ClassVar

import torch
from skorch import NeuralNet
from torch import nn

from sklearn_hp.neural_network._inputs import CheckedRows
from sklearn_hp.neural_network._lazy import first_batch
from sklearn_hp.neural_network._optimizer import (
    OptimizerPart,
    default_decay,
    optimizer_class,
    own_arguments,
)
from sklearn_hp.neural_network._prefixed import Part, PrefixedMixin
from sklearn_hp.neural_network._randomness import INIT, derive_seed, drawn_from
from sklearn_hp.neural_network._scaling import make_scale
from sklearn_hp.neural_network._threads import count_operations


class NetworkMixin(PrefixedMixin):
    """Makes the net of an estimator, from its parameters and the training rows.

    An estimator provides the module, the loss and the class of the net.
    """

    _parts: ClassVar[tuple[Part, ...]] = (OptimizerPart(),)

    scaler: str | None
    optimizer: Any
    learning_rate_init: float
    momentum: float
    nesterovs_momentum: bool
    weight_decay: float | None
    max_grad_norm: float | None
    batch_size: int
    max_epochs: int
    callbacks: list[Any] | None
    verbose: int
    amp: Any

    @abstractmethod
    def _make_module(self, row_shape: tuple[int, ...], n_outputs: int) -> nn.Module:
        """Return the module for rows of this shape, without scaling."""

    @abstractmethod
    def _make_criterion(self, *, weighted):
        """Return the loss: of each row if they are weighted, else their mean."""

    @abstractmethod
    def _make_net(self, module: nn.Module, **params: Any) -> NeuralNet:
        """Return the skorch net, not initialised."""

    @property
    @abstractmethod
    def _n_outputs(self) -> int:
        """Number of outputs of the module."""

    def _start(
        self,
        rows: CheckedRows,
        seed: int,
        device: torch.device,
        weighted: bool,
        *,
        are_all: bool = True,
    ) -> Any:
        """Return a net that is ready to train, on rows that are all or the first."""
        n_steps = math.ceil(rows.X.shape[0] / self.batch_size) if are_all else None
        with drawn_from(derive_seed(seed, INIT), device):
            some = first_batch(rows.X, device)
            layers = OrderedDict(self._make_front(rows))
            prepared = nn.Sequential(layers).to(device).eval()(some)
            # a user's module may be given a dict, or sequences that are packed
            is_tensor = isinstance(prepared, torch.Tensor)
            row_shape = prepared.shape[1:] if is_tensor else ()
            layers["body"] = self._make_module(row_shape, self._n_outputs)
            module = self._join(layers).to(device)
            n_rows = min(8, len(rows.target))
            self._check_module(module, some, n_rows)
            n_operations = count_operations(module, some, n_rows)
            self._n_operations = self.batch_size * n_operations
        net = self._make_net(
            module,
            criterion=self._make_criterion(weighted=weighted),
            optimizer=optimizer_class(self.optimizer),
            lr=self.learning_rate_init,
            **self._optimizer_params(n_steps),
            max_epochs=self.max_epochs,
            batch_size=self.batch_size,
            train_split=None,
            callbacks=copy.deepcopy(self.callbacks),
            verbose=self.verbose,
            device=str(device),
            amp=self.amp == "bfloat16",
            max_grad_norm=self.max_grad_norm,
        )
        net.initialize()
        self._check_loss(net, rows)
        return net

    def _optimizer_params(self, n_steps: int | None) -> dict[str, Any]:
        """Return what the net passes to the optimiser's class, but for the rate."""
        decay = self.weight_decay
        if decay is None:
            decay = default_decay(self.optimizer, self.learning_rate_init, n_steps)
        params = own_arguments(
            self.optimizer, decay, self.momentum, self.nesterovs_momentum
        )
        params.update(copy.deepcopy(self._params_of("optimizer")))
        return {f"optimizer__{name}": value for name, value in params.items()}

    def _join(self, layers: OrderedDict[str, nn.Module]) -> nn.Module:
        """Return the module of what prepares a batch and of the body; a hook."""
        return nn.Sequential(layers)

    def _check_loss(self, net: Any, rows: CheckedRows) -> None:
        """Run a few rows through a loss of the user's; a hook."""

    def _make_front(self, rows: CheckedRows) -> list[tuple[str, nn.Module]]:
        """Return what prepares a batch for the module, by name."""
        scale = make_scale(rows.X, rows.weight, self.scaler)
        return [] if scale is None else [("scale", scale)]

    def _check_module(self, module: nn.Module, X: Any, n_rows: int) -> None:
        """Run a few rows through the module; a hook for what it returns."""
