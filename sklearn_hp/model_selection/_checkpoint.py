"""A search whose results are kept, so that another run or fit goes on with them."""

import json
import os
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace

from sklearn_hp._canonical import digest
from sklearn_hp._evaluation import Known, ReplayPool, States
from sklearn_hp._journal import Journal, Predictions, Row, checked_path, texts_of
from sklearn_hp.model_selection._fingerprint import (
    check_same,
    fingerprint,
    versions,
    with_splits,
    without_splits,
)
from sklearn_hp.model_selection._seeds import draw_seed, needs_seed, with_seed
from sklearn_hp.model_selection._warm_start import Memory, MemoryAndFile
from sklearn_hp.model_selection._warning import warn_caller
from sklearn_hp.model_selection._wider import (
    candidates_of,
    space_of,
    what_is_left_out,
)

_REMEDY = (
    "Name another file for this search, or delete that one to begin anew. Inside of "
    "cross_val_score, name a folder: each search has a file of its own there."
)


@contextmanager
def resumed(search, plan, memory):
    """Let a search go on where an earlier run or fit has ended.

    Parameters
    ----------
    search : BaseSearch
        The search.
    plan : Plan
        What its `fit` was called with.
    memory : Memory or None
        What it carries from its last fit.

    Yields
    ------
    plan : Plan
        With `earlier`, and seeded as the earlier run; the same if there is neither a
        checkpoint nor a memory.
    """
    if search.checkpoint is None and memory is None:
        yield plan
        return
    if memory is not None:
        plan = memory.with_first_draws(plan)
    texts = fingerprint(search, plan)
    with ExitStack() as stack:
        if memory is not None:
            checkpoint = Checkpoint(memory, search, plan, texts)
        if search.checkpoint is not None:
            path = _file_of(search.checkpoint, texts)
            journal = stack.enter_context(closing(Journal(path, warn_caller)))
            if memory is not None:
                journal = MemoryAndFile(memory, journal)
            states = States(f"{path}.fits")
            checkpoint = Checkpoint(journal, search, plan, texts, states)
        seeded = with_seed(plan, checkpoint.seed)
        yield replace(seeded, n_pending=checkpoint.n_pending, earlier=checkpoint)
        if checkpoint.states is not None:
            checkpoint.states.clear()


def _file_of(checkpoint, texts):
    """Return the file; in a folder, one of this search's own."""
    path = checked_path(checkpoint)
    if not os.path.isdir(path):
        return path
    return os.path.join(path, f"search_{digest([json.dumps(texts).encode()])}.db")


