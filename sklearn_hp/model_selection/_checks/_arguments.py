"""Arguments that a search, or its ``fit``, cannot use: refused by name."""

import inspect
from collections.abc import Mapping
from difflib import get_close_matches

from sklearn.base import is_regressor
from sklearn.metrics import get_scorer_names
from sklearn.pipeline import Pipeline

from sklearn_hp.model_selection._rules import SelectionRule
from sklearn_hp.model_selection._warning import warn_caller


def check_estimator(estimator):
    """Refuse a class in the place of an estimator, also as a step of a Pipeline.

    Parameters
    ----------
    estimator : object
        As given to a search.

    Raises
    ------
    TypeError
        If it is a class, or has one as a step.
    """
    given = [("estimator", estimator)]
    if type(estimator) is Pipeline:
        steps = [step for step in estimator.steps if len(step) == 2]
        given += [(f"the step {name!r} of estimator", step) for name, step in steps]
    for name, value in given:
        if inspect.isclass(value):
            raise TypeError(
                f"{name} must be an instance of an estimator, got the class "
                f"{value.__name__}. Make an instance: {value.__name__}()."
            )


def check_scoring(scoring, search_name):
    """Refuse names of scorers that there are not, and metrics that are no scorers.

    Parameters
    ----------
    scoring : object
        As given to a search.
    search_name : str
        Name of the class of the search, for the message.

    Raises
    ------
    TypeError
        If a metric of scikit-learn is given, which takes no estimator.
    ValueError
        If a name is unknown; the message has those that come close.
    """
    given = [scoring]
    if isinstance(scoring, Mapping):
        given = scoring.values()
    elif isinstance(scoring, list | tuple):
        given = scoring
    for one in given:
        _check_scorer(one, search_name)


def check_refit(refit, scoring):
    """Refuse a selection rule that cannot choose, before there is something to lose.

    Parameters
    ----------
    refit : object
        As given to a search.
    scoring : object
        As given to a search.

    Raises
    ------
    TypeError
        If a class of a rule is given.
    ValueError
        If a parameter of the rule is out of range, or its metric is unknown.
    """
    if inspect.isclass(refit) and issubclass(refit, SelectionRule):
        raise TypeError(
            f"refit must be an instance of a selection rule, got the class "
            f"{refit.__name__}. Make an instance: {refit.__name__}()."
        )
    if isinstance(refit, SelectionRule):
        refit.check(_known_metrics(scoring))


def _known_metrics(scoring):
    """Return the names of the metrics; None if only the scores will tell."""
    if callable(scoring):
        return None
    return ["score"] if scoring is None or isinstance(scoring, str) else list(scoring)


def _check_scorer(scorer, search_name):
    valid = get_scorer_names()
    must_be = f"The 'scoring' parameter of {search_name} must be"
    # None for a function that was made without a module, as by exec
    module = getattr(scorer, "__module__", None) or ""
    if inspect.isfunction(scorer) and module.startswith("sklearn.metrics."):
        name = scorer.__name__
        near = "".join(f"{name!r} or " for name in _near_scorers(name, valid)[:1])
        raise TypeError(
            f"{must_be} a scorer, called with (estimator, X, y), got the metric "
            f"{name}. Pass {near}sklearn.metrics.make_scorer({name})."
        )
    if isinstance(scorer, str) and scorer not in valid:
        near = " or ".join(map(repr, _near_scorers(scorer, valid)))
        hint = f" Did you mean {near}?" if near else ""
        raise ValueError(
            f"{must_be} the name of a scorer, a callable, or several of them, got "
            f"{scorer!r}.{hint} All names are in sklearn.metrics.get_scorer_names()."
        )


def _near_scorers(given, valid):
    """Return the names that a misspelt one, or one of another library, stands for."""
    stem = given.lower().replace("-", "_").replace(" ", "_")
    stem = stem.removesuffix("score").removesuffix("_")
    same = [name for name in valid if name.removeprefix("neg_") == stem]
    acronyms = [
        name
        for name in valid
        if "".join(word[0] for word in name.removeprefix("neg_").split("_")) == stem
    ]
    begun = [name for name in valid if name.startswith(stem)]
    words = [name for name in valid if stem in name.split("_")]
    near = same or acronyms or begun or words or get_close_matches(stem, valid)
    return near[:2]


def check_no_callbacks(estimator, params):
    """Refuse callbacks among the parameters of ``fit``, unless the estimator has them.

    Parameters
    ----------
    estimator : estimator
        What will be fitted.
    params : dict
        Parameters given to the ``fit`` of a search.

    Raises
    ------
    TypeError
        If there are callbacks that the estimator's ``fit`` does not take.
    """
    for name in {"callback", "callbacks"} & params.keys():
        if not _takes(estimator, name):
            raise TypeError(
                f"fit got {name!r}, which the fit of {type(estimator).__name__} does "
                f"not take. Callbacks of the search are set before: "
                f"search.set_callbacks(...).fit(X, y)."
            )


# What libraries call rows to stop by, or what their `fit` is given these as.
_ROWS_TO_STOP_BY = {"eval_set", "eval_X", "X_val"}


def warn_of_eval_set(estimator, params):
    """Warn of rows to stop by that all fits of a search would share.

    Parameters
    ----------
    estimator : estimator
        What will be fitted.
    params : dict
        Parameters given to the ``fit`` of a search.

    Warns
    -----
    UserWarning
        If there are such rows, of the estimator or of a step of it.
    """
    for name in params:
        if name.rpartition("__")[2] in _ROWS_TO_STOP_BY:
            kind = "Regressor" if is_regressor(estimator) else "Classifier"
            warn_caller(
                f"fit got {name!r}: if the fits stop by it, the splits and the refit "
                f"all stop by these same rows. The scores are too good then if X has "
                f"these rows, or others that belong to them, and a Pipeline does not "
                f"transform them. To stop each fit by rows of its own training part, "
                f"leave {name!r} out and search "
                f"sklearn_hp.EarlyStopping{kind}(estimator)."
            )


def _takes(estimator, name):
    """Whether the estimator's ``fit`` may take a parameter."""
    if isinstance(estimator, Pipeline):
        return False  # it takes those of its steps, as step__name
    parameters = inspect.signature(estimator.fit).parameters
    return name in parameters or any(
        parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()
    )


def check_rows_can_be_chosen(X):
    """Refuse data that no splitter can choose rows of.

    Raises
    ------
    TypeError
        If `X` is a dict of arrays or a torch Dataset.
    """
    if hasattr(X, "shape"):
        return
    if isinstance(X, Mapping) and all(isinstance(name, str) for name in X):
        name, wrapped = "dict of parts", "SliceDict(**X)"
    elif any(
        (cls.__module__, cls.__name__) == ("torch.utils.data.dataset", "Dataset")
        for cls in type(X).__mro__
    ):
        name, wrapped = "torch Dataset", "SliceDataset(X)"
    else:
        return
    raise TypeError(
        f"X is a {name}, of type {type(X).__name__}, and a search cannot choose rows "
        f"of it. Pass skorch.helper.{wrapped} instead."
    )
