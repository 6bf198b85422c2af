"""The networks: layers that put inputs on a common scale, and ready-made modules."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "mish": nn.Mish,
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "selu": nn.SELU,
    "tanh": nn.Tanh,
    "logistic": nn.Sigmoid,
    "identity": nn.Identity,
}

# Beyond three scales from the centre, "robust" inputs bend towards a bound: the smooth
# clipping of Holzmueller, Grinsztajn & Steinwart (2024), arXiv:2407.04491.
_CLIP = 3.0

# Patches to a side that the output layer of a CNN sees at most.
_MAX_PATCHES = 4


class Scale(nn.Module):
    """Put inputs on a common scale.

    Parameters
    ----------
    center, scale : array of shape (n_features,)
        Of each column, or of each channel where inputs have more than one axis.
    n_axes : int
        Number of axes of one row.
    clip : bool, default=False
        Whether far outliers are drawn nearer.
    axis : int, default=1
        The axis of a batch that columns or channels are on.
    fill : bool, default=False
        Whether NaN, a number that is missing, becomes the centre.
    """

    center: torch.Tensor
    factor: torch.Tensor
    has_gaps = True  # whether rows to train on may have NaN

    def __init__(
        self,
        center: np.ndarray,
        scale: np.ndarray,
        n_axes: int,
        clip: bool = False,
        axis: int = 1,
        fill: bool = False,
    ) -> None:
        super().__init__()
        shape = [1] * n_axes
        shape[axis - 1] = -1
        self.register_buffer("center", _float32(center).reshape(shape))
        self.register_buffer("factor", _float32(1.0 / scale).reshape(shape))
        self.clip = clip
        self.fill = fill

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return inputs of about zero mean and unit variance, as float32."""
        Z = (X - self.center) * self.factor
        if self.fill and (self.has_gaps or not self.training):
            Z = torch.nan_to_num(Z, 0.0, math.inf, -math.inf)
        return Z / torch.sqrt(1.0 + (Z / _CLIP) ** 2) if self.clip else Z


class Cast(nn.Module):
    """Convert a batch to the type that a module takes.

    Parameters
    ----------
    dtype : torch.dtype
    """

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return the batch, converted."""
        return X.to(self.dtype)


def _float32(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(np.asarray(array), dtype=torch.float32)


class DrawingLayer(nn.Module):
    """A layer that draws from a generator of the fit's own, where it is given one.

    torch's layers draw from the global generator, which threads that fit at the same
    time share, so that their results would depend on each other.
    """

    def __init__(self) -> None:
        super().__init__()
        self.generator: torch.Generator | None = None


class Dropout(DrawingLayer):
    """Dropout; torch's draws from the global generator."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Set each value to zero with probability `p`, in training only."""
        if not self.training or self.p == 0.0:
            return X
        if X.device.type == "cpu":
            return X * _mask_on_cpu(X.shape, self.p, self.generator).to(X.dtype)
        keep = 1.0 - self.p
        # float32, as bfloat16 is too coarse
        mask = torch.rand(X.shape, generator=self.generator, device=X.device)
        return X * mask.lt_(keep).div_(keep).to(X.dtype)


def _mask_on_cpu(
    shape: torch.Size, p: float, generator: torch.Generator | None
) -> torch.Tensor:
    """Return what dropout multiplies by: 0 with probability `p`, else 1 / (1 - p).

    A random number of 64 bits is four of 16 bits, so that drawing takes half as long
    as with `torch.rand`. `p` is rounded to 16 bits, and the mean is 1 all the same.
    """
    *outer, n_values = shape
    numbers = torch.empty((*outer, -(-n_values // 4)), dtype=torch.int64)
    numbers.random_(-(2**63), None, generator=generator)
    draws = numbers.view(torch.int16)[..., :n_values]
    n_kept = max(1, round((1.0 - p) * 2**16))
    mask = torch.empty(shape)
    return torch.le(draws, n_kept - 2**15 - 1, out=mask).mul_(2**16 / n_kept)


def give_generator(module: nn.Module, generator: torch.Generator | None) -> None:
    """Set what the layers of a module draw from."""
    for layer in module.modules():
        # a module is slow in setting an attribute
        if isinstance(layer, DrawingLayer) and layer.generator is not generator:
            layer.generator = generator


class MLP(nn.Sequential):
    """Multilayer perceptron; returns logits, or targets.

    Parameters
    ----------
    n_inputs, n_outputs : int
    widths : sequence of int
        Of the hidden layers; empty for a linear model.
    activation : str
        A name in `ACTIVATIONS`.
    dropout : float
    normalization : {"batch", "layer"} or None
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        widths: Sequence[int],
        activation: str,
        dropout: float,
        normalization: str | None,
    ) -> None:
        layers: list[nn.Module] = []
        for width in widths:
            layers.append(nn.Linear(n_inputs, width))
            if normalization == "batch":
                layers.append(nn.BatchNorm1d(width))
            elif normalization == "layer":
                layers.append(nn.LayerNorm(width))
            layers.append(ACTIVATIONS[activation]())
            layers.append(Dropout(dropout))
            n_inputs = width
        super().__init__(*layers, nn.Linear(n_inputs, n_outputs))


class CNN(nn.Sequential):
    """Blocks of convolution, normalisation, activation and pooling; returns logits.

    A block halves height and width, rounding up; channels double from block to block.
    What remains of the image, averaged to at most 4 x 4 patches, goes into the output
    layer.

    Parameters
    ----------
    image_shape : tuple of (channels, height, width)
    n_outputs : int
    n_blocks, channels, kernel_size : int
        `channels` is of the first block.
    activation : str
        A name in `ACTIVATIONS`.
    dropout : float
        Before the output layer.
    normalization : {"batch"} or None
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        n_outputs: int,
        n_blocks: int,
        channels: int,
        kernel_size: int,
        activation: str,
        dropout: float,
        normalization: str | None,
    ) -> None:
        layers: list[nn.Module] = []
        n_channels, height, width = image_shape
        for _ in range(n_blocks):
            pad = kernel_size // 2
            layers.append(nn.Conv2d(n_channels, channels, kernel_size, padding=pad))
            if normalization == "batch":
                layers.append(nn.BatchNorm2d(channels))
            layers.append(ACTIVATIONS[activation]())
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
            n_channels, channels = channels, 2 * channels
            grown = 1 - kernel_size % 2  # an even kernel adds a line
            height, width = -(-(height + grown) // 2), -(-(width + grown) // 2)
        # MPS has no adaptive pooling into patches of unequal size
        patch = -(-height // _MAX_PATCHES), -(-width // _MAX_PATCHES)
        layers += [nn.AvgPool2d(patch, ceil_mode=True), nn.Flatten(), Dropout(dropout)]
        n_inputs = n_channels * -(-height // patch[0]) * -(-width // patch[1])
        super().__init__(*layers, nn.Linear(n_inputs, n_outputs))
