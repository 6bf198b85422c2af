"""One stream of random numbers for each use, so that no use depends on another."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Use(IntEnum):
    """What random numbers are for; none is 0, which `SeedSequence` does not see."""

    PROPOSING = 1
    DRAWING = 2  # values of what offers nothing but `rvs`
    OBSERVING = 3  # which of too many observations the model sees


def stream(seed: int, number: int, use: Use) -> np.random.Generator:
    """Return the random numbers for one use in choosing candidate `number`."""
    return np.random.default_rng([seed, number, use])
