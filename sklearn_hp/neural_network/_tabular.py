"""What the multilayer perceptrons have in common: columns, and the module."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np

from sklearn_hp._sklearn_compat import NumberInterval, StrOptions
from sklearn_hp.neural_network._columns import category_columns, check_columns
from sklearn_hp.neural_network._front import make_front
from sklearn_hp.neural_network._inputs import TEXT_ERRORS, check_table
from sklearn_hp.neural_network._modules import ACTIVATIONS, MLP


class TabularMixin:
    """What classifier and regressor have in common; goes before their bases."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "hidden_layer_sizes": [
            "array-like",
            NumberInterval(Integral, 1, None, closed="left"),
            None,
        ],
        "n_layers": [NumberInterval(Integral, 0, None, closed="left")],
        "width": [NumberInterval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "dropout": [NumberInterval(Real, 0, 1, closed="left")],
        "weight_decay": [NumberInterval(Real, 0, None, closed="left"), None],
        "normalization": [StrOptions({"batch", "layer"}), None],
        "categorical_features": ["array-like", StrOptions({"from_dtype"}), None],
    }

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    @property
    def _widths(self):
        """Widths of the hidden layers."""
        if self.hidden_layer_sizes is None:
            return [self.width] * self.n_layers
        if (self.n_layers, self.width) != (2, 128):
            raise ValueError(
                f"hidden_layer_sizes={self.hidden_layer_sizes!r} and n_layers="
                f"{self.n_layers}, width={self.width} both say how the layers are. "
                f"Give hidden_layer_sizes alone, or n_layers and width alone."
            )
        widths = np.atleast_1d(self.hidden_layer_sizes).tolist()
        if not all(isinstance(width, int) and width > 0 for width in widths):
            raise ValueError(
                f"hidden_layer_sizes must be positive integers, got "
                f"{self.hidden_layer_sizes!r}."
            )
        return widths

    def _check_X(self, X, *, reset):
        if reset:
            self._levels = None
            self.is_categorical_ = category_columns(X, self.categorical_features)
        if self.is_categorical_ is None:
            return self._check_numbers(X, reset=reset)
        levels = self.is_categorical_ if reset else self._levels
        X, self._levels = check_columns(self, X, levels, reset=reset)
        return X

    def _check_numbers(self, X, *, reset):
        """Return rows that have no category columns, validated."""
        try:
            return check_table(self, X, reset=reset, allow_nan=True)
        except ValueError as exc:
            if not any(text in str(exc) for text in TEXT_ERRORS):
                raise
            raise ValueError(
                f"X has text, and no category columns, with categorical_features="
                f"{self.categorical_features!r}. Name the columns that hold categories "
                f"in fit, as in categorical_features=[0], or pass a DataFrame and "
                f"'from_dtype'. It raised: {exc}"
            ) from exc

    def _make_front(self, rows):
        return make_front(rows.X, rows.weight, self.scaler, self._levels)

    def _make_module(self, row_shape, n_outputs):
        return MLP(
            row_shape[0],
            n_outputs,
            self._widths,
            self.activation,
            self.dropout,
            self.normalization,
        )
