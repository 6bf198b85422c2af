"""What every sampler offers: ask for a candidate, tell it how a trial scored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from sklearn_hp._records import Observation, Trial


class Sampler(Protocol):
    """Proposes candidates, one at a time, in the calling thread of the search.

    An attribute ``n_initial`` says how many candidates it proposes regardless of
    scores; they are asked for without waiting for any. It is 0 if it is not there. With
    an attribute ``takes_estimates`` that is true, a trial of which only some splits are
    known is told as well, and again when more are.
    """

    def ask(self) -> Mapping[str, Any] | None:
        """Return the next candidate, or None when there is no other to propose."""

    def tell(self, trial: Trial, observation: Observation) -> None:
        """Learn how a trial scored.

        What is told of a trial again, as more of its splits are in, replaces what was
        told before.
        """
