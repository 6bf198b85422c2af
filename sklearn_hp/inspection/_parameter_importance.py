"""How much each parameter of a search matters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from sklearn_hp.inspection._data import SearchData, read_search
from sklearn_hp.inspection._design_matrix import DesignMatrix, design_matrix
from sklearn_hp.inspection._gp_importance import gp_importance
from sklearn_hp.inspection._importance import Importance
from sklearn_hp.inspection._ped_anova import BEST, OVERALL, ped_anova

METHODS = ("model", "ped-anova")
TARGETS = ("overall", "best")
TOP = BEST[0]


def parameter_importance(
    search: Any,
    *,
    metric: str | None = None,
    method: str = "model",
    target: str = "overall",
    random_state: Any = 0,
) -> dict[str, Any]:
    """Return how much each parameter of a search matters.

    Parameters
    ----------
    search : object
        Whatever :func:`to_frame` takes.
    metric : str, default=None
        Name of the score; None for the one that decides.
    method : {"model", "ped-anova"}, default="model"
        How to find it:

        - "model": a Gaussian process is fitted to the scores. The importance is the
          share of the variance of its prediction over the space, interactions shared
          equally (Shapley effects [1]_). It ranks parameters right more often.
        - "ped-anova": how much the values among the best candidates differ from those
          among all [2]_, without a model and without interactions. It needs more
          candidates.
    target : {"overall", "best"}, default="overall"
        What the parameters matter for: the score over the whole space, or whether a
        candidate is among the best 10 % of the space. A parameter can decide whether a
        candidate is bad, and be irrelevant among good ones.
    random_state : int, RandomState instance or None, default=0
        For the bootstrap and for the points at which the model is evaluated.

    Returns
    -------
    importances : dict of str -> list or ndarray of length n_parameters
        The columns of a table, the most important parameter first:

        - ``parameter``: its name;
        - ``importance``: its share; all sum to 1, or are 0 if none is found to matter;
        - ``std``: the standard error of the share, by a bootstrap over the candidates;
        - ``n_candidates``: the candidates that have the parameter;
        - ``is_guess``: whether you should not rely on it, because fewer than 30
          candidates were compared, or the model cannot predict their scores.

    Raises
    ------
    ValueError
        If no candidate has a score, the search has no parameters or lacks the metric,
        or `method` or `target` is none of those named.

    See Also
    --------
    ParameterImportanceDisplay : The picture.

    Notes
    -----
    A candidate that failed counts as the worst, so a parameter that makes fits fail is
    important. One that was given up counts by an estimate from the splits or the
    reports that it has. Of a search with rungs, candidates are compared on the highest
    rung that has at least 30, otherwise on the rung that has most. The model looks at
    200 candidates at most: the best 100 and 100 others.

    References
    ----------
    .. [1] A. B. Owen, "Sobol' indices and Shapley value", SIAM/ASA Journal on
       Uncertainty Quantification 2, 2014.
    .. [2] S. Watanabe, A. Bansal and F. Hutter, "PED-ANOVA: Efficiently quantifying
       hyperparameter importance in arbitrary subspaces", IJCAI 2023, arXiv:2304.10255.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import RandomSearchCV
    >>> from sklearn_hp.inspection import parameter_importance
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3), "shrinking": [True, False]}
    >>> search = RandomSearchCV(SVC(), space, n_iter=40, random_state=0).fit(X, y)
    >>> found = parameter_importance(search)
    >>> found["parameter"], found["importance"].round(2)
    (['C', 'shrinking'], array([1., 0.]))
    """
    check_options(method, target)
    data = read_search(search)
    design = design_matrix(data, data.metric(metric))
    return importances(data, design, method, target, random_state)


def check_options(method: str, target: str, targets: Sequence[str] = TARGETS) -> None:
    """Raise ValueError for a method or a target that there is not."""
    if method not in METHODS:
        raise ValueError(f"method must be 'model' or 'ped-anova', got {method!r}.")
    if target not in targets:
        known = " or ".join(map(repr, targets))
        raise ValueError(f"target must be {known}, got {target!r}.")


def importances(
    data: SearchData, design: DesignMatrix, method: str, target: str, random_state: Any
) -> dict[str, Any]:
    """Return what `parameter_importance` returns."""
    found = find_importance(design, method, target, random_state)
    order = np.argsort(-found.values, kind="stable")
    return {
        "parameter": [data.parameters[i].name for i in order],
        "importance": found.values[order],
        "std": found.std[order],
        "n_candidates": (~np.isnan(design.X)).sum(axis=0)[order],
        "is_guess": np.full(len(order), found.is_guess),
    }


def find_importance(
    design: DesignMatrix, method: str, target: str, random_state: Any = 0
) -> Importance:
    """Return the importance of the columns of a design matrix."""
    seed = int(check_random_state(random_state).randint(2**31 - 1))
    arrays = design.X, design.n_choices, design.scores
    if method == "model":
        top = TOP if target == "best" else None
        return gp_importance(*arrays, top=top, random_state=seed)
    tops = BEST if target == "best" else OVERALL
    return ped_anova(*arrays, top=tops, random_state=seed)
