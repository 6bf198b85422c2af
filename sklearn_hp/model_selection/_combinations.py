"""The combinations of lists by number, be they ever so many.

`ParameterGrid` does the same, and counts in integers of the machine.
"""

import math
import sys

# How scikit-learn draws from lists depends on n_iter: below 1 % of the combinations
# one by one, above as a permutation. Without n_iter it is 1 % of this that decides.
_MAX_PERMUTED = 10_000


def count_combinations(dicts):
    """Return how many candidates there are.

    Parameters
    ----------
    dicts : list of dict
        Parameter names and lists of values.

    Returns
    -------
    n : int
        The number of combinations, of all dicts together.
    """
    return sum(math.prod(map(len, values.values())) for values in dicts)


def combination(dicts, index):
    """Return one candidate, that of the same index in `ParameterGrid`.

    Parameters
    ----------
    dicts : list of dict
        Parameter names and lists of values.
    index : int
        From 0 to one less than there are.

    Returns
    -------
    params : dict
        The candidate.
    """
    for values in dicts:
        n = math.prod(map(len, values.values()))
        if index < n:
            break
        index -= n
    params = {}
    for name in sorted(values, reverse=True):
        index, position = divmod(index, len(values[name]))
        params[name] = values[name][position]
    return params


def draw_numbers(n, rng):
    """Yield the numbers below n in random order, as `sample_without_replacement`.

    Parameters
    ----------
    n : int
        How many there are.
    rng : RandomState instance
        Draws them.

    Yields
    ------
    number : int
        Each once.
    """
    if n <= _MAX_PERMUTED:
        yield from rng.permutation(n)
        return
    seen = set()
    while len(seen) < n:
        number = rng.randint(n) if n <= sys.maxsize else _large_number(n, rng)
        if number not in seen:
            seen.add(number)
            yield number


def _large_number(n, rng):
    """Return a number below n, which `randint` cannot hold."""
    n_bytes = n.bit_length() // 8 + 9  # 8 more than it has: remainders are uniform
    return int.from_bytes(rng.bytes(n_bytes), "little") % n
