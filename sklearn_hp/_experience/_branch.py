"""One branch of the user's space, for one choice of the estimators inside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from sklearn_hp._experience._known import KnownEstimator
from sklearn_hp._experience._places import places
from sklearn_hp._experience._problem import Problem
from sklearn_hp._experience._units import UNLIMITED
from sklearn_hp.samplers._design import StartDesign
from sklearn_hp.space import SearchSpace
from sklearn_hp.space._entries import estimators_in, make_dimension
from sklearn_hp.space._nearest import middle_value, nearest_value
from sklearn_hp.space._values import same_value

# So many estimators are looked at. A list may have hundreds, and for each one points
# are looked up and steps may be fitted, before the first candidate.
_MAX_SHAPES = 20


def branches(
    estimator: Any, distributions: Mapping[str, Any], problem: Problem
) -> Iterator[Branch]:
    """Yield a branch for each choice of the estimators inside.

    Parameters
    ----------
    estimator : estimator
        What is tuned.
    distributions : dict
        The space, or one dict of it; none of its values can only be drawn.
    problem : Problem
        What the search is given.

    Yields
    ------
    branch : Branch
        One for the estimator itself, if no choice is an estimator.
    """
    dimensions = {
        name: make_dimension(values) for name, values in distributions.items()
    }
    for shape, chosen in _shapes(estimator, distributions):
        yield Branch(shape, chosen, distributions, dimensions, problem)


def _shapes(
    estimator: Any, distributions: Mapping[str, Any]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield the estimator with each choice of the estimators inside, and the choice.

    Where several parameters have estimators to choose from, each is chosen once or
    more, not each with every other.
    """
    choices = {name: estimators_in(values) for name, values in distributions.items()}
    own = estimator.get_params()
    for name, listed in choices.items():
        if listed and not any(hasattr(one, "predict") for one in listed):
            # These are steps before the predictor. Points were learnt behind the usual
            # steps, so the estimator's own step is the best guess, and if it is not
            # offered, one other will do: a branch for each would repeat the points.
            is_own = any(same_value(own.get(name), one) for one in distributions[name])
            choices[name] = [] if is_own else listed[:1]
    choices = {name: listed for name, listed in choices.items() if listed}
    # Not the product: three lists of five estimators would make 125 branches. In turns,
    # each estimator is seen at least once in as many branches as the longest list has.
    n_shapes = max(map(len, choices.values()), default=1)
    for number in range(min(n_shapes, _MAX_SHAPES)):
        given = {name: listed[number % len(listed)] for name, listed in choices.items()}
        shape = estimator
        if given:
            try:
                # One choice may be set as a parameter of another. Without clones, that
                # would change the very objects that the user listed.
                clones = {name: clone(choice) for name, choice in given.items()}
                shape = clone(estimator).set_params(**clones)
            except Exception:
                # Estimators of users may raise anything here. It is not reported: the
                # fits of the search will fail in the same way, and do report it.
                continue
        yield shape, {k: v for k, v in given.items() if hasattr(v, "predict")}


class Branch:
    """One dict of the space, for one choice of the estimators inside.

    Parameters
    ----------
    estimator : estimator
        With the choices set.
    chosen : dict of str -> estimator
        The choices that predict.
    distributions, dimensions : dict
        What is searched, as given and as dimensions.
    problem : Problem
        What the search is given.

    Attributes
    ----------
    is_known : bool
        Whether something was learnt of what it searches.
    """

    def __init__(
        self,
        estimator: Any,
        chosen: Mapping[str, Any],
        distributions: Mapping[str, Any],
        dimensions: Mapping[str, Any],
        problem: Problem,
    ) -> None:
        self._chosen = chosen
        self._distributions = distributions
        self._dimensions = dimensions
        self._own = estimator.get_params()
        found = list(places(estimator))
        self._known = [
            KnownEstimator(place, problem, dimensions)
            for place in found
            if place.experience is not None
        ]
        # An estimator may be known, and none of its parameters be searched here.
        self._known = [known for known in self._known if known.searched]
        self.is_known = bool(self._known)
        self._title = " and ".join(type(place.estimator).__name__ for place in found)

    def points(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Yield candidates, the most useful first, and where they come from.

        One if nothing is known, so that the branch is tried beside others: the own
        values, or the middle.
        """
        if not self.is_known:
            own = {
                name: self._value(name, self._chosen) for name in self._distributions
            }
            yield own, f"for {self._title}, of which nothing is known"
            return
        searched = {name for known in self._known for name in known.searched}
        spread = self._spread(searched | self._chosen.keys())
        source = "learnt for " + " and ".join(known.title for known in self._known)
        # A voting ensemble has several known estimators, each with its own points: the
        # first of all of them make one candidate, the second of all the next.
        learnt = zip(*(known.points() for known in self._known), strict=False)
        for parts, others in zip(learnt, spread, strict=False):
            # Later ones win: what was learnt beats what is only spread.
            wanted = {**self._chosen, **others}
            for part in parts:
                wanted.update(part)
            params = {name: self._value(name, wanted) for name in self._distributions}
            yield params, source

    def _spread(self, searched: set[str]) -> Iterator[dict[str, Any]]:
        """Yield values of what nothing was learnt about.

        At first the middle of ranges, and the estimator's own choices of lists; then
        points that cover the rest of the space evenly. Where the estimator has a step,
        it is not left out, and where it has none, none is put in: widths are those for
        the estimator's own steps.
        """
        rest = {}
        for name, values in self._distributions.items():
            steps = estimators_in(values)
            has_one = isinstance(self._own.get(name), BaseEstimator)
            if name not in searched and (has_one or not steps):
                rest[name] = steps or values
        space = SearchSpace(rest)
        # The seed is fixed, as learnt points do not depend on `random_state` either.
        design = StartDesign(space, seed=0)
        rng = np.random.default_rng([0, 1])  # not the numbers of the design
        # The middle of a choice without order would be an arbitrary one of its values.
        # It is left out here, so that the estimator's own choice is taken instead.
        centre = space.decode(design.next(), rng)
        yield {
            name: centre[name]
            for name, n_choices in zip(space.column_names, space.n_choices, strict=True)
            if n_choices == 0
        }
        while True:
            yield space.decode(design.next(), rng)

    def _value(self, name: str, wanted: Mapping[str, Any]) -> Any:
        """Return what the space has nearest to the wanted, or else the own, value."""
        parameter = name.rpartition("__")[2]
        dimension = self._dimensions[name]
        # The space may lack both: a list of solvers without the learnt and the own one.
        for source in (wanted, self._own):
            if name in source:
                none_is_unlimited = parameter in UNLIMITED
                found, value = nearest_value(dimension, source[name], none_is_unlimited)
                if found:
                    return value
        return middle_value(dimension)
