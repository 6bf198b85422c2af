"""What is seen of a running search from outside: verbose lines and callback hooks."""

from dataclasses import replace
from functools import cache
from time import monotonic

import numpy as np
from joblib.logger import short_format_time
from sklearn.base import clone

from sklearn_hp._sklearn_compat import (
    ShippedContext,
    has_callbacks,
    needs_context,
    stopping_callbacks,
)


class Monitor:
    """Prints and calls callbacks as tasks begin and end, in the calling thread.

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
    n_candidates : int or None
        How many there will be at most, None if unknown.
    deadline : float, seconds, default=infinity
        When the search's ``timeout`` has passed, on the monotonic clock.
    """

    def __init__(
        self, search, evaluation, context, n_candidates, deadline=float("inf")
    ):
        self._search = search
        self._evaluation = evaluation
        self._context = context
        self._n_candidates = n_candidates
        self._deadline = deadline
        self._n_splits = len(evaluation.splits)
        self._open = {}
        self._n_begun = 0
        self.has_callbacks = has_callbacks(search)
        self._ships_contexts = needs_context(search, evaluation.estimator)
        # stands in for the clones that the tasks make
        self._probe = clone(evaluation.estimator)
        self._reason = None

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
        if self._search.verbose > 9:
            start = f"[CV{self._progress(task)}] START {_format_params(task)}"
            print(f"{start}{(80 - len(start)) * '.'}")
        in_params = any(map(has_callbacks, task.trial.params.values()))
        if not (self.has_callbacks or in_params):
            return task
        context = self._context.subcontext(
            task_name="candidate-split-evaluation",
            task_id=self._n_begun - 1,
        )
        # within, the context knows which callbacks the estimator calls by itself
        with context.propagate_callback_context(self._probe):
            context.call_on_fit_task_begin(**self._hook_arguments(task))
        self._open[task.key] = context
        if not (self._ships_contexts or in_params):
            return task
        return replace(task, callback_context=ShippedContext(context))

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
        if self._search.verbose > 1:
            print(self._end_line(task, result))
        context = self._open.pop(task.key, None)
        if context is None:
            return False
        stopping = stopping_callbacks(context, **self._hook_arguments(task))
        if stopping:
            self._note_stop(_reason_of(stopping[0], self._search, task))
        return bool(stopping)

    def is_time_up(self):
        """Return whether the search's ``timeout`` has passed.

        Returns
        -------
        time_is_up : bool
            If so, no task may start any more.
        """
        if monotonic() < self._deadline:
            return False
        timeout = self._search.timeout
        self._note_stop(
            f"timeout={timeout:g} s passed when {self._n_begun} fits had begun"
        )
        return True

    @property
    def stop_reason(self):
        """Why the search was stopped; None if nothing was left out for that."""
        return None if self._nothing_left else self._reason

    @property
    def _nothing_left(self):
        return self._n_begun == self._context.max_subtasks

    def _note_stop(self, reason):
        """Keep the first reason to stop."""
        if self._reason is not None or self._nothing_left:
            return
        self._reason = reason
        if self._search.verbose > 0:
            print(f"Search stopped: {reason}. Running fits are finished.")

    def _hook_arguments(self, task):
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

    def _progress(self, task):
        if self._search.verbose <= 2:
            return ""
        message = f" {task.split + 1}/{self._n_splits}"
        if self._search.verbose > 9 and self._n_candidates is not None:
            message += f"; {task.trial.number + 1}/{self._n_candidates}"
        return message

    def _end_line(self, task, result):
        """Return the line that scikit-learn prints for a task, aligned to the right."""
        end = f"[CV{self._progress(task)}] END "
        params = _format_params(task)
        message = params + (";" if params else "")
        if self._search.verbose > 2:
            message += self._format_scores(result)
        seconds = result.fit_time + result.score_time
        message += f" total time={short_format_time(seconds)}"
        return end + "." * (80 - len(end) - len(message)) + message

    def _format_scores(self, result):
        def text(scores, metric):
            score = scores.get(metric, np.nan)
            if np.isnan(score) and self._search.error_score != "raise":
                score = self._search.error_score
            return f"{score:.3f}"

        def both(metric):
            test = text(result.test_scores, metric)
            if not self._search.return_train_score:
                return test, f"test={test}"
            return None, f"train={text(result.train_scores, metric)}, test={test}"

        if result.multimetric:
            names = sorted(result.test_scores)
            return "".join(f" {name}: ({both(name)[1]})" for name in names)
        alone, pair = both("score")
        return f", score={alone or f'({pair})'}"


def _reason_of(callback, search, task):
    """Return why a callback stops the search, in its own words if it has some."""
    name = type(callback).__name__
    own_words = getattr(callback, "stop_reason", None)
    if callable(own_words):
        return f"{name}: {own_words(search)}"
    where = f"split {task.split} of candidate {task.trial.number}"
    return f"{name} returned True after {where}"


def _format_params(task):
    return ", ".join(
        f"{name}={task.trial.params[name]}" for name in sorted(task.trial.params)
    )
