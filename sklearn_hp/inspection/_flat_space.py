"""Draw candidates whose parameters are independent, as those of a search are not.

A search looks more often where scores are good, so that its parameters vary together.
Effects over the space need candidates that are spread evenly. Where a conditional
parameter is active is read off the candidates: its *gate* is the categorical parameter
whose choice decides that, such as ``kernel`` for ``degree``. A parameter without a gate
is active in the share of the candidates that it was active in, whatever the others are,
and the model sees in a column of its own that it is inactive. Choices are drawn
from those that were tried, numbers from all of [0, 1] if more than one was tried: of
others the model knows nothing.

X : (n, d) a row per candidate, NaN where a parameter is inactive, see `_importance`.
U : (m, d) points of the unit cube, a coordinate for each parameter.
rows : (m, p) what the model sees, p >= d, as `sklearn_hp.space.SearchSpace` writes it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_hp.inspection._importance import Array
from sklearn_hp.space._search_space import INACTIVE, INACTIVE_NUMERIC


class FlatSpace:
    """The space that candidates come from, each parameter on its own.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Candidates; NaN where a parameter is inactive.
    n_choices : ndarray of shape (d,)
        Number of choices of a categorical column, 0 for a numeric one.

    Attributes
    ----------
    n_choices : ndarray of shape (p,)
        Of the columns of the rows.
    gates : dict
        For each conditional parameter that has a gate, its column and which of its
        choices activate; the last entry stands for an inactive gate.
    """

    def __init__(self, X: Array, n_choices: NDArray[np.intp]) -> None:
        self._given = np.asarray(n_choices, dtype=int)
        active = ~np.isnan(X)
        self._share = active.sum(axis=0) / max(len(X), 1)
        # the gate of a gate is known before what depends on it
        self._order = np.argsort(-self._share, kind="stable")
        self._tried = [
            np.unique(column[~np.isnan(column)]) for column in np.asarray(X).T
        ]
        self.gates: dict[int, tuple[int, NDArray[np.bool_]]] = {}
        conditional = np.flatnonzero(self._share < 1).tolist()
        for column in conditional:
            gate = self._find_gate(X, active, column)
            if gate is not None:
                self.gates[column] = gate
        self._free = [column for column in conditional if column not in self.gates]
        self.n_choices = np.append(self._given, np.full(len(self._free), 2))

    def _find_gate(
        self, X: Array, active: NDArray[np.bool_], column: int
    ) -> tuple[int, NDArray[np.bool_]] | None:
        """Return the parameter that decides whether a column is active."""
        for gate in self._order:
            if self._share[gate] <= self._share[column]:
                return None
            if self._given[gate] == 0:
                continue
            codes = np.nan_to_num(X[:, gate], nan=INACTIVE).astype(int)
            opens = np.zeros(self._given[gate] + 1, dtype=bool)
            opens[codes[active[:, column]]] = True  # -1 is the last
            if (opens[codes] == active[:, column]).all():
                return int(gate), opens
        return None

    def rows(self, U: Array) -> Array:
        """Return the rows of points of the cube."""
        X = np.empty(U.shape)
        for column in self._order:
            share = self._share[column]
            if column in self.gates:
                active, u = self._opened(X, column), U[:, column]
            else:
                active, u = U[:, column] < share, U[:, column] / max(share, 1e-12)
            X[:, column] = np.nan
            if active.any():
                X[active, column] = self._value(column, u[active])
        return self.encode(X)

    def _opened(self, X: Array, column: int) -> NDArray[np.bool_]:
        """Return in which candidates the gate of a column activates it."""
        gate, opens = self.gates[column]
        return opens[np.nan_to_num(X[:, gate], nan=INACTIVE).astype(int)]

    def settle(self, X: Array, filling: Array) -> Array:
        """Return candidates that have just the parameters that their gates activate.

        Parameters
        ----------
        X : ndarray of shape (m, d)
            Candidates; NaN where a parameter is inactive.
        filling : ndarray of shape (d,)
            The value that a parameter takes where it was inactive and is not.

        Returns
        -------
        settled : ndarray of shape (m, d)
            Parameters without a gate are as given.
        """
        settled = X.copy()
        for column in self._order:
            if column not in self.gates:
                continue
            active, values = self._opened(settled, column), settled[:, column]
            filled = np.where(np.isnan(values), filling[column], values)
            settled[:, column] = np.where(active, filled, np.nan)
        return settled

    def _value(self, column: int, u: Array) -> Array:
        """Return values of a parameter for coordinates in [0, 1)."""
        tried = self._tried[column]
        if self._given[column] > 0:
            return tried[np.floor(u * len(tried)).astype(int)]
        return u if len(tried) > 1 else np.full(len(u), tried[0])

    def encode(self, X: Array) -> Array:
        """Return the rows of candidates with NaN where a parameter is inactive."""
        inactive = np.where(self._given > 0, INACTIVE, INACTIVE_NUMERIC)
        filled = np.where(np.isnan(X), inactive, X)
        return np.column_stack([filled, np.isnan(X[:, self._free])])
