"""HOW MUCH to spend: schedulers turn candidates into tasks."""

from sklearn_hp._schedulers._base import Scheduler
from sklearn_hp._schedulers._complete import CompleteScheduler

__all__ = ["CompleteScheduler", "Scheduler"]
