"""HOW MUCH to spend: schedulers turn candidates into tasks."""

from sklearn_hp._schedulers._base import Scheduler
from sklearn_hp._schedulers._complete import CompleteScheduler
from sklearn_hp._schedulers._fail_fast import AllFail, FailFastScheduler

__all__ = ["AllFail", "CompleteScheduler", "FailFastScheduler", "Scheduler"]
