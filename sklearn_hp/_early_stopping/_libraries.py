"""How each library is told the rows to stop by, and what it tells of its rounds.

A library is known by the module of the estimator's class, and is imported by then.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.utils.class_weight import compute_class_weight

from sklearn_hp._early_stopping._rows import Rows
from sklearn_hp._early_stopping._stages import StageWatch
from sklearn_hp._sklearn_compat import keep_iterations

# What LightGBM calls the same parameter, of which it takes any.
_LIGHTGBM_ROUNDS = (
    *("num_iterations", "num_iteration", "n_iter", "num_tree", "num_trees"),
    *("num_round", "num_rounds", "nrounds", "num_boost_round", "max_iter"),
)
_LIGHTGBM_STOPPING = (
    *("early_stopping_round", "early_stopping_rounds", "early_stopping"),
    "n_iter_no_change",
)


@dataclass(frozen=True)
class Rule:
    """When a fit stops: see the parameters of the public estimators."""

    n_iter_no_change: int
    eval_metric: Any


class Library(ABC):
    """One kind of estimators that train in rounds."""

    needs_codes = False  # whether classes have to be 0, 1, 2, ...

    @abstractmethod
    def rounds(self, estimator: Any) -> str:
        """Return the name of the parameter with the number of rounds."""

    def without_stopping(self, estimator: Any) -> dict[str, Any]:
        """Return what to set so that an estimator does not stop by itself."""
        own = estimator.get_params(deep=False)
        return {
            name: None
            for name in ("early_stopping_rounds", "n_iter_no_change")
            if own.get(name) is not None
        }

    def refit_params(self, estimator: Any, n_iters: Sequence[int]) -> dict[str, Any]:
        """Return what to set for a fit on all rows, from the rounds of the splits."""
        n_iter = max(1, round(float(np.mean(n_iters))))
        return {self.rounds(estimator): n_iter, **self.without_stopping(estimator)}

    @abstractmethod
    def fit(self, estimator: Any, train: Rows, stop: Rows, rule: Rule) -> int | None:
        """Fit, keep the model of the best round, and return its number, from 1."""


class XGBoost(Library):
    """XGBClassifier, XGBRegressor and what inherits from them."""

    needs_codes = True

    def rounds(self, estimator: Any) -> str:
        return "n_estimators"

    def fit(self, estimator: Any, train: Rows, stop: Rows, rule: Rule) -> int | None:
        own = estimator.get_params(deep=False)
        estimator.set_params(**self.without_stopping(estimator))
        if rule.eval_metric is not None:
            estimator.set_params(eval_metric=rule.eval_metric)
        stopping = sys.modules["xgboost"].callback.EarlyStopping(
            rounds=rule.n_iter_no_change,
            # a linear model has no rounds to keep some of
            save_best=own.get("booster") != "gblinear",
        )
        callbacks = own.get("callbacks")
        estimator.set_params(callbacks=[*(callbacks or []), stopping])
        params = {"verbose": False, **train.params}
        names = {
            "sample_weight": "sample_weight_eval_set",
            "base_margin": "base_margin_eval_set",
        }
        params.update({k: [v] for k, v in renamed(stop.params, names).items()})
        metric = estimator.get_params(deep=False).get("eval_metric")
        with unknown_metric_named("XGBoost", metric, "Unknown metric"):
            estimator.fit(train.X, train.y, eval_set=[(stop.X, stop.y)], **params)
        estimator.set_params(callbacks=callbacks)
        return int(estimator.best_iteration) + 1


class LightGBM(Library):
    """LGBMClassifier, LGBMRegressor and what inherits from them."""

    # 4.7 takes `eval_y` for codes, whatever the labels of `y` are
    needs_codes = True

    def rounds(self, estimator: Any) -> str:
        return _alias_in_use(estimator, _LIGHTGBM_ROUNDS, "n_estimators")

    def without_stopping(self, estimator: Any) -> dict[str, Any]:
        own = estimator.get_params(deep=False)
        return {name: 0 for name in _LIGHTGBM_STOPPING if own.get(name)}

    def fit(self, estimator: Any, train: Rows, stop: Rows, rule: Rule) -> int | None:
        estimator.set_params(**self.without_stopping(estimator))
        params = dict(train.params)
        if rule.eval_metric is not None:
            params["eval_metric"] = rule.eval_metric
        metric = params.get("eval_metric")
        if metric is None:
            metric = estimator.get_params(deep=False).get("metric")
        else:
            # a function would come after the loss, and the first metric decides; for
            # a name that it does not know, LightGBM would take the loss
            estimator.set_params(metric="None")
        stopping = sys.modules["lightgbm"].early_stopping(
            rule.n_iter_no_change, first_metric_only=True, verbose=False
        )
        params["callbacks"] = [*(params.get("callbacks") or []), stopping]
        names = {"sample_weight": "eval_sample_weight", "init_score": "eval_init_score"}
        of_stop = renamed(with_class_weight(estimator, train, stop), names)
        params.update({name: [value] for name, value in of_stop.items()})
        if "eval_X" in inspect.signature(estimator.fit).parameters:  # from 4.7
            params.update(eval_X=stop.X, eval_y=stop.y)
        else:
            params["eval_set"] = [(stop.X, stop.y)]
        with unknown_metric_named("LightGBM", metric, "eval metric is required"):
            estimator.fit(train.X, train.y, **params)
        return estimator.best_iteration_ or None  # 0 if it cannot stop: "dart"


class CatBoost(Library):
    """CatBoostClassifier, CatBoostRegressor and what inherits from them."""

    def rounds(self, estimator: Any) -> str:
        aliases = ("num_boost_round", "n_estimators", "num_trees")
        return _alias_in_use(estimator, aliases, "iterations")

    def without_stopping(self, estimator: Any) -> dict[str, Any]:
        # without rows to stop by, its own parameters do nothing
        return {}

    def refit_params(self, estimator: Any, n_iters: Sequence[int]) -> dict[str, Any]:
        if not {"learning_rate", "eta"} & estimator.get_params(deep=False).keys():
            warnings.warn(
                f"{type(estimator).__name__} without a learning_rate chooses one by "
                f"the number of rounds, so the refit will have another one than the "
                f"fits that the rounds were found in. Set learning_rate.",
                UserWarning,
                stacklevel=2,
            )
        return super().refit_params(estimator, n_iters)

    def fit(self, estimator: Any, train: Rows, stop: Rows, rule: Rule) -> int | None:
        if rule.eval_metric is not None:
            estimator.set_params(eval_metric=rule.eval_metric)
        names = {"sample_weight": "weight", "baseline": "baseline"}
        of_stop = renamed(stop.params, names)
        eval_set: Any = (stop.X, stop.y)
        if of_stop:
            own = estimator.get_params(deep=False)
            kinds = ("cat_features", "text_features", "embedding_features")
            of_columns = {name: own[name] for name in kinds if name in own}
            pool = sys.modules["catboost"].Pool
            eval_set = pool(stop.X, label=stop.y, **of_columns, **of_stop)
        estimator.fit(
            train.X,
            train.y,
            eval_set=eval_set,
            early_stopping_rounds=rule.n_iter_no_change,
            use_best_model=True,
            **train.params,
        )
        return int(estimator.get_best_iteration()) + 1


class GradientBoosting(Library):
    """scikit-learn's GradientBoostingClassifier and GradientBoostingRegressor."""

    def rounds(self, estimator: Any) -> str:
        return "n_estimators"

    def fit(self, estimator: Any, train: Rows, stop: Rows, rule: Rule) -> int | None:
        if not (rule.eval_metric is None or callable(rule.eval_metric)):
            raise TypeError(
                f"{type(estimator).__name__} has no metrics by name, got eval_metric="
                f"{rule.eval_metric!r}. Pass None to stop by its loss, or a function "
                f"(y_true, y_pred) of which lower is better."
            )
        estimator.set_params(**self.without_stopping(estimator))
        weight = stop.params.get("sample_weight")
        watch = StageWatch(
            stop.X, stop.y, weight, rule.n_iter_no_change, rule.eval_metric
        )
        estimator.fit(train.X, train.y, monitor=watch, **train.params)
        n_iter = watch.best_n_iter
        estimator.n_estimators_ = n_iter
        of_stages = ("estimators_", "train_score_", "oob_improvement_", "oob_scores_")
        for name in of_stages:
            if hasattr(estimator, name):
                setattr(estimator, name, getattr(estimator, name)[:n_iter])
        if hasattr(estimator, "oob_scores_"):
            estimator.oob_score_ = estimator.oob_scores_[-1]
        return n_iter


