"""Take an object to processes of this machine once, its large arrays memory-mapped."""

from __future__ import annotations

import errno
import os
import pickle
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

from sklearn_hp._evaluation._joblib_compat import (
    backing_memmap,
    dumps,
    reduce_memmap_backed,
    temp_root,
)
from sklearn_hp._evaluation._pool._parcel import explained
from sklearn_hp._evaluation._private_folder import PrivateFolder, private_file


class Shipment:
    """An object pickled to a file, its arrays of more than `max_nbytes` beside it.

    Workers open the arrays as memory maps: all share one copy. The files lie in a
    `PrivateFolder`, which goes with `close`.

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
    OSError
        If the files cannot be written, as when the disk is full.
    """

    def __init__(
        self,
        cargo: Any,
        max_nbytes: int | None,
        temp_folder: str | None,
        mmap_mode: str | None,
    ) -> None:
        self._cargo = cargo
        self._max_nbytes = max_nbytes
        self._temp_folder = temp_folder
        # np.load knows no "w+", which would empty the file; nor does joblib mean that
        self._mmap_mode = "r+" if mmap_mode == "w+" else mmap_mode
        self.send()

    def send(self) -> None:
        """Write the files, in a new folder; `path` is another then."""
        root = temp_root(self._temp_folder)
        self._sizes: dict[str, int] = {}
        try:
            self._folder = PrivateFolder(root)
        except OSError as exc:
            raise _cannot_write(exc, root) from exc
        try:
            pickled = self._pickled()
            self.path = self._save(
                "cargo.pickle", len(pickled), lambda file: file.write(pickled)
            )
        except BaseException:
            self.close()
            raise

    def is_whole(self) -> bool:
        """Whether all files are there; a fit or a cleaner can have deleted them."""
        try:
            return all(
                os.path.getsize(path) >= size for path, size in self._sizes.items()
            )
        except OSError:
            return False

    def mend(self) -> None:
        """Send it anew if it is not whole."""
        if not self.is_whole():
            self.close()
            self.send()

    def _pickled(self) -> bytes:
        # the reducers see the arrays inside data frames and sparse matrices as well
        reducers = {np.ndarray: self._reduce_array, np.memmap: self._reduce_array}
        with explained():
            return dumps(self._cargo, reducers=reducers)

    def _reduce_array(self, array: np.ndarray) -> tuple[Any, ...]:
        backing = backing_memmap(array)
        if isinstance(backing, np.memmap):
            return reduce_memmap_backed(array, backing)  # the user's file serves
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
        path = self._save(
            f"{uuid.uuid4().hex}.npy",
            array.nbytes,
            lambda file: np.save(file, array, allow_pickle=False),
        )
        return np.load, (path, self._mmap_mode)

    def _save(self, name: str, size: int, write: Callable[[IO[bytes]], Any]) -> str:
        """Write a file of at least `size` bytes; return its path."""
        path = os.path.join(self._folder.path, name)
        self._sizes[path] = size
        try:
            with open(private_file(path), "wb") as file:
                write(file)
        except OSError as exc:
            self._folder.close()  # what it takes is free as well
            root = os.path.dirname(self._folder.path)
            raise _cannot_write(exc, root, sum(self._sizes.values())) from exc
        return path

    def close(self) -> None:
        """Delete the files; maps that are open stay valid (but on Windows)."""
        self._folder.close()


def _cannot_write(exc: OSError, root: str, n_bytes: int = 0) -> OSError:
    """Return the error that says what did not fit where, and how to mend it."""
    message = (
        f"The data of the search cannot be written to {root!r}, where its worker "
        f"processes would read them: {exc.strerror or exc}."
    )
    if n_bytes and os.path.isdir(root):
        free = shutil.disk_usage(root).free
        message += (
            f" At least {n_bytes / 1e6:.1f} MB are needed there, and {free / 1e6:.1f} "
            f"MB are free."
        )
    message += (
        f" {'Make room, or name' if os.path.isdir(root) else 'Name'} another folder, "
        "in the environment variable JOBLIB_TEMP_FOLDER or with "
        "joblib.parallel_config(backend='loky', temp_folder=...). In threads (with "
        "joblib.parallel_config(backend='threading')) and with n_jobs=1 nothing is "
        "written."
    )
    # numpy's own error, of a short write, has no number
    return OSError(exc.errno or errno.ENOSPC, message)


def load(path: str) -> Any:
    """Return the object shipped in the file `path`."""
    return pickle.loads(Path(path).read_bytes())
