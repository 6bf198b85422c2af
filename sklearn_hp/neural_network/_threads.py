"""How many threads of the CPU a training step is worth.

torch waits actively where threads meet. On two cores that other processes use as well,
digits took 10 to 60 times as long with two threads as with one; where the cores were
free, two threads made a step of 3e7 operations 1.1 times as fast, and one of 4e8 1.4
times (two hidden layers of 128 and of 512, batches of 256).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

# Steps of fewer operations run in one thread.
_WORTH_THREADS = 3e8

# A step goes forwards once, and backwards for inputs and for weights.
_PASSES_PER_STEP = 3


def count_operations(module: nn.Module, X: Any, n_rows: int) -> float:
    """Return the floating-point operations of a training step for each of its rows."""
    module.eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        with warnings.catch_warnings():
            # the counter's hooks run twice in a module that is compiled
            warnings.filterwarnings("ignore", "Using `torch.compile")
            module(X)
    module.train()
    return _PASSES_PER_STEP * counter.get_total_flops() / n_rows


@contextmanager
def threads_worth(n_operations: float, device: torch.device) -> Iterator[None]:
    """Limit torch to one thread if a step of so many operations is worth no more.

    0 stands for an unknown number, as of a recurrent layer. The limit is one of the
    calling thread.
    """
    if device.type != "cpu" or not 0 < n_operations < _WORTH_THREADS:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
