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
    n_drawn : int, default=0
        How many rows to leave out, as another design of this seed returned them.

    Attributes
    ----------
    n_drawn : int
        How many rows were returned.
    """

    def __init__(self, space: SearchSpace, seed: int, n_drawn: int = 0) -> None:
        self.n_drawn = n_drawn
        self._space = space
        self._sobol = None
        if space.n_columns > 0:
            rng = np.random.default_rng(seed)
            self._sobol = Sobol(space.n_columns, **{_SEED: rng})
            if n_drawn > 1:  # the centre is not one of the sequence
                self._sobol.fast_forward(n_drawn - 1)

    def next(self) -> Array:
        """Return the next row; where the space is discrete, rows may repeat."""
        self.n_drawn += 1
        if self._sobol is None:  # constants, and values that can only be drawn
            return np.zeros(0)
        point = self._sobol.random(1)
        if self.n_drawn == 1:
            self._sobol.reset()  # the first point comes next, as a whole
            point = np.where(self._space.n_choices > 0, point, 0.5)
        return self._space.from_cube(point)[0]
