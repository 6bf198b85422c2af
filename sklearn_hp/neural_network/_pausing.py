"""What a fit goes on from: a file that the user names, or one of a search."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from typing import Any

import joblib

from sklearn_hp._checkpoint_path import checkpoint_path
from sklearn_hp.neural_network import _checkpoint
from sklearn_hp.neural_network._fingerprint import check_same, fingerprint
from sklearn_hp.neural_network._inputs import CheckedRows
from sklearn_hp.neural_network._lazy import LazyRows
from sklearn_hp.neural_network._sparse import contents
from sklearn_hp.neural_network._training import TrainingLoop


@dataclass(frozen=True)
class StateFile:
    """The file of a fit, and what a state in it has to agree with.

    Parameters
    ----------
    path : path-like
        The file.
    params : dict of str to str
        Texts of the parameters.
    data : str or None
        Digest of the data; None if the path is of these data only.
    max_epochs : int
        The last epoch.
    is_given : bool
        Whether the user named it. If a search did, a file that cannot be read or
        written is no reason to fail.
    """

    path: str | os.PathLike
    params: dict[str, str]
    data: str | None
    max_epochs: int
    is_given: bool

    def load(self) -> dict[str, Any] | None:
        """Return the state to go on from; None to begin anew.

        Raises
        ------
        ValueError
            If it is of another fit.
        """
        try:
            state = _checkpoint.load(self.path)
        except OSError as exc:
            if self.is_given:
                raise
            self._warn("read", exc)
            return None
        if state is not None:
            check_same(state, self.params, self.data, self.max_epochs, self.path)
        return state

    def save(self, loop: TrainingLoop) -> None:
        """Write the state of a loop."""
        state = {"params": self.params, "data": self.data, **loop.state_dict()}
        try:
            _checkpoint.save(self.path, state)
        except OSError as exc:
            if self.is_given:
                raise
            self._warn("written", exc)

    def save_end(self, loop: TrainingLoop) -> None:
        """Write the last state, if a later fit may go on from it."""
        if self.is_given:
            self.save(loop)

    def _warn(self, done: str, exc: OSError) -> None:
        warnings.warn(
            f"The state of a fit cannot be {done}: {exc}. The fit goes on. If the "
            f"search is killed, it may begin anew when the search runs again.",
            RuntimeWarning,
            stacklevel=2,
        )


def state_file(
    estimator: Any,
    horizon: int | None,
    rows: CheckedRows,
    stop_rows: CheckedRows | None,
) -> StateFile | None:
    """Return the file of a fit; None if it keeps no state.

    Parameters
    ----------
    estimator : BaseTorch
        What is fitted.
    horizon : int or None
        Epochs over which the learning rate decays, None if it does not.
    rows, stop_rows : CheckedRows
        What it is fitted to, and what it stops by.
    """
    path, data = estimator.checkpoint, None
    parts: tuple[Any, ...] = tuple(
        (_identity(one.X), one.target, one.weight, one.groups)
        for one in (rows, stop_rows)
        if one is not None
    )
    levels = getattr(estimator, "_levels", None)
    if levels is not None:  # `X` has codes, which other levels may share
        parts += tuple(levels.categories)
    is_given = path is not None
    if is_given:
        data = joblib.hash(parts)
    elif estimator.callbacks:  # their state would be lost
        return None
    else:
        path = checkpoint_path(estimator, *parts)
        if path is None:
            return None
    params = fingerprint(estimator.get_params(False), horizon)
    return StateFile(path, params, data, estimator.max_epochs, is_given)


def _identity(X: Any) -> Any:
    """Return what tells rows from others."""
    return X.identity if isinstance(X, LazyRows) else contents(X)
