"""Where the present fit of a search keeps its state, to go on after a kill."""

from __future__ import annotations

import os
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sklearn_hp._canonical import NoTextError, canonical, digest


class _Paths:
    """Gives out the paths in the folder of one fit of a search."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._n_given: Counter[str] = Counter()

    def next(self, what: Any) -> str:
        """Return the path for these parameters and data; another one each time.

        Members of an ensemble may be fitted to the same data with equal parameters,
        and differ by chance. They are told apart by their order.
        """
        name = digest([canonical(what).encode()])
        number = self._n_given[name]
        self._n_given[name] += 1
        _make_private(os.path.dirname(self._folder))
        _make_private(self._folder)
        return os.path.join(self._folder, f"{name}_{number}")


_paths: ContextVar[_Paths | None] = ContextVar("sklearn_hp_paths", default=None)


def checkpoint_path(estimator: Any, *data: Any) -> str | None:
    """Return where the current fit of a search can keep its state.

    If the process of a search with `checkpoint` is killed, the search finds the same
    path for the same fit when it runs again. An estimator that trains for long writes
    its state there now and then, and goes on from it if the file exists. The search
    deletes the file when it has the result of the fit.

    Parameters
    ----------
    estimator : estimator
        What is fitted.
    *data : array-like or None
        What it is fitted to, such as ``X, y, sample_weight``. A fit of equal parameters
        to other data has another path. So do two equal fits inside of one, as in an
        ensemble: they are told apart by the order of these calls, so call once in each
        ``fit``.

    Returns
    -------
    path : str or None
        Path of a file in a folder that exists. None outside of a search with
        `checkpoint`, on workers of other machines, in threads and processes that the
        fit starts, and if `estimator` has parameters that cannot be pickled.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn_hp import checkpoint_path
    >>> print(checkpoint_path(Ridge(), [[1.0]], [2.0]))
    None
    """
    paths = _paths.get()
    if paths is None:
        return None
    try:
        return paths.next((estimator, data))
    except NoTextError:
        return None
    except OSError as exc:
        warnings.warn(
            f"There is no folder for states of fits: {exc}. The search goes on. If it "
            f"is killed, a fit that was under way begins anew when it runs again.",
            RuntimeWarning,
            stacklevel=2,
        )
        return None


@contextmanager
def paths_in(folder: str | None) -> Iterator[None]:
    """Let `checkpoint_path` return paths in a folder, made when needed; or None."""
    token = _paths.set(None if folder is None else _Paths(folder))
    try:
        yield
    finally:
        _paths.reset(token)


def _make_private(folder: str) -> None:
    """Make a folder that only its owner can use, or check that it is one.

    Raises
    ------
    OSError
        If it cannot be made, or if somebody else may have put files there.
    """
    try:
        os.mkdir(folder, mode=0o700)
    except FileExistsError:
        if sys.platform == "win32":
            return
        found = os.lstat(folder)
        if found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise PermissionError(f"others can write to {folder!r}") from None
