"""A dict of parameters, or a list of dicts, as points of one space.

X : (n, n_columns) one row per candidate. A numeric column holds coordinates in [0, 1],
a categorical one indices 0, 1, ... A column is *active* in the rows of those dicts, the
*branches*, that have the parameter; elsewhere it holds 0.5 (numeric) or -1
(categorical), so that equal candidates are equal rows.

A parameter with the same values in several branches has one column in all of them. What
is learnt about it in one branch then helps in the others.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_hp.space._dimension import (
    Array,
    Categorical,
    Dimension,
    Drawn,
    Ordered,
)
from sklearn_hp.space._entries import make_dimension
from sklearn_hp.space._values import token
from sklearn_hp.space._written import written

INACTIVE = -1.0  # in a categorical column
INACTIVE_NUMERIC = 0.5


@dataclass
class _Branch:
    """One dict: for each of its names a column, a constant, or a value to draw.

    ``allowed`` has the choices that the branch takes of a categorical column.
    """

    names: list[str]
    columns: dict[str, int] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    drawn: dict[str, Drawn] = field(default_factory=dict)
    allowed: dict[int, NDArray[np.intp]] = field(default_factory=dict)


class SearchSpace:
    """Points that stand for the candidates of ``param_distributions``.

    Parameters
    ----------
    param_distributions : dict or list of dict
        As given to :class:`~sklearn_hp.BayesSearchCV`.

    Attributes
    ----------
    param_distributions : dict or list of dict
        What it was made of.
    n_columns : int
        Number of columns.
    column_names : list of str
        The parameter of each column; "" for a column that only tells branches apart.
    n_choices : ndarray of shape (n_columns,)
        Number of choices of a categorical column, 0 for a numeric one.
    levels : list of (ndarray or None), length n_columns
        The increasing coordinates that a discrete numeric column can take; None for
        other columns.
    draws : bool
        Whether there are values that can only be drawn.
    n_candidates : int or float
        How many candidates there are, at most; infinite if any value is continuous or
        drawn.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn_hp.space import SearchSpace
    >>> space = SearchSpace(
    ...     [
    ...         {"kernel": ["linear"], "C": loguniform(0.01, 100)},
    ...         {"kernel": ["rbf"], "C": loguniform(0.01, 100), "gamma": [0.1, 1, 10]},
    ...     ]
    ... )
    >>> space.column_names
    ['kernel', 'C', 'gamma']
    >>> X = space.encode({"kernel": "linear", "C": 1})
    >>> X.round(2)
    array([0. , 0.5, 0.5])
    """

    def __init__(
        self, param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> None:
        self.param_distributions = dicts = param_distributions
        if isinstance(dicts, Mapping):
            dicts = [dicts]
        self._dimensions: list[Dimension] = []
        self.column_names: list[str] = []
        self._branches = [_Branch(list(given)) for given in dicts]
        parsed = [
            {name: make_dimension(values) for name, values in given.items()}
            for given in dicts
        ]
        for name in dict.fromkeys(name for given in dicts for name in given):
            self._add_parameter(name, [given.get(name) for given in parsed])
        self._selector, self._branch_of_choice = self._find_selector()
        self.n_columns = len(self._dimensions)
        self.n_choices = np.array([d.n_choices for d in self._dimensions], dtype=int)
        self.levels = [dimension.levels for dimension in self._dimensions]
        self._active = np.zeros((len(self._branches), self.n_columns), dtype=bool)
        for number, branch in enumerate(self._branches):
            self._active[number, list(branch.columns.values())] = True
        if self._selector is not None:
            self._active[:, self._selector] = True
        self.draws = any(branch.drawn for branch in self._branches)
        self.n_candidates = sum(map(self._count, self._branches))

    # ------------------------------------------------------------------ construction

    def _add_parameter(
        self, name: str, by_branch: list[Dimension | Drawn | None]
    ) -> None:
        """Give a parameter its columns, as few as its branches allow."""
        present = [
            (branch, dimension)
            for branch, dimension in zip(self._branches, by_branch, strict=True)
            if dimension is not None
        ]
        if all(isinstance(dimension, Categorical) for _, dimension in present):
            self._add_union(name, present)
            return
        own_columns: list[int] = []
        for branch, dimension in present:
            if isinstance(dimension, Drawn):
                branch.drawn[name] = dimension
            elif dimension.n_values == 1:
                branch.constants[name] = dimension.decode(0.0)
            else:
                for column in own_columns:
                    if self._dimensions[column].same(dimension):
                        break
                else:
                    column = self._add_column(name, dimension)
                    own_columns.append(column)
                branch.columns[name] = column

    def _add_union(self, name: str, present: list[tuple[_Branch, Any]]) -> None:
        """Make one categorical column of the choices of all branches."""
        union = present[0][1]
        if len(present) > 1:
            union = Categorical(choice for _, dim in present for choice in dim.choices)
        if union.n_choices == 1:
            for branch, _ in present:
                branch.constants[name] = union.choices[0]
            return
        column = self._add_column(name, union)
        for branch, dimension in present:
            branch.columns[name] = column
            indices = [int(union.encode(choice)) for choice in dimension.choices]
            branch.allowed[column] = np.array(indices)

    def _add_column(self, name: str, dimension: Dimension) -> int:
        self._dimensions.append(dimension)
        self.column_names.append(name)
        return len(self._dimensions) - 1

    def _find_selector(self) -> tuple[int | None, NDArray[np.intp]]:
        """Return the column that tells the branches apart, added if there is none."""
        if len(self._branches) == 1:
            return None, np.zeros(0, dtype=int)
        for column, dimension in enumerate(self._dimensions):
            allowed = [
                branch.allowed[column]
                for branch in self._branches
                if column in branch.allowed
            ]
            if len(allowed) < len(self._branches):
                continue
            taken = np.concatenate(allowed)
            if len(np.unique(taken)) == len(taken):
                branch_of_choice = np.zeros(dimension.n_choices, dtype=int)
                for number, choices in enumerate(allowed):
                    branch_of_choice[choices] = number
                return column, branch_of_choice
        numbers = np.arange(len(self._branches))
        return self._add_column("", Categorical(numbers.tolist())), numbers

    def _count(self, branch: _Branch) -> float:
        if branch.drawn:
            return math.inf
        return math.prod(
            len(branch.allowed[column])
            if column in branch.allowed
            else self._dimensions[column].n_values
            for column in branch.columns.values()
        )

    # ------------------------------------------------------------------ rows

    def branch(self, X: Array) -> NDArray[np.intp]:
        """Return the number of the dict that each row belongs to."""
        if self._selector is None:
            return np.zeros(len(X), dtype=int)
        return self._branch_of_choice[X[:, self._selector].astype(int)]

    def active(self, X: Array) -> NDArray[np.bool_]:
        """Return which columns have a meaning in each row, of the shape of X."""
        return self._active[self.branch(X)]

    def snap(self, X: Array) -> Array:
        """Return the rows of the candidates that points stand for.

        Discrete coordinates move to the middle of their cell, choices that a branch
        does not have are replaced, inactive columns get their constant.
        """
        X = np.array(X, dtype=float)
        branch = self.branch(X)
        active = self._active[branch]
        for column, dimension in enumerate(self._dimensions):
            X[:, column] = dimension.snap(X[:, column])
        for number, one in enumerate(self._branches):
            for column, allowed in one.allowed.items():
                if column == self._selector:
                    continue
                rows = np.flatnonzero(branch == number)
                given = X[rows, column].astype(int)
                wrong = ~np.isin(given, allowed)
                X[rows[wrong], column] = allowed[given[wrong] % len(allowed)]
        inactive = np.where(self.n_choices > 0, INACTIVE, INACTIVE_NUMERIC)
        return np.where(active, X, inactive)

    def from_cube(self, U: Array) -> Array:
        """Return the rows of points of the unit cube.

        Parameters
        ----------
        U : ndarray of shape (n, n_columns)
            Points of the unit cube; uniform ones give candidates with the
            distributions of the space.

        Returns
        -------
        X : ndarray of shape (n, n_columns)
            Their rows.
        """
        choice = np.minimum(np.floor(U * self.n_choices), self.n_choices - 1)
        return self.snap(np.where(self.n_choices > 0, choice, U))

    def rows(self) -> Array:
        """Return the rows of all candidates of a finite space, each once."""
        points = []
        for number, branch in enumerate(self._branches):
            coordinates = []
            for column, dimension in enumerate(self._dimensions):
                if column == self._selector:
                    mine = np.flatnonzero(self._branch_of_choice == number)
                    coordinates.append(mine.astype(float))
                elif not self._active[number, column]:
                    coordinates.append(np.array([INACTIVE]))
                elif column in branch.allowed:
                    coordinates.append(branch.allowed[column].astype(float))
                elif dimension.n_choices > 0:
                    coordinates.append(np.arange(float(dimension.n_choices)))
                else:
                    assert isinstance(dimension, Ordered), "the space is finite"
                    coordinates.append(dimension.coordinates())
            grid = np.meshgrid(*coordinates, indexing="ij")
            columns = [axis.ravel() for axis in grid] or [np.zeros((1, 0))]
            points.append(np.column_stack(columns))
        X = self.snap(np.vstack(points))
        # two branches can have a candidate in common
        first = {self.key(row): index for index, row in reversed([*enumerate(X)])}
        return X[sorted(first.values())]

    # ------------------------------------------------------------------ candidates

    def decode(self, row: Array, rng: np.random.Generator) -> dict[str, Any]:
        """Return the candidate of a row.

        Parameters
        ----------
        row : ndarray of shape (n_columns,)
            A row as `snap` returns it.
        rng : numpy.random.Generator
            Where values come from that can only be drawn.

        Returns
        -------
        params : dict
            The parameters of one of the dicts, in its order.
        """
        branch = self._branches[self.branch(row.reshape(1, -1))[0]]
        params = {}
        for name in branch.names:
            if name in branch.columns:
                column = branch.columns[name]
                params[name] = self._dimensions[column].decode(row[column])
            elif name in branch.drawn:
                params[name] = branch.drawn[name].draw(rng)
            else:
                params[name] = branch.constants[name]
        return params

    def encode(self, params: Mapping[str, Any]) -> Array:
        """Return the row of a candidate.

        Parameters
        ----------
        params : dict
            A value for each name of one of the dicts.

        Returns
        -------
        row : ndarray of shape (n_columns,)
            Its row.

        Raises
        ------
        ValueError
            If the names are not those of a dict, or a value is outside its support.
        """
        complaints = []
        for number, branch in enumerate(self._branches):
            row, complaint = self._encode_in(number, branch, params)
            if complaint is None:
                return row
            complaints.append(complaint)
        if len(complaints) == 1:
            raise ValueError(f"{complaints[0][0].upper()}{complaints[0][1:]}.")
        listed = "; ".join(f"dict {i}: {text}" for i, text in enumerate(complaints))
        raise ValueError(f"It is in none of the dicts: {listed}.")

    def canonical(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return a candidate with the values of the space.

        Parameters
        ----------
        params : dict
            A value for each name of one of the dicts.

        Returns
        -------
        params : dict
            Of lists, the very object listed, and of discrete distributions an integer,
            as 3 for 3.0. Other values as they are, not rounded on the way through a
            distribution.

        Raises
        ------
        ValueError
            If the names are not those of a dict, or a value is outside its support.
        """
        branch = self._branches[self.branch(self.encode(params).reshape(1, -1))[0]]
        return {
            name: self._dimensions[branch.columns[name]].canonical(params[name])
            if name in branch.columns
            else branch.constants.get(name, params[name])
            for name in branch.names
        }

    def _encode_in(
        self, number: int, branch: _Branch, params: Mapping[str, Any]
    ) -> tuple[Array, str | None]:
        """Return the row in one branch, and None or why there is none."""
        row = np.full(self.n_columns, INACTIVE_NUMERIC)
        missing = [name for name in branch.names if name not in params]
        unknown = [name for name in params if name not in branch.names]
        complaints = [
            *([f"it lacks {_quoted(missing)}"] if missing else []),
            *([f"it has {_quoted(unknown)}, which the space lacks"] if unknown else []),
        ]
        if complaints:
            return row, " and ".join(complaints)
        for name, column in branch.columns.items():
            dimension = self._dimensions[column]
            row[column] = u = dimension.encode(params[name])
            allowed = branch.allowed.get(column)
            if math.isnan(u) or (allowed is not None and int(u) not in allowed):
                return row, f"{name!r} is {params[name]!r}, not {dimension}"
        for name, value in branch.constants.items():
            if math.isnan(Categorical([value]).encode(params[name])):
                return row, f"{name!r} is {params[name]!r}, not {value!r}"
        if self._selector is not None and self.column_names[self._selector] == "":
            row[self._selector] = number
        inactive = np.where(self.n_choices > 0, INACTIVE, INACTIVE_NUMERIC)
        return np.where(self._active[number], row, inactive), None

    def key(self, row: Array) -> Hashable:
        """Return what is equal for rows of equal candidates, also of two branches.

        None if the row does not determine the candidate, as a value is drawn.
        """
        branch = self._branches[self.branch(row.reshape(1, -1))[0]]
        if branch.drawn:
            return None
        return self._key(branch, self.decode(row, np.random.default_rng(0)))

    def key_of(self, params: Mapping[str, Any]) -> Hashable:
        """Return the key of a candidate as `canonical` returns it.

        Of values that differ by less than coordinates can tell, only this knows.
        """
        branch = self._branches[self.branch(self.encode(params).reshape(1, -1))[0]]
        return None if branch.drawn else self._key(branch, params)

    def _key(self, branch: _Branch, params: Mapping[str, Any]) -> Hashable:
        return tuple(
            (
                name,
                self._dimensions[branch.columns[name]].key(params[name])
                if name in branch.columns
                else token(params[name]),
            )
            for name in sorted(branch.names)
        )

    def __repr__(self) -> str:
        return f"SearchSpace({written(self.param_distributions)})"


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
