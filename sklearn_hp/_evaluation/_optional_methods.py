"""Optional methods of estimators, which tell a search what scikit-learn's cannot.

``refit_params(n_iters) -> dict`` and, after a fit that chose it, ``best_n_iter_`` : int
    The parameters to refit with, from the numbers of iterations that early stopping
    chose on the splits.
``device_slots() -> int or None``
    How many fits this machine's devices run at once; None for any number.

The estimator that has them often stands inside of another, as in a Pipeline, which
knows nothing of them. Methods are looked up in its class, as they may be there for some
parameters only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any


@dataclass(frozen=True, slots=True)
class Holder:
    """An estimator that has an optional method.

    ``prefix`` is what the names of its parameters begin with in the estimator it was
    found in: "" if it is that one itself, "mlp__" for a step of a pipeline.
    """

    prefix: str
    estimator: Any


def holders(estimator: Any, method: str) -> Iterator[Holder]:
    """Yield the estimators that have a method, the outermost first."""
    if has_method(estimator, method):
        yield Holder("", estimator)
    params = estimator.get_params(deep=True)
    for name in sorted(params, key=lambda name: name.count("__")):
        if has_method(params[name], method):
            yield Holder(f"{name}__", params[name])


def has_method(value: Any, method: str) -> bool:
    """Whether a value is an estimator of a class with this method."""
    return hasattr(type(value), method) and hasattr(value, "get_params")


def may_hold_estimators(params: Mapping[str, Any]) -> bool:
    """Whether a candidate might bring estimators of its own; quick, says yes to lists.

    Parameters
    ----------
    params : dict
        The candidate.
    """
    return any(
        isinstance(value, list | tuple) or hasattr(value, "get_params")
        for value in params.values()
    )


def chosen_n_iter(fitted: Any) -> int | None:
    """Return the number of iterations that early stopping chose, None if none did."""
    holder = _refit_holder(fitted)
    if holder is None:
        return None
    estimator = _fitted_part(fitted, holder.prefix)
    n_iter = getattr(estimator, "best_n_iter_", None)
    if n_iter is not None and not isinstance(n_iter, Integral):
        raise TypeError(
            f"best_n_iter_ of {type(estimator).__name__} must be an int, got "
            f"{n_iter!r} of type {type(n_iter).__name__}."
        )
    return None if n_iter is None else int(n_iter)


def params_for_refit(estimator: Any, n_iters: Sequence[int]) -> dict[str, Any]:
    """Return what to set on a candidate before it is refit on all rows.

    Parameters
    ----------
    estimator : estimator
        The candidate, not fitted.
    n_iters : sequence of int
        The `chosen_n_iter` of its splits; without any, nothing is to be set.
    """
    holder = _refit_holder(estimator) if n_iters else None
    if holder is None or not hasattr(holder.estimator, "refit_params"):
        return {}
    params = holder.estimator.refit_params(list(n_iters))
    return {f"{holder.prefix}{name}": value for name, value in params.items()}


def device_slots(estimator: Any) -> int | None:
    """Return how many fits this machine's devices run at once; None for any number."""
    slots = None
    for holder in holders(estimator, "device_slots"):
        if not hasattr(holder.estimator, "device_slots"):
            continue
        n = holder.estimator.device_slots()
        if n is None:
            continue
        if not isinstance(n, Integral) or n < 1:
            raise ValueError(
                f"{type(holder.estimator).__name__}.device_slots() must return a whole "
                f"number of at least 1, or None where there is no limit, got {n!r}."
            )
        slots = int(n) if slots is None else min(slots, int(n))
    return slots


def _refit_holder(estimator: Any) -> Holder | None:
    """Return the outermost estimator with `refit_params` that takes parameters.

    One that does not is frozen: it was not fitted here and will not be.
    """
    names = estimator.get_params(deep=True)
    for holder in holders(estimator, "refit_params"):
        if any(name.startswith(holder.prefix) for name in names):
            return holder
    return None


def _fitted_part(fitted: Any, prefix: str) -> Any:
    """Return the part of a fitted estimator whose parameters have this prefix.

    What `fit` clones stays unfitted as the parameter ``name``, and is fitted as the
    attribute ``name_``; a pipeline puts the fitted one in the place of its step.
    """
    for name in prefix.split("__")[:-1]:
        part = getattr(fitted, f"{name}_", None)
        fitted = fitted.get_params(deep=True)[name] if part is None else part
    return fitted
