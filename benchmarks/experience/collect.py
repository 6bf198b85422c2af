"""Measure what parameters are worth on many tables, for `learn.py` to learn from.

For every estimator, 200 to 800 random candidates from wide ranges are cross-validated
on many tables in three folds, by our own `RandomSearchCV`, behind a Pipeline that
imputes, scales and encodes; then, on the first of the tables, once more in other folds,
to tell what is true of a table from what is true of its folds. The scores are stored in
one file for each estimator. What is stored is not run again, so a run can be
interrupted and goes on where it was. The whole takes some four hours on two cores.
"""

import argparse
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import sklearn
from _experiments import make_experiments
from _learning_tables import load
from _model import make_encoder, make_model
from _scores import SCORES, file_of, read, write
from _spaces import Range
from sklearn.base import clone
from sklearn.model_selection import KFold, ParameterSampler, StratifiedKFold

from sklearn_hp import RandomSearchCV

CANDIDATES_SEED = 2026
N_SPLITS = 3
FOLD_SEEDS = [0, 1]
N_IN_OTHER_FOLDS = 8  # tables of each kind that run in the second ones too
# what of an estimator a metric needs; ranking needs two classes or probabilities
METRICS = {
    "classification": ["accuracy", "balanced_accuracy", "roc_auc", "neg_log_loss"],
    "regression": ["r2", "neg_mean_absolute_error"],
}


def metrics_of(experiment, y):
    """Return the metrics that the estimator has on a table."""
    names = METRICS[experiment.kind]
    if experiment.kind == "regression":
        return names
    has_probabilities = hasattr(experiment.estimator, "predict_proba")
    if not has_probabilities:
        names = [name for name in names if name != "neg_log_loss"]
    if len(np.unique(y)) > 2:
        names = [name for name in names if name != "roc_auc"]
        if has_probabilities:
            names = [*names, "roc_auc_ovr"]
    return names


def quantities(X, y, kind):
    """Return what parameters are relative to."""
    encoded = make_encoder().fit_transform(X)
    n_features = encoded.shape[1]
    found = {
        "n_samples": len(X),
        "n_features": n_features,
        "1/(n_features*x_var)": 1 / (n_features * float(encoded.var())),
    }
    if kind == "regression":
        found["y_std"], found["y_var"] = float(np.std(y)), float(np.var(y))
    return found


def candidates_of(experiment):
    """Return the relative candidates: for each parameter, the values in their order."""
    sampler = ParameterSampler(
        experiment.distributions({}),
        experiment.n_candidates,
        random_state=CANDIDATES_SEED,
    )
    drawn = list(sampler)
    return {
        name: [_plain(params[f"model__{name}"]) for params in drawn]
        for name in experiment.space
    }


def _plain(value):
    value = value.item() if isinstance(value, np.generic) else value
    return float(f"{value:.5g}") if isinstance(value, float) else value


def run(experiment, table, seed, n_jobs):
    """Return quantities of a table, and the scores in folds drawn with a seed."""
    X, y = load(experiment.kind, table)
    found = quantities(X, y, experiment.kind)
    metrics = metrics_of(experiment, y)
    folds = StratifiedKFold if experiment.kind == "classification" else KFold
    search = RandomSearchCV(
        make_model(experiment.estimator),
        experiment.distributions(found),
        n_iter=experiment.n_candidates,
        scoring=metrics,
        refit=False,
        cv=folds(N_SPLITS, shuffle=True, random_state=seed),
        n_jobs=n_jobs,
        random_state=CANDIDATES_SEED,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no convergence, failed fits
        search.fit(X, y)
        # the estimator as it is
        defaults = clone(search).set_params(
            param_distributions={"model": [experiment.estimator]}, n_iter=1
        )
        defaults.fit(X, y)
    _check_candidates(experiment, found, search.cv_results_["params"])
    return found, {
        "n_failures": len(search.failures_),
        "scores": scores_of(search, metrics),
        "defaults": scores_of(defaults, metrics),
    }


def scores_of(search, metrics):
    """Return the mean scores of all candidates by metric, None where a fit failed."""
    return {
        metric: [
            None if np.isnan(score) else float(f"{score:.4g}")
            for score in search.cv_results_[f"mean_test_{metric}"]
        ]
        for metric in metrics
    }


def _check_candidates(experiment, found, drawn):
    """Make sure that candidate i is the same relative candidate on every table."""
    for name, values in candidates_of(experiment).items():
        given = experiment.space[name]
        scale = 1.0
        if isinstance(given, Range):
            scale = found.get(given.relative_to, 1.0)
        for params, value in zip(drawn, values, strict=True):
            got = params[f"model__{name}"]
            if isinstance(value, float):
                assert np.isclose(got, value * scale, rtol=1e-4), (name, got, value)
            else:
                assert got == value, (name, got, value)


def make_head(experiment):
    """Return the first line of a file: what was tried."""
    return {
        "estimator": repr(experiment.estimator),
        "scikit-learn": sklearn.__version__,
        "n_splits": N_SPLITS,
        "fold_seeds": FOLD_SEEDS,
        "candidates": candidates_of(experiment),
    }


def main(args):
    """Run what is missing: all in the folds of one seed, then of the next."""
    args.scores.mkdir(parents=True, exist_ok=True)
    experiments = make_experiments()
    for number in range(len(FOLD_SEEDS)):
        for name in args.experiments or experiments:
            add_runs(name, experiments[name], number, args)


def tables_of(experiment, number):
    """Return the tables of an experiment in the folds of seed number `number`."""
    if number == 0:
        return experiment.tables
    return experiment.tables[:N_IN_OTHER_FOLDS] if experiment.learnt else []


def add_runs(name, experiment, number, args):
    """Run an experiment on the tables that lack the folds of seed number `number`."""
    file = file_of(args.scores, name)
    head, lines = read(file)
    wanted = json.loads(json.dumps(make_head(experiment)))  # tuples become lists
    if head is None:
        head = wanted
    elif head != wanted:
        other = [key for key in wanted if head.get(key) != wanted[key]]
        raise SystemExit(
            f"{file} has another {', '.join(other)}. Remove it to run all tables anew."
        )
    for table in tables_of(experiment, number):
        if table in lines and len(lines[table]["runs"]) > number:
            continue
        start = time.perf_counter()
        found, done = run(experiment, table, FOLD_SEEDS[number], args.n_jobs)
        lines.setdefault(table, {"table": table, **found, "runs": []})
        lines[table]["runs"].append(done)
        write(file, head, lines)
        print(
            f"{name}: {table}, folds {number + 1} of {len(FOLD_SEEDS)}, "
            f"{time.perf_counter() - start:.0f} s, {done['n_failures']} failures",
            file=sys.stderr,
            flush=True,
        )


def make_parser():
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "experiments", nargs="*", metavar="EXPERIMENT", help="default: all"
    )
    parser.add_argument(
        "--scores", type=Path, default=SCORES, help="folder of scores; default: beside"
    )
    parser.add_argument("--n-jobs", type=int, default=2, help="workers; default: 2")
    return parser


if __name__ == "__main__":
    main(make_parser().parse_args())
