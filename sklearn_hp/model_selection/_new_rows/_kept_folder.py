"""Where a search keeps predictions and models of its fits, and for how long."""

import os
import time
import uuid
import weakref

import numpy as np

from sklearn_hp._evaluation._joblib_compat import disk_root
from sklearn_hp._evaluation._private_folder import PrivateFolder


class KeptFolder:
    """The folder of one search.

    Unless the user names one, it is in the folder for temporary files, no other user
    can read it, and it goes with this object, or with the process at the latest. In a
    folder that the user names, each search makes one of its own, which stays.

    Parameters
    ----------
    named : str, path-like or None, default=None
        The folder that the user names; it is made if there is none.

    Attributes
    ----------
    path : str
        The folder of the search. In it are, of the candidate in row `i` of
        ``cv_results_`` and of split `k`, both from 0:

        - ``i_k.npy``: predictions of the split's test rows, of shape (n_test,
          n_columns), for :func:`numpy.load`;
        - ``i_k.pickle``: the fitted model, for :func:`joblib.load`;
        - ``rows_k.npy``, in a named folder: the indices of the test rows.

    Raises
    ------
    OSError
        If the folder cannot be made.
    """

    def __init__(self, named=None):
        self.is_named = named is not None
        if self.is_named:
            self.path = _new_folder_in(os.path.abspath(named))
            return
        root = disk_root()
        try:
            private = PrivateFolder(root)
        except OSError as exc:
            raise _cannot_make(root, exc) from exc
        self.path = private.path
        self._finalizer = weakref.finalize(self, private.close)

    def note_rows(self, test_rows):
        """Write the test rows of each split to a named folder."""
        if self.is_named:
            for split, rows in enumerate(test_rows):
                np.save(os.path.join(self.path, f"rows_{split}.npy"), rows)

    def close(self):
        """Delete the files, but not in a named folder."""
        if not self.is_named:
            self._finalizer()


def _new_folder_in(named):
    # the time is for people, and the rest for two searches that begin in one second
    name = f"search_{time.strftime('%Y%m%d-%H%M%S')}_{uuid.uuid4().hex[:8]}"
    path = os.path.join(named, name)
    try:
        os.makedirs(path)
    except OSError as exc:
        raise _cannot_make(named, exc) from exc
    return path


def _cannot_make(root, exc):
    return OSError(
        exc.errno,
        f"The search cannot make a folder in {root!r}, for the predictions and models "
        f"that it keeps: {exc.strerror or exc}. Name another folder.",
    )
