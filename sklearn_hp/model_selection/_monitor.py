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
    kept : KeptFolds or None, default=None
        What is kept of the fits, which grows with the results.
    is_known : callable, default=returns False
        ``is_known(task)`` says whether a task has its result of an earlier run.

    Attributes
    ----------
    stop_reason : str or None
        Why the search was stopped; None if it was not.
    """

    def __init__(
        self,
        search,
        evaluation,
        context,
        n_candidates,
        deadline=float("inf"),
        kept=None,
        is_known=lambda task: False,
    ):
        self._timeout = search.timeout
        self._clock = Clock(deadline)
        self._hooks = Hooks(search, evaluation, context)
        self._printer = Printer(
            search,
            len(evaluation.splits),
            n_candidates,
            context.max_subtasks,
            self._clock,
            is_known,
        )
        self._kept = kept
        self._n_begun = 0
        self.stop_reason = None

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
        reason : str or None
            Why a callback asks to end the search; None if none does.
        """
        self.catch_up()
        self._printer.end(task, result)
        return self._hooks.end(task)

    def catch_up(self):
        """Let what is kept take note of all results and verdicts that there are."""
        if self._kept is not None:
            self._kept.catch_up()

    def finish(self):
        """Announce that nothing runs any more."""
        self._printer.finish()

    def why_time_is_up(self):
        """Ask the clock.

        Returns
        -------
        reason : str or None
            Why no task may start any more, if the search's ``timeout`` has passed.
        """
        if not self._clock.is_time_up():
            return None
        return f"timeout={self._timeout:g} s passed when {self._n_begun} fits had begun"

    def stop(self, reason):
        """Announce that the search stops; the first reason counts."""
        if self.stop_reason is None:
            self.stop_reason = reason
            self._printer.stop(reason)
