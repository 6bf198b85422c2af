"""What a notebook lacks to show the progress of a search."""

import sys
from importlib.util import find_spec

from sklearn.callback import ProgressBar

from sklearn_hp._sklearn_compat import own_callbacks
from sklearn_hp.model_selection._warning import warn_caller


def check_progress_bar(search):
    """Warn of a progress bar that the notebook cannot draw, with the remedy.

    Parameters
    ----------
    search : BaseSearch
        The search, with its callbacks set.
    """
    callbacks = own_callbacks(search)
    if not any(isinstance(callback, ProgressBar) for callback in callbacks):
        return
    if _in_notebook() and find_spec("ipywidgets") is None:
        warn_caller(
            "ProgressBar draws nothing in a notebook without ipywidgets. Install it "
            "(pip install ipywidgets) and restart the kernel, or use verbose=1 for "
            "lines of text."
        )


def _in_notebook():
    """Return whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")
