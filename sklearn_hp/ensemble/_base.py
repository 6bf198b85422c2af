"""The weighted mean of what members answer, whatever is predicted."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from sklearn import get_config
from sklearn.base import is_classifier
from sklearn.utils import Bunch, Tags, get_tags, indexable
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from sklearn_hp._doc_link import DocLinkMixin
from sklearn_hp._responses import Target, as_given, predicted, respond, target_of
from sklearn_hp._sklearn_compat import (
    BaseHeterogeneousEnsemble,
    VisualBlock,
    fit_context,
    lay_out_inside_others,
)
from sklearn_hp.ensemble._checks import (
    check_members,
    checked_weights,
    refuse_pairwise,
)
from sklearn_hp.ensemble._fitting import (
    averaged_method,
    draw_splits,
    fit_models,
    scale_of_member,
)

# Lines of parameters above which only the first members of a fitted ensemble are shown.
_FEW_LINES = 4
_N_SHOWN = 3


class BaseEnsemble(DocLinkMixin, BaseHeterogeneousEnsemble):
    """Base of the ensembles: parameters by name, ``fit`` and the weighted mean.

    Parameters are those of the subclasses.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "estimators": [list],
        "weights": ["array-like", None],
        "cv": ["cv_object"],
        "n_jobs": [None, Integral],
    }

    def __init__(
        self,
        estimators: Any,
        *,
        weights: Any = None,
        cv: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(estimators=estimators)
        self.weights = weights
        self.cv = cv
        self.n_jobs = n_jobs

    @property
    def _members(self) -> list[tuple[str, Any]]:
        """The members that are not dropped; none if `estimators` has another form."""
        items = self.estimators if isinstance(self.estimators, list) else []
        return [
            (item[0], item[1])
            for item in items
            if isinstance(item, (tuple, list))
            and len(item) == 2
            and not isinstance(item[1], str)
        ]

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        """Fit a model of each member, or one for each split of `cv`.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            The training rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The target.
        **params : dict
            Passed to ``fit`` of every member, for example `sample_weight`. Arrays with
            an entry for each row are cut to the rows of a fold model. With `cv`,
            `groups` is passed to the splitter instead. If metadata routing is enabled,
            each member and the splitter get what they request.

        Raises
        ------
        ValueError
            If `weights` do not fit `estimators`, if `cv` gives no splits, or if `cv` is
            given for a member that takes a precomputed kernel or distances.
        TypeError
            If a member is no estimator, or its ``fit`` does not take one of `params`.

        Returns
        -------
        self : object
            The fitted ensemble.
        """
        check_members(self.estimators)
        self._validate_estimators()
        X, y = indexable(X, y)
        members = self._members
        weights = checked_weights(self.weights, self.estimators)
        if self.cv is not None:
            refuse_pairwise(members)
        if is_classifier(self):
            check_classification_targets(y)
        target = target_of(y, is_classifier(self))
        fit_params, split_params = self._routed(params)
        splits = draw_splits(self.cv, X, y, is_classifier(self), split_params)
        models = fit_models(members, X, y, splits, fit_params, self.n_jobs)
        method = averaged_method(models, X, splits, target)
        scales = np.ones(len(members))
        if method == "decision_function":
            scales[:] = [scale_of_member(own, X, splits, target) for own in models]
        return self._set_fitted(models, weights, scales, target, method)

    def _set_fitted(
        self,
        models: list[list[Any]],
        weights: np.ndarray,
        scales: np.ndarray,
        target: Target,
        method: str,
    ) -> Self:
        """Become the weighted mean of fitted models.

        Parameters
        ----------
        models : list of list of estimator
            The fitted models of each member that is not dropped.
        weights, scales : ndarray of shape (n_members,)
            Weights, which add up to 1, and by what decision values are divided.
        target : Target
            What is predicted.
        method : {"predict_proba", "decision_function", "predict"}
            What is averaged.
        """
        self.estimators_ = models
        names = [name for name, _ in self._members]
        self.named_estimators_ = Bunch(**dict(zip(names, models, strict=True)))
        self.weights_ = weights
        self.scales_ = scales
        self.response_method_ = method
        self._target = target
        if target.classes is not None:
            one_output = target.ndim == 1
            self.classes_ = target.classes[0] if one_output else [*target.classes]
        for name in ("n_features_in_", "feature_names_in_"):
            known = [own[0] for own in models if hasattr(own[0], name)]
            if known:
                setattr(self, name, getattr(known[0], name))
            elif hasattr(self, name):  # of an earlier fit
                delattr(self, name)
        return self

    def _routed(
        self, params: dict[str, Any]
    ) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
        """Return the parameters for ``fit`` of each member, and for the splitter."""
        names = [name for name, _ in self._members]
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "fit", **params)
            return {name: routed[name].fit for name in names}, (
                {} if self.cv is None else routed["cv"].split
            )
        # as in scikit-learn's ensembles, None is the same as not given
        params = {name: value for name, value in params.items() if value is not None}
        split_params = {}
        if self.cv is not None and "groups" in params:
            split_params["groups"] = params.pop("groups")
        return dict.fromkeys(names, params), split_params

    def get_metadata_routing(self) -> MetadataRouter:
        """Return what members and splitter request.

        See scikit-learn's user guide on metadata routing.

        Returns
        -------
        routing : MetadataRouter
            For each member by its name, and for the splitter as "cv".
        """
        router = MetadataRouter(owner=self)
        to_fit = MethodMapping().add(caller="fit", callee="fit")
        for name, estimator in self._members:
            router.add(**{name: estimator}, method_mapping=to_fit)
        if self.cv is not None:
            to_split = MethodMapping().add(caller="fit", callee="split")
            router.add(cv=self.cv, method_mapping=to_split)
        return router

    def _average(self, X: Any) -> np.ndarray:
        """Return the weighted mean of the responses, as columns."""
        check_is_fitted(self)
        total = 0.0
        for models, weight in zip(
            self.estimators_, self.weights_ / self.scales_, strict=True
        ):
            for model in models:
                values = respond(model, X, self.response_method_, self._target)
                total = total + weight / len(models) * values
        if self.response_method_ == "predict_proba":
            # weights add up to 1 but for rounding, and log_loss refuses more than 1
            total = np.minimum(total, 1.0)
        return np.asarray(total)

    def _response(self, X: Any) -> Any:
        return as_given(self._average(X), self.response_method_, self._target)

    def predict(self, X: Any) -> np.ndarray:
        """Predict by the weighted mean of the members.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Numbers, or the labels with the highest mean probability, with the highest
            mean decision value, or with the most votes.
        """
        values = self._average(X)
        return predicted(values, self.response_method_, self._target)

    def __getattr__(self, name: str) -> Any:
        """Say where an attribute is that scripts read from a single model."""
        try:
            return super().__getattribute__(name)  # raises: that it lacks comes first
        except AttributeError as exc:
            models = vars(self).get("estimators_", [])  # a copy in the making has none
            if name.startswith("_") or not any(hasattr(own[0], name) for own in models):
                raise
            raise AttributeError(
                f"{exc}. {_where_models_are(models, f'.{name}')}", name=name, obj=self
            ) from None

    # Python iterates over what has `__getitem__`, unless this says that it cannot.
    __iter__ = None

    def __getitem__(self, key: Any) -> Any:
        """Say where the steps of a pipeline, or the members of an ensemble, are.

        Raises
        ------
        TypeError
            Always: an ensemble has no items.
        """
        message = f"{type(self).__name__!r} object is not subscriptable"
        models = vars(self).get("estimators_", [])
        if any(hasattr(own[0], "__getitem__") for own in models):
            message += f". {_where_models_are(models, f'[{key!r}]')}"
        raise TypeError(message)

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        """Return the parameters, or once fitted the members if these are too many."""
        text = super().__repr__(N_CHAR_MAX)
        weights, members = vars(self).get("weights_", ()), self._members
        if text.count("\n") < _FEW_LINES or len(weights) != len(members):
            return text
        shown = [
            f"{name} (weight {weight:.3g})"
            for (name, _), weight in zip(members[:_N_SHOWN], weights, strict=False)
        ]
        shown += ["..."] * (len(members) > _N_SHOWN)
        kind = type(self).__name__
        return f"<{kind} of {_members_in_words(members)}: {', '.join(shown)}>"

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        of_members = [
            get_tags(estimator)
            for _, estimator in self._members
            if hasattr(estimator, "__sklearn_tags__")
            and not isinstance(estimator, type)
        ]
        if of_members:
            _combine_tags(tags, of_members)
        return tags

    def _sk_visual_block_(self) -> Any:
        weights = getattr(self, "weights_", None)
        if weights is None:
            weights = checked_weights(self.weights, self.estimators)
        names = [
            f"{name}, weight {weight:.3g}"
            for (name, _), weight in zip(self._members, weights, strict=True)
        ]
        estimators = [estimator for _, estimator in self._members]
        return VisualBlock("parallel", estimators, names=names)


