"""What every sampler offers: ask for a candidate, tell it how a trial scored."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
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


def checked(observation: Any) -> Observation:
    """Return an observation with plain floats; refuse what is none."""
    if not isinstance(observation, Observation):
        raise TypeError(
            f"tell() must be given an Observation, got {observation!r} of type "
            f"{type(observation).__name__}. Make one of the score: tell(trial, "
            f"Observation(score)), from sklearn_hp.samplers."
        )
    for name in ("score", "noise"):
        given = getattr(observation, name)
        if not isinstance(given, Real):
            raise TypeError(
                f"{name} of an Observation must be a number, got {given!r} of type "
                f"{type(given).__name__}."
            )
    if not observation.noise >= 0:
        raise ValueError(
            f"noise of an Observation must be a variance, 0 or larger, got "
            f"{observation.noise!r}. It is 0 if no split is missing."
        )
    return Observation(float(observation.score), float(observation.noise))
