"""A known estimator in the user's space: the learnt points in terms of its names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from numbers import Real
from typing import Any

import numpy as np

from sklearn_hp._experience._places import Place
from sklearn_hp._experience._problem import Problem
from sklearn_hp._experience._quantities import COUNTS_ROWS, Quantities, most_for
from sklearn_hp._experience._units import UNLIMITED, in_units_of, nearest_rule
from sklearn_hp.space._nearest import nearest_value
from sklearn_hp.space._values import same_value


class KnownEstimator:
    """A known estimator in its place, and what the space searches of it.

    Parameters
    ----------
    place : Place
        Where it sits; its experience is known.
    problem : Problem
        What the search is given.
    dimensions : dict of str -> dimension
        What is searched.

    Attributes
    ----------
    searched : set of str
        The names of the space that something is known of.
    title : str
        For people to read.
    """

    def __init__(
        self, place: Place, problem: Problem, dimensions: Mapping[str, Any]
    ) -> None:
        assert place.experience is not None
        self._prefix, self._experience = place.prefix, place.experience
        self._points = self._experience.points_for(problem.counts_classes_alike)
        self._quantities = Quantities(place, problem)
        self._dimensions = dimensions
        self._own = self._experience.params_of(place.estimator)
        learnt = {name for point in self._points for name in point}
        learnt |= self._experience.fixed.keys() | self._experience.neutral.keys()
        self.searched = {
            place.prefix + name for name in learnt if place.prefix + name in dimensions
        }
        self.title = self._experience.name
        if place.prefix:
            self.title += f" ({place.prefix.removesuffix('__')})"

    def points(self) -> Iterator[dict[str, Any]]:
        """Yield the points in terms of the space's names, suitable ones first.

        Values are not yet those of the space, but in its units.
        """
        points = [point for point in self._points if self._searched(point)]
        # sorted is stable, so within both kinds the most useful points stay first.
        for point in sorted(points, key=lambda point: not self._suits(point)):
            values = self._absolute(point)
            yield {
                f"{self._prefix}{name}": self._in_units(name, value)
                for name, value in values.items()
            }

    def _searched(self, point: Mapping[str, Any]) -> set[str]:
        """Return the parameters of a point that are searched."""
        return {name for name in point if self._prefix + name in self._dimensions}

    def _suits(self, point: Mapping[str, Any]) -> bool:
        """Whether the deciding parameters can have their values in the point.

        A kernel's width is of no use to another kernel. A deciding parameter that the
        user has fixed must have that value, and one that is searched must offer it.
        """
        for name in self._experience.deciding & point.keys():
            dimension = self._dimensions.get(self._prefix + name)
            if dimension is None:
                if not same_value(self._own.get(name, point[name]), point[name]):
                    return False
            elif not nearest_value(dimension, point[name], name in UNLIMITED)[0]:
                return False
        return True

    def _absolute(self, point: Mapping[str, Any]) -> dict[str, Any]:
        """Return a point with values for these data and this estimator."""
        experience = self._experience
        # What was not varied when points were learnt: where other parameters depend on
        # it (a kernel), the points hold for that value only. Elsewhere (a number of
        # trees) the user's own value is respected.
        values = {
            name: was if name in experience.deciding else self._own.get(name, was)
            for name, was in experience.fixed.items()
        }
        values.update(point)
        for name in COUNTS_ROWS.keys() & self._searched(point):
            values[name] = min(values[name], most_for(name, self._quantities.n_samples))
        for name, quantity in experience.relative_to.items():
            if name in self._searched(point):
                # A quantity that is not known for certain is a range. Good values are
                # on a logarithmic scale, so its middle is the geometric mean.
                low, high = self._quantities[quantity]
                values[name] = _short(values[name] * float(np.sqrt(low * high)))
        # Whichever of the two the user has fixed, the other one makes up for it.
        for rate, steps, power in experience.products:
            self._keep_product(values, point, rate, steps, power)
            self._keep_product(values, point, steps, rate, 1 / power)
        # Last, because it needs the final values of the parameters that decide. An
        # l1_ratio with any solver but saga, for example, makes the fit fail.
        for name, neutral in experience.neutral.items():
            if not experience.applies(name, self._settled(values)):
                values[name] = neutral
        return values

    def _settled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of deciding parameters as they will be in the candidate."""
        settled = {}
        for name in self._experience.deciding & self._own.keys():
            settled[name] = self._own[name]
            dimension = self._dimensions.get(self._prefix + name)
            if dimension is not None and name in values:
                found, value = nearest_value(dimension, values[name])
                settled[name] = value if found else self._own[name]
        return settled

    def _keep_product(
        self,
        values: dict[str, Any],
        point: Mapping[str, Any],
        a: str,
        b: str,
        power: float,
    ) -> None:
        """Change `a` if `b` cannot be as in the point: fixed, or out of its range.

        What is kept is ``a * b**power``: twice the rate in half the trees goes about as
        far.
        """
        was = point.get(b, self._experience.fixed.get(b))
        if a not in point or was is None:
            return
        there = self._own.get(b)
        if self._prefix + b in self._dimensions:
            dimension = self._dimensions[self._prefix + b]
            _, there = nearest_value(dimension, point.get(b, there), b in UNLIMITED)
        if _is_positive(there) and there != was:
            values[a] = _short(point[a] * (was / there) ** power)

    def _in_units(self, name: str, value: Any) -> Any:
        dimension = self._dimensions.get(self._prefix + name)
        if dimension is None:
            return value
        value = in_units_of(dimension, name, value, self._quantities)
        return nearest_rule(dimension, name, value, self._quantities)


def _short(value: float) -> float:
    # Three digits are more than was learnt, and can be read in `cv_results_`.
    return float(f"{value:.3g}")


def _is_positive(value: Any) -> bool:
    return isinstance(value, Real) and float(value) > 0
