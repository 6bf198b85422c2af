"""The public ensembles."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if

from sklearn_hp._responses import Target, as_given
from sklearn_hp.ensemble._base import BaseEnsemble
from sklearn_hp.ensemble._fitting import common_method
from sklearn_hp.ensemble._log_odds import log_odds

# What an unfitted classifier predicts is not known; any target of one output tells
# which methods there will be.
_ONE_OUTPUT = Target((np.array([0, 1]),))


class EnsembleClassifier(ClassifierMixin, BaseEnsemble):
    """Weighted mean of classifiers.

    Each member is fitted on all rows or, with `cv`, is the mean of one model for each
    training part of the splits (its *fold models*). The ensemble averages their
    probabilities. If a member has none, it averages decision values, and if a member
    has none of these, it counts votes. It also counts votes if the labels that a member
    predicts do not follow from these numbers, as with a
    :class:`~sklearn.model_selection.FixedThresholdClassifier`.

    Parameters
    ----------
    estimators : list of (str, estimator) tuples
        The members and their names. `fit` fits clones of them. An estimator can be set
        to "drop" by ``set_params``.
    weights : array-like of shape (n_estimators,), default=None
        Weights of the members, not negative; they are divided by their sum. None for
        equal weights.
    cv : int, cross-validation generator or iterable, default=None
        None to fit one model of each member on all rows. Otherwise the splits whose
        training parts the fold models are fitted on, the same for all members: the
        number of folds of a stratified k-fold (k-fold for several outputs), a splitter,
        or an iterable of (train, test) arrays of indices. A splitter by groups, such as
        `GroupKFold`, needs `groups` at `fit`.
    n_jobs : int, default=None
        Number of models to fit at a time. None means 1 unless in a joblib
        `parallel_config` context, -1 means all processors.

    Attributes
    ----------
    estimators_ : list of list of estimator
        The fitted models of each member not dropped: one, or one for each split.
    named_estimators_ : :class:`~sklearn.utils.Bunch`
        The same lists by the members' names.
    weights_ : ndarray of shape (n_members,)
        Weights of these members. They add up to 1.
    response_method_ : {"predict_proba", "decision_function", "predict"}
        The method of the models whose results are averaged.
    scales_ : ndarray of shape (n_members,)
        By what each member's decision values are divided, see the notes. Ones if
        something else is averaged.
    classes_ : ndarray of shape (n_classes,) or list of ndarray
        The class labels; for several outputs or labels, a list with those of each.
    n_features_in_ : int
        Number of features seen during `fit`. Only if a member has it.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen during `fit`. Only if a member has it.

    See Also
    --------
    EnsembleRegressor : The same for numbers.
    sklearn.ensemble.VotingClassifier : Averages models that are fitted on all rows.
    sklearn.ensemble.StackingClassifier : Fits another model to predictions.

    Notes
    -----
    Models share no work: predicting takes as long as predicting with each model in
    turn. With `cv`, that is the number of splits times the number of members.

    The decision values of two estimators have no common unit. Those of each member are
    therefore divided by their root mean square (for more than two classes, that of
    their differences from each row's mean). With `cv` it is taken over the rows that
    the fold models were not fitted on, otherwise over all rows.

    A class that a fold lacks has the probability 0 for its fold model, and the lowest
    decision value of each row.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_hp.ensemble import EnsembleClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> ensemble = EnsembleClassifier(
    ...     [
    ...         ("linear", LogisticRegression(max_iter=1000)),
    ...         ("tree", DecisionTreeClassifier(random_state=0)),
    ...     ],
    ...     weights=[3, 1],
    ...     cv=5,
    ... ).fit(X, y)
    >>> ensemble.weights_
    array([0.75, 0.25])
    >>> [len(models) for models in ensemble.estimators_]
    [5, 5]
    >>> ensemble.predict(X[:3])
    array([0, 0, 0])
    """

    def _models(self) -> list[Any]:
        """Return the fitted models of all members; before fit, the members."""
        if not hasattr(self, "estimators_"):
            return [member for _, member in self._members]
        return [model for models in self.estimators_ for model in models]

    def _averaged_method(self) -> str:
        """Return the method that is averaged, or will be after fit."""
        if hasattr(self, "response_method_"):
            return self.response_method_
        models = self._models()
        return common_method(models, _ONE_OUTPUT) if models else "predict"

    def _has_probabilities(self) -> bool:
        return self._averaged_method() == "predict_proba"

    def _has_decision_values(self) -> bool:
        """Whether there is a mean of them, or they follow from probabilities.

        The second only if all members have them: a script that asks each of the members
        for them works with the ensemble too.
        """
        if not self._has_probabilities():
            return self._averaged_method() == "decision_function"
        classes = getattr(self, "classes_", None)
        is_multi_class_output = (
            isinstance(classes, list) and not self._target.multilabel
        )
        return not is_multi_class_output and all(
            hasattr(model, "decision_function") for model in self._models()
        )

    @available_if(_has_probabilities)
    def predict_proba(self, X: Any) -> Any:
        """Average the members' probabilities.

        There only if all members have `predict_proba`.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes), or a list of n_outputs such arrays
            Probabilities, in the order of `classes_`. Of labels that apply or do not,
            an array of shape (n_samples, n_labels): the probability of each.
        """
        return self._response(X)

    @available_if(_has_probabilities)
    def predict_log_proba(self, X: Any) -> Any:
        """Return the logarithm of the mean probabilities.

        There only if all members have `predict_proba`.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        log_p : ndarray of shape (n_samples, n_classes), or a list of n_outputs arrays
            In the form of `predict_proba`; -inf for a probability of 0.
        """
        p = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return [np.log(one) for one in p] if isinstance(p, list) else np.log(p)

    @available_if(_has_decision_values)
    def decision_function(self, X: Any) -> Any:
        """Return decision values that lead to the labels that `predict` returns.

        There only if all members have `decision_function`. If all have `predict_proba`
        as well, the values follow from the mean probabilities, as `predict` does: they
        are the logarithm of the odds of the second of two classes, or of each label,
        and the logarithms of the probabilities of several classes. They rank rows as
        the probabilities do, so an area under a curve is the same for both. Otherwise
        they are the mean of the members' values, each divided by the member's scale.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        values : ndarray of shape (n_samples,) or (n_samples, n_classes)
            One value for each row if there are two classes, positive for the second;
            else one for each class or label. All are finite, also for the
            probabilities 0 and 1.
        """
        values = self._average(X)
        if self.response_method_ == "predict_proba":
            values = log_odds(values, self._target)
        return as_given(values, "decision_function", self._target)


class EnsembleRegressor(RegressorMixin, BaseEnsemble):
    """Weighted mean of regressors.

    Each member is fitted on all rows or, with `cv`, is the mean of one model for each
    training part of the splits (its *fold models*).

    Parameters
    ----------
    estimators : list of (str, estimator) tuples
        The members and their names. `fit` fits clones of them. An estimator can be set
        to "drop" by ``set_params``.
    weights : array-like of shape (n_estimators,), default=None
        Weights of the members, not negative; they are divided by their sum. None for
        equal weights.
    cv : int, cross-validation generator or iterable, default=None
        None to fit one model of each member on all rows. Otherwise the splits whose
        training parts the fold models are fitted on, the same for all members: the
        number of folds, a splitter, or an iterable of (train, test) arrays of indices.
        A splitter by groups, such as `GroupKFold`, needs `groups` at `fit`.
    n_jobs : int, default=None
        Number of models to fit at a time. None means 1 unless in a joblib
        `parallel_config` context, -1 means all processors.

    Attributes
    ----------
    estimators_ : list of list of estimator
        The fitted models of each member not dropped: one, or one for each split.
    named_estimators_ : :class:`~sklearn.utils.Bunch`
        The same lists by the members' names.
    weights_ : ndarray of shape (n_members,)
        Weights of these members. They add up to 1.
    response_method_ : str
        "predict", as predictions are averaged.
    scales_ : ndarray of shape (n_members,)
        Ones: predictions have a common unit.
    n_features_in_ : int
        Number of features seen during `fit`. Only if a member has it.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen during `fit`. Only if a member has it.

    See Also
    --------
    EnsembleClassifier : The same for classes.
    sklearn.ensemble.VotingRegressor : Averages models that are fitted on all rows.
    sklearn.ensemble.StackingRegressor : Fits another model to predictions.

    Notes
    -----
    Models share no work: predicting takes as long as predicting with each model in
    turn. With `cv`, that is the number of splits times the number of members.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from sklearn_hp.ensemble import EnsembleRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> ensemble = EnsembleRegressor(
    ...     [("linear", Ridge()), ("tree", DecisionTreeRegressor(max_depth=3))], cv=5
    ... ).fit(X, y)
    >>> ensemble.predict(X[:2]).round(0)
    array([189.,  92.])
    """
