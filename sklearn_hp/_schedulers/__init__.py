"""HOW MUCH to spend: schedulers turn candidates into tasks."""

from sklearn_hp._schedulers._base import Policy, Scheduler
from sklearn_hp._schedulers._complete import CompletePolicy
from sklearn_hp._schedulers._fail_fast import AllFail, FailFastScheduler
from sklearn_hp._schedulers._paired import adjusted_means
from sklearn_hp._schedulers._queue import TrialQueue
from sklearn_hp._schedulers._racing import RacingPolicy

__all__ = [
    "AllFail",
    "CompletePolicy",
    "FailFastScheduler",
    "Policy",
    "RacingPolicy",
    "Scheduler",
    "TrialQueue",
    "adjusted_means",
]
