"""Where the best candidates lie: ranges that hold nearly all of them."""

import json
import math

import numpy as np
from _portfolio import has_meaning

BEST_SHARE = 0.05  # of the candidates of a task
INSIDE = 0.95  # of these, in each range
LEAST_SHARE = 0.2  # of an even share that a choice must have among the best


def learn_ranges(experiment, candidates, tasks, share=INSIDE):
    """Return for each parameter the range or the choices of the best candidates."""
    weights = best_weights(tasks.R, tasks.weights)
    ranges = {}
    for name, collected in experiment.space.items():
        rows = [
            row
            for row, params in enumerate(candidates)
            if has_meaning(name, params, experiment.only_if)
        ]
        if not weights[rows].any():
            raise ValueError(f"{name} has no meaning in any of the best candidates.")
        values = [candidates[row][name] for row in rows]
        if isinstance(collected, list):
            # candidates are stored as JSON, which makes lists of tuples
            choices = json.loads(json.dumps(collected))
            ranges[name] = best_choices(choices, values, weights[rows])
        else:
            ranges[name] = best_range(collected, values, weights[rows], share)
    return ranges


def is_inside(params, ranges, only_if):
    """Whether all values of a candidate that have a meaning are in their ranges."""
    return all(
        value in ranges[name]["choices"]
        if "choices" in ranges[name]
        else ranges[name]["low"] <= value <= ranges[name]["high"]
        for name, value in params.items()
        if has_meaning(name, params, only_if)
    )


def best_weights(R, weights):
    """Return how often each candidate is among the best, tasks weighted.

    Candidates that tie for the last places share them.
    """
    n_best = BEST_SHARE * R.shape[1]
    total = np.zeros(R.shape[1])
    for regrets, weight in zip(R, weights, strict=True):
        last = np.sort(regrets)[math.ceil(n_best) - 1]
        better, tied = regrets < last, regrets == last
        total += weight * better
        total += weight * tied * (n_best - better.sum()) / tied.sum()
    return total / total.sum()


def quantile(values, weights, q):
    """Return the lowest value up to which the weights reach the share q."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    return values[order][np.searchsorted(reached, q - 1e-12)]


def round_outward(low, high, log, integer=False):
    """Return a readable range around another one.

    One significant digit on a log scale. On a linear one a tenth of the range's order
    of magnitude, and whole numbers where the values are.
    """
    if log:
        steps = [10.0 ** math.floor(math.log10(value) + 1e-12) for value in (low, high)]
    else:
        width = max(high - low, 1e-12)
        steps = [10.0 ** (round(math.log10(width)) - 1)] * 2
    if integer:
        steps = [max(step, 1.0) for step in steps]
    # values on a step stay there, whatever the last digit of the quotient is
    low = math.floor(low / steps[0] + 1e-9) * steps[0]
    high = math.ceil(high / steps[1] - 1e-9) * steps[1]
    as_number = int if integer else lambda value: float(f"{value:.6g}")
    return as_number(low), as_number(high)


def best_range(collected, values, weights, share=INSIDE):
    """Return the range that holds a share of the values, within that collected."""
    values, outside = np.array(values), (1 - share) / 2
    ends = [quantile(values, weights, q) for q in (outside, 1 - outside)]
    low, high = round_outward(*ends, collected.log, collected.integer)
    return {
        "low": type(low)(max(low, collected.low)),
        "high": type(high)(min(high, collected.high)),
        "log": collected.log,
        "integer": collected.integer,
    }


def best_choices(choices, values, weights):
    """Return the choices that are among the best often enough, in their order."""
    shares = [
        sum(w for value, w in zip(values, weights, strict=True) if value == choice)
        for choice in choices
    ]
    least = LEAST_SHARE / len(choices) * sum(weights)
    kept = [c for c, share in zip(choices, shares, strict=True) if share >= least]
    return {"choices": kept}
