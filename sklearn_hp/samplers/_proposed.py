"""What was proposed, and what of a space is left."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._gaussian_process import perturb
from sklearn_hp.space import SearchSpace

Array = NDArray[np.float64]

# A finite space with fewer candidates left is looked through as a whole.
SMALL_SPACE = 2_000
# A larger one is, up to this, where nothing new is found otherwise.
MAX_LISTED = 1_000_000
# How many start points or random ones may be no news before all are looked through.
MAX_REPEATS = 100
# Two candidates whose coordinates all differ by less than this are all but equal: in a
# range of three decades, 0.7 % of the value.
NEAR = 1e-3


class Proposed:
    """The candidates that were proposed, so that none is proposed again.

    Parameters
    ----------
    space : SearchSpace
        Where they come from.

    Attributes
    ----------
    rows : list of ndarray of shape (n_columns,)
        Their rows, in order.
    """

    def __init__(self, space: SearchSpace) -> None:
        self.rows: list[Array] = []
        self._space = space
        self._taken: set[Hashable] = set()
        # what is left, by key, once it was looked for
        self._left: dict[Hashable, Array] | None = None

    @property
    def is_listed(self) -> bool:
        """Whether what is left is little enough to be looked through as a whole."""
        return self._space.n_candidates - len(self._taken) <= SMALL_SPACE

    @property
    def unseen(self) -> Array:
        """The rows that are left, of a finite space, (n, n_columns)."""
        return np.array(list(self._unseen().values()))

    @property
    def is_exhausted(self) -> bool:
        """Whether it is known that nothing is left."""
        return self.is_listed and not self._unseen()

    def add(self, row: Array, key: Hashable) -> None:
        """Note a candidate by its row and key."""
        self.rows.append(row)
        self._taken.add(key)
        if self._left is not None:
            self._left.pop(key, None)

    def is_new(self, row: Array) -> bool:
        """Whether a row was not proposed; what is drawn is always new."""
        key = self._space.key(row)
        return key is None or key not in self._taken

    def is_elsewhere(self, row: Array) -> bool:
        """Whether a row is new, and not all but equal to one that was proposed."""
        apart = np.abs(np.array(self.rows) - row).max(axis=1)
        return self.is_new(row) and apart.min() > NEAR

    def any_new(self, rng: np.random.Generator) -> Array | None:
        """Return a random row that is new, or None if there is none."""
        if not self.is_listed:
            for _ in range(MAX_REPEATS):
                row = self._space.from_cube(rng.random((1, self._space.n_columns)))[0]
                if self.is_new(row):
                    return row
            # nearly exhausted, or what is left is unlikely to be drawn
            near = perturb(np.array(self.rows), self._space, 10 * MAX_REPEATS, rng)
            for row in self._space.snap(near):
                if self.is_new(row):
                    return row
            if self._space.n_candidates > MAX_LISTED:
                return None  # there may be more, and nobody will find them
        unseen = self.unseen
        return unseen[rng.integers(len(unseen))] if len(unseen) else None

    def _unseen(self) -> dict[Hashable, Array]:
        if self._left is None:
            by_key = {self._space.key(row): row for row in self._space.rows()}
            self._left = {k: row for k, row in by_key.items() if k not in self._taken}
        return self._left