class Checkpoint:
    """What earlier runs of a search have found, and what this one adds.

    Parameters
    ----------
    journal : Journal, Memory or MemoryAndFile
        Where the results are.
    search : BaseSearch
        The search.
    plan : Plan
        What its `fit` was called with.
    texts : dict of str -> str
        The fingerprint of the search.
    states : States or None, default=None
        Where fits keep their states.

    Attributes
    ----------
    states : States or None
        As given.

    seed : int or None
        What is to be used where the user gave no seed; None if there is no such place.

    n_pending : int
        That of the first run, unless this search says another.

    Raises
    ------
    ValueError
        If the results are of another search.
    """

    def __init__(self, journal, search, plan, texts, states=None):
        self._journal = journal
        self._texts = texts
        self.states = states
        self._limits = plan.limits
        self._raises = search.error_score == "raise"
        self._keeps = plan.wanted.keeps
        self._predictions = Predictions(journal.path)
        self._space = space_of(search)
        self._versions = versions(plan.estimator)
        self._last = None, {}
        self._first = []
        self._pool = None
        self.n_pending = plan.n_pending
        self._before = None
        if journal.search is not None:
            self._before = json.loads(journal.search)
            earlier = without_splits(self._before["texts"])
            check_same(earlier, texts, self._where, self._remedy)
            self._check_space()
            self._compare_versions()
            self.seed = self._before["seed"]
            self._first = self._before["first"]
            if self._space != self._before["space"]:
                self._first = _distinct(journal.rows)
            if search.n_pending == "auto":  # it follows from n_jobs, which may differ
                self.n_pending = self._before["n_pending"]
        else:
            self.seed = draw_seed() if needs_seed(plan) else None
            if states is not None:  # of a search whose file was deleted
                states.clear()

    @property
    def _where(self):
        if isinstance(self._journal, Memory):
            return self._journal.where
        return f"The checkpoint {self._journal.path!r}"

    @property
    def _remedy(self):
        return self._journal.remedy if isinstance(self._journal, Memory) else _REMEDY

    def _check_space(self):
        left_out = what_is_left_out(self._before["space"], self._space)
        if left_out:
            raise ValueError(
                f"{self._where} is of a search whose space this one does not include: "
                f"{left_out}. Search a space that includes the earlier one, with the "
                f"same parameters. {self._remedy} BayesSearchCV can learn from the "
                f"earlier results in any space: pass them as prior_results."
            )

    def _compare_versions(self):
        before = self._before["versions"]
        changed = [
            f"{name} {before[name]} then, {version} now"
            for name, version in self._versions.items()
            if before.get(name, version) != version
        ]
        if changed:
            warn_caller(
                f"{self._where} was begun with other versions: {'; '.join(changed)}. "
                f"Its results are used; the same fits could score otherwise now."
            )

    def first_candidates(self, space):
        """Return those to begin with: what was known when the space became wider.

        A search that learns would propose others there from the start, and what is
        known would be of no use to it.

        Parameters
        ----------
        space : dict or list of dict
            What is searched.
        """
        return candidates_of(self._first, space)

    def begin(self, splits):
        """Compare the splits with the earlier ones, and keep what the search is.

        Parameters
        ----------
        splits : list of (train, test) pairs of index arrays
            All splits.

        Raises
        ------
        ValueError
            If they are other ones.
        """
        texts = with_splits(self._texts, splits)
        if self._before is not None:
            check_same(self._before["texts"], texts, self._where, self._remedy)
        search = {
            "texts": texts,
            "space": self._space,
            "versions": (self._before or {}).get("versions", self._versions),
            "seed": self.seed,
            "n_pending": self.n_pending,
            "first": self._first,
        }
        text = json.dumps(search)
        if text != self._journal.search:
            self._journal.set_search(text)

    def pool(self, open_pool):
        """Return workers that run only what is not in the file, and write to it.

        Parameters
        ----------
        open_pool : callable
            ``open_pool()`` returns the workers.
        """
        known = Known()
        for row in self._journal.rows:
            result = self._usable(row)
            if result is not None:
                known.add(row.text, result)
        self._pool = ReplayPool(open_pool, known, self._record)
        return self._pool

    def is_known(self, task):
        """Whether the pool has the result of a task."""
        return self._pool.knows(task)

    def _usable(self, row):
        """Return the result of a row as this run has it; None if it is to run again."""
        result = row.result
        if row.may_end_otherwise(self._limits):
            return None
        if self._raises and result.failures:  # which an earlier run did not raise
            return None
        if not self._keeps or result.is_probe or result.fit_failure is not None:
            return replace(result, kept=None)
        kept = None if result.kept is None else self._predictions.load(result.kept)
        return None if kept is None else replace(result, kept=kept)

    def _record(self, task, text, result):
        if result.kept is not None:
            result = replace(result, kept=self._predictions.save(result.kept))
        if self._last[0] is not task.trial:  # of all splits, the first
            self._last = task.trial, texts_of(task.trial.params)
        row = Row(self._last[1], result, self._limits)
        self._journal.append(row)
        if self.states is not None:
            self.states.forget(task)


def _distinct(rows):
    """Return the texts of the candidates of rows, in their order."""
    trials = [row for row in rows if not row.result.is_probe]
    ordered = sorted(trials, key=lambda row: row.result.trial_number)
    return list({row.text: row.texts for row in ordered}.values())
