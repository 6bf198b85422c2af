"""FLAML's AutoML on the rows of a case."""

import time

from sklearn.impute import SimpleImputer
from sklearn.metrics import log_loss, mean_squared_error, r2_score, roc_auc_score

_METRICS = {
    "neg_log_loss": "log_loss",
    "neg_mean_squared_error": "mse",
    "roc_auc": "roc_auc",
}


def flaml_scores(case, seconds, stacked):
    """Return its scores on held-out rows, and the seconds that it took.

    It searches families and ranges of its own, by the same metric, with as many folds.
    """
    from flaml import AutoML

    X, y, X_held, y_held = case.data
    imputer = SimpleImputer().fit(X)  # its stacking takes no missing values
    X, X_held = imputer.transform(X), imputer.transform(X_held)
    automl = AutoML()
    start = time.perf_counter()
    automl.fit(
        X,
        y,
        task="classification" if case.is_classifier else "regression",
        metric=_METRICS[case.metric],
        time_budget=seconds,
        eval_method="cv",
        n_splits=len(case.splits),
        ensemble=stacked,
        n_jobs=1,
        seed=case.seed,
        verbose=0,
    )
    taken = time.perf_counter() - start
    if case.is_classifier:
        p = automl.predict_proba(X_held)
        scores = {"neg_log_loss": -log_loss(y_held, p)}
        if "roc_auc" in case.metrics:
            scores["roc_auc"] = roc_auc_score(y_held, p[:, 1])
    else:
        p = automl.predict(X_held)
        scores = {
            "neg_mean_squared_error": -mean_squared_error(y_held, p),
            "r2": r2_score(y_held, p),
        }
    return {name: float(score) for name, score in scores.items()}, taken
