"""The time of a running search: how much has passed, and how much is left."""

import math
from time import monotonic, perf_counter


class Clock:
    """Begins to run when it is made.

    Parameters
    ----------
    deadline : float, seconds, default=infinity
        When the search's ``timeout`` has passed, on the monotonic clock.
    """

    def __init__(self, deadline=math.inf):
        self._deadline = deadline
        self._start = perf_counter()

    def is_time_up(self):
        """Return whether the search's ``timeout`` has passed."""
        return monotonic() >= self._deadline

    def passed(self):
        """Return the seconds since the start."""
        return perf_counter() - self._start

    def left(self, share):
        """Estimate the seconds until the end.

        Parameters
        ----------
        share : float or None
            The share of the fits that are done; None if unknown.

        Returns
        -------
        seconds : float
            As long for each fit as until now, and not beyond the deadline; infinity if
            nothing is known.
        """
        left = math.inf
        if self._deadline < math.inf:
            left = max(0.0, self._deadline - monotonic())
        if not share:
            return left
        return min(left, self.passed() * (1 - share) / share)