def _where_models_are(models: list[list[Any]], what: str) -> str:
    """Return how to read from the models what a script reads from a single one."""
    return (
        f"This is an ensemble of {_members_in_words(models)}, whose models are in "
        f"estimators_: read estimators_[i][k]{what}, of model k of member i. Or search "
        f"with ensemble=None, which returns one model, the best candidate refitted."
    )


def _members_in_words(members: Sequence[Any]) -> str:
    return f"{len(members)} member{'s' * (len(members) > 1)}"


lay_out_inside_others(BaseEnsemble.__repr__, lambda ensemble: ensemble)


def _combine_tags(tags: Tags, of_members: Sequence[Tags]) -> None:
    """Set what the ensemble takes: what all members take, or what any one needs."""
    tags.input_tags.pairwise = all(of.input_tags.pairwise for of in of_members)
    tags.input_tags.positive_only = any(
        of.input_tags.positive_only for of in of_members
    )
    tags.target_tags.multi_output = all(
        of.target_tags.multi_output for of in of_members
    )
    tags.target_tags.single_output = all(
        of.target_tags.single_output for of in of_members
    )
    classifiers = [of.classifier_tags for of in of_members if of.classifier_tags]
    if tags.classifier_tags is not None and classifiers:
        tags.classifier_tags.multi_class = all(of.multi_class for of in classifiers)
        tags.classifier_tags.multi_label = all(of.multi_label for of in classifiers)
