"""How often `findings` is right that more candidates would help, or would not.

Functions of `importance.py` are searched at random and by `GPSampler`, with noise.
After some candidates the finding is asked for. Then 25 more are drawn. What they gain
is the score without noise of the best by the noisy scores, afterwards less before, in
distances from the median of the noisy scores to the best. For random search it is the
mean over many draws of 25.
"""

import sys
from dataclasses import replace

import _comparison as comparison
import importance
import numpy as np
from threadpoolctl import threadpool_limits

from sklearn_hp.inspection import findings
from sklearn_hp.inspection._data import read_search
from sklearn_hp.inspection._findings._more import KINDS, N_MORE

FIRST_SEED = 300  # with lower ones the bounds were chosen
SIZES = (20, 40, 60)
MUCH = 0.05  # of the distance from the median to the best
N_DRAWS = 100  # of 25 candidates, for random search
N_DRAWN_FROM = 200
SAYS = (*KINDS, "nothing")
BARS = {KINDS[0]: (0.15, True), KINDS[1]: (0.7, False)}


def said(function, X, scores, drawn_at_random):
    """Return what the finding says of a search that ended here."""
    params = [
        {
            f"x{i}": str(int(value)) if n else float(value)
            for i, (n, value) in enumerate(zip(function.n_choices, row, strict=True))
            if not np.isnan(value)
        }
        for row in X
    ]
    table = {"params": params, "mean_test_score": scores}
    data = replace(read_search(table), drawn_at_random=drawn_at_random)
    kinds = {finding.kind for finding in findings(data)}
    return next((kind for kind in KINDS if kind in kinds), "nothing")


def gained(function, X, scores, n, drawn_at_random):
    """Return what 25 more candidates than n gain, in distances to the best."""
    truth, rng = function.score(X), np.random.default_rng(0)
    before, spread = np.arange(n), scores[:n].max() - np.median(scores[:n])
    later = (
        [
            rng.choice(np.arange(n, len(X)), N_MORE, replace=False)
            for _ in range(N_DRAWS)
        ]
        if drawn_at_random
        else [np.arange(n, n + N_MORE)]
    )
    all_of = [np.concatenate([before, more]) for more in later]
    after = np.mean([truth[rows[scores[rows].argmax()]] for rows in all_of])
    return (after - truth[scores[:n].argmax()]) / spread


def main(args):
    """Ask after each search and publish the table."""
    results = {(name, kind): [] for name in importance.HISTORIES for kind in SAYS}
    with threadpool_limits(1):
        for function in importance.FUNCTIONS:
            for name, make_history in importance.HISTORIES.items():
                at_random = name == "random"
                n_all = SIZES[-1] + (N_DRAWN_FROM if at_random else N_MORE)
                for seed in range(args.seeds):
                    X, scores = make_history(function, n_all, FIRST_SEED + seed)
                    for n in SIZES:
                        kind = said(function, X[:n], scores[:n], at_random)
                        gain = gained(function, X, scores, n, at_random)
                        results[name, kind].append(gain)
            print(function.name, file=sys.stderr, flush=True)
    rows = []
    for (name, kind), gains in results.items():
        if not gains:
            continue
        much = np.mean(np.array(gains) > MUCH)
        bar, at_most = BARS.get(kind, (None, True))
        verdict = "" if bar is None else comparison.verdict(much, bar, at_most=at_most)
        rows.append(
            [
                name,
                kind,
                str(len(gains)),
                f"{np.median(gains):.3f}",
                f"{much:.0%}",
                verdict,
            ]
        )
    columns = ["search", "said", "searches", "median gain", f"gain > {MUCH}", "bar"]
    note = (
        f"{len(importance.FUNCTIONS)} functions, {args.seeds} seeds from {FIRST_SEED}, "
        f"after {', '.join(map(str, SIZES))} candidates. The gain of {N_MORE} more is "
        f"that of the score without noise, in distances from the median of the scores "
        f"to the best."
    )
    parts = [note, comparison.markdown_table(columns, rows)]
    comparison.publish("Would more candidates help?", parts, args.output)


def make_parser():
    """Return the command line's parser."""
    parser = comparison.make_parser(__doc__)
    parser.add_argument("--seeds", type=int, default=8, help="default: 8")
    return parser


if __name__ == "__main__":
    main(make_parser().parse_args())
