"""What early stopping inside of each fit saves in a search, and what it costs in score.

Candidates drawn from the spaces that `suggest_space` gives for XGBoost, LightGBM,
scikit-learn's histogram gradient boosting and our MLP are searched three times: each
with all rounds; with a number of rounds that is drawn too, as is usual without early
stopping; and stopped. Fitting time is wall time of all fits, CPU time that of the
whole search, of one thread. The loss is that on rows held out: log loss, or root mean
squared error.
"""

import json
import time
from pathlib import Path

import _comparison as comparison
import numpy as np
from _tables import load_table
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.base import clone
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import (
    KFold,
    ParameterSampler,
    StratifiedKFold,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits
from xgboost import XGBClassifier, XGBRegressor

from sklearn_hp import (
    EarlyStoppingClassifier,
    EarlyStoppingRegressor,
    GridSearchCV,
    suggest_space,
)
from sklearn_hp.neural_network import TorchMLPClassifier, TorchMLPRegressor
from sklearn_hp.space import log_randint

CLASSIFICATION = ["churn", "credit", "mortgage"]
REGRESSION = ["ames", "concrete"]
N_TRAIN, N_HELD_OUT = 1_000, 2_000  # at most
N_CANDIDATES, N_SPLITS = 6, 3
N_ROUNDS, N_EPOCHS = 500, 100
# for the question how many rounds the refit wants
MORE_CLASSIFICATION = ["attrition", "spam", "pima"]
MORE_REGRESSION = ["sacramento", "cars"]
SLOW = {
    "n_estimators": 1_000,
    "learning_rate": 0.05,
    "max_depth": 4,
    "n_jobs": 1,
    "random_state": 0,
}
# times the mean of the splits; the refit has 1.67 times the rows that they trained on
FACTORS = [1, 1.11, 1.35, 1.67]
BAR_TIME, BAR_LOSS = 0.5, 1.0
ALL, SEARCHED, STOPPED = "all rounds", "rounds searched", "stopped"


def make_models(is_classification):
    """Return the estimators by name, with the most rounds they may take."""
    kind = 0 if is_classification else 1
    quiet = {"n_jobs": 1, "random_state": 0}
    return {
        "XGBoost": [XGBClassifier, XGBRegressor][kind](n_estimators=N_ROUNDS, **quiet),
        "LightGBM": [LGBMClassifier, LGBMRegressor][kind](
            n_estimators=N_ROUNDS, verbose=-1, **quiet
        ),
        "HistGradientBoosting": [
            HistGradientBoostingClassifier,
            HistGradientBoostingRegressor,
        ][kind](max_iter=N_ROUNDS, early_stopping=False, random_state=0),
        "our MLP": [TorchMLPClassifier, TorchMLPRegressor][kind](
            max_epochs=N_EPOCHS, device="cpu", random_state=0
        ),
    }


def make_variants(name, model, X, y, is_classification, seed):
    """Return the estimator and the candidates of each of the three searches."""
    rounds = next(
        k for k in ("n_estimators", "max_iter", "max_epochs") if k in model.get_params()
    )
    most = model.get_params()[rounds]
    make = EarlyStoppingClassifier if is_classification else EarlyStoppingRegressor
    # its rates do not depend on the most rounds
    space = suggest_space(make(model), X, y)
    drawn = list(ParameterSampler(space, N_CANDIDATES, random_state=seed))
    bare = [{k.removeprefix("estimator__"): v for k, v in one.items()} for one in drawn]
    n_rounds = log_randint(most // 20, most + 1).rvs(N_CANDIDATES, random_state=seed)
    searched = [{**one, rounds: int(n)} for one, n in zip(bare, n_rounds, strict=True)]
    variants = {ALL: (model, bare), SEARCHED: (model, searched)}
    if name == "our MLP":
        stopped = clone(model).set_params(early_stopping=True)
        variants[STOPPED] = stopped, bare
        return {variant: in_pipeline(*given) for variant, given in variants.items()}
    return {**variants, STOPPED: (make(model, random_state=0), drawn)}


def in_pipeline(estimator, candidates):
    """Return both with missing numbers filled in, for the networks."""
    step = type(estimator).__name__.lower()
    candidates = [{f"{step}__{k}": v for k, v in one.items()} for one in candidates]
    return make_pipeline(SimpleImputer(), estimator), candidates


def measure(table, seed):
    """Yield a record for each model and variant."""
    is_classification = table in CLASSIFICATION
    X, y = load_table(table, N_TRAIN + N_HELD_OUT)
    X, X_new, y, y_new = train_test_split(
        X,
        y,
        train_size=min(N_TRAIN, int(0.7 * len(X))),
        random_state=seed,
        stratify=y if is_classification else None,
    )
    scoring = "neg_log_loss" if is_classification else "neg_root_mean_squared_error"
    for name, model in make_models(is_classification).items():
        variants = make_variants(name, model, X, y, is_classification, seed)
        for variant, (estimator, candidates) in variants.items():
            grid = [{k: [v] for k, v in one.items()} for one in candidates]
            search = GridSearchCV(estimator, grid, cv=N_SPLITS, scoring=scoring)
            start = time.process_time()
            search.fit(X, y)
            seconds = time.process_time() - start
            loss = held_out_loss(search, X_new, y_new, is_classification)
            yield {
                "table": table,
                "seed": seed,
                "model": name,
                "variant": variant,
                "cpu": seconds,
                "fitting": fitting_time(search),
                "loss": loss,
            }


def fitting_time(search):
    """Return the wall time of all fits of a search, in seconds."""
    of_splits = search.cv_results_["mean_fit_time"].sum() * search.n_splits_
    return float(of_splits + search.refit_time_)


def measure_all(store, n_seeds):
    """Measure what the file does not have yet; return all records."""
    path = Path(store)
    done = []
    if path.exists():
        done = [json.loads(line) for line in path.read_text().splitlines()]
    have = {(one["table"], one["seed"]) for one in done}
    for seed in range(n_seeds):
        comparison.progress("early stopping", seed, n_seeds)
        for table in CLASSIFICATION + REGRESSION:
            if (table, seed) in have:
                continue
            records = list(measure(table, seed))
            with path.open("a") as file:
                file.writelines(json.dumps(record) + "\n" for record in records)
            done += records
    return done


def measure_refit(table, seed):
    """Yield (factor, held-out loss) of refits with so many times the mean rounds."""
    is_classification = table in CLASSIFICATION + MORE_CLASSIFICATION
    X, y = load_table(table, N_TRAIN + N_HELD_OUT)
    X, X_new, y, y_new = train_test_split(
        X,
        y,
        train_size=min(N_TRAIN, int(0.6 * len(X))),
        random_state=seed,
        stratify=y if is_classification else None,
    )
    kind = 0 if is_classification else 1
    make = [EarlyStoppingClassifier, EarlyStoppingRegressor][kind]
    splitter = [StratifiedKFold, KFold][kind](N_SPLITS, shuffle=True, random_state=seed)
    for booster in (
        [XGBClassifier, XGBRegressor][kind](**SLOW),
        [LGBMClassifier, LGBMRegressor][kind](**SLOW, verbose=-1),
    ):
        n_iters = [
            make(booster, random_state=seed).fit(X[train], y[train]).best_n_iter_
            for train, _ in splitter.split(X, y)
        ]
        for factor in FACTORS:
            n_estimators = max(1, round(factor * np.mean(n_iters)))
            model = clone(booster).set_params(n_estimators=n_estimators).fit(X, y)
            yield factor, held_out_loss(model, X_new, y_new, is_classification)


def rows_of_refits(n_seeds):
    """Return rows with the loss of longer refits over that of the mean rounds."""
    of_tables = {factor: [] for factor in FACTORS}
    for table in [*CLASSIFICATION, *MORE_CLASSIFICATION, *REGRESSION, *MORE_REGRESSION]:
        losses = {factor: [] for factor in FACTORS}
        for seed in range(n_seeds):
            for factor, loss in measure_refit(table, seed):
                losses[factor].append(np.log(loss))
        for factor in FACTORS:
            change = np.mean(losses[factor]) - np.mean(losses[FACTORS[0]])
            of_tables[factor].append(float(change))
    return [[f"{factor:g}", cell(of_tables[factor])] for factor in FACTORS[1:]]


def held_out_loss(model, X, y, is_classification):
    if is_classification:
        return log_loss(y, model.predict_proba(X))
    return root_mean_squared_error(y, model.predict(X))


def ratios(records, model, variant, quantity):
    """Return by table the log of stopped over variant, the mean over seeds."""
    value = {
        (one["table"], one["seed"], one["variant"]): one[quantity]
        for one in records
        if one["model"] == model
    }
    by_table = {}
    for table, seed, which in value:
        if which == STOPPED:
            ratio = np.log(value[table, seed, STOPPED] / value[table, seed, variant])
            by_table.setdefault(table, []).append(ratio)
    return {table: float(np.mean(values)) for table, values in by_table.items()}


def cell(values):
    """Return the geometric mean of ratios, and the standard error over tables."""
    values = [*values]
    mean = np.exp(np.mean(values))
    error = mean * np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{mean:.3f} ± {error:.3f}"


def make_body(records, of_refits):
    """Return the tables in Markdown."""
    models = list(dict.fromkeys(one["model"] for one in records))
    rows = []
    for model in models:
        for variant in (ALL, SEARCHED):
            fitting = ratios(records, model, variant, "fitting").values()
            cpu = ratios(records, model, variant, "cpu").values()
            losses = ratios(records, model, variant, "loss").values()
            bar = ""
            if variant == ALL:
                of_time = np.exp(np.mean([*fitting]))
                of_loss = np.exp(np.mean([*losses]))
                bar = (
                    f"time {comparison.verdict(of_time, BAR_TIME, at_most=True)}, loss "
                    f"{comparison.verdict(of_loss, BAR_LOSS, at_most=True)}"
                )
            row = [model, variant, cell(fitting), cell(cpu), cell(losses), bar]
            rows.append(row)
    header = ["model", "stopped, over", "fitting time", "CPU time of the search"]
    header += ["loss on rows held out", "bar"]
    by_table = []
    for table in CLASSIFICATION + REGRESSION:
        for model in models:
            some = [o for o in records if o["table"] == table and o["model"] == model]
            row = [table, model]
            for variant in (ALL, SEARCHED, STOPPED):
                of = [one for one in some if one["variant"] == variant]
                row.append(f"{np.mean([one['fitting'] for one in of]):.1f}")
                losses = [one["loss"] for one in of]
                row.append(comparison.mean_and_error(losses))
            by_table.append(row)
    columns = ["data set", "model"]
    for variant in (ALL, SEARCHED, STOPPED):
        columns += [f"{variant}: s", "loss"]
    seeds = sorted({one["seed"] for one in records})
    return [
        f"{N_CANDIDATES} candidates, {N_SPLITS} splits, at most {N_ROUNDS} rounds "
        f"or {N_EPOCHS} epochs, {N_TRAIN} rows to train on, seeds "
        f"{seeds[0]} to {seeds[-1]}. Ratios are geometric means over data sets, ± "
        f"standard error over these. Below 1 is better.",
        comparison.markdown_table(header, rows),
        "## More rounds in the refit\n\nThe loss of a refit with so many times the "
        "mean rounds of the splits, over that with 1 times: XGBoost and LightGBM, 10 "
        "data sets.",
        comparison.markdown_table(["times", "loss on rows held out"], of_refits),
        "## Each data set\n\nMeans over seeds, ± standard error over seeds.",
        comparison.markdown_table(columns, by_table),
    ]


def main():
    parser = comparison.make_parser(__doc__)
    parser.add_argument("--seeds", type=int, default=2, help="searches of each kind")
    comparison.add_store(parser, "early_stopping.jsonl", "searches")
    args = parser.parse_args()
    with threadpool_limits(1):
        records = measure_all(args.store, args.seeds)
        of_refits = rows_of_refits(args.seeds)
    peers = {"xgboost": "xgboost", "lightgbm": "lightgbm", "torch": "torch"}
    body = make_body(records, of_refits)
    comparison.publish("Early stopping inside of each fit", body, args.output, peers)


if __name__ == "__main__":
    main()
