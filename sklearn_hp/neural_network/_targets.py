"""Targets: class labels <-> logits, and numbers <-> a common scale."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_array

from sklearn_hp._missing_labels import check_no_label_missing
from sklearn_hp._sklearn_compat import NumberInterval, StrOptions
from sklearn_hp.neural_network._base import BaseTorch
from sklearn_hp.neural_network._class_targets import MulticlassTarget, class_target
from sklearn_hp.neural_network._export import Probabilities, Targets
from sklearn_hp.neural_network._losses import regression_loss
from sklearn_hp.neural_network._net import ClassifierNet, RegressorNet
from sklearn_hp.neural_network._target_scale import LINKS, Link, learn_scale


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
        X : {array-like, dataframe, sparse matrix} of shape (n_samples, n_features)
            Training data. The first call sets the moments that inputs are scaled by,
            and the levels of category columns.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels, or indicators of several labels.
        classes : array-like of shape (n_classes,), default=None
            All labels there will be; needed in the first call, unless `y` has
            indicators.
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
        y = self._targets_of(X, y)
        is_first = not hasattr(self, "net_")
        check_no_label_missing(y)
        if is_first:
            self._target = class_target(y, type(self).__name__)
        if self._target.is_multilabel:
            if classes is not None:
                raise ValueError(
                    "classes cannot be given with indicators of several labels, whose "
                    "columns are the classes. Leave classes=None."
                )
        else:
            self._take_classes(classes, is_first)
        self.classes_ = self._target.classes
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' is not supported by partial_fit, which does "
                "not know how frequent the classes will be. Pass a dict of weights."
            )
        return self._partial_fit(X, y, sample_weight, reset_target=False)

    def _take_classes(self, classes, is_first):
        if is_first:
            if classes is None:
                raise ValueError(
                    "classes must be given in the first call of partial_fit: all "
                    "labels there will be, as in classes=np.unique(y_all)."
                )
            self._target = MulticlassTarget(np.unique(classes))
        elif classes is not None and not np.array_equal(
            np.unique(classes), self.classes_
        ):
            raise ValueError(
                f"`classes` is not the same as on the last call to partial_fit: it was "
                f"{self.classes_!r}, and is {np.unique(classes)!r} now."
            )

    def predict_proba(self, X):
        """Return the probability of each class.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_samples, n_features)
            Rows as in `fit`.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes), dtype float64
            In the order of ``classes_``; rows sum to 1. After a fit to indicators, of
            shape (n_samples, n_labels): the probability that each label applies.
        """
        outputs = self._outputs(X)
        return self._target.proba(outputs)

    def predict_log_proba(self, X):
        """Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_samples, n_features)
            Rows as in `fit`.

        Returns
        -------
        log_proba : ndarray of shape (n_samples, n_classes), dtype float64
            As `predict_proba` returns them.
        """
        outputs = self._outputs(X)
        return self._target.log_proba(outputs)

    def predict(self, X):
        """Return the most probable class of each row.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_samples, n_features)
            Rows as in `fit`.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            Labels; after a fit to indicators, 1 where the probability of a label is
            above 0.5, and 0 elsewhere.
        """
        outputs = self._outputs(X)
        return self._target.decode(outputs)

    def _encode(self, y: Any, *, reset: bool) -> np.ndarray:
        check_no_label_missing(y)
        if reset:
            self._target = class_target(y, type(self).__name__)
            self.classes_ = self._target.classes
        return self._target.encode(y)

    @property
    def _n_outputs(self) -> int:
        return self._target.n_outputs

    def _make_net(self, module, **params):
        # of skorch's callbacks some score by the numbers of the classes
        return ClassifierNet(module, classes=list(range(self._n_outputs)), **params)

    def _make_head(self):
        return Probabilities(self._target.is_multilabel)

    def _learn_target(self, rows, *, reset):
        self._class_weight = None
        if self.class_weight is not None:
            self._class_weight = self._target.class_weight(self.class_weight, rows)

    def _to_learn(self, rows):
        rows = self._target.to_learn(rows, self._class_weight, self.label_smoothing)
        if rows.weight is not None and not rows.weight.any():
            raise ValueError(
                f"class_weight={self.class_weight!r} gives all samples the weight 0. "
                f"Give a class of theirs a positive weight."
            )
        return rows.with_weight()

    def _make_criterion(self, *, weighted):
        focal_gamma = None
        if getattr(self, "loss", "log_loss") == "focal":
            focal_gamma = self.focal_gamma
            if self.label_smoothing:
                raise ValueError(
                    f"label_smoothing={self.label_smoothing} belongs to "
                    f"loss='log_loss', got loss='focal'. Leave one of them out."
                )
        return self._target.make_loss(
            "none" if weighted else "mean",
            focal_gamma,
            self._class_weight,
            self.label_smoothing,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


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
        X : {array-like, dataframe, sparse matrix} of shape (n_samples, n_features)
            Training data. The first call sets the moments that inputs and targets are
            scaled by, and the levels of category columns.
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
        X : {array-like, dataframe, sparse matrix} of shape (n_samples, n_features)
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

    def _make_head(self):
        return Targets(self._link, self._target_scale, self._target_ndim == 1)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class NamedLossRegressor(BaseTorchRegressor):
    """A regressor that has its loss by name, as scikit-learn's others."""

    _parameter_constraints: ClassVar[dict] = {
        **BaseTorchRegressor._parameter_constraints,
        "loss": [StrOptions(set(LINKS))],
        "quantile": [NumberInterval(Real, 0, 1, closed="neither")],
    }

    @property
    def _link(self) -> Link:
        return LINKS[self.loss]

    @property
    def _loss_name(self) -> str:
        return f"loss={self.loss!r}"

    def _make_criterion(self, *, weighted):
        reduction = "none" if weighted else "mean"
        return regression_loss(self.loss, self.quantile, reduction)
