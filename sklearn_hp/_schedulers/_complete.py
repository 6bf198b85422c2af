"""Every candidate on every split."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class CompletePolicy:
    """Run all splits of each trial, in their order."""

    name = "complete"
    races = False

    def is_whole(self, number: int) -> bool:
        """Return True."""
        return True

    def split_order(self, S: Array) -> list[int]:
        """Return the splits as they are numbered."""
        return list(range(S.shape[1]))

    def drops(self, S: Array, number: int) -> tuple[float, float] | None:
        """Return None: no trial is dropped."""
        return None
