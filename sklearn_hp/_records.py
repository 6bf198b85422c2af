"""The records that the layers exchange; nothing here computes.

A *candidate* is a parameter dict. A *trial* is a candidate under evaluation. A *task*
is one fit of one trial: on one split, with one amount of resource. A *split result* is
what running a task returned. A *verdict* says how a trial ended, an *observation* what
a sampler is told of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate under evaluation, which :meth:`Sampler.tell` gets with its score.

    Parameters
    ----------
    number : int
        Its number, from 0, in the order in which the candidates were proposed, which
        is also the order of the rows of `cv_results_`. A negative one is that of a
        probe, which no sampler is told of: parameters that were not proposed,
        evaluated to learn why others fail.
    params : dict
        The candidate, as `ask` returned it: parameter values by name.

    Examples
    --------
    >>> from sklearn_hp.samplers import Trial
    >>> trial = Trial(number=0, params={"C": 10})
    >>> trial.number, trial.params["C"]
    (0, 10)
    """

    number: int
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """One fit: `trial` on split number `split`.

    ``resource`` is the amount of the scheduler's resource to spend, None for all of it.
    ``callback_context`` is the task's scikit-learn callback context; None, so that
    nothing of it travels, unless a callback inside the estimator needs it. ``slot`` is
    the number of the worker that runs the task, from 0; the pool sets it.
    """

    trial: Trial
    split: int
    resource: float | None = None
    callback_context: Any = None
    slot: int = 0

    @property
    def key(self) -> tuple[int, int, float | None]:
        """What identifies the task, and its result, within one search."""
        return self.trial.number, self.split, self.resource

    @property
    def is_probe(self) -> bool:
        """Whether it is no candidate's: nothing of it appears in the results."""
        return self.trial.number < 0

    def in_slot(self, slot: int) -> Task:
        """Return the task as the worker with this number gets it."""
        return self if slot == self.slot else replace(self, slot=slot)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a fit may take; infinity is no limit.

    Parameters
    ----------
    seconds : float, default=infinity
        Wall clock for the fit and its scoring.
    n_bytes : float, default=infinity
        Memory of its worker process, with the processes that it starts.
    """

    seconds: float = math.inf
    n_bytes: float = math.inf

    def __bool__(self) -> bool:
        """Whether there is a limit at all."""
        return min(self.seconds, self.n_bytes) < math.inf


FailureKind = Literal[
    "exception",
    "no number",
    "not finite",
    "memory",
    "device memory",
    "memory limit",
    "timeout",
    "died",
    "lost",
]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a fit or a score failed.

    ``exception`` is kept only under ``error_score="raise"``, which raises it. ``kind``
    is

    - "exception": it raised one, of another kind than those below;
    - "no number": the scorer returned something else than a real number;
    - "not finite": the score is NaN or infinite;
    - "memory", "device memory": the computer, or a device such as a GPU, had not enough
      memory for it;
    - "timeout", "memory limit": it went over a limit of the search, which ended it;
    - "died": its worker process died;
    - "lost": it, or its result, could not be sent to a worker or back.

    ``of_process`` is the name of its exception if the state of the process, as earlier
    fits left it, may have caused it; otherwise it is empty.
    """

    reason: str
    exception: BaseException | None = None
    kind: FailureKind = "exception"
    of_process: str = ""

    @property
    def out_of_memory(self) -> bool:
        """Whether it might not have failed alone."""
        return self.kind in ("memory", "device memory")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a fit leaves beside its scores: its predictions, and the fitted model.

    Parameters
    ----------
    method : str, default=""
        The method that gave the predictions; see :mod:`sklearn_hp._responses`.
    predictions : str, ndarray or None, default=None
        Of the test rows, of shape (n_test, n_columns): the .npy file that has them, or
        the array itself while it travels from another machine.
    model : str, bytes or None, default=None
        The file that has the pickled model, or its content while it travels.
    reason : str, default=""
        Why there are no predictions, or no model.
    """

    method: str = ""
    predictions: Any = None
    model: str | bytes | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SplitResult:
    """What one task returned: scores (maximised; NaN if failed) and times (seconds).

    A fit that failed has ``fit_failure`` and no scores. A score that failed is NaN and
    has its reason in ``score_failures``, under ("test" or "train", metric name).
    ``n_iter`` is the number of iterations that early stopping chose, if it did.
    ``in_used_process`` says of a failure in a worker that others ran there before.
    ``started`` is when the fit began, in seconds since the epoch by the worker's clock;
    None if its worker died or the fit was lost. ``slot`` is the number of the worker.
    ``kept`` is None unless the search keeps what its fits leave.
    """

    trial_number: int
    split: int
    resource: float | None
    fit_time: float
    score_time: float
    test_scores: Mapping[str, float] = field(default_factory=dict)
    train_scores: Mapping[str, float] = field(default_factory=dict)
    multimetric: bool = False
    fit_failure: Failure | None = None
    score_failures: Mapping[tuple[str, str], Failure] = field(default_factory=dict)
    n_iter: int | None = None
    in_used_process: bool = False
    started: float | None = None
    slot: int = 0
    kept: Kept | None = None

    @property
    def key(self) -> tuple[int, int, float | None]:
        """Equal to the key of the task that returned this."""
        return self.trial_number, self.split, self.resource

    @property
    def is_probe(self) -> bool:
        """Whether it is no candidate's: nothing of it appears in the results."""
        return self.trial_number < 0

    @property
    def failures(self) -> list[Failure]:
        """Everything that failed in this task; empty when all went well."""
        if self.fit_failure is not None:
            return [self.fit_failure]
        return list(self.score_failures.values())


State = Literal["complete", "dropped", "failed", "cut off"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a trial ended.

    ``state`` is

    - "complete": all its splits are in, and each has the score that trials are judged
      by;
    - "dropped": the scheduler gave it up before its last split;
    - "failed": a split has no such score;
    - "cut off": the search ended before the trial did.

    ``n_run`` is how many splits were run. ``score`` is what the trial is judged by: the
    mean over the splits of a complete one, an estimate of that mean for one that was
    dropped, else NaN. ``noise`` is the variance of the estimate, 0 for a mean over all
    splits; ``cv_results_`` has the estimate by the incumbent of the end. ``scores`` are
    the mean test scores by metric; NaN where a split lacks one.
    """

    trial: Trial
    state: State
    n_run: int = 0
    score: float = math.nan
    noise: float = 0.0
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observation:
    """What a sampler is told of a trial.

    Parameters
    ----------
    score : float
        The score, maximised; NaN if the trial failed. While some splits are missing, an
        estimate of the mean over all of them.
    noise : float, default=0.0
        The variance of that estimate, in units of the squared score; 0 if no split is
        missing.

    Examples
    --------
    >>> from sklearn_hp.samplers import Observation
    >>> Observation(0.9)
    Observation(score=0.9, noise=0.0)
    """

    score: float
    noise: float = 0.0
