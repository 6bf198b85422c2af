"""What a search's result is worth on rows that it has not seen.

Each search has some hundred rows of a table and is judged on the rest. One
`BayesSearchCV` with an ensemble of candidates gives all that is compared: the winner,
refitted by hand; the mean of its fold models; the ensemble of fold models, and the same
refitted. Whether this equals what searches with other values of `ensemble` return is
checked on some cases, `--check`, which also times these searches. Beside them are the
estimator before the search and, once our searches are stored, `--peer random`, the
winner of scikit-learn's RandomizedSearchCV with as many fits, and `--peer flaml`,
FLAML's AutoML for as many seconds; for others of it, see `FLAML`. That can be run with
another Python than the rest.

The constants of `sklearn_hp._held_out` were chosen by searches of other data sets.

Searches are stored, and run only if missing: remove the file after a change to ours.
"""

import json
import sys
import time
import warnings
from dataclasses import asdict, replace

import _comparison as comparison
import numpy as np
from _held_out_cases import N_SPLITS, TABLES, all_cases
from _held_out_flaml import flaml_scores
from _held_out_report import key_of, make_body
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.metrics import check_scoring, get_scorer
from sklearn.model_selection import RandomizedSearchCV

from sklearn_hp import BayesSearchCV
from sklearn_hp.ensemble import EnsembleClassifier, EnsembleRegressor
from sklearn_hp.model_selection._new_rows._returned import Chooser

N_ITER = 30
# How many times the seconds of our search, and whether it stacks its models.
FLAML = {"flaml": (1, False), "flaml-stacked": (1, True), "flaml-longer": (10, False)}
N_PARTS = 10  # of the rows held out, whose scores say how sure their mean is


class Judged(BayesSearchCV):
    """A search that also finds the corrected scores of what it did not return.

    winner_scores_ : by kind, those of the winner.  seconds_beside_ : what that took
    """

    def _look_at_held_out(self, plan, done):
        start = time.perf_counter()
        self.winner_scores_ = {
            kind: Chooser(self, _wanting(plan, ensemble), done).choose().corrected
            for kind, ensemble in [("winner", None), ("folds", "folds")]
        }
        self.seconds_beside_ = time.perf_counter() - start
        return super()._look_at_held_out(plan, done)


def _wanting(plan, ensemble):
    return replace(plan, wanted=replace(plan.wanted, ensemble=ensemble))


def make_search(case, ensemble, cls=Judged, **params):
    """Return the search of a case, not fitted."""
    return cls(
        *case.searched,
        n_iter=N_ITER,
        scoring=case.metric,
        cv=case.splits,
        ensemble=ensemble,
        random_state=case.seed,
        **params,
    )


def run_case(case):
    """Search, and measure all that can be returned on held-out rows."""
    X, y, X_held, _ = case.data
    start = time.perf_counter()
    search = make_search(case, "candidates").fit(X, y)
    seconds = time.perf_counter() - start - search.seconds_beside_
    n_fits = int(search.cv_results_["n_splits_run"].sum())
    models = {
        "untuned": clone(search.estimator).fit(X, y),
        **variants(case, search),
    }
    ensemble = models["ensemble"]
    return {
        **asdict(case),
        "n_rows": len(y),
        "n_held_out": len(X_held),
        "n_fits": n_fits,
        "seconds": round(seconds, 3),
        "members": len(getattr(ensemble, "estimators", [0])),
        "best_score": float(search.best_score_),
        "corrected": corrected_scores(search),
        "scores": {name: held_out_scores(case, m) for name, m in models.items()},
        "errors": {
            name: held_out_error(case, models[name])
            for name in ("winner", "folds", "ensemble")
        },
        "predict_seconds": {
            name: comparison.wall_time(lambda m=models[name]: m.predict(X_held))
            for name in ("winner", "folds", "ensemble", "ensemble, refitted")
        },
    }


def variants(case, search):
    """Return what the search would return for each value of `ensemble`."""
    X, y = case.data[:2]
    alone = clone(search.estimator).set_params(**clone_values(search.best_params_))
    kind = EnsembleClassifier if case.is_classifier else EnsembleRegressor
    winner = clone(alone).fit(X, y)
    ensemble = refitted = winner  # where no ensemble is better
    if isinstance(search.best_estimator_, kind):
        ensemble = search.best_estimator_
        refitted = clone(ensemble).set_params(cv=None).fit(X, y)
    return {
        "winner": winner,
        "folds": kind([("winner", alone)], cv=case.splits).fit(X, y),
        "ensemble": ensemble,
        "ensemble, refitted": refitted,
    }


def clone_values(params):
    """Clone the estimators among the values of parameters."""
    return {name: clone(value, safe=False) for name, value in params.items()}


def run_random(case, search):
    """Score the winner of scikit-learn's search of random candidates, for as many fits.

    `search` is the stored line of our search of the case.
    """
    random = RandomizedSearchCV(
        *case.searched,
        n_iter=round(search["n_fits"] / N_SPLITS),
        scoring=case.metric,
        cv=case.splits,
        random_state=case.seed,
    )
    start = time.perf_counter()
    random.fit(*case.data[:2])
    seconds = time.perf_counter() - start
    return held_out_scores(case, random.best_estimator_), seconds


