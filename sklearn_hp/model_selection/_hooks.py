"""The callbacks of a running search."""

from dataclasses import replace
from functools import cache

from sklearn.base import clone

from sklearn_hp._sklearn_compat import (
    ShippedContext,
    has_callbacks,
    needs_context,
    stopping_callbacks,
)


class Hooks:
    """Calls callbacks as tasks begin and end, in the calling thread.

    Callbacks set on the search are called here whatever ``n_jobs`` is, so they may keep
    what they see, and stop the search. Those that propagate themselves to the estimator
    are called by the estimator, in the worker.

    Parameters
    ----------
    search : BaseSearch
        What hooks are handed as their estimator.
    evaluation : Evaluation
        What the tasks share.
    context : sklearn.callback.CallbackContext
        Context of the search, the parent of those of its tasks.
    """

    def __init__(self, search, evaluation, context):
        self._search = search
        self._evaluation = evaluation
        self._context = context
        self._open = {}
        self._n_begun = 0
        self.has_callbacks = has_callbacks(search)
        self._ships_contexts = needs_context(search, evaluation.estimator)
        # stands in for the clones that the tasks make
        self._probe = clone(evaluation.estimator)

    def begin(self, task):
        """Call the hooks of a task that begins.

        Parameters
        ----------
        task : Task
            The task about to run.

        Returns
        -------
        task : Task
            The same, with its callback context if callbacks need it in the worker.
        """
        number = self._n_begun
        self._n_begun += 1
        in_params = any(map(has_callbacks, task.trial.params.values()))
        if not (self.has_callbacks or in_params):
            return task
        context = self._context.subcontext(
            task_name="candidate-split-evaluation", task_id=number
        )
        # within, the context knows which callbacks the estimator calls by itself
        with context.propagate_callback_context(self._probe):
            context.call_on_fit_task_begin(**self._arguments(task))
        self._open[task.key] = context
        if not (self._ships_contexts or in_params):
            return task
        return replace(task, callback_context=ShippedContext(context))

    def end(self, task):
        """Call the hooks of a task that ended.

        Parameters
        ----------
        task : Task
            The task.

        Returns
        -------
        reason : str or None
            Why a callback asks to end the search; None if none does.
        """
        context = self._open.pop(task.key, None)
        if context is None:
            return None
        stopping = stopping_callbacks(context, **self._arguments(task))
        return _reason_of(stopping[0], self._search, task) if stopping else None

    def _arguments(self, task):
        # functions, called only if a hook asks for the argument: they copy data
        data = cache(lambda: self._evaluation.train_data(task.split))
        return {
            "estimator": self._search,
            "X": lambda: data()[0],
            "y": lambda: data()[1],
            "metadata": lambda: self._metadata(task.split),
        }

    def _metadata(self, split):
        train, _ = self._evaluation.splits[split]
        sample_weight = self._evaluation.fit_params_on(train).get("sample_weight")
        return None if sample_weight is None else {"sample_weight": sample_weight}


def _reason_of(callback, search, task):
    """Return why a callback stops the search, in its own words if it has some."""
    name = type(callback).__name__
    own_words = getattr(callback, "stop_reason", None)
    if callable(own_words):
        return f"{name}: {own_words(search)}"
    where = f"split {task.split} of candidate {task.trial.number}"
    return f"{name} returned True after {where}"
