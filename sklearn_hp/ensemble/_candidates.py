"""How a search makes an ensemble of its candidates."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar

from sklearn.base import BaseEstimator

from sklearn_hp._doc_link import DocLinkMixin
from sklearn_hp._sklearn_compat import (
    NumberInterval,
    StrOptions,
    validate_parameter_constraints,
)

# Weights as fine as that are finer than the rows can tell.
_MOST_STEPS = 100


class CandidateEnsemble(DocLinkMixin, BaseEstimator):
    """How a search makes an ensemble of its candidates; give it as `ensemble`.

    The search adds candidates one at a time, each time the one that most improves the
    score of the mean of the out-of-fold predictions [1]_. A candidate can be added more
    than once: its weight is the share of the steps that added it. Then the selection is
    repeated without some of the rows and judged on these. If the ensemble is worse
    there than the best candidate, by more than chance, the search returns the best
    candidate.

    Parameters
    ----------
    n_steps : int, default=10
        Number of steps that add a candidate, at most 100. More make weights finer, and
        more members that each predict; new rows are predicted no better.
    max_members : int or None, default=None
        The most different candidates that may be members. None for no limit. The time
        to predict grows with their number.
    n_candidates : int, default=20
        Number of candidates, the best by mean score, that can become members. Their
        fold models are kept on disk during the search. If `scoring` is a function of
        your own, or a metric that is slow to compute here, only the best 10 of them
        are tried, down to 5 with more than 5 splits: it is called for each comparison.
    members : {"folds", "refit"}, default="folds"
        What a member is: "folds" the mean of its fold models, which are there already;
        "refit" one model, fitted on all rows after the search. Refitting costs a fit
        for each member, `n_jobs` at a time if they take longer than some seconds, but
        predicting takes `n_splits` times less.

    See Also
    --------
    EnsembleClassifier : What the search returns for classes.
    EnsembleRegressor : What the search returns for numbers.

    References
    ----------
    .. [1] Caruana, Niculescu-Mizil, Crew, Ksikes, "Ensemble selection from libraries of
       models", ICML 2004. DOI 10.1145/1015330.1015432.

    Examples
    --------
    >>> from sklearn_hp.ensemble import CandidateEnsemble
    >>> CandidateEnsemble(max_members=4, members="refit")
    CandidateEnsemble(max_members=4, members='refit')
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_steps": [NumberInterval(Integral, 1, _MOST_STEPS, closed="both")],
        "max_members": [NumberInterval(Integral, 1, None, closed="left"), None],
        "n_candidates": [NumberInterval(Integral, 1, None, closed="left")],
        "members": [StrOptions({"folds", "refit"})],
    }

    def __init__(
        self,
        *,
        n_steps: int = 10,
        max_members: int | None = None,
        n_candidates: int = 20,
        members: str = "folds",
    ) -> None:
        self.n_steps = n_steps
        self.max_members = max_members
        self.n_candidates = n_candidates
        self.members = members

    def check(self) -> None:
        """Check the parameters, as a search does before its first fit.

        Raises
        ------
        ValueError
            If one has a value that it cannot have.
        """
        validate_parameter_constraints(
            self._parameter_constraints,
            self.get_params(deep=False),
            caller_name=type(self).__name__,
        )
