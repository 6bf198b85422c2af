"""What a module of the user's gets: an array, parts by name, or rows loaded late."""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from scipy.sparse import issparse
from skorch.helper import SliceDict
from torch import nn

from sklearn_hp.neural_network._axes import axis_of_first_layer, not_told
from sklearn_hp.neural_network._inputs import (
    TEXT_ERRORS,
    check_table,
    refuse_loader,
    to_float32,
    warn_of_offsets,
)
from sklearn_hp.neural_network._lazy import (
    AsNumbers,
    LazyBatches,
    LazyRows,
    check_keeps_order,
    first_batch,
    is_dataset,
    targets_of,
)
from sklearn_hp.neural_network._modules import Cast
from sklearn_hp.neural_network._objects import as_numpy, refuse_objects
from sklearn_hp.neural_network._parts import ByName, check_parts, find_axes, make_front
from sklearn_hp.neural_network._randomness import drawn_from
from sklearn_hp.neural_network._rows import RowsMixin, mean_one
from sklearn_hp.neural_network._scaling import make_scale
from sklearn_hp.neural_network._signature import takes_input_size
from sklearn_hp.neural_network._sparse import first_rows


class ModuleInputsMixin(RowsMixin):
    """Rows of an estimator whose module is the user's."""

    scaler: str | None
    channel_axis: Any
    collate_fn: Callable[[list[Any]], Any] | None
    module: Any
    n_features_in_: int

    # SliceDict, LazyRows or ndarray: what fit made of X
    _kind: type
    # None if a collate_fn, or a Dataset of several parts, decides
    _takes_integers: bool | None

    @abstractmethod
    def _module_for(self, n_features_in: int | None) -> nn.Module:
        """Return the module for so many features; None if there is no one number."""

    # ---- rows ------------------------------------------------------------------------

    def _targets_of(self, X: Any, y: Any) -> Any:
        return targets_of(X) if y is None and is_dataset(X) else as_numpy(y)

    def _check_X(self, X: Any, *, reset: bool) -> Any:
        refuse_loader(X)
        if reset:
            self._kind = self._kind_of(X)
        kind = self._kind
        if kind is LazyRows:
            return LazyRows(X, self.collate_fn)
        given = self._kind_of(X)
        if given is not kind:
            raise ValueError(
                f"{type(self).__name__} was fitted to {_KINDS[kind]}, and X is "
                f"{_KINDS[given]}, of type {type(X).__name__}. Pass rows as in fit."
            )
        if kind is SliceDict:
            return check_parts(X, like=None if reset else self._like)
        X = as_numpy(X)
        refuse_objects(X)
        try:
            X = check_table(self, X, reset=reset, allow_nd=True, keep_integers=True)
        except ValueError as exc:
            if not any(text in str(exc) for text in TEXT_ERRORS):
                raise
            raise ValueError(
                f"X has a column of text: {exc}. Encode it in a step of a Pipeline, as "
                f"sklearn's OrdinalEncoder or skorch's DataFrameTransformer do."
            ) from exc
        if reset:
            return X
        if X.ndim > 2 or self._n_axes > 2:
            self._check_axes(X)
        return self._as_taken(X)

    def _kind_of(self, X: Any) -> type:
        if self.collate_fn is not None or is_dataset(X):
            return LazyRows
        # a sparse matrix can be a Mapping
        in_parts = isinstance(X, Mapping) and not issparse(X)
        return SliceDict if in_parts else np.ndarray

    def _check_axes(self, X: np.ndarray) -> None:
        if X.ndim == self._n_axes and X.shape[self._axis] == self.n_features_in_:
            return
        raise ValueError(
            f"X of shape {X.shape} was given, but {type(self).__name__} was fitted to "
            f"{self._n_axes} axes, with n_features_in_={self.n_features_in_} on axis "
            f"{self._axis}. Pass rows shaped as in fit."
        )

    def _fit_to_module(self, X):
        if self._kind is not np.ndarray or X.ndim > 2:
            # names of columns, of an earlier fit
            vars(self).pop("feature_names_in_", None)
        if isinstance(X, SliceDict):
            self._like, self._n_inputs = X[:0], None
            vars(self).pop("n_features_in_", None)
            self._part_axes = {}
            if self.scaler is not None:
                make = functools.partial(self._module_for, None)
                with drawn_from(0, torch.device("cpu")):
                    self._part_axes = find_axes(make, X, self.channel_axis)
            return X
        if isinstance(X, LazyRows):
            return self._fit_to_lazy(X)
        self._learn_shape(X)
        # small ones, such as pixels, become numbers batch by batch
        self._keeps_small = X.dtype.kind in "iu" and X.dtype.itemsize <= 2
        taken = self._as_taken(X)
        if not (self._takes_integers or issparse(X)):
            warn_of_offsets(X)
        return taken

    def _fit_to_lazy(self, rows: LazyRows) -> LazyRows:
        if self.scaler not in ("auto", None):
            raise ValueError(
                f"scaler={self.scaler!r} needs all rows at once, and those of a "
                f"Dataset, or for a collate_fn, are loaded batch by batch. Leave "
                f"scaler='auto', which scales none of them, and scale each row where "
                f"it is loaded."
            )
        self._n_inputs, self._takes_integers = None, None
        vars(self).pop("n_features_in_", None)
        batch = first_batch(rows, torch.device("cpu"))
        if self.collate_fn is None and isinstance(batch, torch.Tensor):
            self._learn_shape(batch.numpy())
        return rows

    def _learn_shape(self, X: np.ndarray) -> None:
        """Find out which axis has the features, and whether they may be integers."""
        is_integer = X.dtype.kind in "iu"
        some = first_rows(X).astype(np.int64 if is_integer else np.float32)
        self._n_axes = X.ndim
        self._takes_integers = False
        if is_integer and self.scaler in ("auto", None):
            self._takes_integers = any(
                self._runs(some, axis, of_integers=True) for axis in self._axes(X)
            )
        self._axis = self._find_axis(
            some if self._takes_integers else some.astype(np.float32)
        )
        self._n_inputs = self.n_features_in_ = X.shape[self._axis]

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
        rows = torch.from_numpy(some)
        with drawn_from(0, torch.device("cpu")):
            axis = axis_of_first_layer(self._module_for(some.shape[1]), rows, rows)
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
                self._module_for(some.shape[axis]).eval()(torch.tensor(some))
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

    # ---- what a module is given ------------------------------------------------------

    def _make_front(self, rows):
        if isinstance(rows.X, LazyRows):
            return [("front", self._make_lazy_front())]
        scaler = "standard" if self.scaler == "auto" else self.scaler
        if isinstance(rows.X, SliceDict):
            front = make_front(rows.X, rows.weight, scaler, self._part_axes)
            return [("front", front)]
        if self._takes_integers:
            return [("cast", Cast(torch.int64))]
        if self.scaler is None:
            is_integer = rows.X.dtype.kind in "iu"
            return [("cast", Cast(torch.float32))] if is_integer else []
        return [("scale", make_scale(rows.X, rows.weight, scaler, self._axis))]

    def _make_lazy_front(self) -> nn.Module:
        if self._takes_integers is None:
            return AsNumbers()
        return Cast(torch.int64 if self._takes_integers else torch.float32)

    def _join(self, layers):
        return ByName(**layers) if "front" in layers else super()._join(layers)

    def _batches(self, rows, device, train=True):
        if not isinstance(rows.X, LazyRows):
            return super()._batches(rows, device, train)
        if rows.weight is not None and self.collate_fn is not None:
            check_keeps_order(rows.X[: self.batch_size])
        return LazyBatches(
            rows.X,
            torch.from_numpy(rows.target),
            mean_one(rows.weight),
            self.batch_size,
            device,
            shuffle=train,
        )


# What messages call the kinds of rows.
_KINDS = {
    np.ndarray: "an array",
    SliceDict: "a dict of parts",
    LazyRows: "a Dataset, or rows for a collate_fn",
}
