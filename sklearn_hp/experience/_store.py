"""The file of experience, as records.

``experience.json`` is made by ``benchmarks/experience/learn.py``. An estimator is found
in it by its class or the nearest class that it inherits from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Experience:
    """What is known of one estimator.

    ``relative_to`` has, for parameters whose good values depend on the data, the
    quantity that the stored values are to be multiplied by (see `Quantities`).
    ``only_if`` has, for parameters that do not always matter, the other parameters and
    their values with which they do. ``products`` are pairs of parameters of which the
    product matters most, as learning rate and number of trees; ``fixed`` has those of
    them that were not varied. ``none_means`` has the numbers that None stands for, for
    libraries whose defaults are None. ``suggested`` are the parameters worth searching,
    ``ranges`` where the good values lay, and ``points`` the candidates to begin with,
    the most useful first.
    """

    name: str
    relative_to: Mapping[str, str]
    only_if: Mapping[str, Mapping[str, list[Any]]]
    products: list[list[str]]
    fixed: Mapping[str, Any]
    none_means: Mapping[str, Any]
    suggested: list[str]
    ranges: Mapping[str, Mapping[str, Any]]
    points: list[Mapping[str, Any]]

    def applies(self, parameter: str, values: Mapping[str, Any]) -> bool:
        """Whether a parameter has a meaning, given the values of others.

        A condition on a parameter without a value counts as met.
        """
        return all(
            other not in values or values[other] in allowed
            for other, allowed in self.only_if.get(parameter, {}).items()
        )

    def params_of(self, estimator: Any) -> dict[str, Any]:
        """Return the estimator's own parameters, with numbers for None."""
        return {
            name: self.none_means.get(name) if value is None else value
            for name, value in estimator.get_params(deep=False).items()
        }

    @property
    def deciding(self) -> set[str]:
        """The parameters that decide whether others have a meaning."""
        return {other for met in self.only_if.values() for other in met}


@cache
def load() -> dict[str, Experience]:
    """Return all that is known, by top-level package and name of the class."""
    text = files("sklearn_hp.experience").joinpath("experience.json").read_text("utf-8")
    return {
        key: Experience(
            name=key.partition(".")[2],
            relative_to=entry.get("relative_to", {}),
            only_if=entry.get("only_if", {}),
            products=entry.get("products", []),
            fixed=entry.get("fixed", {}),
            none_means=entry.get("none_means", {}),
            suggested=entry["suggested"],
            ranges=entry["ranges"],
            points=[_with_tuples(point) for point in entry["points"]],
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
    known = load()
    for cls in type(estimator).__mro__:
        key = f"{cls.__module__.partition('.')[0]}.{cls.__name__}"
        if key in known:
            return known[key]
    return None
