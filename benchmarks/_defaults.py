"""Scores of estimators with their default settings, on real tables, and their report.

Each table is encoded inside of a Pipeline, as users do it: medians for missing numbers,
indicator columns for categories. The same folds for all; one thread.
"""

import json
import statistics
import sys
import time

import _comparison as comparison
import numpy as np
from _comparison import OURS, THEIRS
from _default_tables import CLASSIFICATION, HALVES, load
from sklearn.compose import (
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sklearn_hp.neural_network import TorchMLPClassifier, TorchMLPRegressor

BOOSTING = "boosting"
REALMLP = "RealMLP"
BASE_RATE = "base rate"
LIBRARIES = [OURS, THEIRS, BOOSTING]
N_FOLDS = 3
WORST = 0.03  # of log loss: by so much more than scikit-learn's on no table

NOTE = (
    "Default settings: ours; scikit-learn's MLP after `StandardScaler`, with scaled "
    "targets; `HistGradientBoosting` (boosting). Log loss of classifiers, lower is "
    "better, and R2 of regressors; the base rate is the log loss of the shares of the "
    "classes. Means over {n_folds} folds, standard errors over tables, which have at "
    "most 3,000 rows. Columns are counted after encoding. Fit time is the ratio in CPU "
    "time over scikit-learn's MLP, median over folds. A seeded rule dealt out the "
    "tables before any was scored (`_default_tables.py`); the defaults were chosen on "
    "one half."
)
REALMLP_NOTE = "RealMLP of pytabkit, its tuned defaults, on the first fold only."


def note(libraries):
    """Return what the tables show."""
    said = NOTE.format(n_folds=N_FOLDS)
    return f"{said} {REALMLP_NOTE}" if REALMLP in libraries else said


def make_encoder():
    """Return what makes numbers of a table's columns, none of them missing."""
    categories = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=10, sparse_output=False
    )
    numbers = SimpleImputer(strategy="median", keep_empty_features=True)
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (categories, make_column_selector(dtype_exclude="number")),
    )


def make_default(library, is_classifier, seed, **params):
    """Return the estimator of a library, with its default settings."""
    if library == OURS:
        cls = TorchMLPClassifier if is_classifier else TorchMLPRegressor
        return cls(device="cpu", random_state=seed, **params)
    if library == BOOSTING:
        boosters = HistGradientBoostingRegressor, HistGradientBoostingClassifier
        return boosters[is_classifier](random_state=seed)
    if library == REALMLP:
        from pytabkit import RealMLP_TD_Classifier, RealMLP_TD_Regressor

        cls = RealMLP_TD_Classifier if is_classifier else RealMLP_TD_Regressor
        return cls(device="cpu", n_threads=1, random_state=seed)
    if is_classifier:
        return make_pipeline(StandardScaler(), MLPClassifier(random_state=seed))
    return TransformedTargetRegressor(
        make_pipeline(StandardScaler(), MLPRegressor(random_state=seed)),
        transformer=StandardScaler(),
    )


def score_table(name, library, **params):
    """Return the scores and fit time of a library on each fold of a table."""
    X, y = load(name)
    is_classifier = name in CLASSIFICATION
    splitter = (StratifiedKFold if is_classifier else KFold)(
        N_FOLDS, shuffle=True, random_state=0
    )
    folds = list(splitter.split(X, y))
    found = []
    for fold, (train, test) in enumerate(folds[:1] if library == REALMLP else folds):
        estimator = make_default(library, is_classifier, fold, **params)
        pipeline = make_pipeline(make_encoder(), estimator)
        start = time.process_time()
        pipeline.fit(X.iloc[train], y[train])
        seconds = time.process_time() - start
        scores = _score(pipeline, X.iloc[test], y[test], is_classifier)
        n_columns = pipeline[0].transform(X.iloc[:1]).shape[1]
        found.append({**scores, "seconds": seconds, "n_columns": n_columns})
        if is_classifier:
            shares = np.bincount(y[train]) / len(train)
            found[-1][BASE_RATE] = float(-np.log(shares[y[test]]).mean())
    return found


