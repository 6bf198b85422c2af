"""Every private scikit-learn name this package uses, so that changes are felt here.

scikit-learn offers no public way to build a search with its own evaluation: parameter
validation in ``fit``, slicing of metadata, the shape of ``cv_results_`` are private.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

from sklearn import get_config
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.base import _fit_context as fit_context
from sklearn.callback import (
    AutoPropagatedCallback,
    CallbackContext,
    CallbackSupportMixin,
)
from sklearn.ensemble._base import (
    _BaseHeterogeneousEnsemble as BaseHeterogeneousEnsemble,
)
from sklearn.metrics._scorer import _BaseScorer as BaseScorer
from sklearn.metrics._scorer import _MultimetricScorer as MultimetricScorer
from sklearn.metrics._scorer import _PassthroughScorer as PassthroughScorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._search import (
    _yield_masked_array_for_each_param as yield_masked_array_for_each_param,
)
from sklearn.model_selection._split import _CVIterableWrapper as CVIterableWrapper
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._array_api import _convert_to_numpy, device, get_namespace
from sklearn.utils._param_validation import (
    Interval,
    InvalidParameterError,
    Options,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils._pprint import _EstimatorPrettyPrinter
from sklearn.utils._repr_html.estimator import _VisualBlock as VisualBlock
from sklearn.utils.metaestimators import _safe_split as safe_split
from sklearn.utils.parallel import _FuncWrapper as FuncWrapper
from sklearn.utils.parallel import (
    _get_threadpool_controller as get_threadpool_controller,
)
from sklearn.utils.validation import (
    _check_categorical_features as check_categorical_features,
)
from sklearn.utils.validation import _check_method_params as check_method_params
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _num_samples as num_samples

__all__ = [
    "BaseHeterogeneousEnsemble",
    "BaseScorer",
    "BaseSearchCV",
    "CVIterableWrapper",
    "FuncWrapper",
    "Interval",
    "NumberInterval",
    "Options",
    "ShippedContext",
    "StrOptions",
    "VisualBlock",
    "check_categorical_features",
    "check_method_params",
    "check_sample_weight",
    "constraint_error",
    "constraints_of_fit",
    "device",
    "fit_context",
    "get_namespace",
    "get_threadpool_controller",
    "has_callbacks",
    "is_default_scorer",
    "is_scorer",
    "keep_iterations",
    "lay_out_inside_others",
    "named_scorers",
    "needs_context",
    "num_samples",
    "own_callbacks",
    "parameter_constraints",
    "safe_indexing",
    "safe_split",
    "score_function",
    "scorer_call",
    "stopping_callbacks",
    "to_numpy",
    "validate_parameter_constraints",
    "yield_masked_array_for_each_param",
]


class NumberInterval(Interval):
    """An interval of a parameter's numbers, which True and False are none of."""

    def is_satisfied_by(self, val: Any) -> bool:
        return not isinstance(val, bool) and super().is_satisfied_by(val)


def to_numpy(array: Any) -> Any:
    """Return an array of whatever namespace and device as one of numpy."""
    xp, _ = get_namespace(array)
    return _convert_to_numpy(array, xp)


def has_callbacks(estimator: Any) -> bool:
    """Whether a callback is set on the estimator or on one inside it."""
    if own_callbacks(estimator):
        return True
    if not isinstance(estimator, BaseEstimator):
        return False
    return any(map(own_callbacks, estimator.get_params(deep=True).values()))


def lay_out_inside_others(
    own_repr: Callable[..., str], shown: Callable[[Any], Any]
) -> None:
    """Have scikit-learn lay out what has its own ``__repr__``, in the repr of others.

    Its printer looks up the very function. What it does not know, as an estimator with
    another ``__repr__``, it writes in one line, however long.

    Parameters
    ----------
    own_repr : function
        The ``__repr__``.
    shown : callable
        Gets the object, and returns the estimator to lay out in its place.
    """

    def lay_out(printer: Any, value: Any, *where: Any) -> None:
        printer._pprint_estimator(shown(value), *where)

    _EstimatorPrettyPrinter._dispatch[own_repr] = lay_out


def own_callbacks(value: Any) -> list[Any]:
    """Return the callbacks set on a value, which can be anything.

    The class is asked first: an object that stands for a later computation, as those of
    skrub, has every attribute, and no truth value.
    """
    if not isinstance(value, CallbackSupportMixin):
        return []
    return getattr(value, "_skl_callbacks", [])


def score_function(scorer: Any) -> tuple[Any, dict[str, Any]]:
    """Return the function that a scorer calls, and its arguments; None if unknown."""
    if not isinstance(scorer, BaseScorer):
        return None, {}
    return scorer._score_func, scorer._kwargs


def scorer_call(scorer: Any) -> tuple[Any, int, Any, dict[str, Any]]:
    """Return a scorer's function, its sign, the responses it takes, its arguments.

    The function is None if unknown.
    """
    if not isinstance(scorer, BaseScorer):
        return None, 1, (), {}
    return scorer._score_func, scorer._sign, scorer._response_method, scorer._kwargs


