"""What the estimators of any torch module have in common: the module of the user."""

from __future__ import annotations

import copy
import functools
from numbers import Integral
from typing import Any, ClassVar

import torch
from torch import nn

from sklearn_hp._sklearn_compat import StrOptions
from sklearn_hp._unexpected_argument import did_you_mean
from sklearn_hp.neural_network._base import BaseTorch
from sklearn_hp.neural_network._criterion import CriterionPart, make_criterion
from sklearn_hp.neural_network._data import Batch
from sklearn_hp.neural_network._device import is_out_of_memory
from sklearn_hp.neural_network._lazy import first_batch
from sklearn_hp.neural_network._module_checks import check_shape, run
from sklearn_hp.neural_network._module_inputs import ModuleInputsMixin
from sklearn_hp.neural_network._other_names import REMEDIES
from sklearn_hp.neural_network._prefixed import Part
from sklearn_hp.neural_network._signature import (
    ModulePart,
    sizes_for,
)


class BaseUserModule(ModuleInputsMixin, BaseTorch):
    """What both have in common: parameters of the module, by its signature."""

    _parameter_constraints: ClassVar[dict] = {
        "scaler": [StrOptions({"auto", "standard", "robust"}), None],
        "module": [callable, nn.Module],
        "channel_axis": [StrOptions({"auto"}), Integral],
        "collate_fn": [callable, None],
        "criterion": [callable, nn.Module, None],
    }

    _parts: ClassVar[tuple[Part, ...]] = (
        ModulePart(),
        CriterionPart(),
        *BaseTorch._parts,
    )

    def _remedy(self, name: str) -> str | None:
        if "__" in name:
            return super()._remedy(name)
        return (
            REMEDIES.get(name)
            or did_you_mean(name, self._get_param_names())
            or f"Parameters of the module are passed as module__{name}."
        )

    @property
    def _owns_randomness(self) -> bool:
        return False  # a module may draw dropout from torch's global generator

    # ---- the module ------------------------------------------------------------------

    def _make_module(self, row_shape: tuple[int, ...], n_outputs: int) -> nn.Module:
        return self._module_for(self._n_inputs)

    def _module_for(self, n_features_in: int | None) -> nn.Module:
        """Return the module for so many features; for parts there is no one number."""
        if isinstance(self.module, nn.Module):
            return copy.deepcopy(self.module)
        params = copy.deepcopy(self._params_of("module"))
        sizes = sizes_for(self.module, n_features_in, self._n_outputs, params)
        module = self.module(**sizes, **params)
        if not isinstance(module, nn.Module):
            raise TypeError(
                f"module={self.module!r} must make a torch.nn.Module, and made "
                f"{module!r} of type {type(module).__name__}."
            )
        return module

    def _check_module(self, module: nn.Module, X: Any, n_rows: int) -> None:
        sizes = f"n_outputs={self._n_outputs}"
        if self._n_inputs is not None:
            sizes = f"n_features_in={self._n_inputs} and {sizes}"
        output = run(module, X, sizes)
        name = type(module.body).__name__
        check_shape(output, (n_rows, self._n_outputs), name, self._output_name)
        self._check_output(module, output)

    _output_name: ClassVar[str] = "target"

    def _check_output(self, module: nn.Module, output: torch.Tensor) -> None:
        """Check the values of an output; a hook."""

    def _make_criterion(self, *, weighted):
        if self.criterion is None:
            return super()._make_criterion(weighted=weighted)
        if getattr(self, "label_smoothing", 0.0):
            raise ValueError(
                f"label_smoothing={self.label_smoothing} belongs to the cross-entropy, "
                f"and criterion={self.criterion!r} takes its place. Leave one of them "
                f"out."
            )
        return make_criterion(self._loss, "none" if weighted else "mean")

    @property
    def _loss(self) -> Any:
        """The criterion, with its parameters."""
        params = self._params_of("criterion")
        return functools.partial(self.criterion, **params) if params else self.criterion

    def _check_loss(self, net, rows):
        """Run the loss on a few rows, so that what is wrong has its name."""
        if self.criterion is None:
            return
        X, y = (first_batch(part, net.device) for part in (rows.X, rows.target))
        n = len(y)
        weight = None if rows.weight is None else torch.ones(n, device=net.device)
        kept = net.criterion_
        # it may keep count of what it saw
        net.criterion_ = copy.deepcopy(kept)
        net.module_.eval()
        try:
            with torch.no_grad():
                loss = net.get_loss(net.infer(X), y)
            if not isinstance(loss, torch.Tensor):
                raise TypeError(f"no tensor but {type(loss).__name__} was returned")
        except (RuntimeError, TypeError, IndexError, ValueError) as exc:
            if is_out_of_memory(exc):
                raise
            raise ValueError(
                f"criterion={self.criterion!r} failed. It is called as "
                f"criterion(output, target), here with an output of shape "
                f"({n}, {self._n_outputs}) and a target of shape {tuple(y.shape)} and "
                f"type {str(y.dtype).removeprefix('torch.')}, and must return a "
                f"tensor. It raised {type(exc).__name__}: {exc}"
            ) from exc
        else:
            net.validation_step(Batch(X, y, weight))
        finally:
            net.criterion_ = kept
