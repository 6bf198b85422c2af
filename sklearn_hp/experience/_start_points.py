"""Learnt points as candidates of the user's space.

Nothing is left out because the user's space is another: numbers are moved to the ends
of its ranges, parameters that are not searched are ignored, and those of which nothing
was learnt are spread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product, zip_longest
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from sklearn_hp.experience._own import own_params
from sklearn_hp.experience._places import Place, places
from sklearn_hp.experience._quantities import (
    COUNTS_ROWS,
    Quantities,
    most_for,
)
from sklearn_hp.samplers import StartDesign
from sklearn_hp.space import (
    SearchSpace,
    make_dimension,
    middle_value,
    nearest_value,
)

# of the estimators that are choices of parameters, so many combinations are looked at
_MAX_SHAPES = 20
# where None stands for no limit
_UNLIMITED = {"max_depth", "max_leaf_nodes"}


@dataclass(frozen=True)
class StartPoint:
    """A candidate to begin with, and where it comes from.

    Parameters
    ----------
    params : dict
        The candidate.
    source : str
        For people to read.
    """

    params: Mapping[str, Any]
    source: str


def start_points(
    estimator: Any,
    param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    n_points: int,
    X: Any = None,
    y: Any = None,
) -> list[StartPoint]:
    """Return the candidates that a search begins with if the user gives none.

    Parameters
    ----------
    estimator : estimator
        What is tuned.
    param_distributions : dict or list of dict
        The space.
    n_points : int
        How many there are, if so many are known; the estimator's own parameters are
        the first whatever it is.
    X : array-like of shape (n_samples, n_features), default=None
        Training data.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        Target.

    Returns
    -------
    points : list of StartPoint
        The estimator's own parameters, if the space has them or nearly so, and learnt
        points.
    """
    points = []
    own = own_params(estimator, param_distributions, X)
    if own is not None:
        params, exact = own
        points.append(StartPoint(params, f"{'' if exact else 'nearly '}as it is"))
    return points + learnt_points(
        estimator,
        param_distributions,
        max(0, n_points - len(points)),
        X,
        y,
        besides=[point.params for point in points],
    )


def learnt_points(
    estimator: Any,
    param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    n_points: int,
    X: Any = None,
    y: Any = None,
    besides: Sequence[Mapping[str, Any]] = (),
) -> list[StartPoint]:
    """Return candidates of a space that were good on other data.

    Parameters
    ----------
    estimator : estimator
        What is tuned. What is known is looked up for the estimators that make its
        predictions, also those that the space puts in their place.
    param_distributions : dict or list of dict
        The space. Of several dicts, and of several known estimators in the place of
        one, points are taken in turn.
    n_points : int
        How many to return, if there are so many.
    X : array-like of shape (n_samples, n_features), default=None
        The data, for values that are relative to the number of features.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        The target, for values that are relative to its scale.
    besides : list of dict, default=()
        Candidates of the space that are not to be among them.

    Returns
    -------
    points : list of StartPoint
        Different from each other; none if nothing is known of the estimator, or the
        space does not search what is known.
    """
    dicts = param_distributions
    if isinstance(dicts, Mapping):
        dicts = [dicts]
    if n_points == 0:
        return []
    space = SearchSpace(dicts)
    in_turn = [
        branch.points()
        for distributions in dicts
        # what can be drawn, nobody knows
        if not (space.draws and SearchSpace(distributions).draws)
        for branch in _branches(estimator, distributions, space, X, y)
    ]
    seen = {space.key(space.encode(params)) for params in besides}
    points = chain.from_iterable(zip_longest(*in_turn))
    return list(islice(_distinct(points, seen), n_points))


def _distinct(points: Iterator[Any], seen: set[Any]) -> Iterator[StartPoint]:
    """Yield the points that differ from all before; None ends a shorter list."""
    for found in points:
        if found is not None:
            point, key = found
            if key not in seen:
                seen.add(key)
                yield point


def _branches(
    estimator: Any, distributions: Mapping[str, Any], space: SearchSpace, X: Any, y: Any
) -> Iterator[_Branch]:
    dimensions = {
        name: make_dimension(values) for name, values in distributions.items()
    }
    for shape, chosen in _shapes(estimator, distributions):
        yield _Branch(shape, chosen, distributions, dimensions, space, X, y)


def _shapes(
    estimator: Any, distributions: Mapping[str, Any]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield the estimator with each choice of the estimators inside, and the choice."""
    choices = {
        name: [choice for choice in values if _is_estimator(choice)]
        for name, values in distributions.items()
        if not hasattr(values, "rvs") and not isinstance(values, range)
    }
    # the first scaler will do: which one it is changes nothing here
    choices = {
        name: listed if any(hasattr(one, "predict") for one in listed) else listed[:1]
        for name, listed in choices.items()
        if listed
    }
    for chosen in islice(product(*choices.values()), _MAX_SHAPES):
        given = dict(zip(choices, chosen, strict=True))
        shape = estimator
        if given:
            try:
                # clones, for one choice may be set as a parameter of another
                clones = {name: clone(choice) for name, choice in given.items()}
                shape = clone(estimator).set_params(**clones)
            except (AttributeError, RuntimeError, TypeError, ValueError):
                continue  # its fits will tell
        yield shape, {k: v for k, v in given.items() if hasattr(v, "predict")}


def _is_estimator(value: Any) -> bool:
    return isinstance(value, BaseEstimator)


