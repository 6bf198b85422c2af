"""What is wrong with a module of the user's, found by running it on a few rows."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from sklearn_hp.neural_network._data import shape_of
from sklearn_hp.neural_network._device import is_out_of_memory
from sklearn_hp.neural_network._torch_errors import torch_errors_explained


def run(module: nn.Module, X: Any, sizes: str) -> torch.Tensor:
    """Return the output of a few rows, with two axes or more.

    Parameters
    ----------
    module : torch.nn.Module
        What is the user's is its `body`.
    X : Tensor, or what was collated
        The rows.
    sizes : str
        Those that the user's module was made with, for messages.

    Raises
    ------
    ValueError
        If it fails, or returns no tensor of real numbers.
    """
    body: Any = module.body
    name = type(body).__name__
    module.eval()
    try:
        with torch.no_grad(), torch_errors_explained():
            output = module(X)
    except (RuntimeError, TypeError) as exc:
        if is_out_of_memory(exc):
            raise
        _check_arguments(body, X)
        raise ValueError(
            f"The module {name} failed on rows of shape {shape_of(X)}. Look at the "
            f"sizes of its layers, for {sizes}. It raised {type(exc).__name__}: {exc}"
        ) from exc
    module.train()
    output = output[0] if isinstance(output, tuple) and output else output
    if not isinstance(output, torch.Tensor):
        raise ValueError(
            f"The module {name} returned an object of type {type(output).__name__}, "
            f"and must return a tensor, or a tuple that begins with it. Return one of "
            f"its parts, or look for a missing return in its forward."
        )
    if output.is_complex():
        raise ValueError(
            f"The module {name} returned complex numbers, and must return real ones, "
            f"such as output.abs() or output.real."
        )
    if torch.isnan(output).any():
        raise ValueError(
            f"The module {name} returned NaN for the first rows, before training. Look "
            f"for a logarithm, a root or a division of what can be 0 or negative: "
            f"inputs are scaled to mean 0, unless scaler=None."
        )
    return output.unsqueeze(1) if output.ndim == 1 else output


def check_shape(
    output: torch.Tensor, expected: tuple[int, int], name: str, column: str
) -> None:
    """Refuse an output that has not one column for each class or target.

    Raises
    ------
    ValueError
        With both shapes.
    """
    if tuple(output.shape) == expected:
        return
    remedy = (
        "Use the n_outputs that it is called with as the width of its last layer."
        if output.ndim == 2
        else "Take one of the steps or places that it has outputs for, or their mean."
    )
    raise ValueError(
        f"The module {name} returned an array of shape {tuple(output.shape)} for "
        f"{expected[0]} rows; expected is {expected}: one column for each {column}. "
        f"{remedy}"
    )


def _check_arguments(body: nn.Module, X: Any) -> None:
    """Refuse a module whose forward takes other arguments than it is given.

    Raises
    ------
    ValueError
        With both.
    """
    try:
        signature = inspect.signature(body.forward)
    except (TypeError, ValueError):  # one that is compiled or scripted
        return
    by_name = isinstance(X, Mapping)
    try:
        signature.bind(**X) if by_name else signature.bind(X)
    except TypeError as exc:
        given = f"the parts {sorted(X)} of X by name" if by_name else "one argument, X"
        raise ValueError(
            f"The forward of the module {type(body).__name__} takes {signature}, and "
            f"is given {given}. For several arguments pass X as a dict with their "
            f"names as keys; give those that have one value for all rows to the "
            f"constructor, or a default. Python raised: {exc}"
        ) from exc