class GivenRows(Library):
    """What takes `X_val` in ``fit``: histogram gradient boosters, our networks."""

    def rounds(self, estimator: Any) -> str:
        own = estimator.get_params(deep=False)
        return next(name for name in ("max_iter", "max_epochs") if name in own)

    def without_stopping(self, estimator: Any) -> dict[str, Any]:
        return {"early_stopping": False}

    def refit_params(self, estimator: Any, n_iters: Sequence[int]) -> dict[str, Any]:
        if not hasattr(estimator, "refit_params"):
            return super().refit_params(estimator, n_iters)
        stopped = clone(estimator).set_params(early_stopping=True)
        return stopped.refit_params(list(n_iters))

    def fit(self, estimator: Any, train: Rows, stop: Rows, rule: Rule) -> int | None:
        if rule.eval_metric is not None:
            estimator.set_params(scoring=rule.eval_metric)
        estimator.set_params(
            early_stopping=True, n_iter_no_change=rule.n_iter_no_change
        )
        is_network = hasattr(estimator, "refit_params")
        # our networks weigh classes themselves
        of_stop = (
            stop.params if is_network else with_class_weight(estimator, train, stop)
        )
        estimator.fit(
            train.X,
            train.y,
            X_val=stop.X,
            y_val=stop.y,
            **renamed(of_stop, {"sample_weight": "sample_weight_val"}),
            **train.params,
        )
        if is_network:
            return estimator.best_n_iter_
        # the first score is that of no round
        n_iter = 1 + int(np.argmax(estimator.validation_score_[1:]))
        keep_iterations(estimator, n_iter)
        for name in ("train_score_", "validation_score_"):
            setattr(estimator, name, getattr(estimator, name)[: 1 + n_iter])
        return n_iter


