"""Inputs in several parts: a dict of arrays, which a module gets by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from scipy.sparse import issparse
from sklearn.utils.validation import check_array
from skorch.helper import SliceDict
from torch import nn

from sklearn_hp.neural_network._axes import axis_of_first_layer
from sklearn_hp.neural_network._data import map_parts
from sklearn_hp.neural_network._inputs import TEXT_ERRORS, to_float32
from sklearn_hp.neural_network._modules import Cast
from sklearn_hp.neural_network._objects import as_numpy
from sklearn_hp.neural_network._scaling import make_scale


def check_parts(X: Mapping[Any, Any], like: SliceDict | None) -> SliceDict:
    """Validate the parts of rows, and return them as the module gets them.

    Parameters
    ----------
    X : dict of array-like of shape (n_samples, ...)
        Parts by the names of the module's arguments.
    like : SliceDict or None
        Rows of the fit, whose names, types and axes these have; None in the fit.

    Returns
    -------
    X : SliceDict of ndarray
        float32; whole numbers stay int64, pixels uint8, and True and False bool.

    Raises
    ------
    ValueError
        If names, lengths, values or types are wrong.
    """
    if not X or not all(isinstance(name, str) for name in X):
        raise ValueError(
            f"X is a dict of parts, whose keys are the names of the arguments of the "
            f"module's forward, got the keys {list(X)}."
        )
    if like is not None and X.keys() != like.keys():
        raise ValueError(
            f"X has the parts {sorted(X)}, and had {sorted(like)} in fit. Pass the "
            f"same parts."
        )
    parts = {name: _check_part(part, name) for name, part in X.items()}
    lengths = {name: len(part) for name, part in parts.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            f"The parts of X must all have one row for each sample, got {lengths} rows."
        )
    if like is not None:
        parts = {name: _as_in_fit(parts[name], like[name], name) for name in like}
    return SliceDict(**parts)


def _check_part(part: Any, name: str) -> np.ndarray:
    if issparse(part):
        part = part.toarray()
    try:
        part = check_array(
            as_numpy(part),
            dtype="numeric",
            ensure_2d=False,
            allow_nd=True,
            input_name=f"X[{name!r}]",
        )
    except ValueError as exc:
        for text, meaning in _MEANINGS.items():
            if text in str(exc):
                raise ValueError(f"X[{name!r}] {meaning} It raised: {exc}") from exc
        raise
    if part.dtype.kind in "iu" and part.dtype != np.uint8:
        part = part.astype(np.int64, copy=False)
    elif part.dtype.kind == "f":
        part = to_float32(part)
    # torch cannot wrap what may not be written to, as the memory maps of a search
    return part if part.flags.writeable else part.copy()


_TEXT = (
    "must hold numbers, and holds text or objects. Replace text by whole numbers, as "
    "OrdinalEncoder of scikit-learn does, for an nn.Embedding to look up."
)

# Part of numpy's or scikit-learn's message -> ours.
_MEANINGS = {
    "inhomogeneous": (
        "must have rows of one length, and has several. Pad short ones, or pass a "
        "collate_fn that does."
    ),
    **dict.fromkeys(TEXT_ERRORS, _TEXT),
}


def _as_in_fit(part: np.ndarray, like: np.ndarray, name: str) -> np.ndarray:
    if part.ndim != like.ndim:
        raise ValueError(
            f"X[{name!r}] of shape {part.shape} was given, but had {like.ndim} axes in "
            f"fit. Pass rows shaped as in fit."
        )
    with np.errstate(invalid="ignore"):
        converted = part.astype(like.dtype)
    if like.dtype.kind != "f" and not np.array_equal(converted, part):
        raise ValueError(
            f"X[{name!r}] was {like.dtype} in fit, and its values now are not: got "
            f"{part.dtype}. Pass the same type."
        )
    return converted


def make_front(
    rows: SliceDict,
    weight: np.ndarray | None,
    scaler: str | None,
    axes: dict[str, int],
) -> Front:
    """Return what puts each part on a scale of its own, by the training rows.

    Parameters
    ----------
    rows : SliceDict of ndarray
    weight : ndarray of shape (n_samples,) or None
    scaler : {"standard", "robust"} or None
    axes : dict of str to int
        The axis of channels or features, of parts that have more than two.
    """
    layers: dict[str, nn.Module] = {}
    for name, part in rows.items():
        if not _is_number(part):
            continue
        # one number for each row is scaled as one column
        columns = part[:, np.newaxis] if part.ndim == 1 else part
        scale = None
        if scaler is not None:
            scale = make_scale(columns, weight, scaler, axes.get(name, 1))
        layers[name] = Cast(torch.float32) if scale is None else scale
    return Front(layers)


def find_axes(
    make_module: Callable[[], nn.Module], rows: SliceDict, channel_axis: Any
) -> dict[str, int]:
    """Return the axis on which each part has its channels or features.

    Parameters
    ----------
    make_module : callable
        Returns the module.
    rows : SliceDict of ndarray
    channel_axis : int or "auto"
        "auto" asks the first layer that is given the part as it is.

    Returns
    -------
    axes : dict of str to int
        Of the parts to be scaled that have more than two.

    Raises
    ------
    ValueError
        If a first layer does not tell.
    """
    names = [name for name, part in rows.items() if part.ndim > 2 and _is_number(part)]
    if channel_axis != "auto":
        return {name: _checked(channel_axis, rows[name], name) for name in names}
    some = map_parts(rows[:8], _as_taken)
    axes = {}
    for name in names:
        axis = axis_of_first_layer(make_module(), some, some[name])
        if axis is None:
            raise ValueError(
                f"X[{name!r}] has the shape {rows[name].shape}, and no layer of the "
                f"module tells on which axis its channels or features are, along which "
                f"it is scaled. Pass channel_axis=1 if they come first in a row, "
                f"channel_axis=-1 if they come last, or scaler=None."
            )
        axes[name] = axis
    return axes


def _checked(axis: int, part: np.ndarray, name: str) -> int:
    if not -part.ndim < axis < part.ndim or axis == 0:
        raise ValueError(
            f"channel_axis={axis} is no axis of a row of X[{name!r}], which has the "
            f"shape {part.shape}. Pass an axis from 1 to {part.ndim - 1}, or -1 for "
            f"the last."
        )
    return axis % part.ndim


def _is_number(part: np.ndarray) -> bool:
    """Whether a part is an amount, and not a code or a mask; pixels are."""
    return part.dtype.kind == "f" or part.dtype == np.uint8


def _as_taken(part: np.ndarray) -> torch.Tensor:
    return torch.tensor(part, dtype=torch.float32 if _is_number(part) else None)


class Front(nn.Module):
    """Prepares parts of a batch for the module, each by a layer of its own.

    Parameters
    ----------
    layers : dict of str to torch.nn.Module
        By the name of the part; one without a layer is left as it is.
    """

    def __init__(self, layers: dict[str, nn.Module]) -> None:
        super().__init__()
        # a part may be called as an attribute of modules is, such as "type"
        self.layers = nn.ModuleDict(
            {f"of_{name}": each for name, each in layers.items()}
        )

    def forward(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parts by name."""
        return {name: self._prepare(name, part) for name, part in parts.items()}

    def _prepare(self, name: str, part: Any) -> Any:
        key = f"of_{name}"
        return self.layers[key](part) if key in self.layers else part


class ByName(nn.Module):
    """Gives parts of a batch, if it has any, to the arguments that are named so.

    Parameters
    ----------
    front : torch.nn.Module
        Prepares a batch.
    body : torch.nn.Module
    """

    def __init__(self, front: nn.Module, body: nn.Module) -> None:
        super().__init__()
        self.front, self.body = front, body

    def forward(self, /, *rows: Any, **parts: Any) -> Any:
        """Call the module with a batch, a dict of parts, or parts by name."""
        batch = self.front(rows[0] if rows else parts)
        return self.body(**batch) if isinstance(batch, dict) else self.body(batch)
