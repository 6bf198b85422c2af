"""The point of a mixed space with the largest value of an acquisition function.

X : (n, p) columns.   C : candidates, near the best points and anywhere.
S : the few of them that are refined, by gradients in the numeric columns and by single
    changes of the discrete ones, in turns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[np.float64]

N_LOCAL = 300
N_UNIFORM = 500
# of those, refined
N_REFINED = 3
# Of a categorical column with more choices, so many are tried in a row that is refined.
MAX_CHOICES = 500


class Columns(Protocol):
    """What is to be known of the columns."""

    n_choices: NDArray[np.intp]
    levels: list[Array | None]


class Domain(Columns, Protocol):
    """What is to be known of the space."""

    def snap(self, X: Array) -> Array:
        """Return the nearest rows that stand for candidates."""

    def from_cube(self, U: Array) -> Array:
        """Return the rows of points of the unit cube."""

    def active(self, X: Array) -> NDArray[np.bool_]:
        """Return which columns have a meaning in each row."""


class Acquisition(Protocol):
    """What is maximised."""

    def __call__(self, X: Array) -> Array:
        """Return the value at each row, (n,)."""

    def with_gradient(self, X: Array) -> tuple[Array, Array]:
        """Return the values, and the derivatives by the numeric columns, (n, m)."""


def maximize(
    acquisition: Acquisition,
    domain: Domain,
    X_best: Array,
    is_new: Callable[[Array], bool],
    rng: np.random.Generator,
) -> Array | None:
    """Return a row with a large value that has not been proposed before.

    Parameters
    ----------
    acquisition : Acquisition
        The function of a row to maximise.
    domain : Domain
        The space.
    X_best : ndarray of shape (n_best, p)
        Where local candidates start from.
    is_new : callable
        Tells whether a row may be proposed.
    rng : numpy.random.Generator
        Draws the candidates.

    Returns
    -------
    row : ndarray of shape (p,) or None
        None if no candidate was new.
    """
    local = domain.snap(perturb(X_best, domain, N_LOCAL, rng))
    anywhere = domain.from_cube(rng.random((N_UNIFORM, X_best.shape[1])))
    C = np.vstack([local, anywhere])
    values = acquisition(C)
    order = np.argsort(-values, kind="stable")
    # Both kinds are refined, lest all climb the same hill.
    best_local, best_anywhere = order[order < N_LOCAL], order[order >= N_LOCAL]
    chosen = np.concatenate([best_local[:N_REFINED], best_anywhere[:N_REFINED]])
    S, at_S = refine(acquisition, domain, C[chosen], values[chosen])
    # The others stay in the list: the refined ones may all have been proposed before.
    X, values = np.vstack([S, C]), np.concatenate([at_S, values])
    for index in np.argsort(-values, kind="stable"):
        if is_new(X[index]):
            return X[index]
    return None


def perturb(X_best: Array, domain: Columns, n: int, rng: np.random.Generator) -> Array:
    """Return n points near the best ones, each with some of its columns moved.

    A numeric column makes a Gaussian step, reflected at 0 and 1, a discrete one at
    least to the next level; a categorical one takes another choice.

    Parameters
    ----------
    X_best : ndarray of shape (n_best, p)
        Where to start from.
    domain : Columns
        The space.
    n : int
        Number of points.
    rng : numpy.random.Generator
        Draws them.

    Returns
    -------
    X : ndarray of shape (n, p)
        Points; `Domain.snap` makes rows of them.
    """
    p = X_best.shape[1]
    X = X_best[rng.integers(len(X_best), size=n)].copy()
    # One column, a few or all of them: which steps improve differs from space to space,
    # and over the course of a search.
    kind = rng.integers(3, size=n)
    share = np.array([1 / p, 3 / p, 1.0])[kind]
    moved = rng.random((n, p)) < share[:, None]
    moved[np.arange(n), rng.integers(p, size=n)] = True  # at least one
    sd = 0.01 * 30.0 ** rng.random((n, 1))  # log-uniform in [0.01, 0.3]
    step = sd * rng.standard_normal((n, p))
    target = np.abs(X + step)
    target = 1 - np.abs(1 - target)
    # A small step of all numbers is a neighbour, other choices everywhere are not. So
    # where everything moves, the choices mostly stay; without a number, they all move.
    keep = (kind == 2) & (rng.random(n) < 0.7) & bool((domain.n_choices == 0).any())
    for column in range(p):
        rows = np.flatnonzero(moved[:, column])
        if domain.n_choices[column] > 0:
            rows = rows[~keep[rows]]
            target[:, column] = X[:, column]
            target[rows, column] = _other_choice(
                X[rows, column], domain.n_choices[column], rng
            )
        elif (levels := domain.levels[column]) is not None:
            target[rows, column] = _next_level(
                levels, X[rows, column], target[rows, column], step[rows, column]
            )
    return np.where(moved, target, X)


def _other_choice(x: Array, n_choices: int, rng: np.random.Generator) -> Array:
    """Return random choices that differ from those there are; any where there is none.

    x is negative where the column has no meaning. Another column may give it one. A
    single choice has no other.
    """
    is_one = (x >= 0) & (n_choices > 1)
    drawn = rng.integers(n_choices - is_one)
    return np.where(is_one & (drawn >= x), drawn + 1.0, drawn)


def _next_level(levels: Array, x: Array, target: Array, step: Array) -> Array:
    """Return the levels at the targets, or the next one where that is no move."""
    at, to = nearest(levels, x), nearest(levels, target)
    to = np.where(to == at, at + np.where(step > 0, 1, -1), to)
    to = np.where(to < 0, 1, np.where(to >= len(levels), len(levels) - 2, to))
    return levels[to]


def nearest(levels: Array, x: Array) -> NDArray[np.intp]:
    """Return the index of the level nearest to each x."""
    right = np.clip(np.searchsorted(levels, x), 1, len(levels) - 1)
    return right - (x - levels[right - 1] < levels[right] - x)


def refine(
    acquisition: Acquisition, domain: Domain, S: Array, values: Array
) -> tuple[Array, Array]:
    """Climb from each row of S; return where that led, and the values there."""
    discrete = [
        column
        for column in range(S.shape[1])
        if domain.n_choices[column] > 0 or domain.levels[column] is not None
    ]
    # Twice: where a choice changed, other numbers are best. The second climb is short,
    # as it starts near its end, and is left out where no choice changed.
    for maxiter in (30, 15):
        S, values = _climb(acquisition, domain, S, values, maxiter)
        changed = _change_one(acquisition, domain, S, values, discrete)
        S, values, any_change = changed
        if not any_change:
            break
        best = np.argsort(-values, kind="stable")[:N_REFINED]
        S, values = S[best], values[best]
    return S, values


def _climb(
    acquisition: Acquisition, domain: Domain, S: Array, values: Array, maxiter: int
) -> tuple[Array, Array]:
    """Maximise the sum of all values over the active numeric columns, by L-BFGS-B.

    The sum has no mixed derivatives, so that one search does for all rows. Discrete
    numeric columns are relaxed meanwhile.
    """
    numeric = np.flatnonzero(domain.n_choices == 0)
    free = domain.active(S)[:, numeric]
    if not free.any():
        return S, values
    rows, which = np.nonzero(free)

    def objective(x: Array) -> tuple[float, Array]:
        X = S.copy()
        X[rows, numeric[which]] = x
        value, gradient = acquisition.with_gradient(X)
        return -float(value.sum()), -gradient[rows, which]

    found = minimize(
        objective,
        S[rows, numeric[which]],
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * len(rows),
        options={
            "maxiter": maxiter,
            "maxfun": 3 * maxiter // 2,
            "maxcor": 8,
            "ftol": 1e-6,
            "gtol": 1e-4,
        },
    )
    moved = S.copy()
    moved[rows, numeric[which]] = found.x
    return _keep_better(acquisition, S, values, domain.snap(moved))


def _keep_better(
    acquisition: Acquisition, S: Array, values: Array, moved: Array
) -> tuple[Array, Array]:
    # Snapped to its level or into its range, a row can be worse than where it started.
    at_moved = acquisition(moved)
    better = at_moved > values
    return np.where(better[:, None], moved, S), np.where(better, at_moved, values)


def _change_one(
    acquisition: Acquisition,
    domain: Domain,
    S: Array,
    values: Array,
    discrete: list[int],
) -> tuple[Array, Array, bool]:
    """Make up to four of the best single changes of a discrete column of each row."""
    any_change = False
    for _ in range(4 if discrete else 0):
        moves = [neighbours(row, domain, discrete) for row in S]
        owner = np.repeat(np.arange(len(S)), [len(rows) for rows in moves])
        if not len(owner):
            break
        X = domain.snap(np.vstack(moves))
        at_X = acquisition(X)
        improved = False
        for index in range(len(S)):
            mine = np.flatnonzero(owner == index)
            if not len(mine):
                continue
            best = mine[np.argmax(at_X[mine])]
            # by more than rounding, or two choices could take turns
            if at_X[best] > values[index] + 1e-6:
                S[index], values[index] = X[best], at_X[best]
                improved = True
        if not improved:
            break
        any_change = True
    return S, values, any_change


def neighbours(row: Array, domain: Domain, discrete: list[int]) -> Array:
    """Return copies of a row with one discrete column changed, (n, p).

    A numeric column goes to any of its levels if there are up to ten, else up to two
    levels away; a categorical one to any other choice, or to some of a great many:
    those that were not evaluated are the same to the model.
    """
    copies = [np.empty((0, len(row)))]
    active = domain.active(row.reshape(1, -1))[0]
    for column in discrete:
        if not active[column]:
            continue
        levels = domain.levels[column]
        if levels is None:
            n_choices = domain.n_choices[column]
            values = np.arange(0.0, n_choices, np.ceil(n_choices / MAX_CHOICES))
        elif len(levels) <= 10:
            values = levels
        else:
            at = int(nearest(levels, row[column : column + 1])[0])
            values = levels[max(at - 2, 0) : at + 3]
        values = values[values != row[column]]
        changed = np.tile(row, (len(values), 1))
        changed[:, column] = values
        copies.append(changed)
    return np.vstack(copies)