_BY_MODULE: dict[str, Library] = {
    "xgboost": XGBoost(),
    "lightgbm": LightGBM(),
    "catboost": CatBoost(),
}
_SUPPORTED = (
    "XGBoost, LightGBM, CatBoost, HistGradientBoosting, GradientBoosting and the "
    "networks of sklearn_hp.neural_network"
)


def library_of(estimator: Any) -> Library | None:
    """Return the library of an estimator, None if it is none that can be stopped."""
    for cls in type(estimator).__mro__:
        library = _BY_MODULE.get(cls.__module__.partition(".")[0])
        if library is not None:
            return library
    if isinstance(estimator, GradientBoostingClassifier | GradientBoostingRegressor):
        return GradientBoosting()
    own = estimator.get_params(deep=False).keys()
    has_rounds = "early_stopping" in own and {"max_iter", "max_epochs"} & own
    return GivenRows() if has_rounds and _takes_rows(estimator) else None


def _takes_rows(estimator: Any) -> bool:
    """Whether ``fit`` takes `X_val`, which one that is overridden may not name."""
    return any(
        "X_val" in inspect.signature(vars(cls)["fit"]).parameters
        for cls in type(estimator).__mro__
        if callable(vars(cls).get("fit"))
    )


def stoppable(estimator: Any) -> Library:
    """Return the library of an estimator that is to be stopped."""
    library = library_of(estimator)
    if library is None:
        raise TypeError(
            f"{type(estimator).__name__} cannot be stopped by rows that are set aside. "
            f"These can, also as the last step of a Pipeline: {_SUPPORTED}."
        )
    return library


def _alias_in_use(estimator: Any, aliases: Sequence[str], name: str) -> str:
    """Return the alias of a parameter that is set, its name if none is."""
    own = estimator.get_params(deep=False)
    return next((alias for alias in aliases if alias in own), name)


@contextmanager
def unknown_metric_named(library: str, metric: Any, complaint: str) -> Iterator[None]:
    """Say which metric a library does not know, where it complains in these words."""
    try:
        yield
    except ValueError as exc:
        if complaint not in str(exc):
            raise
        raise ValueError(
            f"{library} does not know the metric {metric!r}. Pass a name from its "
            f"documentation as eval_metric, such as 'auc' for the area under the ROC "
            f"curve, or None to stop by the loss."
        ) from exc


def renamed(params: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters that have another name for the rows to stop by."""
    return {names[name]: value for name, value in params.items() if name in names}


def with_class_weight(estimator: Any, train: Rows, stop: Rows) -> dict[str, Any]:
    """Return the parameters of the rows to stop by, weighted as those to train on."""
    params = dict(stop.params)
    class_weight = estimator.get_params(deep=False).get("class_weight")
    if class_weight is None:
        return params
    classes = np.unique(train.y)
    weights = compute_class_weight(class_weight, classes=classes, y=train.y)
    of_rows = weights[np.searchsorted(classes, stop.y)]
    if params.get("sample_weight") is not None:
        of_rows = of_rows * np.asarray(params["sample_weight"])
    return {**params, "sample_weight": of_rows}
