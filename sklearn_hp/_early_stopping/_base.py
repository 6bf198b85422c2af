"""What both public estimators share: ``fit``, the refit, and what is delegated."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags, check_random_state, get_tags, indexable
from sklearn.utils.metadata_routing import (
    UNUSED,
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_hp._doc_link import DocLinkMixin
from sklearn_hp._early_stopping._libraries import Rule, library_of, stoppable
from sklearn_hp._early_stopping._rows import Rows, last_step, preprocessed
from sklearn_hp._sklearn_compat import NumberInterval, fit_context, num_samples
from sklearn_hp._stopping_rows import split_off
from sklearn_hp._unexpected_argument import with_remedies

# Rows to stop by, as libraries call them in `fit`.
_GIVEN_ROWS = {"eval_set", "eval_X", "eval_y", "X_val", "y_val"}

_OF_ESTIMATOR = "Set it in the estimator."
_REMEDIES = {
    "n_estimators": _OF_ESTIMATOR,
    "iterations": _OF_ESTIMATOR,
    "max_iter": _OF_ESTIMATOR,
    "learning_rate": _OF_ESTIMATOR,
    "early_stopping_rounds": "Use n_iter_no_change.",
    "patience": "Use n_iter_no_change.",
    "metric": "Use eval_metric.",
    "scoring": "Use eval_metric.",
}


class BaseEarlyStopping(DocLinkMixin, MetaEstimatorMixin, BaseEstimator):
    """Base of the public estimators, which say what their targets are.

    Parameters are those of the subclasses.
    """

    # who is weighted is the estimator inside, which requests it
    __metadata_request__fit: ClassVar[dict[str, Any]] = {"sample_weight": UNUSED}

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "estimator": "no_validation",  # see _check_kind
        "early_stopping": ["boolean"],
        "validation_fraction": [NumberInterval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [NumberInterval(Integral, 1, None, closed="left")],
        "eval_metric": "no_validation",  # in the form of the library
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
    }

    @with_remedies(_REMEDIES)
    def __init__(
        self,
        estimator: Any,
        *,
        early_stopping: bool = True,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 20,
        eval_metric: Any = None,
        shuffle: bool = True,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.eval_metric = eval_metric
        self.shuffle = shuffle
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        **params: Any,
    ) -> Self:
        """Fit a clone of the estimator, and stop it by rows that it is not trained on.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            The training rows, some of which are set aside.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The target.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, for training and for the score that stops it. In a
            Pipeline they go to its last step.
        groups : array-like of shape (n_samples,), default=None
            Rows of one group are not torn apart. A search passes them on if metadata
            routing is enabled and ``set_fit_request(groups=True)`` was called.
        **params : dict
            Passed to ``fit`` of the estimator. What has an entry for each row is cut.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        TypeError
            If the estimator cannot be stopped, or if rows to stop by are given.
        ValueError
            If the estimator is of another kind, a class where numbers are predicted for
            example, or if no rows can be set aside.
        """
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is "
                f"None."
            )
        self._check_kind()
        self._check_params_of_fit(params)
        X, y = indexable(X, y)
        estimator = clone(self.estimator)
        own_params = self._params_of_estimator(estimator, sample_weight, params)
        rows = Rows(X, self._encode(y, estimator), own_params)
        self.best_n_iter_ = None
        if self.early_stopping:
            rule = Rule(self.n_iter_no_change, self.eval_metric)
            train, stop = self._split(X, y, groups)
            self.best_n_iter_ = _fit(estimator, rows.take(train), rows.take(stop), rule)
        else:
            estimator.fit(rows.X, rows.y, **rows.params)
        self.estimator_ = estimator
        self._set_classes()
        return self

    def _check_kind(self) -> None:
        """Raise if the estimator is none, or predicts something else."""
        if isinstance(self.estimator, type) or not hasattr(self.estimator, "fit"):
            raise TypeError(
                f"estimator of {type(self).__name__} must be an instance of an "
                f"estimator, got {self.estimator!r}."
            )

    def _encode(self, y: Any, estimator: Any) -> Any:
        """Return the target as the estimator wants it."""
        return y

    def _set_classes(self) -> None:
        """Set what only a classifier has."""

    def _check_params_of_fit(self, params: dict[str, Any]) -> None:
        given = {name for name in params if name.rpartition("__")[2] in _GIVEN_ROWS}
        if given and self.early_stopping:
            raise TypeError(
                f"{type(self).__name__} takes the rows to stop by out of X, got "
                f"{', '.join(sorted(given))} as well. Leave it out; "
                f"validation_fraction, shuffle and groups say which rows are taken."
            )

    def _params_of_estimator(
        self, estimator: Any, sample_weight: Any, params: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the parameters of ``fit`` of the estimator."""
        params = dict(params)
        is_routed = get_config()["enable_metadata_routing"]
        if sample_weight is not None:
            prefix = "" if is_routed else last_step(estimator)[0]
            params[f"{prefix}sample_weight"] = sample_weight
        if is_routed:
            return dict(process_routing(self, "fit", **params).estimator.fit)
        return params

    def _split(self, X: Any, y: Any, groups: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of the rows to train on, and of those to stop by."""
        target = np.asarray(y)
        if target.ndim == 2 and target.shape[1] == 1:
            target = target[:, 0]
        has_classes = get_tags(self).estimator_type == "classifier"
        if has_classes and target.ndim == 1:
            target = np.unique(target, return_inverse=True)[1]
        if groups is not None:
            check_consistent_length(X, groups)
        if num_samples(X) < 2:
            raise ValueError(
                f"{type(self).__name__} needs 2 samples or more with early_stopping="
                f"True, one of them to stop by, got 1 sample."
            )
        return split_off(
            target,
            self.validation_fraction,
            check_random_state(self.random_state),
            stratify=has_classes and target.ndim == 1,
            groups=groups,
            shuffle=self.shuffle,
        )

    def refit_params(self, n_iters: list[int]) -> dict[str, Any]:
        """Return the parameters of a fit to all rows, after fits that were stopped.

        A search calls it before it refits the best candidate, see
        :ref:`the user guide <optional_methods>`.

        Parameters
        ----------
        n_iters : list of int
            The `best_n_iter_` of the splits.

        Returns
        -------
        params : dict
            No early stopping, and for the estimator the mean number of rounds. Empty
            without early stopping.
        """
        if not self.early_stopping:
            return {}
        prefix, last = last_step(self.estimator)
        params = stoppable(last).refit_params(last, n_iters)
        return {
            "early_stopping": False,
            **{f"estimator__{prefix}{name}": value for name, value in params.items()},
        }

    def get_metadata_routing(self) -> MetadataRouter:
        """Return what this object and the estimator request.

        See scikit-learn's user guide on metadata routing.

        Returns
        -------
        routing : MetadataRouter
            For this object, which takes `groups`, and for "estimator".
        """
        to_fit = MethodMapping().add(caller="fit", callee="fit")
        return (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(estimator=self.estimator, method_mapping=to_fit)
        )

    def predict(self, X: Any) -> np.ndarray:
        """Predict with the model of the best round.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Numbers, or labels.
        """
        check_is_fitted(self)
        return self.estimator_.predict(X)

    @property
    def n_features_in_(self) -> int:
        """Number of features seen during `fit`."""
        return self._of_model("n_features_in_")

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the features seen during `fit`."""
        return self._of_model("feature_names_in_")

    @property
    def feature_importances_(self) -> np.ndarray:
        """Importances of the features, if the estimator has them."""
        return self._of_model("feature_importances_")

    def _of_model(self, name: str) -> Any:
        if "estimator_" not in vars(self):
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r} before fit"
            )
        return getattr(self.estimator_, name)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        if not hasattr(self.estimator, "__sklearn_tags__"):
            return tags
        inner = get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        tags.target_tags = inner.target_tags
        tags.target_tags.required = True
        tags.array_api_support = False
        if tags.classifier_tags is not None and inner.classifier_tags is not None:
            tags.classifier_tags = inner.classifier_tags
        if tags.regressor_tags is not None and inner.regressor_tags is not None:
            tags.regressor_tags = inner.regressor_tags
        return tags


def _fit(estimator: Any, train: Rows, stop: Rows, rule: Rule) -> int | None:
    """Fit what may be a Pipeline; its last step stops. Return the best round."""
    if not isinstance(estimator, Pipeline):
        return stoppable(estimator).fit(estimator, train, stop, rule)
    train, stop = preprocessed(estimator, train, stop)
    return _fit(estimator.steps[-1][1], train, stop, rule)


def needs_codes(estimator: Any) -> bool:
    """Whether what predicts takes no labels but 0, 1, 2, ..."""
    library = library_of(last_step(estimator)[1])
    return library is not None and library.needs_codes