def corrected_scores(search):
    """Return estimate, low and high of each corrected score."""
    scores = {**search.winner_scores_, "ensemble": search.corrected_score_}
    return {name: [s.estimate, s.low, s.high] for name, s in scores.items()}


def held_out_scores(case, model):
    """Return all scores on the rows held out."""
    # one scorer of all metrics predicts once
    scorer = check_scoring(model, case.metrics)
    scores = scorer(model, *case.data[2:])
    return {name: float(score) for name, score in scores.items()}


def held_out_error(case, model):
    """Return the standard error of the score that is due to which rows are held out."""
    X, y = case.data[2:]
    scorer = get_scorer(case.metric)
    parts = np.array_split(np.arange(len(y)), N_PARTS)
    found = [scorer(model, X[rows], y[rows]) for rows in parts]
    return float(np.std(found, ddof=1) / np.sqrt(N_PARTS))


def check_case(case):
    """Compare with, and time, the searches that a user calls to get each variant."""
    searches = {
        "winner": make_search(case, None, BayesSearchCV, keep_predictions=True),
        "folds": make_search(case, "folds", BayesSearchCV),
        "ensemble": make_search(case, "candidates", BayesSearchCV),
        "plain": make_search(case, None, BayesSearchCV),
    }
    seconds = {}
    for name, search in searches.items():
        start = time.process_time()
        search.fit(*case.data[:2])
        seconds[name] = time.process_time() - start
    del searches["plain"]
    found = {name: scores_found(case, search) for name, search in searches.items()}
    return {**asdict(case), "found": found, "check_seconds": seconds}


def scores_found(case, search):
    """Return the score on held-out rows, and the corrected score with its ends."""
    corrected = search.corrected_score_
    return [
        held_out_scores(case, search.best_estimator_)[case.metric],
        *(corrected.estimate, corrected.low, corrected.high),
    ]


def is_for_flaml(case):
    """Whether a case is one that FLAML runs too, which has families of its own."""
    return case.space == "families" and case.metric != "roc_auc"


def run_peer(case, peer, search):
    """Score what another library returns for a case."""
    if peer == "random":
        scores, seconds = run_random(case, search)
    else:
        times, stacked = FLAML[peer]
        scores, seconds = flaml_scores(case, times * search["seconds"], stacked)
    return {**asdict(case), "peer": peer, "peer_scores": scores, "seconds": seconds}


def calls_of(args, stored):
    """Return what is asked for and not stored yet, as delayed calls."""
    # imported, so that workers import it too
    from held_out import check_case, run_case, run_peer

    cases = {key_of(asdict(case)): case for case in all_cases(args.seeds, args.tables)}
    searches = {key_of(line): line for line in stored if "scores" in line}
    if args.peer:
        done = {key_of(line) for line in stored if line.get("peer") == args.peer}
        calls = {
            key: delayed(quietly)(run_peer, case, args.peer, searches[key])
            for key, case in cases.items()
            if key in searches and (args.peer == "random" or is_for_flaml(case))
        }
    elif args.check:
        done = {key_of(line) for line in stored if "check_seconds" in line}
        calls = {
            key: delayed(quietly)(check_case, cases[key])
            for key in list(cases)[:: args.check]
        }
    else:
        done = set(searches)
        calls = {key: delayed(quietly)(run_case, case) for key, case in cases.items()}
    return [call for key, call in calls.items() if key not in done]


def quietly(run, *args):
    """Call a function, without its warnings."""
    warnings.simplefilter("ignore")  # no convergence, feature names, no ensemble
    with np.errstate(all="ignore"):
        return run(*args)


def read(file):
    """Return what is stored."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [json.loads(line) for line in lines]


def run_missing(args):
    """Run what is asked for and not stored yet, and store it."""
    args.store.parent.mkdir(parents=True, exist_ok=True)
    calls = calls_of(args, read(args.store))
    parallel = Parallel(args.jobs, return_as="generator_unordered")
    for n_done, line in enumerate(parallel(calls), 1):
        with args.store.open("a", encoding="utf-8") as stored:
            stored.write(json.dumps(line) + "\n")
        print(f"{key_of(line)}: {n_done} of {len(calls)}", file=sys.stderr, flush=True)


def main():
    """Run what is missing and publish the tables."""
    parser = comparison.make_parser(__doc__)
    comparison.add_store(parser, "held_out/searches.jsonl", "searches")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--tables", nargs="+", default=TABLES)
    parser.add_argument("--check", type=int, metavar="N", help="check each N-th case")
    peers = ["random", *FLAML]
    parser.add_argument("--peer", choices=peers, help="run this instead")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--report", action="store_true", help="run nothing")
    args = parser.parse_args()
    if not args.report:
        run_missing(args)
    body = make_body(read(args.store))
    comparison.publish("Better, and honest, on new rows", body, args.output)


if __name__ == "__main__":
    main()
