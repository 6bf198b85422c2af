"""Who is told of a running search, and may end it."""

from sklearn_hp.model_selection._clock import Clock
from sklearn_hp.model_selection._hooks import Hooks
from sklearn_hp.model_selection._verbose import Printer


class Monitor:
    """Tells callbacks and prints as tasks begin and end, and knows why a search stops.

    Parameters
    ----------
    search : BaseSearch
        The search.
    evaluation : Evaluation
        What the tasks share.
    context : sklearn.callback.CallbackContext
        Context of the search.
    n_candidates : int or None
        How many there will be at most, None if unknown.
    deadline : float, seconds, default=infinity
        When the search's ``timeout`` has passed, on the monotonic clock.
    """

    def __init__(
        self, search, evaluation, context, n_candidates, deadline=float("inf")
    ):
        self._timeout = search.timeout
        self._n_splits = len(evaluation.splits)
        self._n_tasks = context.max_subtasks
        self._clock = Clock(deadline)
        self._hooks = Hooks(search, evaluation, context)
        self._printer = Printer(
            search, self._n_splits, n_candidates, self._n_tasks, self._clock
        )
        self._n_begun = 0
        self._reason = None

    @property
    def has_callbacks(self):
        """Whether a callback may stop the search."""
        return self._hooks.has_callbacks

    def begin(self, task):
        """Announce a task.

        Parameters
        ----------
        task : Task
            The task about to run.

        Returns
        -------
        task : Task
            The same, with its callback context if callbacks need it in the worker.
        """
        self._n_begun += 1
        self._printer.begin(task)
        return self._hooks.begin(task)

    def end(self, task, result):
        """Announce the result of a task.

        Parameters
        ----------
        task : Task
            The task.
        result : SplitResult
            What it returned.

        Returns
        -------
        stop : bool
            Whether a callback asks to end the search.
        """
        self._printer.end(task, result)
        reason = self._hooks.end(task)
        if reason is not None:
            self._note_stop(reason)
        return reason is not None

    def finish(self):
        """Announce that nothing runs any more."""
        self._printer.finish()

    def is_time_up(self):
        """Return whether the search's ``timeout`` has passed.

        Returns
        -------
        time_is_up : bool
            If so, no task may start any more.
        """
        if not self._clock.is_time_up():
            return False
        self._note_stop(
            f"timeout={self._timeout:g} s passed when {self._n_begun} fits had begun"
        )
        return True

    @property
    def stop_reason(self):
        """Why the search was stopped; None if nothing was left out for that."""
        return None if self._nothing_left else self._reason

    @property
    def _nothing_left(self):
        """Whether a search that stops now leaves nothing out."""
        # the first candidate is completed in any case
        return max(self._n_begun, self._n_splits) == self._n_tasks

    def _note_stop(self, reason):
        """Keep the first reason to stop."""
        if self._reason is None and not self._nothing_left:
            self._reason = reason
            self._printer.stop(reason)
