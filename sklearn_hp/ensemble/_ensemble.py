"""The public ensembles."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if

from sklearn_hp._responses import Target
from sklearn_hp.ensemble._base import BaseEnsemble
from sklearn_hp.ensemble._fitting import common_method

# What an unfitted classifier predicts is not known; any target of one output tells
# which methods there will be.
_ONE_OUTPUT = Target((np.array([0, 1]),))


def _if_averaged(method: str) -> Any:
    """Offer a method if it is what the members' mean is of, or will be after fit."""

    def check(ensemble: Any) -> bool:
        averaged = getattr(ensemble, "response_method_", None)
        if averaged is None:
            estimators = [estimator for _, estimator in ensemble.estimators]
            kept = [one for one in estimators if not isinstance(one, str)]
            averaged = common_method(kept, _ONE_OUTPUT)
        return averaged == method

    return available_if(check)


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

    @_if_averaged("predict_proba")
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

    @_if_averaged("decision_function")
    def decision_function(self, X: Any) -> Any:
        """Average the members' decision values, each divided by the member's scale.

        There only if all members have `decision_function` and not all have
        `predict_proba`.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        values : ndarray of shape (n_samples,) or (n_samples, n_classes)
            One value for each row if there are two classes, else one for each class or
            label.
        """
        return self._response(X)


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
