"""Candidates that do not depend on scores."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import chain, islice
from typing import Any

from sklearn_hp._records import Observation, Trial


class FixedSampler:
    """Propose given candidates in their order, whatever they score.

    Parameters
    ----------
    candidates : iterable of dict
        For example a :class:`~sklearn.model_selection.ParameterGrid` or a
        :class:`~sklearn.model_selection.ParameterSampler`. It is drawn in full at once,
        so that a shared random generator is left in the same state as by scikit-learn.

    Attributes
    ----------
    candidates : list of dict
        What will be proposed.
    n_initial : float
        Infinite: no candidate depends on a score.

    Examples
    --------
    >>> from sklearn.model_selection import ParameterGrid
    >>> from sklearn_hp.samplers import FixedSampler
    >>> sampler = FixedSampler(ParameterGrid({"C": [1, 10]}))
    >>> sampler.ask(), sampler.ask(), sampler.ask()
    ({'C': 1}, {'C': 10}, None)
    """

    n_initial = math.inf

    def __init__(self, candidates: Iterable[Mapping[str, Any]]) -> None:
        self.candidates = list(candidates)
        self._rest = iter(self.candidates)

    def ask(self) -> Mapping[str, Any] | None:
        """Return the next candidate, or None after the last."""
        return next(self._rest, None)

    def tell(self, trial: Trial, observation: Observation) -> None:
        """Ignore the score: the candidates are fixed."""

    def __repr__(self) -> str:
        return f"FixedSampler(<{len(self.candidates)} candidates>)"


class LazySampler:
    """Propose candidates that are drawn one by one, of which there may be no end.

    Parameters
    ----------
    candidates : iterable of dict
        Drawn from when a candidate is asked for.
    n_first : int, default=0
        Number of candidates to draw at once, as `FixedSampler` does with all.

    Attributes
    ----------
    n_initial : float
        Infinite: no candidate depends on a score.
    first : list of dict
        Those that were drawn at once, the first to be proposed.

    Examples
    --------
    >>> from itertools import count
    >>> from sklearn_hp.samplers import LazySampler
    >>> sampler = LazySampler(({"C": 10**i} for i in count()), n_first=2)
    >>> sampler.first
    [{'C': 1}, {'C': 10}]
    >>> sampler.ask(), sampler.ask(), sampler.ask()
    ({'C': 1}, {'C': 10}, {'C': 100})
    """

    n_initial = math.inf

    def __init__(
        self, candidates: Iterable[Mapping[str, Any]], n_first: int = 0
    ) -> None:
        rest = iter(candidates)
        self.first = list(islice(rest, n_first))
        self._rest = chain(self.first, rest)

    def ask(self) -> Mapping[str, Any] | None:
        """Return the next candidate, or None after the last."""
        return next(self._rest, None)

    def tell(self, trial: Trial, observation: Observation) -> None:
        """Ignore the score: no candidate depends on it."""
