"""Parameters of preprocessing steps that are worth a search.

None was learnt: they are the few that practitioners try. Where one depends on the
number of features, it is given as a share of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from scipy.stats import loguniform, randint, uniform
from sklearn import decomposition, feature_selection, impute, pipeline, preprocessing
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import FeatureUnion

from sklearn_hp.space._entries import make_dimension
from sklearn_hp.space._values import same_value

KNOWN: dict[type, dict[str, Any]] = {
    impute.SimpleImputer: {
        "strategy": ["mean", "median"],
        "add_indicator": [False, True],
    },
    impute.KNNImputer: {"n_neighbors": randint(2, 21)},
    # a share of the variance, which must be below 1
    decomposition.PCA: {"n_components": uniform(0.5, 0.499)},
    feature_selection.SelectPercentile: {"percentile": randint(5, 101)},
    preprocessing.SplineTransformer: {
        "n_knots": randint(3, 11),
        "degree": randint(1, 4),
    },
    preprocessing.PolynomialFeatures: {
        "degree": [1, 2],
        "interaction_only": [False, True],
    },
    preprocessing.KBinsDiscretizer: {"n_bins": randint(2, 21)},
    preprocessing.OneHotEncoder: {
        "min_frequency": [None, 0.01, 0.03, 0.1],
    },
    preprocessing.TargetEncoder: {"smooth": loguniform(0.1, 1000)},
    CountVectorizer: {  # and TfidfVectorizer, which inherits from it
        "ngram_range": [(1, 1), (1, 2)],
        "min_df": [1, 2, 5],
    },
}
# Of PCA, those that take a share of the variance for the number of components.
_SOLVERS_WITH_SHARES = ("auto", "full", "covariance_eigh")


def preprocessing_space(estimator: Any, prefix: str = "") -> dict[str, Any]:
    """Return the space of the preprocessing steps inside of an estimator.

    Parameters
    ----------
    estimator : estimator
        A Pipeline, possibly with a ColumnTransformer or FeatureUnion in it, or what
        holds one.
    prefix : str, default=""
        Put before the names.

    Returns
    -------
    space : dict
        For each parameter a distribution or a list; empty if no step is known.
    """
    space = {}
    for cls, parameters in KNOWN.items():
        if isinstance(estimator, cls):
            for name, values in parameters.items():
                if _fits(estimator, name, values):
                    # a copy, for the user to change
                    listed = isinstance(values, list)
                    space[prefix + name] = list(values) if listed else values
            return space
    for name, step in _steps_in(estimator):
        space |= preprocessing_space(step, f"{prefix}{name}__")
    return space


def _fits(estimator: Any, name: str, values: Any) -> bool:
    """Whether a parameter can be changed, and its own value is among the others.

    What is unlike them was chosen for a reason, as characters instead of words.
    """
    own = getattr(estimator, name)
    if isinstance(estimator, decomposition.PCA):
        if estimator.svd_solver not in _SOLVERS_WITH_SHARES:
            return False
    if isinstance(estimator, CountVectorizer) and callable(estimator.analyzer):
        return name != "ngram_range"
    if isinstance(values, list):
        return any(same_value(own, one) for one in values)
    is_default = own is None or (isinstance(own, str) and own == "auto")
    dimension: Any = make_dimension(values)
    return is_default or not math.isnan(dimension.encode(own))


def _steps_in(estimator: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(estimator, pipeline.Pipeline):
        steps = estimator.steps
    elif isinstance(estimator, ColumnTransformer):
        steps = [(name, step) for name, step, *_ in estimator.transformers]
    elif isinstance(estimator, FeatureUnion):
        steps = estimator.transformer_list
    else:
        held = estimator.get_params(deep=True)  # with what an ensemble has in a list
        steps = [
            (name, value)
            for name, value in held.items()
            if "__" not in name and isinstance(value, pipeline.Pipeline)
        ]
    for name, step in steps:
        if hasattr(step, "get_params") and not isinstance(step, type):
            yield name, step
