"""The file of experience, as records.

``experience.json`` is made by ``benchmarks/experience/learn.py``. An estimator is found
in it by its class or the nearest class that it inherits from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from sklearn_hp.space._values import same_value

# They inherit from a known class, and their good values are others: one round of many
# trees wants no small learning rate, and what tunes itself has nothing left to tune.
_OTHERS = {
    "sklearn.LogisticRegressionCV",
    "xgboost.XGBRFClassifier",
    "xgboost.XGBRFRegressor",
}


@dataclass(frozen=True)
class Experience:
    """What is known of one estimator.

    Attributes
    ----------
    name : str
        The name of its class.
    relative_to : dict of str -> str
        For parameters whose good values depend on the data, the quantity that the
        stored values are to be multiplied by (see `Quantities`).
    only_if : dict of str -> dict
        For parameters that do not always matter, the other parameters, and their
        values with which they do.
    products : list of (str, str, float)
        Two parameters of which ``a * b**power`` matters most, as learning rate and
        number of trees; and the power.
    fixed : dict
        What was not varied, of parameters that others depend on or are weighed against.
    none_means : dict
        The numbers that None stands for, for libraries whose defaults are None.
    neutral : dict
        What to give a parameter where it has no meaning and would fail.
    when : dict of str -> list
        The estimator's own values for which all this is known; empty: any.
    suggested : list of str
        The parameters worth searching.
    ranges : dict of str -> dict
        Where the good values lay.
    points : list of dict
        The candidates to begin with, the most useful first.
    points_alike : list of dict, default=()
        Those for metrics that give classes equal weight, if they are others.
    """

    name: str
    relative_to: Mapping[str, str]
    only_if: Mapping[str, Mapping[str, list[Any]]]
    products: list[tuple[str, str, float]]
    fixed: Mapping[str, Any]
    none_means: Mapping[str, Any]
    neutral: Mapping[str, Any]
    when: Mapping[str, list[Any]]
    suggested: list[str]
    ranges: Mapping[str, Mapping[str, Any]]
    points: list[Mapping[str, Any]]
    points_alike: Sequence[Mapping[str, Any]] = ()

    def applies(self, parameter: str, values: Mapping[str, Any]) -> bool:
        """Whether a parameter has a meaning, given the values of others.

        A condition on a parameter without a value counts as met.
        """
        return agree(values, self.only_if.get(parameter, {}))

    def params_of(self, estimator: Any) -> dict[str, Any]:
        """Return the estimator's own parameters, with numbers for None."""
        return {
            name: self.none_means.get(name) if value is None else value
            for name, value in estimator.get_params(deep=False).items()
        }

    def points_for(self, classes_alike: bool) -> Sequence[Mapping[str, Any]]:
        """Return the points for a metric, which may give classes equal weight."""
        return self.points_alike if classes_alike and self.points_alike else self.points

    @property
    def deciding(self) -> set[str]:
        """The parameters that decide whether others have a meaning."""
        return {other for met in self.only_if.values() for other in met}


# Cached, because it takes milliseconds and each estimator in a pipeline is looked up.
# Not loaded with the module: grid and random search never need it.
@cache
def load() -> dict[str, Experience]:
    """Return all that is known, by top-level package and name of the class."""
    text = (
        files("sklearn_hp._experience").joinpath("experience.json").read_text("utf-8")
    )
    return {
        key: Experience(
            name=key.partition(".")[2].partition(",")[0],
            relative_to=entry.get("relative_to", {}),
            only_if=entry.get("only_if", {}),
            products=[tuple(product) for product in entry.get("products", [])],
            fixed=entry.get("fixed", {}),
            none_means=entry.get("none_means", {}),
            neutral=entry.get("neutral", {}),
            when=entry.get("when", {}),
            suggested=entry["suggested"],
            ranges=entry["ranges"],
            points=[_with_tuples(point) for point in entry["points"]],
            points_alike=[_with_tuples(p) for p in entry.get("points_alike", [])],
        )
        for key, entry in json.loads(text)["estimators"].items()
    }


def _with_tuples(point: Mapping[str, Any]) -> dict[str, Any]:
    """Return a point with tuples for lists, which JSON makes of them."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in point.items()
    }


def find(estimator: Any) -> Experience | None:
    """Return what is known of an estimator, None if nothing is."""
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        return None
    own = estimator.get_params(deep=False)
    # By name, so that XGBoost and LightGBM need not be imported. By top-level package,
    # as libraries move their classes between modules from version to version.
    for cls in type(estimator).__mro__:
        key = f"{cls.__module__.partition('.')[0]}.{cls.__name__}"
        if key in _OTHERS:
            return None
        for name, experience in load().items():
            # "sklearn.LogisticRegression, l2" is one of several of this class
            if name.partition(",")[0] == key and agree(own, experience.when):
                return experience
    return None


def without_rounds(experience: Experience) -> Experience:
    """Return what is known of an estimator whose rounds early stopping will find.

    A rate is then not weighed against the number of rounds, which is only the most that
    there may be.
    """
    rounds = {steps for _, steps, _ in experience.products}
    suggested = [name for name in experience.suggested if name not in rounds]
    return replace(experience, products=[], suggested=suggested)


def agree(values: Mapping[str, Any], allowed: Mapping[str, list[Any]]) -> bool:
    """Whether each value that is given is one of those allowed for it."""
    return all(
        name not in values or any(same_value(values[name], one) for one in listed)
        for name, listed in allowed.items()
    )
