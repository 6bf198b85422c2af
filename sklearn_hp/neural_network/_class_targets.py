"""Labels of a classifier <-> what its module learns and returns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import issparse
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_array, column_or_1d
from torch import nn

from sklearn_hp.neural_network._inputs import CheckedRows
from sklearn_hp.neural_network._losses import multiclass_loss, multilabel_loss


class MulticlassTarget:
    """Each row has one of several classes; the module returns a logit for each.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted.
    """

    is_multilabel = False

    def __init__(self, classes: np.ndarray) -> None:
        self.classes = classes

    @property
    def n_outputs(self) -> int:
        """Number of logits."""
        return len(self.classes)

    def encode(self, y: Any) -> np.ndarray:
        """Return the numbers of the classes, int64 of shape (n_samples,).

        Raises
        ------
        ValueError
            If a label is none of the classes.
        """
        n_columns = _n_columns(y)
        if n_columns > 1:
            raise ValueError(
                f"y has {n_columns} columns, and the rows trained on have one label "
                f"each. Pass one label for each row."
            )
        y = column_or_1d(y, warn=True)
        codes = np.searchsorted(self.classes, y)
        unknown = self.classes[np.minimum(codes, len(self.classes) - 1)] != y
        if np.any(unknown):
            raise ValueError(
                f"y contains labels that are not among the classes: "
                f"{np.unique(y[unknown])!r} not in {self.classes!r}."
            )
        return codes.astype(np.int64)

    def proba(self, outputs: np.ndarray) -> np.ndarray:
        """Return probabilities, of shape (n_samples, n_classes)."""
        return softmax(self._logits(outputs), axis=1)

    def log_proba(self, outputs: np.ndarray) -> np.ndarray:
        """Return their logarithms."""
        return log_softmax(self._logits(outputs), axis=1)

    def decode(self, outputs: np.ndarray) -> np.ndarray:
        """Return the most probable labels."""
        return self.classes[self._logits(outputs).argmax(axis=1)]

    def _logits(self, outputs: np.ndarray) -> np.ndarray:
        if outputs.shape[1] == len(self.classes):
            return outputs
        # one logit is that of the second class against the first
        return np.column_stack([np.zeros(len(outputs)), outputs])

    def class_weight(self, given: Any, rows: CheckedRows) -> np.ndarray:
        """Return the weight of each class, by these rows."""
        if isinstance(given, dict):
            # partial_fit, and weights of 0, can leave rows of some classes only
            return compute_class_weight(given, classes=self.classes, y=self.classes)
        codes = np.unique(rows.target)
        weight = np.ones(len(self.classes))
        weight[codes] = compute_class_weight(
            given,
            classes=self.classes[codes],
            y=self.classes[rows.target],
            sample_weight=rows.weight,
        )
        return weight

    def to_learn(
        self, rows: CheckedRows, class_weight: np.ndarray | None, label_smoothing: float
    ) -> CheckedRows:
        """Return rows with the weights of their classes."""
        if class_weight is None:
            return rows
        weight = class_weight[rows.target]
        if rows.weight is not None:
            weight = weight * rows.weight
        return replace(rows, weight=weight)

    def make_loss(
        self,
        reduction: str,
        focal_gamma: float | None,
        class_weight: np.ndarray | None,
        label_smoothing: float,
    ) -> nn.Module:
        """Return the cross-entropy; the weights of classes are in those of the rows."""
        return multiclass_loss(reduction, focal_gamma, label_smoothing)


class MultilabelTarget:
    """Each of several labels applies to a row or not; the module returns their logits.

    Parameters
    ----------
    n_labels : int
    """

    is_multilabel = True

    def __init__(self, n_labels: int) -> None:
        # As KNeighborsClassifier has them. MLPClassifier numbers the labels: scorers
        # then take two labels for two classes, and roc_auc raises.
        self.classes = [np.array([0, 1])] * n_labels

    @property
    def n_outputs(self) -> int:
        """Number of logits."""
        return len(self.classes)

    def encode(self, y: Any) -> np.ndarray:
        """Return an indicator matrix, float32 of shape (n_samples, n_labels).

        Raises
        ------
        ValueError
            If a value is neither 0 nor 1, or the number of labels is another.
        """
        y = check_array(y, accept_sparse=True, ensure_2d=False, input_name="y")
        y = y.toarray() if issparse(y) else y.reshape(len(y), -1)
        if not np.isin(y, (0, 1)).all():
            raise ValueError(
                f"y of several labels must have the values 0 and 1, one column for "
                f"each label, got {np.unique(y).tolist()}. Compare it with the "
                f"value that says that a label applies, as in (y == {y.max():g})."
            )
        if y.shape[1] != self.n_outputs:
            raise ValueError(
                f"y has {y.shape[1]} labels, and had {self.n_outputs} in the first "
                f"call of partial_fit, or has them in the rows to train on. Pass the "
                f"same labels."
            )
        return y.astype(np.float32)

    def proba(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of each label, of shape (n_samples, n_labels)."""
        return expit(outputs)

    def log_proba(self, outputs: np.ndarray) -> np.ndarray:
        """Return their logarithms."""
        return log_expit(outputs)

    def decode(self, outputs: np.ndarray) -> np.ndarray:
        """Return the labels of probability above 0.5, as an indicator matrix."""
        return (outputs > 0).astype(np.int64)

    def class_weight(self, given: Any, rows: CheckedRows) -> np.ndarray:
        """Return what a label counts where it applies, by these rows.

        Raises
        ------
        ValueError
            If one is given for what is no number of a label.
        """
        if isinstance(given, dict):
            unknown = [label for label in given if label not in range(self.n_outputs)]
            if unknown:
                raise ValueError(
                    f"class_weight of several labels has the number of a label, from 0 "
                    f"to {self.n_outputs - 1}, for a key, got {unknown[0]!r}."
                )
            return np.array([given.get(label, 1.0) for label in range(self.n_outputs)])
        share = np.average(rows.target, axis=0, weights=rows.weight)
        # a label that applies nowhere, or everywhere, has nothing to balance
        varies = (share > 0) & (share < 1)
        return np.where(varies, (1 - share) / np.where(varies, share, 1.0), 1.0)

    def to_learn(
        self, rows: CheckedRows, class_weight: np.ndarray | None, label_smoothing: float
    ) -> CheckedRows:
        """Return rows with smoothed indicators; weights of labels are in the loss."""
        if not label_smoothing:
            return rows
        target = rows.target * (1 - label_smoothing) + label_smoothing / 2
        return replace(rows, target=target.astype(np.float32))

    def make_loss(
        self,
        reduction: str,
        focal_gamma: float | None,
        class_weight: np.ndarray | None,
        label_smoothing: float,
    ) -> nn.Module:
        """Return the cross-entropy of each label."""
        return multilabel_loss(reduction, focal_gamma, class_weight)


ClassTarget = MulticlassTarget | MultilabelTarget


def class_target(y: Any, name: str) -> ClassTarget:
    """Return how the labels of the first rows are learnt.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_labels)
        The labels.
    name : str
        Of the estimator, for messages.

    Raises
    ------
    ValueError
        If `y` is no target of a classifier, or has several classes in several columns.
    """
    kind = type_of_target(y, input_name="y")
    if kind == "multilabel-indicator":
        return MultilabelTarget(_n_columns(y))
    check_classification_targets(y)
    if kind == "multiclass-multioutput":
        raise ValueError(
            f"{name} learns one of several classes, or several labels of which each "
            f"applies or not, got y of {_n_columns(y)} columns with more than two "
            f"values. For several targets, wrap it in "
            f"sklearn.multioutput.MultiOutputClassifier; for lists of labels, make "
            f"indicators of them with sklearn.preprocessing.MultiLabelBinarizer."
        )
    return MulticlassTarget(np.unique(column_or_1d(y)))


def _n_columns(y: Any) -> int:
    shape = y.shape if issparse(y) else np.asarray(y).shape
    return shape[1] if len(shape) > 1 else 1
