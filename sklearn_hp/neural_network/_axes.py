"""Which axis of rows that have several holds their channels, or features."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

# Layers that say where the features of their input are: on the first axis of a row,
# or on the last.
_FIRST = (
    *(nn.Conv1d, nn.Conv2d, nn.Conv3d),
    *(nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.GroupNorm),
    *(nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d),
    *(nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d),
    *(nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d),
)
_LAST = (
    *(nn.Linear, nn.RNNBase, nn.LayerNorm),
    *(nn.MultiheadAttention, nn.TransformerEncoderLayer),
)


def axis_of_first_layer(module: nn.Module, X: Any, part: torch.Tensor) -> int | None:
    """Return the axis by the layer that is given the rows as they are.

    Parameters
    ----------
    module : torch.nn.Module
        Is run, without what it learns.
    X : Tensor of shape (n_samples, ..., ...), or dict of such
        A few rows.
    part : Tensor
        That of `X`, or `X`, whose axis is asked for.

    Returns
    -------
    axis : int or None
        Of `part`. None if no such layer tells.
    """
    found: list[int] = []

    def look(layer: nn.Module, args: tuple[Any, ...]) -> None:
        if found or not args or not isinstance(args[0], torch.Tensor):
            return
        if args[0].shape == part.shape and torch.equal(args[0], part):
            if isinstance(layer, _FIRST):
                found.append(1)
            elif isinstance(layer, _LAST):
                found.append(part.ndim - 1)

    handles = [layer.register_forward_pre_hook(look) for layer in module.modules()]
    try:
        with torch.no_grad():
            module.eval()
            module(**X) if isinstance(X, dict) else module(X)
    finally:
        for handle in handles:
            handle.remove()
    return found[0] if found else None


def not_told(shape: tuple[int, ...], name: str) -> str:
    """Return what an error says where the axis cannot be found."""
    return (
        f"X has the shape {shape}, and {name} does not tell on which axis its channels "
        f"or features are. They are scaled, and counted as n_features_in, along this "
        f"axis. Pass channel_axis=1 for images and signals of shape (n_samples, "
        f"channels, ...), channel_axis=-1 for sequences of shape (n_samples, time, "
        f"features) and images with channels last."
    )
