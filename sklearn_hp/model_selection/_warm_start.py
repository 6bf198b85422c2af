"""What a search carries from one ``fit`` to the next, with ``warm_start=True``."""

import copy
import os
from dataclasses import replace

import numpy as np

from sklearn_hp.model_selection._new_rows._kept_folder import KeptFolder

_NAME = "_fits_before"  # a clone has no attribute that is no parameter


def memory_of(search):
    """Return what a search carries; None without ``warm_start``.

    Parameters
    ----------
    search : BaseSearch
        The search.

    Returns
    -------
    memory : Memory or None
        Empty if this is the first fit.
    """
    if not search.warm_start:
        vars(search).pop(_NAME, None)
        return None
    return vars(search).setdefault(_NAME, Memory())


class Memory:
    """Results of fits, in the form in which a `Journal` has them.

    Attributes
    ----------
    search : str or None
        What the results belong to; None before the first fit.
    rows : list of Row
        The results.
    """

    where = "The earlier fit, which warm_start=True continues,"
    remedy = "To begin anew, fit sklearn.base.clone(search), or set warm_start=False."

    def __init__(self):
        self.search = None
        self.rows = []
        self._first_draws = None
        self._folder = None

    @property
    def path(self):
        """Where files of the results lie, such as predictions; they go with this."""
        if self._folder is None:
            self._folder = KeptFolder()
        return os.path.join(self._folder.path, "fits")

    def set_search(self, text):
        """Keep what the results belong to."""
        self.search = text

    def append(self, row):
        """Keep a result."""
        self.rows.append(row)

    def with_first_draws(self, plan):
        """Return a plan whose generators are as they were in the first fit.

        Instances of RandomState draw other candidates and splits each time. In a fit
        that continues, they draw the same again.
        """
        if self._first_draws is None:
            # together, as they may share a generator
            self._first_draws = copy.deepcopy(_generators(plan))
            return plan
        random_state, of_splitter = copy.deepcopy(self._first_draws)
        now, of_splitter_now = _generators(plan)
        splitter = plan.splitter
        if of_splitter is not None and of_splitter_now is not None:
            splitter = copy.copy(splitter)
            splitter.random_state = of_splitter
        if random_state is None or now is None:
            random_state = plan.random_state
        return replace(plan, random_state=random_state, splitter=splitter)

    def __getstate__(self):
        return {**vars(self), "_folder": None}


class MemoryAndFile:
    """Results that a search carries and writes to a file as well.

    Parameters
    ----------
    memory : Memory
        What it carries.
    journal : Journal
        The file; it gets what it lacks.
    """

    def __init__(self, memory, journal):
        self._memory, self._journal = memory, journal
        self.path, self.search = journal.path, journal.search
        if self.search is None and memory.search is not None:
            self.set_search(memory.search)
        known = {_key(row) for row in journal.rows}
        missing = [row for row in memory.rows if _key(row) not in known]
        for row in missing:
            journal.append(row)
        self.rows = memory.rows = [*journal.rows, *missing]

    def set_search(self, text):
        """Keep what the results belong to."""
        self.search = text
        self._memory.set_search(text)
        self._journal.set_search(text)

    def append(self, row):
        """Keep a result."""
        self._memory.append(row)
        self._journal.append(row)


def _key(row):
    return row.text, row.result.key, row.result.is_probe


def _generators(plan):
    """Return the generator of the candidates and that of the splits; None for none."""
    found = plan.random_state, getattr(plan.splitter, "random_state", None)
    return tuple(
        one if isinstance(one, np.random.RandomState) else None for one in found
    )
