"""Targets: class labels <-> logits, and numbers <-> a common scale."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from scipy.special import log_softmax, softmax
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_array, column_or_1d
from torch import nn

from sklearn_hp._sklearn_compat import NumberInterval, StrOptions
from sklearn_hp.neural_network._base import BaseTorch
from sklearn_hp.neural_network._losses import FocalLoss
from sklearn_hp.neural_network._net import ClassifierNet, RegressorNet
from sklearn_hp.neural_network._target_scale import Link, learn_scale


class BaseTorchClassifier(ClassifierMixin, BaseTorch):
    """Base of the classifiers: the module returns logits, one for each class."""

    _parameter_constraints: ClassVar[dict] = {
        **BaseTorch._parameter_constraints,
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "label_smoothing": [NumberInterval(Real, 0, 1, closed="left")],
    }

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train for one epoch on these rows, at a constant learning rate.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data. The first call sets the moments that inputs are scaled by.
        y : array-like of shape (n_samples,)
            Class labels.
        classes : array-like of shape (n_classes,), default=None
            All labels there will be; needed in the first call.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If the first call has no `classes`, or a later one others; with
            ``early_stopping=True``; if training diverges.
        """
        if not hasattr(self, "net_"):
            if classes is None:
                raise ValueError(
                    "classes must be given in the first call of partial_fit: all "
                    "labels there will be, as in classes=np.unique(y_all)."
                )
            self.classes_ = np.unique(classes)
        elif classes is not None and not np.array_equal(
            np.unique(classes), self.classes_
        ):
            raise ValueError(
                f"`classes` is not the same as on the last call to partial_fit: it was "
                f"{self.classes_!r}, and is {np.unique(classes)!r} now."
            )
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' is not supported by partial_fit, which does "
                "not know how frequent the classes will be. Pass a dict of weights."
            )
        return self._partial_fit(X, y, sample_weight, reset_target=False)

    def predict_proba(self, X):
        """Return the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows as in `fit`.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes), dtype float64
            In the order of ``classes_``; rows sum to 1.
        """
        return softmax(self._logits(X), axis=1)

    def predict_log_proba(self, X):
        """Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows as in `fit`.

        Returns
        -------
        log_proba : ndarray of shape (n_samples, n_classes), dtype float64
            In the order of ``classes_``.
        """
        return log_softmax(self._logits(X), axis=1)

    def predict(self, X):
        """Return the most probable class of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows as in `fit`.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Labels.
        """
        codes = self._logits(X).argmax(axis=1)
        return self.classes_[codes]

    def _logits(self, X: Any) -> np.ndarray:
        """Return one logit for each class."""
        outputs = self._outputs(X)
        if outputs.shape[1] == len(self.classes_):
            return outputs
        # one logit is that of the second class against the first
        return np.column_stack([np.zeros(len(outputs)), outputs])

    def _encode(self, y: Any, *, reset: bool) -> np.ndarray:
        if type_of_target(y, input_name="y") == "multilabel-indicator":
            raise ValueError(
                f"{type(self).__name__} learns one label of each row, got y of several "
                f"columns. For several labels, wrap it in "
                f"sklearn.multioutput.MultiOutputClassifier."
            )
        check_classification_targets(y)
        y = column_or_1d(y, warn=True)
        if reset:
            self.classes_ = np.unique(y)
        codes = np.searchsorted(self.classes_, y)
        unknown = self.classes_[np.minimum(codes, len(self.classes_) - 1)] != y
        if np.any(unknown):
            raise ValueError(
                f"y contains labels that are not among the classes: "
                f"{np.unique(y[unknown])!r} not in {self.classes_!r}."
            )
        return codes.astype(np.int64)

    @property
    def _n_outputs(self) -> int:
        return len(self.classes_)

    def _make_net(self, module, **params):
        # of skorch's callbacks some score by the numbers of the classes
        return ClassifierNet(module, classes=list(range(self._n_outputs)), **params)

    def _learn_target(self, rows, *, reset):
        self._weight_of_class = None
        if self.class_weight is not None:
            # of these rows; early stopping can have taken all of a class
            codes = np.unique(rows.target)
            self._weight_of_class = np.ones(len(self.classes_))
            self._weight_of_class[codes] = compute_class_weight(
                self.class_weight,
                classes=self.classes_[codes],
                y=self.classes_[rows.target],
                sample_weight=rows.weight,
            )

    def _to_learn(self, rows):
        if self._weight_of_class is None:
            return rows
        weight = self._weight_of_class[rows.target]
        if not weight.any():
            raise ValueError(
                f"class_weight={self.class_weight!r} gives all samples the weight 0. "
                f"Give a class of theirs a positive weight."
            )
        if rows.weight is not None:
            weight = weight * rows.weight
        return replace(rows, weight=weight).with_weight()

    def _make_criterion(self, *, weighted):
        reduction = "none" if weighted else "mean"
        if getattr(self, "loss", "log_loss") == "focal":
            if self.label_smoothing:
                raise ValueError(
                    f"label_smoothing={self.label_smoothing} belongs to "
                    f"loss='log_loss', got loss='focal'. Leave one of them out."
                )
            return FocalLoss(self.focal_gamma, reduction)
        return nn.CrossEntropyLoss(
            label_smoothing=self.label_smoothing, reduction=reduction
        )


