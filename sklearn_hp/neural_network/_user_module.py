"""What the estimators of any torch module have in common: the module of the user."""

from __future__ import annotations

import copy
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import torch
from scipy.sparse import issparse
from torch import nn

from sklearn_hp._sklearn_compat import StrOptions
from sklearn_hp.neural_network._axes import axis_of_first_layer, not_told
from sklearn_hp.neural_network._base import BaseTorch
from sklearn_hp.neural_network._data import Batch
from sklearn_hp.neural_network._device import is_out_of_memory
from sklearn_hp.neural_network._inputs import (
    check_table,
    to_float32,
    warn_of_offsets,
)
from sklearn_hp.neural_network._losses import make_criterion
from sklearn_hp.neural_network._modules import Cast
from sklearn_hp.neural_network._prefixed import Part
from sklearn_hp.neural_network._randomness import drawn_from
from sklearn_hp.neural_network._scaling import make_scale
from sklearn_hp.neural_network._signature import (
    ModulePart,
    sizes_for,
    takes_input_size,
)
from sklearn_hp.neural_network._sparse import first_rows
from sklearn_hp.neural_network._torch_errors import torch_errors_explained


class BaseUserModule(BaseTorch):
    """What both have in common: parameters of the module, by its signature."""

    _parameter_constraints: ClassVar[dict] = {
        "scaler": [StrOptions({"auto", "standard", "robust"}), None],
        "module": [callable, nn.Module],
        "channel_axis": [StrOptions({"auto"}), Integral],
        "criterion": [callable, nn.Module, None],
    }

    _parts: ClassVar[tuple[Part, ...]] = (ModulePart(), *BaseTorch._parts)

    def _remedy(self, name: str) -> str | None:
        if "__" in name:
            return super()._remedy(name)
        return f"Parameters of the module are passed as module__{name}."

    @property
    def _owns_randomness(self) -> bool:
        return False  # a module may draw dropout from torch's global generator

    # ---- the module ------------------------------------------------------------------

    def _check_X(self, X: Any, *, reset: bool) -> np.ndarray:
        X = check_table(self, X, reset=reset, allow_nd=True, keep_integers=True)
        if reset:
            return X
        if X.ndim > 2 or self._n_axes > 2:
            self._check_axes(X)
        return self._as_taken(X)

    def _check_axes(self, X: np.ndarray) -> None:
        if X.ndim == self._n_axes and X.shape[self._axis] == self.n_features_in_:
            return
        raise ValueError(
            f"X of shape {X.shape} was given, but {type(self).__name__} was fitted to "
            f"{self._n_axes} axes, with n_features_in_={self.n_features_in_} on axis "
            f"{self._axis}. Pass rows shaped as in fit."
        )

    def _fit_to_module(self, X):
        is_integer = X.dtype.kind in "iu"
        unscaled = self.scaler in ("auto", None)
        some = first_rows(X).astype(np.int64 if is_integer else np.float32)
        self._n_axes = X.ndim
        self._takes_integers = False
        if is_integer and unscaled:
            self._takes_integers = any(
                self._runs(some, axis, of_integers=True) for axis in self._axes(X)
            )
        self._axis = self._find_axis(
            some if self._takes_integers else some.astype(np.float32)
        )
        if X.ndim > 2:
            self.n_features_in_ = X.shape[self._axis]
            if hasattr(self, "feature_names_in_"):
                del self.feature_names_in_
        # small ones, such as pixels, become numbers batch by batch
        self._keeps_small = is_integer and X.dtype.itemsize <= 2
        taken = self._as_taken(X)
        if not (self._takes_integers or issparse(X)):
            warn_of_offsets(X)
        return taken

    def _axes(self, X: np.ndarray) -> list[int]:
        """Return the axes that may hold the channels or features."""
        if self.channel_axis == "auto":
            return [1] if X.ndim == 2 else [1, X.ndim - 1]
        axis = self.channel_axis % X.ndim if self.channel_axis < X.ndim else 0
        if axis == 0 or self.channel_axis < -X.ndim:
            raise ValueError(
                f"channel_axis={self.channel_axis} is no axis of a row of X, which has "
                f"the shape {X.shape}. Pass an axis from 1 to {X.ndim - 1}, or -1 for "
                f"the last."
            )
        return [axis]

    def _find_axis(self, some: np.ndarray) -> int:
        """Return the axis that `n_features_in` is counted on, by a few rows."""
        axes = self._axes(some)
        if len(axes) == 1:
            return axes[0]
        running = [axis for axis in axes if self._runs(some, axis)]
        if len(running) != 1:
            # one that does not run at all is refused later
            return self._axis_by_layers(some) if running else axes[0]
        return running[0]

    def _axis_by_layers(self, some: np.ndarray) -> int:
        with drawn_from(0, torch.device("cpu")), torch.no_grad():
            module = self._module_for(some.shape, 1).eval()
            axis = axis_of_first_layer(module, torch.from_numpy(some))
        matters = takes_input_size(self.module) or not (
            self._takes_integers or self.scaler is None
        )
        if axis is None and matters:
            raise ValueError(not_told(some.shape, f"module={self.module!r}"))
        return 1 if axis is None else axis

    def _runs(self, some: np.ndarray, axis: int, of_integers: bool = False) -> bool:
        """Whether a few rows run through the module, of a size by this axis."""
        with drawn_from(0, torch.device("cpu")), torch.no_grad():
            try:
                self._module_for(some.shape, axis).eval()(torch.tensor(some))
            except IndexError:
                return of_integers  # of an embedding that is too small
            except (RuntimeError, TypeError, ValueError, AssertionError):
                return False  # if no axis does, training says why
        return True

    def _as_taken(self, X: np.ndarray) -> np.ndarray:
        """Return rows as the first layer takes them."""
        is_integer = X.dtype.kind in "iu"
        if not self._takes_integers:
            if is_integer and X.dtype.itemsize <= 2 and self._keeps_small:
                return X
            numbers = to_float32(X)
            if is_integer and self.scaler is None and not np.array_equal(numbers, X):
                raise ValueError(
                    "X has integers above 2**24, not all of which there are in "
                    "float32. If they are codes, let the module take integers, as "
                    "nn.Embedding does; if they are amounts, pass scaler='standard'."
                )
            return numbers
        if is_integer:
            return X
        codes = X.astype(np.int64)
        if not np.array_equal(codes, X):
            raise ValueError(
                f"X has numbers that are not whole, but {type(self).__name__} was "
                f"fitted to integers, which its module takes as they are. Pass "
                f"integers."
            )
        return codes

    def _make_front(self, rows):
        if self._takes_integers:
            return [("cast", Cast(torch.int64))]
        if self.scaler is None:
            is_integer = rows.X.dtype.kind in "iu"
            return [("cast", Cast(torch.float32))] if is_integer else []
        scaler = "standard" if self.scaler == "auto" else self.scaler
        return [("scale", make_scale(rows.X, rows.weight, scaler, self._axis))]

    def _make_module(self, row_shape: tuple[int, ...], n_outputs: int) -> nn.Module:
        return self._module_for((0, *row_shape), self._axis)

    def _module_for(self, shape: tuple[int, ...], axis: int) -> nn.Module:
        """Return the module for `X` of a shape, with its features on an axis."""
        if isinstance(self.module, nn.Module):
            return copy.deepcopy(self.module)
        params = copy.deepcopy(self._params_of("module"))
        sizes = sizes_for(self.module, shape[axis], self._n_outputs, params)
        module = self.module(**sizes, **params)
        if not isinstance(module, nn.Module):
            raise TypeError(
                f"module={self.module!r} must make a torch.nn.Module, and made "
                f"{module!r} of type {type(module).__name__}."
            )
        return module

    def _check_module(self, module: nn.Module, X: torch.Tensor) -> None:
        module.eval()
        with torch.no_grad(), torch_errors_explained():
            try:
                output = module(X)
            except (RuntimeError, TypeError) as exc:
                if is_out_of_memory(exc):
                    raise
                raise ValueError(
                    f"The module {type(module.body).__name__} failed on rows of shape "
                    f"{tuple(X.shape)}. Look at the sizes of its layers, for "
                    f"n_features_in={X.shape[self._axis]} and n_outputs="
                    f"{self._n_outputs}. It raised {type(exc).__name__}: {exc}"
                ) from exc
        module.train()
        output = output[0] if isinstance(output, tuple) else output
        if output.ndim == 1:
            output = output.unsqueeze(1)
        expected = (len(X), self._n_outputs)
        if tuple(output.shape) != expected:
            raise ValueError(
                f"The module {type(module.body).__name__} returned an array of shape "
                f"{tuple(output.shape)} for {len(X)} rows; expected is {expected}: one "
                f"column for each {self._output_name}. Use the n_outputs that it is "
                f"called with as the width of its last layer."
            )
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
        return make_criterion(self.criterion, "none" if weighted else "mean")

    def _check_loss(self, net, rows):
        """Run the loss on a few rows, so that what is wrong has its name."""
        if self.criterion is None:
            return
        X, y = (
            torch.from_numpy(first_rows(part)).to(net.device)
            for part in (rows.X, rows.target)
        )
        n = len(y)
        weight = None if rows.weight is None else torch.ones(n, device=net.device)
        kept = net.criterion_
        # it may keep count of what it saw
        net.criterion_ = copy.deepcopy(kept)
        try:
            net.validation_step(Batch(X, y, weight))
        except (RuntimeError, TypeError, IndexError) as exc:
            if is_out_of_memory(exc):
                raise
            raise ValueError(
                f"criterion={self.criterion!r} failed. It is called as "
                f"criterion(output, target), here with an output of shape "
                f"({n}, {self._n_outputs}) and a target of shape {tuple(y.shape)} and "
                f"type {str(y.dtype).removeprefix('torch.')}, and raised "
                f"{type(exc).__name__}: {exc}"
            ) from exc
        finally:
            net.criterion_ = kept
