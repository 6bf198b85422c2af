"""Where the best candidates lie: ranges that hold nearly all of them."""

import math

import numpy as np

BEST_SHARE = 0.05  # of the candidates of a task
OUTSIDE = 0.025  # share of the best that may lie outside, at either end
LEAST_SHARE = 0.2  # of an even share that a choice must have among the best


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


def best_range(collected, values, weights):
    """Return the range that holds the best of these values, within that collected."""
    values = np.array(values)
    ends = [quantile(values, weights, q) for q in (OUTSIDE, 1 - OUTSIDE)]
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
