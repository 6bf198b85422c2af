"""What a fit leaves beside its scores: predictions of its test rows, and its model.

Each fit has its own files, ``<trial>_<split>.npy`` and ``<trial>_<split>.pickle``. The
result of the fit only names them, so that they do not travel and take no memory. From
a worker of another machine they travel in the result, and this one writes the files.

Nothing here makes a fit fail: where something cannot be kept, the record has the
reason.
"""

from __future__ import annotations

import os
import traceback
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sklearn_hp._evaluation._joblib_compat import dumps
from sklearn_hp._evaluation._private_folder import private_file
from sklearn_hp._records import Kept, Task
from sklearn_hp._response_methods import consistent_response, method_of
from sklearn_hp._responses import FormError, Target, stored
from sklearn_hp._sklearn_compat import num_samples

Key = tuple[int, int, float | None]


@dataclass(frozen=True)
class Keep:
    """What is kept of each fit, and where.

    Parameters
    ----------
    folder : str or None
        Where to write the files; None leaves all in the record.
    models : bool
        Whether to keep the fitted model, beside the predictions.
    target : Target
        What is predicted.
    """

    folder: str | None
    models: bool
    target: Target

    def of_fit(self, task: Task, estimator: Any, X: Any) -> Kept:
        """Return what is kept of a fit.

        Parameters
        ----------
        task : Task
            The fit.
        estimator : estimator
            Fitted by it.
        X : array-like of shape (n_test, n_features)
            Its test rows.

        Returns
        -------
        kept : Kept
            What there is, or why there is nothing.
        """
        kept = self._answered(estimator, X)
        if self.models and kept.predictions is not None:
            kept = _with_model(kept, estimator)
        return kept if self.folder is None else written(kept, self.folder, task.key)

    def _answered(self, estimator: Any, X: Any) -> Kept:
        first = "predict"
        try:
            first = method_of(estimator, self.target)
            values, method = consistent_response(estimator, X, self.target)
            if len(values) != num_samples(X):
                raise ValueError(
                    f"it returned {len(values)} rows for {num_samples(X)} test rows"
                )
            return Kept(method, stored(values))
        except KeyboardInterrupt:  # the user's
            raise
        except FormError as exc:  # our own words
            return Kept(reason=str(exc).removesuffix("."))
        except BaseException as exc:  # user code, as in the fit
            return Kept(reason=f"{first} failed: {_line(exc)}")


def _with_model(kept: Kept, estimator: Any) -> Kept:
    try:
        return replace(kept, model=bytes(dumps(estimator)))
    except KeyboardInterrupt:
        raise
    except BaseException as exc:  # user code pickles
        return replace(kept, reason=f"The model cannot be pickled: {_line(exc)}")


def written(kept: Kept, folder: str, key: Key) -> Kept:
    """Return the record with the files that were written of its contents."""
    predictions, model = kept.predictions, kept.model
    path = os.path.join(folder, _name(key))
    try:
        if predictions is not None:
            _write(f"{path}.npy", predictions)
            kept = replace(kept, predictions=f"{path}.npy")
        if model is not None:
            _write(f"{path}.pickle", model)
            kept = replace(kept, model=f"{path}.pickle")
    except OSError as exc:
        lacks_all = kept.predictions is predictions
        return replace(
            kept,
            predictions=None if lacks_all else kept.predictions,
            model=None,
            reason=f"It cannot be written to {folder!r}: {_line(exc)}",
        )
    return kept


def _name(key: Key) -> str:
    number, split, resource = key
    return f"{number}_{split}" + ("" if resource is None else f"_{resource:g}")


def _write(path: str, content: Any) -> None:
    """Write an array or bytes; if that fails, leave no file."""
    with suppress(FileNotFoundError):
        os.unlink(path)  # of a worker that died, whose fit ran again
    try:
        with open(private_file(path), "wb") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                np.save(file, content, allow_pickle=False)
    except OSError:
        with suppress(OSError):
            os.unlink(path)
        raise


def _line(exc: BaseException) -> str:
    # not str(exc), which may raise
    return traceback.format_exception_only(exc)[0].strip()
