"""Take an object to processes of this machine once, its large arrays memory-mapped."""

from __future__ import annotations

import os
import pickle
import shutil
import uuid
from pathlib import Path
from typing import Any

import numpy as np
from joblib._memmapping_reducer import (
    _get_backing_memmap,
    _get_temp_dir,
    _reduce_memmap_backed,
)
from joblib.externals.loky.backend import resource_tracker
from joblib.externals.loky.backend.reduction import dumps


class Shipment:
    """An object pickled to a file, its arrays of more than `max_nbytes` beside it.

    Workers open the arrays as memory maps: all share one copy. The folder goes with
    `close`, or when this process dies, by joblib's resource tracker.

    Parameters
    ----------
    cargo : object
        What cloudpickle can pickle, so classes and functions of ``__main__`` too.
    max_nbytes : int or None
        Arrays of more bytes are mapped; None maps none.
    temp_folder : str or None
        Where to write; None: as joblib, a RAM disk if there is a large one.
    mmap_mode : {"r", "c", "r+", "w+"} or None
        As in :class:`joblib.Parallel`; None copies the arrays to every worker.

    Attributes
    ----------
    path : str
        The file that `load` reads.

    Raises
    ------
    TypeError
        If `cargo` cannot be pickled.
    """

    def __init__(
        self,
        cargo: Any,
        max_nbytes: int | None,
        temp_folder: str | None,
        mmap_mode: str | None,
    ) -> None:
        name = f"sklearn_hp_{os.getpid()}_{uuid.uuid4().hex}"
        folder, _ = _get_temp_dir(name, temp_folder)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self._folder = folder
        self._max_nbytes = max_nbytes
        # np.load knows no "w+", which would empty the file; nor does joblib mean that
        self._mmap_mode = "r+" if mmap_mode == "w+" else mmap_mode
        resource_tracker.register(folder, "folder")
        self.path = os.path.join(folder, "cargo.pickle")
        try:
            self._write(cargo)
        except BaseException:
            self.close()
            raise

    def _write(self, cargo: Any) -> None:
        # the reducers see the arrays inside data frames and sparse matrices as well
        reducers = {np.ndarray: self._reduce_array, np.memmap: self._reduce_array}
        try:
            pickled = dumps(cargo, reducers=reducers)
        except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as exc:
            raise TypeError(
                f"The search cannot be sent to worker processes, because a part of it "
                f"cannot be pickled: {exc}. Look for locks, open files, generators and "
                f"connections in the estimator, the scorer and the data, or run in "
                f"threads (with joblib.parallel_config(backend='threading')) or with "
                f"n_jobs=1, where nothing is pickled."
            ) from exc
        with open(self.path, "wb") as file:
            file.write(pickled)

    def _reduce_array(self, array: np.ndarray) -> tuple[Any, ...]:
        backing = _get_backing_memmap(array)
        if isinstance(backing, np.memmap):
            return _reduce_memmap_backed(array, backing)  # the user's file serves
        if (
            array.dtype.hasobject
            or self._max_nbytes is None
            or self._mmap_mode is None
            or array.nbytes <= self._max_nbytes
        ):
            return array.__reduce_ex__(pickle.HIGHEST_PROTOCOL)  # type: ignore[return-value]
        if not (array.flags.c_contiguous or array.flags.f_contiguous):
            # np.save would write C order, and a fit can depend on the order of its sums
            array = array.copy(order="K")
        path = os.path.join(self._folder, f"{uuid.uuid4().hex}.npy")
        np.save(path, array, allow_pickle=False)
        return np.load, (path, self._mmap_mode)

    def close(self) -> None:
        """Delete the files; maps that are open stay valid (but on Windows)."""
        if os.path.isdir(self._folder):
            shutil.rmtree(self._folder, ignore_errors=os.name == "nt")
            resource_tracker.unregister(self._folder, "folder")


def load(path: str) -> Any:
    """Return the object shipped in the file `path`."""
    return pickle.loads(Path(path).read_bytes())