def _score(pipeline, X, y, is_classifier):
    if not is_classifier:
        return {"score": r2_score(y, pipeline.predict(X))}
    probabilities = pipeline.predict_proba(X).astype(float)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    predicted = pipeline.classes_[probabilities.argmax(axis=1)]
    return {
        "score": log_loss(y, probabilities, labels=pipeline.classes_),
        "accuracy": accuracy_score(y, predicted),
    }


def load_or_score(name, library, store):
    """Return what `score_table` does, from the folder `store` if it is there."""
    path = None if store is None else store / f"{name}-{library}.json"
    if path is not None and path.exists():
        return json.loads(path.read_text(encoding="utf-8"))
    found = score_table(name, library)
    print(f"{name}: {library} scored", file=sys.stderr, flush=True)
    if path is not None:
        store.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found), encoding="utf-8")
    return found


def compare(half, libraries, store):
    """Score the tables of a half and return two tables of them: of each, and means."""
    found = {
        name: {library: load_or_score(name, library, store) for library in libraries}
        for name in HALVES[half]
    }
    rows = [_row(name, found[name], libraries) for name in found]
    columns = ["table", "score", *libraries, BASE_RATE, "fit time"]
    return comparison.markdown_table(columns, rows), _summarise(found, libraries)


def _mean(folds, key="score"):
    return statistics.fmean(fold[key] for fold in folds)


def _row(name, of_libraries, libraries):
    is_classifier = name in CLASSIFICATION
    ours = of_libraries[OURS]
    ratios = _times(of_libraries)
    base = f"{_mean(ours, BASE_RATE):.3f}" if is_classifier else ""
    return [
        f"{name}, {len(load(name)[1])} x {ours[0]['n_columns']}",
        "log loss" if is_classifier else "R2",
        *(f"{_mean(of_libraries[library]):.3f}" for library in libraries),
        base,
        f"{statistics.median(ratios):.2f}",
    ]


def _times(of_libraries):
    times = [[f["seconds"] for f in of_libraries[x]] for x in (OURS, THEIRS)]
    return comparison.paired_ratios(*times)


def _differences(found, other, key, names):
    """Return ours less the other's by table, of the folds that both have."""
    n_folds = 1 if other == REALMLP else N_FOLDS
    return [
        _mean(found[name][OURS][:n_folds], key) - _mean(found[name][other], key)
        for name in names
    ]


def _summarise(found, libraries):
    classified = [name for name in found if name in CLASSIFICATION]
    numbers = [name for name in found if name not in CLASSIFICATION]
    rows = []
    for other in libraries[1:]:
        for metric, key, names in (
            ("log loss", "score", classified),
            ("accuracy", "accuracy", classified),
            ("R2", "score", numbers),
        ):
            values = _differences(found, other, key, names)
            worst = max(values) if metric == "log loss" else min(values)
            rows.append(
                [
                    f"{metric}, less that of {other}",
                    str(len(values)),
                    f"**{comparison.mean_and_error(values, 4)}**",
                    f"{worst:.3f} ({names[values.index(worst)]})",
                    _bar(metric, other, values),
                ]
            )
    ratios = [statistics.median(_times(found[name])) for name in found]
    ratio = comparison.median_and_range(ratios)
    rows.append(["fit time over scikit-learn's", str(len(ratios)), ratio, "", ""])
    columns = ["mean over tables of", "tables", "ours less theirs", "worst", "bar"]
    return comparison.markdown_table(columns, rows)


def _bar(metric, other, values):
    if (metric, other) == ("log loss", THEIRS):
        two_errors = 2 * statistics.stdev(values) / len(values) ** 0.5
        met = statistics.fmean(values) < -two_errors, max(values) <= WORST
        said = ["met" if one else "missed" for one in met]
        return f"below 0 by two errors: {said[0]}; worst <= {WORST}: {said[1]}"
    if (metric, other) == ("R2", BOOSTING):
        met = statistics.fmean(values) >= 0
        return f"not below: {'met' if met else 'missed'}"
    return ""
