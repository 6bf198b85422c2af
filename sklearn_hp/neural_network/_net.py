"""The skorch nets that the estimators own: whole epochs without a stop in between.

skorch's own epoch fetches rows one by one and reads the loss after each batch, which
makes it three to four times as slow as scikit-learn's MLPClassifier (benchmarks/
neural_network.py). This one takes slices and reads the loss once. Where a callback of
the user's wants to hear of batches, skorch's own is used.
"""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import skorch
import torch
from skorch.callbacks import Callback, EpochTimer, PrintLog
from torch import nn
from torch.nn.utils import clip_grad_norm_

from sklearn_hp.neural_network._data import EVALUATION_BATCH, Batch, Batches, Rows
from sklearn_hp.neural_network._lazy import pieces
from sklearn_hp.neural_network._optimizer import load_state, make_optimizer
from sklearn_hp.neural_network._param_groups import add_parameters, set_rate

_BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_grad_computed")


class TrainingNet(skorch.NeuralNet):
    """What the nets of classifiers and regressors have in common.

    Parameters
    ----------
    amp : bool
        Whether forward passes compute in bfloat16 where that is safe.
    max_grad_norm : float or None
        Gradients of a step are shortened to this norm, of all together, if longer.
    **params
        Those of :class:`skorch.NeuralNet`.
    """

    device: str
    criterion_: Any

    def __init__(
        self,
        *args: Any,
        amp: bool = False,
        max_grad_norm: float | None = None,
        **params: Any,
    ) -> None:
        super().__init__(*args, **params)
        self.amp = amp
        self.max_grad_norm = max_grad_norm

    @property
    def _default_callbacks(self) -> list[tuple[str, Callback]]:
        callbacks: list[tuple[str, Callback]] = [("epoch_timer", EpochTimer())]
        if self.verbose:
            callbacks.append(("print_log", PrintLog()))
        return callbacks

    def initialize_optimizer(self, triggered_directly: bool | None = None) -> Any:
        """Make the optimiser, which decays weights and nothing else."""
        parameters = self._named()
        if not parameters:
            raise ValueError(
                f"The module {self._body_name} has no parameters to train. Layers in a "
                f"list or dict are not found: keep them in nn.ModuleList or "
                f"nn.ModuleDict."
            )
        device = torch.device(self.device)
        params = self.get_params_for("optimizer")
        rate = float(self.lr)
        self.optimizer_ = make_optimizer(
            self.optimizer, parameters, rate, device, params
        )
        return self

    def _take_up_parameters(self) -> list[nn.Parameter]:
        """Return what is learnt; let the optimiser know what a callback has added."""
        named = self._named()
        known = {
            id(p) for group in self.optimizer_.param_groups for p in group["params"]
        }
        new = [(name, p) for name, p in named if id(p) not in known]
        if new:
            patterns = self.get_params_for("optimizer").get("param_groups") or ()
            add_parameters(self.optimizer_, new, patterns, float(self.lr))
        return [p for _, p in named]

    def _named(self) -> list[tuple[str, nn.Parameter]]:
        """Return what is learnt, also what is frozen now: of module and criterion.

        A step leaves out what is frozen, as that has no gradient.
        """
        return list(self.get_all_learnable_params())

    @property
    def _body_name(self) -> str:
        """What messages call the module, without what prepares its inputs."""
        return type(getattr(self.module_, "body", self.module_)).__name__

    def set_criterion(self, criterion: nn.Module) -> None:
        """Take another loss, where the first rows had weights and these have none."""
        if any(True for _ in self.criterion_.parameters()):
            # one that learns goes on
            self.criterion_.reduction = getattr(criterion, "reduction", "mean")
            return
        self.criterion_ = criterion.to(self.device)

    def set_rate(self, rate: float) -> None:
        """Set the learning rate of all parameters."""
        set_rate(self.optimizer_, rate)

    @property
    def hears_of_batches(self) -> bool:
        """Whether a callback overrides one of the hooks that batches have."""
        return any(
            getattr(type(callback), hook) is not getattr(Callback, hook)
            for _, callback in self.callbacks_
            for hook in _BATCH_HOOKS
        )

    def run_epoch(self, train: Batches, stopping: Batches | None) -> None:
        """Train for one epoch, and enter the losses in the history."""
        parameters = self._take_up_parameters()
        if not any(p.requires_grad for p in parameters):
            raise ValueError(
                f"The module {self._body_name} has no parameters to train: "
                f"all are frozen. Set requires_grad=True for some, such as those of "
                f"the last layer."
            )
        losses = {"train_loss": self._pass(train, parameters)}
        if stopping is not None:
            losses["valid_loss"] = self._pass(stopping, None)
        # the one place where the host waits for the device
        values = torch.stack(list(losses.values())).tolist()
        for name, value in zip(losses, values, strict=True):
            before = [row[name] for row in self.history[:-1] if name in row]
            self.enter(name, value, is_best=value < min(before, default=math.inf))

    def enter(self, name: str, value: float, *, is_best: bool) -> None:
        """Enter what an epoch has come to in the history, as skorch does."""
        self.history.record(name, value)
        self.history.record(f"{name}_best", is_best)

    def _pass(
        self, batches: Batches, parameters: list[nn.Parameter] | None
    ) -> torch.Tensor:
        """Go once through the batches; return the mean loss, on the device.

        What is learnt are `parameters`, None for nothing.
        """
        training = parameters is not None
        if self.hears_of_batches:
            return self._slow_pass(batches, training)
        self._set_training(training)
        optimizer = self.optimizer_
        total = torch.zeros((), device=self.device)
        n_rows = 0
        with torch.set_grad_enabled(training):
            for batch in batches:
                loss = self._loss_of(batch, self.infer(batch[0]))
                if parameters is not None:
                    for parameter in parameters:
                        parameter.grad = None
                    loss.backward()
                    if self.max_grad_norm is not None:
                        clip_grad_norm_(parameters, self.max_grad_norm)
                    optimizer.step()
                n = len(batch[1])
                total.add_(loss.detach(), alpha=n)
                n_rows += n
        return total / n_rows

    def _slow_pass(self, batches: Batches, training: bool) -> torch.Tensor:
        """Go once through the batches as skorch does, with all its hooks."""
        prefix, step = (
            ("train", self.train_step) if training else ("valid", self.validation_step)
        )
        self.run_single_epoch(batches, training, prefix, step)
        rows = self.history[-1]["batches"]
        name = f"{prefix}_loss"
        losses = [row[name] for row in rows if name in row]
        sizes = [row[f"{prefix}_batch_size"] for row in rows if name in row]
        mean = float(np.average(losses, weights=sizes))
        return torch.tensor(mean, dtype=torch.float32, device=self.device)

    def train_step_single(self, batch: Batch, **fit_params: Any) -> dict[str, Any]:
        """Return the predictions and the loss of a batch, and compute gradients."""
        self._set_training(True)
        y_pred = self.infer(batch[0], **fit_params)
        loss = self._loss_of(batch, y_pred)
        loss.backward()
        if self.max_grad_norm is not None:
            clip_grad_norm_([p for _, p in self._named()], self.max_grad_norm)
        return {"loss": loss, "y_pred": y_pred}

    def validation_step(self, batch: Batch, **fit_params: Any) -> dict[str, Any]:
        """Return the predictions and the loss of a batch."""
        self._set_training(False)
        with torch.no_grad():
            y_pred = self.infer(batch[0], **fit_params)
            return {"loss": self._loss_of(batch, y_pred), "y_pred": y_pred}

    def infer(self, x: Any, **fit_params: Any) -> torch.Tensor:
        """Return the module's output, as float32 of two axes."""
        with self._precision():
            output = super().infer(x, **fit_params)
        if isinstance(output, tuple):
            output = output[0]
        return output.float() if output.ndim > 1 else output.float().unsqueeze(1)

    def _precision(self) -> AbstractContextManager[Any]:
        if not self.amp:
            return nullcontext()
        return torch.autocast(torch.device(self.device).type, dtype=torch.bfloat16)

    def get_loss(self, y_pred: Any, y_true: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the loss; skorch takes the logarithm first if it is NLLLoss."""
        return self.criterion_(y_pred, y_true)

    def _loss_of(self, batch: Batch, y_pred: torch.Tensor) -> torch.Tensor:
        loss = self.get_loss(y_pred, batch[1])
        if batch.weight is None:
            return loss if loss.ndim == 0 else loss.mean()
        if loss.ndim == 0:
            raise ValueError(
                f"The criterion {self.criterion_!r} has no parameter `reduction`, so "
                f"it cannot return the loss of each row, which sample_weight and "
                f"class_weight need. Give it one, with values 'mean' and 'none', or "
                f"leave the weights out."
            )
        if loss.ndim > 1:
            loss = loss.flatten(1).mean(1)
        return (loss * batch.weight).mean()

    def outputs(self, X: Any) -> torch.Tensor:
        """Return what the module makes of rows, on the CPU; nothing is learnt."""
        self._set_training(False)
        with torch.inference_mode():
            return torch.cat(
                [
                    self.infer(rows).cpu()[order]
                    for rows, order in pieces(X, self.batch_size, self.device)
                ]
            )

    def get_iterator(self, dataset: Any, training: bool = False) -> Any:
        """Return the batches of our own rows, in order; skorch's for other data."""
        if not isinstance(dataset, Rows):
            return super().get_iterator(dataset, training)
        return Batches(
            dataset, EVALUATION_BATCH, torch.device(self.device), shuffle=False
        )

    def __getstate__(self) -> dict[str, Any]:
        # skorch pickles module_ apart, so the same module would be there twice
        state = super().__getstate__()
        state["module"] = state["criterion"] = None
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.module, self.criterion = self.module_, self.criterion_

    def move_to(self, device: torch.device) -> None:
        """Move the module and what belongs to it to another device."""
        if torch.device(self.device) == device:
            return
        self.device = str(device)
        self.module_.to(device)
        if isinstance(self.criterion_, nn.Module):
            self.criterion_.to(device)
        # torch knows which of its state goes along
        self.load_optimizer_state(self.optimizer_.state_dict())

    def load_optimizer_state(self, state: dict[str, Any]) -> None:
        """Take over the state of an optimiser, perhaps of another device."""
        load_state(self.optimizer_, state, torch.device(self.device))


class ClassifierNet(TrainingNet, skorch.NeuralNetClassifier):
    """A net whose module returns logits; what it predicts are class numbers."""


class RegressorNet(TrainingNet, skorch.NeuralNetRegressor):
    """A net whose module returns targets on the scale that it was trained on."""


def is_probability(output: torch.Tensor) -> bool:
    """Whether rows of a module's output are probabilities, and not logits."""
    if output.ndim != 2 or output.shape[0] < 2 or output.shape[1] < 2:
        return False
    sums = output.sum(1)
    return bool((output >= 0).all() and torch.allclose(sums, torch.ones_like(sums)))


def all_finite(module: nn.Module) -> bool:
    """Whether a module has no infinite or undefined weight."""
    return all(bool(torch.isfinite(p).all()) for p in module.parameters())