class _Branch:
    """One dict of the space, for one choice of the estimators inside."""

    def __init__(
        self,
        estimator: Any,
        chosen: Mapping[str, Any],
        distributions: Mapping[str, Any],
        dimensions: Mapping[str, Any],
        space: SearchSpace,
        X: Any,
        y: Any,
    ) -> None:
        self._chosen = chosen
        self._distributions = distributions
        self._dimensions = dimensions
        self._space = space
        self._own = estimator.get_params()
        self._known = [
            _Known(place, Quantities(place, X, y), dimensions)
            for place in places(estimator)
            if place.experience is not None
        ]
        self._known = [known for known in self._known if known.searched]

    def points(self) -> Iterator[tuple[StartPoint, Any]]:
        """Yield the points and what is equal for equal ones, the best first."""
        if not self._known:
            return
        searched = {name for known in self._known for name in known.searched}
        spread = self._spread(searched | self._chosen.keys())
        source = "learnt for " + " and ".join(known.title for known in self._known)
        learnt = zip(*(known.points() for known in self._known), strict=False)
        for parts, others in zip(learnt, spread, strict=False):
            wanted = {**self._chosen, **others}
            for part in parts:
                wanted.update(part)
            params = self._space.canonical(
                {name: self._value(name, wanted) for name in self._distributions}
            )
            key = self._space.key(self._space.encode(params))
            yield StartPoint(params, source), key

    def _spread(self, searched: set[str]) -> Iterator[dict[str, Any]]:
        """Yield values of what nothing was learnt about.

        At first the middle of ranges, and the estimator's own choices of lists; then
        points that cover the rest of the space evenly.
        """
        rest = {k: v for k, v in self._distributions.items() if k not in searched}
        space = SearchSpace(rest)
        design = StartDesign(space, seed=0)
        rng = np.random.default_rng(0)
        centre = space.decode(design.next(), rng)
        yield {
            name: centre[name]
            for name, n_choices in zip(space.column_names, space.n_choices, strict=True)
            if n_choices == 0
        }
        while True:
            yield space.decode(design.next(), rng)

    def _value(self, name: str, wanted: Mapping[str, Any]) -> Any:
        """Return what the space has nearest to the learnt, or else the own, value."""
        for source in (wanted, self._own):
            if name in source:
                found, value = _nearest(name, self._dimensions[name], source[name])
                if found:
                    return value
        return middle_value(self._dimensions[name])


class _Known:
    """A known estimator in its place, and what the space searches of it."""

    def __init__(
        self,
        place: Place,
        quantities: Quantities,
        dimensions: Mapping[str, Any],
    ) -> None:
        assert place.experience is not None
        self._prefix, self._experience = place.prefix, place.experience
        self._quantities = quantities
        self._dimensions = dimensions
        self._own = self._experience.params_of(place.estimator)
        learnt = {name for point in self._experience.points for name in point}
        learnt |= self._experience.fixed.keys()  # as it is, with a rate to suit
        self.searched = {
            place.prefix + name for name in learnt if place.prefix + name in dimensions
        }
        self.title = self._experience.name
        if place.prefix:
            self.title += f" ({place.prefix.removesuffix('__')})"

    def points(self) -> Iterator[dict[str, Any]]:
        """Yield the points in terms of the space's names, suitable ones first."""
        points = [point for point in self._experience.points if self._searched(point)]
        for point in sorted(points, key=lambda point: not self._suits(point)):
            yield {
                f"{self._prefix}{name}": value
                for name, value in self._absolute(point).items()
            }

    def _searched(self, point: Mapping[str, Any]) -> set[str]:
        """Return the parameters of a point that are searched."""
        return {name for name in point if self._prefix + name in self._dimensions}

    def _suits(self, point: Mapping[str, Any]) -> bool:
        """Whether what decides about other parameters can be as it is in the point.

        A kernel's width is of no use to another kernel. What the user has fixed is
        fixed, what is searched must offer it.
        """
        for name in self._experience.deciding & point.keys():
            dimension = self._dimensions.get(self._prefix + name)
            if dimension is None:
                if self._own.get(name, point[name]) != point[name]:
                    return False
            elif not _nearest(name, dimension, point[name])[0]:
                return False
        return True

    def _absolute(self, point: Mapping[str, Any]) -> dict[str, Any]:
        """Return a point with values for these data and this estimator."""
        fixed = {name: self._own[name] for name in self._experience.fixed}
        values = {**fixed, **point}
        for name in COUNTS_ROWS.keys() & self._searched(point):
            values[name] = min(values[name], most_for(name, self._quantities.n_samples))
        for name, quantity in self._experience.relative_to.items():
            if name in self._searched(point):
                low, high = self._quantities[quantity]
                values[name] = _short(values[name] * float(np.sqrt(low * high)))
        for a, b in self._experience.products:
            self._keep_product(values, point, a, b)
            self._keep_product(values, point, b, a)
        return values

    def _keep_product(
        self, values: dict[str, Any], point: Mapping[str, Any], a: str, b: str
    ) -> None:
        """Change `a` if `b` cannot be as in the point: fixed, or out of its range.

        Twice the rate in half the iterations goes about as far.
        """
        was = point.get(b, self._experience.fixed.get(b))
        if a not in point or was is None:
            return
        there = self._own.get(b)
        if self._prefix + b in self._dimensions:
            dimension = self._dimensions[self._prefix + b]
            _, there = _nearest(b, dimension, point.get(b, there))
        if _is_positive(there) and there != was:
            values[a] = _short(point[a] * was / there)


def _nearest(name: str, dimension: Any, wanted: Any) -> tuple[bool, Any]:
    """Return the nearest value of a parameter."""
    parameter = name.rpartition("__")[2]
    return nearest_value(dimension, wanted, parameter in _UNLIMITED)


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def _is_positive(value: Any) -> bool:
    return isinstance(value, Real) and float(value) > 0
