"""Points that cover a space evenly, for the start of a search."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from itertools import repeat

import numpy as np
from numpy.typing import NDArray
from scipy.stats.qmc import Sobol

from sklearn_hp.space import SearchSpace

Array = NDArray[np.float64]

# scipy renames the argument
_SEED = "rng" if "rng" in inspect.signature(Sobol.__init__).parameters else "seed"


def start_design(space: SearchSpace, seed: int) -> Iterator[Array]:
    """Yield the centre of a space, then the points of a scrambled Sobol sequence.

    The centre has 0.5 in all numeric columns, and the choices of the first Sobol point.
    It is the best guess there is without data: distributions are given for what is
    expected, and three Sobol points after it served better than eight without.

    Parameters
    ----------
    space : SearchSpace
        The space to cover.
    seed : int
        Seed of the scrambling.

    Yields
    ------
    row : ndarray of shape (n_columns,)
        A row of the space; rows may repeat where the space is discrete.
    """
    if space.n_columns == 0:  # of constants and values that can only be drawn
        yield from repeat(np.zeros(0))
    sobol = Sobol(space.n_columns, **{_SEED: np.random.default_rng(seed)})
    first = sobol.random(1)
    yield space.from_cube(np.where(space.n_choices > 0, first, 0.5))[0]
    yield space.from_cube(first)[0]
    while True:
        yield space.from_cube(sobol.random(1))[0]
