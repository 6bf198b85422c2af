"""What preprocessing makes of the data, found out by a task like any other."""

from time import monotonic

from sklearn_hp._evaluation import Evaluation, open_pool
from sklearn_hp._experience import MeasurementError
from sklearn_hp._records import Task, Trial
from sklearn_hp._tracebacks import error_line

# All rows that were given, to fit to and to describe.
_ALL = [(slice(None), slice(None))]


class MeasureInWorker:
    """Fits preprocessing steps to some rows, in a worker if the search has workers.

    Steps are code of the user: one that exits or kills its process must not take the
    search with it, and one that hangs is given up when the search's time has passed. In
    the calling thread, with ``n_jobs=1`` and no limits, it cannot be given up, as a fit
    cannot.

    Parameters
    ----------
    n_jobs : int or None
        Number of workers of the search; one of them is used.
    deadline : float, seconds
        On the monotonic clock; infinite for none.
    notify : callable or None
        Is called with a line of text before steps are fitted.
    limits : Limits
        What a fit may take.
    """

    def __init__(self, n_jobs, deadline, notify, limits):
        self._limits = limits
        self._n_jobs = n_jobs
        self._deadline = deadline
        self._notify = notify

    def __call__(self, preprocessing, X, y, scorer):
        """Fit to the rows, and return what the scorer says.

        Raises
        ------
        MeasurementError
            If a step or the scorer fails, or does not end in time.
        """
        if self._notify is not None:
            names = ", ".join(type(step).__name__ for step in preprocessing.steps)
            self._notify(f"Initial points: fitting {names} to some rows.")
        evaluation = Evaluation(preprocessing, X, y, splits=_ALL, scorer=scorer)
        result = self._run(evaluation)
        for failure in result.failures:
            raise MeasurementError(error_line(failure.reason))
        return result.test_scores

    def _run(self, evaluation):
        if monotonic() >= self._deadline:
            raise MeasurementError("The timeout of the search has passed.")
        try:
            with open_pool(
                evaluation, self._n_jobs, max_tasks=1, limits=self._limits
            ) as pool:
                pool.submit(Task(Trial(0, {}), 0))
                # leaving the pool by the TimeoutError ends the worker
                _, result = pool.wait_any(self._deadline)
        except TimeoutError as exc:
            raise MeasurementError("It did not end before the timeout.") from exc
        except TypeError as exc:  # it cannot be pickled; nor can the fits
            raise MeasurementError(str(exc)) from exc
        return result
