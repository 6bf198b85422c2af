"""What the convolutional networks have in common: images, and the module."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils.validation import check_array, validate_data
from torch import nn

from sklearn_hp._sklearn_compat import NumberInterval, Options, StrOptions
from sklearn_hp.neural_network._augmentation import (
    NAMES,
    Augmentation,
    parse_augmentation,
)
from sklearn_hp.neural_network._modules import ACTIVATIONS, CNN

# Of other types, such as int64, the first is made.
_DTYPES = [np.float32, np.float64, np.uint8]


class ImagesMixin:
    """What classifier and regressor have in common; goes before their bases."""

    n_blocks: int
    channels: int
    kernel_size: int
    image_shape: Any
    channel_axis: Any
    activation: str
    dropout: float
    normalization: str | None
    augmentation: Any
    image_shape_: tuple[int, int, int]
    _has_columns: bool  # whether it was fitted to flat images

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_blocks": [NumberInterval(Integral, 1, None, closed="left")],
        "channels": [NumberInterval(Integral, 1, None, closed="left")],
        "kernel_size": [NumberInterval(Integral, 1, None, closed="left")],
        "image_shape": ["array-like", None],
        "channel_axis": [StrOptions({"auto"}), Options(Integral, {1, -1})],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "dropout": [NumberInterval(Real, 0, 1, closed="left")],
        "normalization": [StrOptions({"batch"}), None],
        "augmentation": [StrOptions(NAMES), dict, callable, list, tuple, None],
    }

    def _check_params(self):
        super()._check_params()
        parse_augmentation(self.augmentation)

    @property
    def _owns_randomness(self) -> bool:
        # functions of the user's draw from torch's global generators
        return not parse_augmentation(self.augmentation)[1]

    def _make_front(self, rows):
        front = super()._make_front(rows)
        strengths, functions = parse_augmentation(self.augmentation)
        if not strengths and not functions:
            return front
        return [("augmentation", Augmentation(strengths, functions)), *front]

    def _check_X(self, X: Any, *, reset: bool) -> np.ndarray:
        images = _as_array(X)
        if reset:
            self._has_columns = images.ndim == 2
        if images.ndim == 2 and self._has_columns:
            images = validate_data(self, X, reset=reset, dtype=_DTYPES)
        X = images
        shape = self._shape_of(X)
        if reset:
            self.image_shape_ = shape
            if X.ndim > 2:
                self.n_features_in_ = shape[0]
                if hasattr(self, "feature_names_in_"):
                    del self.feature_names_in_
        elif shape != self.image_shape_:
            raise ValueError(
                f"X has images of shape {shape}, but {type(self).__name__} was fitted "
                f"to images of shape {self.image_shape_} (channels, height, width)."
            )
        if X.dtype == np.float64:
            X = check_array(X, dtype=np.float32, allow_nd=True, input_name="X")
        if self.channel_axis == -1 and X.ndim != 3:
            channels, height, width = shape
            X = np.moveaxis(X.reshape(len(X), height, width, channels), -1, 1)
        # flat in between, as torch chooses other kernels by the strides
        X = np.ascontiguousarray(X).ravel().reshape(len(X), *shape)
        return X if X.flags.writeable else X.copy()

    def _shape_of(self, X: np.ndarray) -> tuple[int, int, int]:
        """Return (channels, height, width) of the images in X."""
        if X.ndim == 3:
            return 1, X.shape[1], X.shape[2]
        if X.ndim == 4:
            return self._channels_first(X.shape[1:], f"X of shape {X.shape}")
        if X.ndim == 2 and self.image_shape is not None:
            shape = tuple(int(size) for size in self.image_shape)
            what = f"image_shape={self.image_shape!r}"
            if np.prod(shape) == X.shape[1] and len(shape) == 3:
                return self._channels_first(shape, what)
            if np.prod(shape) == X.shape[1] and len(shape) == 2:
                return 1, *shape
            raise ValueError(
                f"{what} does not fit X, which has "
                f"{X.shape[1]} columns. Give (height, width) or (channels, height, "
                f"width) whose product is the number of columns."
            )
        raise ValueError(
            f"X must be images of shape (n_samples, height, width) or (n_samples, "
            f"channels, height, width), got an array of shape {X.shape}. If its rows "
            f"are flat images, say of 28 x 28, pass image_shape=(28, 28) to the "
            f"constructor. One image is X[np.newaxis]."
        )

    def _channels_first(
        self, shape: tuple[int, ...], what: str
    ) -> tuple[int, int, int]:
        """Return (channels, height, width) of a shape that has them in either order."""
        first, middle, last = shape
        if self.channel_axis == -1:
            return last, first, middle
        if self.channel_axis == "auto" and last in (1, 3, 4) and last < middle:
            raise ValueError(
                f"{what} looks as if channels may come last. If they do, pass "
                f"channel_axis=-1; if they come before height and width, "
                f"channel_axis=1."
            )
        return first, middle, last

    def _make_module(self, row_shape: tuple[int, ...], n_outputs: int) -> nn.Module:
        return CNN(
            self.image_shape_,
            n_outputs,
            self.n_blocks,
            self.channels,
            self.kernel_size,
            self.activation,
            self.dropout,
            self.normalization,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.three_d_array = True
        tags.input_tags.two_d_array = self.image_shape is not None
        return tags


def _as_array(X: Any) -> np.ndarray:
    try:
        return check_array(X, dtype=_DTYPES, allow_nd=True, input_name="X")
    except ValueError as exc:
        if "setting an array element with a sequence" not in str(exc):
            raise
        raise ValueError(
            "The images in X must all have one size, and X has several. Resize or crop "
            "them before."
        ) from exc