def is_scorer(scorer: Any) -> bool:
    """Whether a scorer is scikit-learn's, which gives X to nobody but the estimator."""
    return isinstance(scorer, BaseScorer | PassthroughScorer)


def takes_sample_weight(scorer: Any) -> bool:
    """Whether a scorer can be called with `sample_weight`."""
    if is_scorer(scorer):
        return scorer._accept_sample_weight()
    return "sample_weight" in inspect.signature(scorer).parameters


def keep_iterations(booster: Any, n_iter: int) -> None:
    """Drop the last iterations of a fitted histogram gradient booster."""
    booster._predictors = booster._predictors[:n_iter]


def is_default_scorer(scorer: Any) -> bool:
    """Whether a scorer calls the estimator's own ``score``."""
    return isinstance(scorer, PassthroughScorer)


def named_scorers(scorer: Any) -> dict[str, Any] | None:
    """Return the scorers by name of a search with several, None for a single one."""
    return scorer._scorers if isinstance(scorer, MultimetricScorer) else None


def parameter_constraints(estimator: Any) -> dict[str, Any]:
    """Return what an estimator allows for its parameters, empty if it does not say."""
    constraints = getattr(type(estimator), "_parameter_constraints", {})
    return constraints if isinstance(constraints, dict) else {}


# All methods that check parameters before they run have this code.
_CHECKED_FIRST = fit_context(prefer_skip_nested_validation=True)(lambda self: self)


def constraints_of_fit(estimator: Any) -> dict[str, Any]:
    """Return what ``fit`` checks parameters by before all else, empty if it may not."""
    cls = type(estimator)
    if get_config()["skip_parameter_validation"] or not hasattr(cls, "fit"):
        return {}
    if getattr(cls, "_validate_params", None) is not BaseEstimator._validate_params:
        return {}
    # what is set may not be what is given, if users wrote how it is set
    if cls.set_params.__module__.partition(".")[0] not in ("sklearn", "sklearn_hp"):
        return {}
    if getattr(cls.fit, "__code__", None) is not _CHECKED_FIRST.__code__:
        return {}
    # a Pipeline calls fit_transform where there is one; scikit-learn wraps its output
    transform = inspect.unwrap(getattr(cls, "fit_transform", _FIT_TRANSFORM))
    is_sure = transform is _FIT_TRANSFORM or _is_checked_first(cls.fit_transform)
    return parameter_constraints(estimator) if is_sure else {}


_FIT_TRANSFORM = inspect.unwrap(TransformerMixin.fit_transform)


def _is_checked_first(method: Any) -> bool:
    """Whether a method checks parameters first, inside of wrappers of its output."""
    while method is not None:
        if getattr(method, "__code__", None) is _CHECKED_FIRST.__code__:
            return True
        method = getattr(method, "__wrapped__", None)
    return False


def constraint_error(estimator: Any, name: str, value: Any) -> str | None:
    """Return what ``fit`` says of a value of a parameter, None if it takes it."""
    try:
        validate_parameter_constraints(
            constraints_of_fit(estimator), {name: value}, type(estimator).__name__
        )
    except InvalidParameterError as exc:
        return str(exc)
    return None


def needs_context(search: Any, estimator: Any) -> bool:
    """Whether fitting the estimator calls callbacks: its own, or the search's."""
    if not isinstance(estimator, CallbackSupportMixin):
        return False
    return has_callbacks(estimator) or any(
        isinstance(callback, AutoPropagatedCallback)
        for callback in own_callbacks(search)
    )


def stopping_callbacks(context: CallbackContext, **hook_arguments: Any) -> list[Any]:
    """Call the hooks of a task that ended; return the callbacks that returned True.

    scikit-learn's own call says whether there are any, not which.
    """
    callbacks = context._callbacks
    stopping = []
    try:
        for callback in callbacks:
            context._callbacks = [callback]
            if context.call_on_fit_task_end(**hook_arguments):
                stopping.append(callback)
    finally:
        context._callbacks = callbacks
    return stopping


class ShippedContext:
    """A callback context that is pickled without the tree it hangs in.

    Pickling a context as it is takes all its siblings along: 410 kB for each task of a
    search of 5,000. A callback in a worker only walks from its context to the root, and
    only callbacks that propagate themselves are called there.

    Parameters
    ----------
    context : sklearn.callback.CallbackContext
        The context of one task.
    """

    def __init__(self, context: CallbackContext | None) -> None:
        self.context = context

    def __reduce__(self) -> tuple[Any, ...]:
        return ShippedContext, (_detached(self.context),)


def _detached(context: CallbackContext | None) -> CallbackContext | None:
    """Copy a context and its ancestors, without their other descendants."""
    if context is None:
        return None
    lean = copy.copy(context)
    lean._children_map = {}
    lean._callbacks = [
        callback
        for callback in context._callbacks
        if isinstance(callback, AutoPropagatedCallback)
    ]
    lean.parent = _detached(context.parent)
    return lean
