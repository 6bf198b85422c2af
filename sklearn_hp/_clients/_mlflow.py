"""Autologging of MLflow: a search is logged as one of scikit-learn's.

``mlflow.sklearn.autolog()`` replaces ``fit`` of the classes that scikit-learn lists,
and of a few that it names itself. It has no hook for others. So a search adds its class
to the latter when it is first fitted while autologging is on: by then it does not
matter what was imported or called first. From then on MLflow logs the search, and mutes
the fits inside.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from types import ModuleType

_announced: set[type] = set()


def announced_to_mlflow(search_class: type) -> bool:
    """Announce a class to MLflow, if it is new to it and autologging is on.

    Parameters
    ----------
    search_class : type
        The class that defines ``fit``.

    Returns
    -------
    is_new : bool
        Whether MLflow has replaced ``fit`` of the class just now: call it again.
    """
    autologging = sys.modules.get("mlflow.utils.autologging_utils")
    if autologging is None or search_class in _announced:
        return False
    if autologging.autologging_is_disabled("sklearn"):
        return False
    _announced.add(search_class)
    return _add(search_class, autologging)


def _add(search_class: type, autologging: ModuleType) -> bool:
    """Add a class to the meta-estimators that MLflow logs, and switch it on again."""
    import mlflow.sklearn.utils

    known = mlflow.sklearn.utils
    listed = getattr(known, "_get_meta_estimators_for_autologging", None)
    if listed is None:
        warnings.warn(
            f"MLflow {mlflow.__version__} logs the fits inside of this search, not the "
            f"search: sklearn-hp does not know how to announce it to this version. "
            f"Call mlflow.sklearn.autolog(disable=True), and log best_params_ and "
            f"best_score_ of the search yourself.",
            UserWarning,
            stacklevel=5,  # the line that calls fit
        )
        return False
    known._get_meta_estimators_for_autologging = lambda: [*listed(), search_class]
    settings = dict(autologging.AUTOLOGGING_INTEGRATIONS["sklearn"])
    names = inspect.signature(mlflow.sklearn.autolog).parameters
    mlflow.sklearn.autolog(**{name: settings[name] for name in names})
    # mlflow.autolog() keeps more there than that function takes
    autologging.AUTOLOGGING_INTEGRATIONS["sklearn"].update(settings)
    return True