class BaseTorchRegressor(RegressorMixin, BaseTorch):
    """Base of the regressors: the module returns targets on a scale of its own."""

    _parameter_constraints: ClassVar[dict] = {
        **BaseTorch._parameter_constraints,
        "target_scaler": [StrOptions({"auto", "standard", "robust", "mean"}), None],
    }

    @property
    @abstractmethod
    def _loss_name(self) -> str:
        """What messages call the loss."""

    @property
    @abstractmethod
    def _link(self) -> Link:
        """What the loss makes of targets and of outputs."""

    def partial_fit(self, X, y, sample_weight=None):
        """Train for one epoch on these rows, at a constant learning rate.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data. The first call sets the moments that inputs and targets are
            scaled by.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            With ``early_stopping=True``; if training diverges.
        """
        first = not hasattr(self, "net_")
        return self._partial_fit(X, y, sample_weight, reset_target=first)

    def predict(self, X):
        """Return the predicted targets.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows as in `fit`.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs), dtype float64
            Shaped like the targets of `fit`.
        """
        scaled = self._link.inverse(self._outputs(X))
        y = self._target_scale.inverse_transform(scaled)
        return y.ravel() if self._target_ndim == 1 else y

    def _encode(self, y: Any, *, reset: bool) -> np.ndarray:
        y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
        if reset:
            self._target_ndim = y.ndim
        y = y.reshape(len(y), -1)
        if reset:
            self._n_columns = y.shape[1]
        elif y.shape[1] != self._n_columns:
            raise ValueError(
                f"y has {y.shape[1]} columns, and had {self._n_columns} in the first "
                f"call of partial_fit, or has them in the rows to train on. Pass the "
                f"same targets."
            )
        return y

    def _learn_target(self, rows, *, reset):
        if not reset:
            return
        link, scaler = self._link, self.target_scaler
        if scaler == "auto":
            scaler = link.scaler
        elif scaler in ("standard", "robust") and not link.is_shiftable:
            raise ValueError(
                f"target_scaler={scaler!r} shifts targets, which this loss does not "
                f"allow: its targets are {link.domain}. Pass 'auto', 'mean' or None."
            )
        self._target_scale = learn_scale(scaler, rows.target, rows.weight)

    def _to_learn(self, rows):
        self._link.check(rows.target, self._loss_name)
        return replace(rows, target=self._target_scale.transform(rows.target))

    @property
    def _n_outputs(self) -> int:
        return self._n_columns

    def _make_net(self, module, **params):
        return RegressorNet(module, **params)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
