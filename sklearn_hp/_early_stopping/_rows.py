"""Rows of a fit with what belongs to them, cut and taken through a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import process_routing

from sklearn_hp._sklearn_compat import check_method_params, safe_indexing


@dataclass(frozen=True)
class Rows:
    """Rows, and the parameters of ``fit``: those with an entry for each row are cut."""

    X: Any
    y: Any
    params: Mapping[str, Any]

    def take(self, indices: np.ndarray) -> Rows:
        """Return some of the rows, by number."""
        return Rows(
            safe_indexing(self.X, indices),
            safe_indexing(self.y, indices),
            check_method_params(self.X, self.params, indices=indices),
        )


def last_step(estimator: Any) -> tuple[str, Any]:
    """Return what predicts, and the prefix of its parameters: "" without a Pipeline."""
    prefix = ""
    while isinstance(estimator, Pipeline):
        name, estimator = estimator.steps[-1]
        prefix += f"{name}__"
    return prefix, estimator


def preprocessed(pipeline: Pipeline, train: Rows, stop: Rows) -> tuple[Rows, Rows]:
    """Fit the steps before the last on the rows to train on, and transform both.

    Parameters
    ----------
    pipeline : Pipeline
        Its steps but the last become fitted.
    train, stop : Rows
        With the parameters of the ``fit`` of the pipeline.

    Returns
    -------
    train, stop : Rows
        With the parameters of the ``fit`` of the last step.
    """
    params, last_params = _params_of_steps(pipeline, train.params)
    _, last_stop_params = _params_of_steps(pipeline, stop.params)
    X_train, X_stop = train.X, stop.X
    if len(pipeline.steps) > 1:
        head = pipeline[:-1]
        X_train = head.fit_transform(X_train, train.y, **params)
        X_stop = head.transform(X_stop)
        # with `memory` the fitted steps are others than those that were given
        pipeline.steps[:-1] = head.steps
    return (
        Rows(X_train, train.y, last_params),
        Rows(X_stop, stop.y, last_stop_params),
    )


def _params_of_steps(
    pipeline: Pipeline, params: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the parameters for the steps before the last, and those for the last."""
    *before, (last, _) = pipeline.steps
    if not get_config()["enable_metadata_routing"]:
        prefix = f"{last}__"
        own = {
            name.removeprefix(prefix): value
            for name, value in params.items()
            if name.startswith(prefix)
        }
        return {k: v for k, v in params.items() if not k.startswith(prefix)}, own
    routed = process_routing(pipeline, "fit", **params)
    wanted = {
        name
        for step, _ in before
        for method in ("fit", "fit_transform", "transform")
        for name in routed[step].get(method, {})
    }
    return {k: v for k, v in params.items() if k in wanted}, dict(routed[last].fit)
