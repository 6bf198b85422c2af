"""Points that cover a space evenly, for the start of a search."""

from __future__ import annotations

import inspect

import numpy as np
from numpy.typing import NDArray
from scipy.stats.qmc import Sobol

from sklearn_hp.space import SearchSpace

Array = NDArray[np.float64]

# scipy renames the argument
_SEED = "rng" if "rng" in inspect.signature(Sobol.__init__).parameters else "seed"


class StartDesign:
    """The centre of a space, then the points of a scrambled Sobol sequence.

    The centre has 0.5 in all numeric columns, and the choices of the first Sobol point.
    It is the best guess there is without data: distributions are given around what is
    expected, and three Sobol points after it served better than eight without.

    Parameters
    ----------
    space : SearchSpace
        The space to cover.
    seed : int
        Seed of the scrambling.
    """

    def __init__(self, space: SearchSpace, seed: int) -> None:
        self._space = space
        self._sobol = None
        if space.n_columns > 0:
            rng = np.random.default_rng(seed)
            self._sobol = Sobol(space.n_columns, **{_SEED: rng})
        self._after_centre: Array | None = None
        self._begun = False

    def next(self) -> Array:
        """Return the next row; where the space is discrete, rows may repeat."""
        if self._sobol is None:  # constants, and values that can only be drawn
            return np.zeros(0)
        if not self._begun:
            self._begun = True
            self._after_centre = self._sobol.random(1)
            centre = np.where(self._space.n_choices > 0, self._after_centre, 0.5)
            return self._space.from_cube(centre)[0]
        point, self._after_centre = self._after_centre, None
        if point is None:
            point = self._sobol.random(1)
        return self._space.from_cube(point)[0]
