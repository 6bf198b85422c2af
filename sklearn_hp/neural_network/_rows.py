"""The rows of a fit: checked, set aside to stop by, and taken in batches."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_consistent_length

from sklearn_hp._sklearn_compat import check_sample_weight
from sklearn_hp._stopping_rows import split_off
from sklearn_hp.neural_network._data import Batches, Rows, map_parts
from sklearn_hp.neural_network._device import fits_on
from sklearn_hp.neural_network._inputs import CheckedRows, check_table
from sklearn_hp.neural_network._randomness import SPLIT, derive_seed
from sklearn_hp.neural_network._sparse import as_rows


class RowsMixin:
    """What an estimator makes of the rows that it is given.

    An estimator provides `_encode`, and `_check_X` where rows have more than one axis.
    """

    early_stopping: bool
    validation_fraction: float
    shuffle: bool
    scoring: Any
    batch_size: int

    @abstractmethod
    def _encode(self, y: Any, *, reset: bool) -> np.ndarray:
        """Return the validated target: numbers of classes, or (n, n_outputs) floats."""

    def _check_X(self, X: Any, *, reset: bool) -> np.ndarray:
        """Return the rows as float32, or as uint8 if the first layer knows that."""
        return check_table(self, X, reset=reset)

    def _targets_of(self, X: Any, y: Any) -> Any:
        """Return the targets that go with rows; a hook for rows that bring theirs."""
        return y

    def _check_rows(
        self, X, y, sample_weight, groups, *, reset, reset_target
    ) -> CheckedRows:
        # first X: what cannot be rows, such as a DataLoader, may come without y
        X = self._check_X(X, reset=reset)
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is "
                f"None."
            )
        weight = None
        if sample_weight is not None:
            weight = check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
        target = self._encode(y, reset=reset_target)
        check_consistent_length(X, target, groups)
        groups = None if groups is None else np.asarray(groups)
        if reset:
            X = self._fit_to_module(X)
        numbers = np.arange(len(target)) if self._stops_by_score else None
        rows = CheckedRows(X, target, weight, groups, numbers)
        return rows.with_weight()

    @property
    def _stops_by_score(self) -> bool:
        """Whether a scorer, and not the loss, says when to stop."""
        return self.early_stopping and self.scoring != "loss"

    def _fit_to_module(self, X: np.ndarray) -> np.ndarray:
        """Find out what the module takes, and return the rows so; a hook."""
        return X

    def _check_stopping_rows(self, X_val, y_val, sample_weight_val):
        """Return the rows to stop by that are given, None if none are."""
        if X_val is None and y_val is None and sample_weight_val is None:
            return None
        if X_val is None or y_val is None or not self.early_stopping:
            raise ValueError(
                "X_val and y_val, rows to stop by, are given together and need "
                f"early_stopping=True, got early_stopping={self.early_stopping!r}"
                f"{', X_val=None' * (X_val is None)}{', y_val=None' * (y_val is None)}."
            )
        return self._check_rows(
            X_val, y_val, sample_weight_val, None, reset=False, reset_target=False
        )

    def _split(self, rows: CheckedRows, seed: int) -> tuple[CheckedRows, CheckedRows]:
        """Return the rows to train on and those to stop by."""
        train, stop = split_off(
            rows.target,
            self.validation_fraction,
            np.random.RandomState(derive_seed(seed, SPLIT)),
            stratify=rows.target.dtype == np.int64,
            groups=rows.groups,
            shuffle=self.shuffle,
        )
        return rows.take(train), rows.take(stop)

    def _batches(self, rows: CheckedRows, device, train: bool = True) -> Batches:
        """Return the batches of rows, moved to the device if it has room for them."""
        if train and getattr(self, "normalization", None) == "batch":
            self._check_batch_sizes(len(rows.target))
        weight = mean_one(rows.weight)
        X = map_parts(rows.X, as_rows)
        tensors = Rows(X, torch.from_numpy(rows.target), weight)
        if fits_on(device, tensors.n_bytes):
            tensors = tensors.map(lambda tensor: tensor.to(device))
        elif device.type == "cuda":
            tensors = tensors.map(torch.Tensor.pin_memory)
        size = self.batch_size if train else max(self.batch_size, 1024)
        return Batches(tensors, size, device, shuffle=train)

    def _check_batch_sizes(self, n_rows: int) -> None:
        if min(n_rows, self.batch_size) < 2:
            raise ValueError(
                f"normalization='batch' needs two rows in a batch to compute a "
                f"variance, got batch_size={self.batch_size} and n_samples={n_rows} "
                f"to train on. Raise batch_size, or pass normalization=None."
            )


def mean_one(weight: np.ndarray | None) -> torch.Tensor | None:
    """Return weights of mean 1, float32."""
    if weight is None:
        return None
    return torch.from_numpy((weight / weight.mean()).astype(np.float32))
