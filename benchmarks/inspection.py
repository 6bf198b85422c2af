"""CPU time of the pictures, the findings and the report of a large search.

The search is a table of results with numbers, categories, splits and times, as a random
search leaves them. Each thing is computed and drawn three times at one native thread,
and saved as a picture; the median is reported.
"""

import io
import statistics
import time
from functools import partial

import _comparison as comparison
import matplotlib
import numpy as np
from threadpoolctl import threadpool_limits

from sklearn_hp import inspection

SIZES = [(1000, 12), (2000, 12)]
N_SPLITS = 5
N_ROUNDS = 3
BARS = {"display": 2.0, "report": 15.0}  # seconds of CPU time, at 1,000 candidates
DISPLAYS = [
    name
    for name in inspection.__all__
    if name.endswith("Display") and name not in ("RungsDisplay", "TimelineDisplay")
]


def make_results(n_candidates, n_parameters, seed):
    """Return the results of a search whose score a third of the parameters decide."""
    rng = np.random.default_rng(seed)
    results = {}
    score = np.zeros(n_candidates)
    for i in range(n_parameters):
        if i % 4 == 3:
            values = rng.choice(["a", "b", "c"], n_candidates)
            u = (values == "a").astype(float)
        else:
            u = rng.uniform(size=n_candidates)
            values = 10 ** (4 * u - 2) if i % 4 == 0 else u
        results[f"param_x{i}"] = values
        if i % 3 == 0:
            score -= (u - 0.3) ** 2
    splits = score[:, None] + 0.05 * rng.normal(size=(n_candidates, N_SPLITS))
    for split in range(N_SPLITS):
        results[f"split{split}_test_score"] = splits[:, split]
    results["mean_test_score"] = splits.mean(axis=1)
    results["mean_fit_time"] = rng.lognormal(size=n_candidates)
    return results


def draw(name, results):
    """Draw a picture, as a user would."""
    from matplotlib import pyplot as plt

    if name == "ParameterSliceDisplay":
        display = inspection.ParameterSliceDisplay.from_search(results, "x0")
    else:
        display = getattr(inspection, name).from_search(results)
    display.figure_.savefig(io.BytesIO(), format="png")
    plt.close(display.figure_)


def jobs():
    """Return what is timed, by name."""
    drawn = {
        name: partial(draw, name) for name in DISPLAYS if name != "AblationPathDisplay"
    }  # of a table the untuned parameters are not known
    return {
        **drawn,
        "findings": inspection.findings,
        "summary": inspection.summary,
        "search_report": inspection.search_report,
    }


def measure(job, results):
    """Return the median CPU time of a job, in seconds."""
    times = []
    for _ in range(N_ROUNDS):
        start = time.process_time()
        job(results)
        times.append(time.process_time() - start)
    return statistics.median(times)


def main(args):
    """Time everything, and publish the table."""
    matplotlib.use("Agg")
    tables = [make_results(n, d, seed=0) for n, d in SIZES]
    rows = []
    with threadpool_limits(1):
        draw("SearchHistoryDisplay", tables[0])  # imports what it needs
        for name, job in jobs().items():
            times = [measure(job, results) for results in tables]
            bar = BARS["display" if name.endswith("Display") else "report"]
            cells = [f"{seconds:.2f}" for seconds in times]
            rows.append([name, *cells, comparison.verdict(times[0], bar, at_most=True)])
    n_bytes = len(inspection.search_report(tables[-1]).html.encode())
    note = (
        f"CPU time in seconds at one native thread, median of {N_ROUNDS}: computing, "
        f"drawing and saving a picture of a table of {SIZES[0][0]:,} and "
        f"{SIZES[1][0]:,} candidates with {SIZES[0][1]} parameters and {N_SPLITS} "
        f"splits. The page of {SIZES[1][0]:,} candidates has {n_bytes / 1e6:.2f} MB."
    )
    columns = ["what", *(f"{n:,} x {d}" for n, d in SIZES), "bar"]
    table = comparison.markdown_table(columns, rows)
    comparison.publish("Looking at a search", [note, table], args.output)


if __name__ == "__main__":
    main(comparison.make_parser(__doc__).parse_args())
