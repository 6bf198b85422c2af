"""The public estimators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin, is_classifier, is_regressor
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from sklearn_hp._early_stopping._base import BaseEarlyStopping, needs_codes
from sklearn_hp._early_stopping._rows import last_step
from sklearn_hp._missing_labels import check_no_label_missing


def _model_has(method: str) -> Any:
    """Return whether the estimator, fitted or not, has a method."""

    def check(self: Any) -> bool:
        getattr(vars(self).get("estimator_", self.estimator), method)
        return True

    return check


class EarlyStoppingClassifier(ClassifierMixin, BaseEarlyStopping):
    """Classifier that stops training by rows of its own training data.

    For estimators that train in rounds: XGBoost, LightGBM, CatBoost, scikit-learn's
    `HistGradientBoosting` and `GradientBoosting`, and our networks. `fit` sets some of
    its rows aside, trains on the others while the score on those set aside improves,
    and keeps the model of the best round. In a search, every fit stops by rows of the
    training part of its own split, so the score of the split is not flattered. The
    refit is on all rows, for the mean number of rounds that the splits found best.

    Read more in the :ref:`User Guide <early_stopping>`.

    Parameters
    ----------
    estimator : estimator
        The classifier to stop, or a Pipeline with one as its last step. Its own
        parameter, such as `n_estimators` or `max_iter`, is the most rounds there will
        be: set it high. The steps of a Pipeline before the last are fitted without the
        rows set aside. XGBoost and LightGBM get the numbers of the classes, so labels
        can be of any kind.
    early_stopping : bool, default=True
        False fits the estimator on all rows, and for all its rounds; its own early
        stopping, if it has one, is the estimator's matter then.
    validation_fraction : float in (0, 1), default=0.1
        Share of the rows, or of the `groups`, that is set aside. Each class gives its
        share, and always has a row to train on.
    n_iter_no_change : int, default=20
        Rounds without improvement after which training stops.
    eval_metric : object, default=None
        The score to stop by, in the form of the library: the `eval_metric` of XGBoost,
        LightGBM or CatBoost, the `scoring` of `HistGradientBoosting`, or for
        `GradientBoosting` a function ``(y_true, y_proba)`` of which lower is better.
        None for what the estimator is set to, which is its loss by default.
    shuffle : bool, default=True
        Whether to draw the rows that are set aside. False takes the last rows, or the
        groups that occur last, for data in the order of time.
    random_state : int, RandomState instance or None, default=None
        Determines which rows are set aside.

    Attributes
    ----------
    estimator_ : estimator
        The fitted clone, the model of the best round.
    best_n_iter_ : int or None
        The number of the best round, counted from 1. None if training was not stopped:
        ``early_stopping=False``, or LightGBM's "dart", which cannot be.
    classes_ : ndarray of shape (n_classes,)
        The class labels.
    n_features_in_ : int
        Number of features seen during `fit`. Only if the estimator has it.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen during `fit`. Only if the estimator has it.
    feature_importances_ : ndarray of shape (n_features,)
        Only if the estimator has it.

    See Also
    --------
    EarlyStoppingRegressor : The same for numbers.
    sklearn_hp.callback.EarlyStopping : Stops a search, not a fit.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> from sklearn_hp import EarlyStoppingClassifier, GridSearchCV
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> booster = HistGradientBoostingClassifier(max_iter=1000, random_state=0)
    >>> stopped = EarlyStoppingClassifier(booster, random_state=0)
    >>> grid = {"estimator__learning_rate": [0.1, 0.3]}
    >>> search = GridSearchCV(stopped, grid, cv=3).fit(X, y)
    >>> search.cv_results_["mean_n_iter"]
    array([..., ...])
    >>> search.best_estimator_.early_stopping  # the refit has all rows
    False
    """

    def _check_kind(self) -> None:
        super()._check_kind()
        if not is_classifier(self.estimator):
            raise ValueError(
                f"estimator of EarlyStoppingClassifier must be a classifier, got "
                f"{type(self.estimator).__name__}. For numbers, use "
                f"EarlyStoppingRegressor."
            )

    def _encode(self, y: Any, estimator: Any) -> Any:
        check_no_label_missing(y)
        check_classification_targets(y)
        self._labels = None
        has_outputs = np.ndim(y) == 2 and np.shape(y)[1] > 1
        if has_outputs or not needs_codes(estimator):
            return y
        self._labels, codes = np.unique(column_or_1d(y, warn=True), return_inverse=True)
        _, last = last_step(estimator)
        weights = last.get_params(deep=False).get("class_weight")
        if isinstance(weights, Mapping):
            of_codes = enumerate(self._labels.tolist())
            last.set_params(
                class_weight={
                    code: weights[label] for code, label in of_codes if label in weights
                }
            )
        return codes

    def _set_classes(self) -> None:
        own = getattr(self.estimator_, "classes_", None)
        self.classes_ = own if self._labels is None else self._labels

    def predict(self, X: Any) -> np.ndarray:
        """Predict the labels, with the model of the best round.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The labels.
        """
        y_pred = super().predict(X)
        return y_pred if self._labels is None else self._labels[y_pred]

    @available_if(_model_has("predict_proba"))
    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict probabilities, with the model of the best round.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes)
            Probabilities, in the order of `classes_`.
        """
        check_is_fitted(self)
        return self.estimator_.predict_proba(X)

    @available_if(_model_has("predict_log_proba"))
    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Predict logarithms of probabilities, with the model of the best round.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        log_p : ndarray of shape (n_samples, n_classes)
            Logarithms, in the order of `classes_`.
        """
        check_is_fitted(self)
        return self.estimator_.predict_log_proba(X)

    @available_if(_model_has("decision_function"))
    def decision_function(self, X: Any) -> np.ndarray:
        """Return the decision values of the model of the best round.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        values : ndarray of shape (n_samples,) or (n_samples, n_classes)
            The estimator's decision values.
        """
        check_is_fitted(self)
        return self.estimator_.decision_function(X)


class EarlyStoppingRegressor(RegressorMixin, BaseEarlyStopping):
    """Regressor that stops training by rows of its own training data.

    For estimators that train in rounds: XGBoost, LightGBM, CatBoost, scikit-learn's
    `HistGradientBoosting` and `GradientBoosting`, and our networks. `fit` sets some of
    its rows aside, trains on the others while the score on those set aside improves,
    and keeps the model of the best round. In a search, every fit stops by rows of the
    training part of its own split, so the score of the split is not flattered. The
    refit is on all rows, for the mean number of rounds that the splits found best.

    Read more in the :ref:`User Guide <early_stopping>`.

    Parameters
    ----------
    estimator : estimator
        The regressor to stop, or a Pipeline with one as its last step. Its own
        parameter, such as `n_estimators` or `max_iter`, is the most rounds there will
        be: set it high. The steps of a Pipeline before the last are fitted without the
        rows set aside.
    early_stopping : bool, default=True
        False fits the estimator on all rows, and for all its rounds; its own early
        stopping, if it has one, is the estimator's matter then.
    validation_fraction : float in (0, 1), default=0.1
        Share of the rows, or of the `groups`, that is set aside.
    n_iter_no_change : int, default=20
        Rounds without improvement after which training stops.
    eval_metric : object, default=None
        The score to stop by, in the form of the library: the `eval_metric` of XGBoost,
        LightGBM or CatBoost, the `scoring` of `HistGradientBoosting`, or for
        `GradientBoosting` a function ``(y_true, y_pred)`` of which lower is better.
        None for what the estimator is set to, which is its loss by default;
        `GradientBoosting` with Huber's loss stops by the mean absolute error.
    shuffle : bool, default=True
        Whether to draw the rows that are set aside. False takes the last rows, or the
        groups that occur last, for data in the order of time.
    random_state : int, RandomState instance or None, default=None
        Determines which rows are set aside.

    Attributes
    ----------
    estimator_ : estimator
        The fitted clone, the model of the best round.
    best_n_iter_ : int or None
        The number of the best round, counted from 1. None if training was not stopped:
        ``early_stopping=False``, or LightGBM's "dart", which cannot be.
    n_features_in_ : int
        Number of features seen during `fit`. Only if the estimator has it.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen during `fit`. Only if the estimator has it.
    feature_importances_ : ndarray of shape (n_features,)
        Only if the estimator has it.

    See Also
    --------
    EarlyStoppingClassifier : The same for classes.
    sklearn_hp.callback.EarlyStopping : Stops a search, not a fit.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import HistGradientBoostingRegressor
    >>> from sklearn_hp import EarlyStoppingRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> booster = HistGradientBoostingRegressor(max_iter=1000, random_state=0)
    >>> stopped = EarlyStoppingRegressor(booster, random_state=0).fit(X, y)
    >>> stopped.best_n_iter_ == stopped.estimator_.n_iter_ < 100
    True
    """

    def _check_kind(self) -> None:
        super()._check_kind()
        if not is_regressor(self.estimator):
            raise ValueError(
                f"estimator of EarlyStoppingRegressor must be a regressor, got "
                f"{type(self.estimator).__name__}. For classes, use "
                f"EarlyStoppingClassifier."
            )
