"""Images that are changed at random while a network trains."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.nn import functional as F

from sklearn_hp.neural_network._modules import DrawingLayer

# The strength that a name stands for, and the largest that means something.
_STRENGTHS = {
    "flip": (0.5, 1.0),
    "vertical_flip": (0.5, 1.0),
    "shift": (0.1, 1.0),
    "rotate": (10.0, 180.0),
    "crop": (0.2, 0.9),
}
NAMES = set(_STRENGTHS)

Change = Callable[[torch.Tensor], torch.Tensor]


def parse_augmentation(augmentation: Any) -> tuple[dict[str, float], list[Change]]:
    """Return strengths by name, and functions, of the parameter `augmentation`.

    Parameters
    ----------
    augmentation : str, dict, callable, list of these, or None
        A dict has strengths by name.

    Raises
    ------
    ValueError
        If there is no change of a name, or not in this strength.
    """
    strengths: dict[str, float] = {}
    functions: list[Change] = []
    parts = augmentation if isinstance(augmentation, list | tuple) else [augmentation]
    for part in parts:
        if isinstance(part, str):
            strengths[part] = _STRENGTHS.get(part, (0.0, 0.0))[0]
        elif isinstance(part, Mapping):
            strengths.update(part)
        elif callable(part):
            functions.append(part)
        elif part is not None:
            raise ValueError(
                f"augmentation has names, dicts of strengths by name, and functions of "
                f"a batch, got {part!r} of type {type(part).__name__}."
            )
    for name, strength in strengths.items():
        _check(name, strength)
    return strengths, functions


def _check(name: str, strength: Any) -> None:
    if name not in _STRENGTHS:
        raise ValueError(
            f"augmentation must be of {', '.join(_STRENGTHS)}, got {name!r}. Pass a "
            f"function of a batch of images for any other."
        )
    largest = _STRENGTHS[name][1]
    is_number = isinstance(strength, int | float) and not isinstance(strength, bool)
    if not is_number or not 0 <= strength <= largest:
        raise ValueError(
            f"The strength of augmentation {name!r} must be a number from 0 to "
            f"{largest:g}, got {strength!r}."
        )


class Augmentation(DrawingLayer):
    """Change each image of a batch at random, in training only.

    All that has a name is one map of the coordinates, so that an image is sampled once.
    What comes in from outside has the value of the nearest pixel at the edge.

    Parameters
    ----------
    strengths : dict of str to float
        By name.
    functions : list of callable
        Applied after it, each to the batch.
    """

    def __init__(self, strengths: dict[str, float], functions: list[Change]) -> None:
        super().__init__()
        self.strengths = strengths
        self.functions = functions

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return images of the same shape.

        Parameters
        ----------
        X : Tensor of shape (n_samples, channels, height, width)
            Of type uint8 or float32, in the units of the user.
        """
        if not self.training:
            return X
        if self.strengths:
            X = F.grid_sample(X.float(), self._coordinates(X), align_corners=False)
        for function in self.functions:
            shape = X.shape
            X = function(X)
            if not isinstance(X, torch.Tensor) or X.shape != shape:
                got = tuple(X.shape) if isinstance(X, torch.Tensor) else type(X)
                raise ValueError(
                    f"augmentation {function!r} must return a batch of the shape that "
                    f"it got, {tuple(shape)}, and returned {got}."
                )
        return X

    def _coordinates(self, X: torch.Tensor) -> torch.Tensor:
        """Return where each pixel comes from, as (x, y) from -1 to 1.

        Returns
        -------
        grid : Tensor of shape (n_samples, height, width, 2)
        """
        height, width = X.shape[-2:]
        size = torch.tensor([width, height], device=X.device)
        grid = F.affine_grid(
            self._maps(len(X), size), [len(X), 1, height, width], False
        )
        # to the middle of the last pixels; MPS cannot do it while sampling
        most = 1 - 1 / size
        return grid.clamp(-most, most)

    def _maps(self, n: int, size: torch.Tensor) -> torch.Tensor:
        """Return the affine map of each image, of shape (n, 2, 3).

        Parameters
        ----------
        n : int
            Number of images.
        size : Tensor of (width, height)
        """
        strengths = self.strengths
        scale = torch.ones(n, 2, device=size.device)
        for axis, name in enumerate(("flip", "vertical_flip")):
            if name in strengths:
                flipped = self._draw(n, size, 1)[:, 0] < strengths[name]
                scale[:, axis] -= 2 * flipped
        centre = torch.zeros_like(scale)
        if "crop" in strengths:
            cut = strengths["crop"] * self._draw(n, size, 1)
            scale *= 1 - cut
            centre += cut * (2 * self._draw(n, size) - 1)
        if "shift" in strengths:
            # whole pixels, as others would blur, and at least one; the axis is 2 long
            most = torch.ceil(strengths["shift"] * size)
            pixels = (most * (2 * self._draw(n, size) - 1)).round()
            centre += pixels * 2 / size
        maps = torch.diag_embed(scale)
        if "rotate" in strengths:
            turn = 2 * self._draw(n, size, 1)[:, 0] - 1
            maps = _rotations(math.radians(strengths["rotate"]) * turn, size) @ maps
        return torch.cat([maps, centre[:, :, None]], dim=2)

    def _draw(self, n: int, size: torch.Tensor, n_columns: int = 2) -> torch.Tensor:
        return torch.rand(n, n_columns, generator=self.generator, device=size.device)


def _rotations(angle: torch.Tensor, size: torch.Tensor) -> torch.Tensor:
    """Return rotations of coordinates in which both axes go from -1 to 1."""
    ratio = size[1] / size[0]
    cos, sin = torch.cos(angle), torch.sin(angle)
    rows = [torch.stack([cos, -sin * ratio], 1), torch.stack([sin / ratio, cos], 1)]
    return torch.stack(rows, 1)
