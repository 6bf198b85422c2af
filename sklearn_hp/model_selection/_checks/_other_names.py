"""What other searches call their parameters, and what to use here."""

from sklearn_hp._unexpected_argument import Remedy
from sklearn_hp.model_selection._checks._translations import written_here

_SET_CALLBACKS = "Set callbacks with search.set_callbacks(...)."
_EARLY_STOPPING = (
    "To stop a search that no longer improves, call "
    "search.set_callbacks(sklearn_hp.callback.EarlyStopping(n_iter_no_change=20))."
)
_NOT_STORED = (
    "Results are not stored while a search runs; an interrupted search keeps "
    "cv_results_. Save the search after fit, with joblib.dump(search, path)."
)
_TIME = "Use timeout, in seconds, for the whole search."
_SCORES = "Use scoring; scores are maximised."
_N_ITER = "Use n_iter, the number of candidates."
_SPACE = "Use param_distributions: names of parameters with distributions or lists."
_DRAWN = (
    "GridSearchCV evaluates every combination of param_grid. To evaluate a number of "
    "candidates from distributions, use BayesSearchCV or RandomSearchCV."
)

_OF_ALL = {
    "callback": _SET_CALLBACKS,
    "callbacks": _SET_CALLBACKS,
    "patience": _EARLY_STOPPING,
    "early_stopping": _EARLY_STOPPING,
    "storage": _NOT_STORED,
    "checkpoint": _NOT_STORED,
    "prior_results": "Only BayesSearchCV learns from the results of other searches.",
    "time_limit": _TIME,
    "max_time": _TIME,
    "fit_timeout": f"There is no limit for a single fit. {_TIME}",
    "max_fit_time": f"There is no limit for a single fit. {_TIME}",
    "fit_params": "Pass them to fit: search.fit(X, y, **fit_params).",
    "groups": "Pass them to fit: search.fit(X, y, groups=groups).",
    "metric": _SCORES,
    "direction": _SCORES,
    "n_splits": "Use cv, the number of folds or a splitter.",
}

REMEDIES_GRID = {
    **_OF_ALL,
    "param_distributions": _DRAWN,
    "n_iter": _DRAWN,
    "random_state": _DRAWN,
}

REMEDIES_RANDOM: dict[str, Remedy] = {
    **_OF_ALL,
    "param_grid": _SPACE,
    "param_space": _SPACE,
    "space": _SPACE,
    "search_spaces": lambda given: f"Pass {written_here(given)}",
    "n_trials": _N_ITER,
    "max_trials": _N_ITER,
    "max_evals": _N_ITER,
    "n_calls": _N_ITER,
    "seed": "Use random_state.",
}

REMEDIES_BAYES: dict[str, Remedy] = {
    **REMEDIES_RANDOM,
    "n_points": (
        "Use n_jobs. No worker waits for a group of candidates. n_pending says how "
        "many fits may be unfinished when a candidate is chosen."
    ),
    "optimizer_kwargs": "Use n_initial_points, or sampler.",
    "study": (
        "No study is needed: each fit makes its own sampler. Pass one of your own as "
        "sampler, and a study of similar data as prior_results."
    ),
}
