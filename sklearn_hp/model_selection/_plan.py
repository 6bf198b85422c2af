"""What one call of ``fit`` is about."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from sklearn_hp._records import Limits
from sklearn_hp._sklearn_compat import device, get_namespace, num_samples
from sklearn_hp.model_selection._checks import check_split


@dataclass(frozen=True)
class Plan:
    """What `fit` was called with, checked and sorted by who gets it.

    ``estimator`` is a clone made at the start: a random generator in it must not be
    seen in the state that drawing candidates and splits leaves it in. ``n_pending`` is
    how many of the latest fits decisions do without. ``random_state`` is what
    candidates are drawn with, None where the search has none. ``earlier`` has the
    results of an earlier run, None if there is none.
    """

    estimator: Any
    X: Any
    y: Any
    scorer: Any
    refit_metric: Any
    fit_params: dict
    score_params: dict
    split_params: dict
    metadata: dict | None
    splitter: Any
    deadline: float
    limits: Limits
    wanted: Any
    n_pending: int = 0
    random_state: Any = None
    earlier: Any = None

    @property
    def hook_arguments(self):
        """What callback hooks get beside their estimator."""
        return {"X": self.X, "y": self.y, "metadata": self.metadata}

    @property
    def states(self):
        """Where fits keep their states, a `States`; None if they do not."""
        return None if self.earlier is None else self.earlier.states

    def workers(self, open_workers):
        """Return a pool of workers, and of earlier results if there are any.

        Parameters
        ----------
        open_workers : callable
            ``open_workers()`` returns a pool. Where all is known, none is needed.
        """
        return (
            open_workers() if self.earlier is None else self.earlier.pool(open_workers)
        )

    def is_known(self, task):
        """Whether a task, of these workers, has its result of an earlier run."""
        return self.earlier is not None and self.earlier.is_known(task)

    def draw_splits(self, n_splits):
        """Return the (train, test) indices of all splits, drawn once."""
        splits = list(self.splitter.split(self.X, self.y, **self.split_params))
        if len(splits) != n_splits:
            raise ValueError(
                f"cv.split and cv.get_n_splits return inconsistent results. Expected "
                f"{n_splits} splits, got {len(splits)}"
            )
        # splitters know numpy only; the array namespace of X may not index by it
        xp, _ = get_namespace(self.X)
        to_xp = partial(xp.asarray, device=device(self.X))
        n_rows = num_samples(self.X)
        drawn = []
        for number, (train, test) in enumerate(splits):
            check_split(number, train, test, n_rows)
            drawn.append((to_xp(train), to_xp(test)))
        return drawn
