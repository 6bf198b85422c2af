"""What ``verbose`` prints while a search runs.

The lines of single fits are scikit-learn's, word for word. Behind them stands what a
search knows beyond: the mean of a candidate, the best so far, the time that is left.
"""

import math

import numpy as np
from joblib.logger import short_format_time

# verbose=1 prints when another tenth of the fits is done, or after this many seconds;
# in a long search, after this share of the time that has passed.
_N_STEPS = 10
_SECONDS = 10.0
_SHARE_OF_TIME = 0.1


class Printer:
    """Prints lines as tasks begin and end; none if the search is not verbose.

    Parameters
    ----------
    search : BaseSearch
        The search, whose ``cv_results_`` are the results so far.
    n_splits : int
        Number of splits.
    n_candidates, n_tasks : int or None
        How many candidates and fits there will be at most, None if unknown.
    clock : Clock
        The time.
    is_known : callable
        ``is_known(task)`` says whether a task has its result of an earlier run. Such
        ones are counted in one line.
    """

    def __init__(self, search, n_splits, n_candidates, n_tasks, clock, is_known):
        self._search = search
        self._verbose = search.verbose
        self._n_splits = n_splits
        self._n_candidates = n_candidates
        self._is_known = is_known
        self._known = set()  # keys of those that were given out
        self._progress = _Progress(search, n_splits, n_candidates, n_tasks, clock)

    def begin(self, task):
        """Print that a task begins."""
        if self._verbose > 0 and self._is_known(task):
            self._known.add(task.key)
        elif self._verbose > 9:
            start = f"[CV{self._place(task)}] START {_format_params(task)}"
            print(f"{start}{(80 - len(start)) * '.'}")

    def end(self, task, result):
        """Print that a task ended, and what that says of its candidate."""
        if task.key in self._known:
            self._progress.note_known()
            return
        if self._verbose > 0:
            self._progress.tell_known()
        if self._verbose > 1:
            print(self._end_line(task, result))
        if self._verbose > 0:
            self._progress.note_end(each_candidate=self._verbose > 1)

    def stop(self, reason):
        """Print why the search stops."""
        if self._verbose > 0:
            print(f"Search stopped: {reason}. Running fits are finished.")

    def finish(self):
        """Print the last line, if it was not printed yet."""
        if self._verbose > 0:
            self._progress.finish(each_candidate=self._verbose > 1)

    def _place(self, task):
        """Return which split and candidate a task is of."""
        if self._verbose <= 2:
            return ""
        message = f" {task.split + 1}/{self._n_splits}"
        if self._verbose > 9 and self._n_candidates is not None:
            message += f"; {task.trial.number + 1}/{self._n_candidates}"
        return message

    def _end_line(self, task, result):
        """Return the line that scikit-learn prints for a task, aligned to the right."""
        end = f"[CV{self._place(task)}] END "
        params = _format_params(task)
        message = params + (";" if params else "")
        if self._verbose > 2:
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


class _Progress:
    """How far a search is, and what it has found."""

    def __init__(self, search, n_splits, n_candidates, n_tasks, clock):
        self._search = search
        self._n_candidates = n_candidates
        self._n_tasks = n_tasks
        self._clock = clock
        self._n_splits = n_splits
        self._n_fits = 0  # that ended, or need not begin
        self._n_known = self._n_told = 0  # of these, from an earlier run
        self._n_spared = 0  # of these
        self._n_ended = 0  # candidates
        self._n_failed = 0  # of these
        self._best = {}  # by metric
        self._step = 0
        self._printed_at = 0.0
        self._n_printed = 0

    def note_end(self, each_candidate):
        """Print what is due when a fit has ended."""
        self._n_fits += 1
        self._note_verdicts(each_candidate)
        if not each_candidate and self._is_due():
            self._print()

    def note_known(self):
        """Note a result of an earlier run."""
        self._n_known += 1
        self._n_fits += 1
        self._note_verdicts()

    def tell_known(self, last=False):
        """Print how many results are of an earlier run: when those are through."""
        if self._n_known == self._n_told or (self._n_told and not last):
            return
        print(
            f"{'In all, ' * (self._n_told > 0)}{self._n_known} results are known from "
            f"an earlier run."
        )
        self._n_told = self._n_known

    def finish(self, each_candidate):
        """Print the last line, if it was not printed yet, and what a race spared."""
        self.tell_known(last=True)
        self._note_verdicts(each_candidate)  # of trials that ended after the last fit
        if self._n_printed < self._n_ended:
            self._print(last=True)
        if self._n_spared:
            print(f"{self._n_spared} of {self._n_fits} fits were spared.")

    def _note_verdicts(self, each_candidate=False):
        for verdict in self._search.cv_results_.verdicts_since(self._n_ended):
            self._note_verdict(verdict)
            if each_candidate:
                number = verdict.trial.number
                self._print(f"Candidate {number}: {self._describe(verdict)}; ")

    def _note_verdict(self, verdict):
        self._n_ended += 1
        self._n_failed += verdict.state == "failed"
        n_spared = self._n_splits - verdict.n_run
        self._n_spared += n_spared
        self._n_fits += n_spared
        for name, mean in self._scores(verdict).items():
            if mean > self._best.get(name, (-math.inf, None))[0]:
                self._best[name] = mean, verdict.trial.number

    def _scores(self, verdict):
        """Return the mean scores, by metric, of which it is told."""
        names = self._search.cv_results_.metrics
        if self._search.refit in names:
            names = [self._search.refit]
        return {name: verdict.scores.get(name, math.nan) for name in names}

    def _describe(self, verdict):
        if verdict.state == "dropped":
            return f"dropped after {verdict.n_run} of {self._n_splits} splits"
        scores = self._scores(verdict)
        if all(map(math.isnan, scores.values())):
            return "failed"
        return (
            f"mean {', '.join(f'{name} {mean:.4f}' for name, mean in scores.items())}"
        )

    def _is_due(self):
        if self._n_ended == self._n_printed:
            return False
        step = 0 if self._n_tasks is None else _N_STEPS * self._n_fits // self._n_tasks
        passed = self._clock.passed()
        wait = max(_SECONDS, _SHARE_OF_TIME * passed)
        return step > self._step or passed - self._printed_at >= wait

    def _print(self, what="", last=False):
        total = "" if self._n_candidates is None else f" of {self._n_candidates}"
        share = None
        if self._n_tasks:  # of what has to run
            n_to_run = max(1, self._n_tasks - self._n_known)
            share = (self._n_fits - self._n_known) / n_to_run
        line = f"{what}candidates done: {self._n_ended}{total}"
        if self._n_failed:
            line += f", {self._n_failed} failed"
        best = ", ".join(
            f"{name} {mean:.4f} (candidate {row})"
            for name, (mean, row) in self._best.items()
        )
        line += f"; best mean {best}" if best else "; none has a score"
        line += f"; {_time(self._clock.passed())} passed"
        left = self._clock.left(share)
        if not last and share != 1 and left < math.inf:
            line += f", about {_time(left)} left"
        print(line[0].upper() + line[1:])
        self._n_printed = self._n_ended
        self._printed_at = self._clock.passed()
        if self._n_tasks is not None:
            self._step = _N_STEPS * self._n_fits // self._n_tasks


def _time(seconds):
    return short_format_time(seconds).strip()


def _format_params(task):
    return ", ".join(
        f"{name}={task.trial.params[name]}" for name in sorted(task.trial.params)
    )
