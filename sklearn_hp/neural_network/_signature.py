"""What the class or function that makes a module takes: its sizes and its parameters.

Sizes go by the names of arguments, never by their places.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from typing import Any

from torch import nn

from sklearn_hp.neural_network._prefixed import Part, unknown_name

PREFIX = "module__"

# What people call the sizes. The first of each is what the guide calls it.
_INPUTS = (
    *("n_features_in", "in_features", "in_channels", "n_inputs", "num_inputs"),
    *("input_dim", "input_size", "input_features", "in_dim", "in_size", "n_in"),
    *("dim_in", "d_in"),
)
_OUTPUTS = (
    *("n_outputs", "out_features", "num_outputs", "n_classes", "num_classes"),
    *("n_targets", "output_dim", "output_size", "output_features", "out_dim"),
    *("out_size", "n_out", "dim_out", "d_out"),
)

# These may be widths of hidden layers too. They are sizes only where they have no
# default.
_PERHAPS_INPUTS = ("n_features", "num_features", "n_channels", "num_channels")
_PERHAPS_OUTPUTS = ("out_channels",)


def parameters_of(module: Any) -> dict[str, inspect.Parameter]:
    """Return what can be passed by name to a module's class or function."""
    if isinstance(module, nn.Module):
        return {}
    try:
        signature = inspect.signature(module)
    except (TypeError, ValueError):  # not callable, or without one
        return {}
    return {
        name: parameter
        for name, parameter in signature.parameters.items()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    }


def takes_input_size(module: Any) -> bool:
    """Whether a module's class or function has an argument for the number of inputs."""
    return bool(_candidates(parameters_of(module), _INPUTS, _PERHAPS_INPUTS))


def sizes_for(
    module: Any, n_features_in: int | None, n_outputs: int, given: dict[str, Any]
) -> dict[str, int]:
    """Return the sizes that a module is called with, by the names that it has for them.

    Parameters
    ----------
    module : class or function
    n_features_in : int or None
        The number of inputs; None if there is no one number, as of several parts.
    n_outputs : int
    given : dict
        The arguments that the user sets; sizes among them stay as they are.

    Returns
    -------
    sizes : dict of str to int

    Raises
    ------
    ValueError
        If names do not tell which argument is which size.
    """
    named = parameters_of(module)
    if isinstance(module, functools.partial):  # what it binds the user has set as well
        given = {**module.keywords, **given}
    free = {name: value for name, value in named.items() if name not in given}
    sizes: dict[str, int] = {}
    for size, names, perhaps in (
        (n_features_in, _INPUTS, _PERHAPS_INPUTS),
        (n_outputs, _OUTPUTS, _PERHAPS_OUTPUTS),
    ):
        if size is None:
            continue
        candidates = _candidates(free, names, perhaps)
        if any(name in given for name in names):  # this one is known
            candidates = [name for name in candidates if _is_required(free[name])]
        if len(candidates) > 1:
            raise ValueError(_ambiguous(module, candidates, names[0]))
        sizes.update(dict.fromkeys(candidates, size))
    missing = [n for n, p in free.items() if _is_required(p) and n not in sizes]
    if missing:
        raise ValueError(_not_told(module, missing, n_features_in is None))
    return sizes


class ModulePart(Part):
    """The parameters ``module__name``: what is passed to the class or function."""

    name = "module"

    def free(self, value: Any) -> Mapping[str, inspect.Parameter]:
        """Return what can be passed to a module, but for its sizes."""
        named = parameters_of(value)
        sizes = [
            _candidates(named, _INPUTS, _PERHAPS_INPUTS),
            _candidates(named, _OUTPUTS, _PERHAPS_OUTPUTS),
        ]
        # where several can be the size, all but one are to be set
        certain = [names[0] for names in sizes if len(names) == 1]
        return {name: each for name, each in named.items() if name not in certain}

    def takes(self, value: Any, name: str) -> bool:
        """Whether a name, without the prefix, can be set."""
        if isinstance(value, nn.Module) or not callable(value):
            return False
        parameters = inspect.signature(value).parameters.values()
        takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
        return takes_any or name in parameters_of(value)

    def refusal(self, value: Any, name: str) -> str:
        """Return what to say of a name, without the prefix, that cannot be set."""
        if isinstance(value, nn.Module):
            return (
                f"{PREFIX + name!r} cannot be set, since module is an instance of "
                f"{type(value).__name__}. Pass the class instead: "
                f"module={type(value).__name__}."
            )
        return unknown_name(self, f"The module {name_of(value)}", value, name)


def name_of(module: Any) -> str:
    """Return what messages call a module's class or function."""
    if isinstance(module, functools.partial):
        return name_of(module.func)
    return str(getattr(module, "__name__", module))


def _candidates(
    named: dict[str, inspect.Parameter],
    names: tuple[str, ...],
    perhaps: tuple[str, ...],
) -> list[str]:
    """Return the arguments that can be a size: one, if their names tell."""
    if names[0] in named:
        return [names[0]]
    required = [n for n in (*names, *perhaps) if n in named and _is_required(named[n])]
    return required or [name for name in names if name in named]


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty


def _ambiguous(module: Any, candidates: list[str], name: str) -> str:
    given = " or ".join(PREFIX + each for each in candidates)
    return (
        f"The arguments {' and '.join(candidates)} of the module {name_of(module)} may "
        f"both be {name}, and a wrong guess would make a network of another size. Set "
        f"all of them but one, as {given}, or call the right one {name}."
    )


def _not_told(module: Any, missing: list[str], in_parts: bool) -> str:
    needs = (
        f"The module {name_of(module)} needs {', '.join(missing)}, which has no "
        f"default. Set it as {PREFIX}{missing[0]}. "
    )
    if in_parts:
        return needs + (
            "If X is a dict of arrays, or has rows that are collated, no number of "
            "features is passed, only the number of outputs, as n_outputs."
        )
    return needs + (
        "If it is the number of columns, call it n_features_in or in_features instead; "
        "if it is the number of outputs, n_outputs or out_features: sizes are passed "
        "by these names."
    )
