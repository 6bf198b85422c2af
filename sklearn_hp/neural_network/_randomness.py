"""Random numbers that depend on a fit's seed and epoch, and on nothing else.

Generators are seeded anew in each epoch. So a fit that resumes needs the number of its
epoch and its seed, and no state of a generator.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

# Streams of random numbers within one fit.
INIT, SPLIT, SHUFFLE, LAYERS = range(4)

_lock = threading.RLock()
_n_borrowers = 0
_kept: dict[torch.device, torch.Tensor] = {}


def draw_seed(random_state: Any) -> int:
    """Return the seed of one fit.

    Unlike scikit-learn's, ``random_state=None`` does not draw from numpy's global
    generator, which `fit` leaves as it was.
    """
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(np.iinfo(np.int32).max))
    return int(random_state)


def derive_seed(seed: int, stream: int, epoch: int = 0) -> int:
    """Return the seed of a stream in an epoch."""
    return int(np.random.SeedSequence([seed, stream, epoch]).generate_state(1)[0])


def shuffle_generator(seed: int, epoch: int) -> torch.Generator:
    """Return the generator of the order of rows; on the CPU, for equal orders."""
    return torch.Generator().manual_seed(derive_seed(seed, SHUFFLE, epoch))


@contextmanager
def global_generator_kept(device: torch.device) -> Iterator[None]:
    """Leave torch's global generators, of the CPU and `device`, as they were.

    Where several threads are in here, the first keeps the state and the last restores
    it.
    """
    global _n_borrowers
    with _lock:
        for each in {torch.device("cpu"), device}:
            if each not in _kept:
                _kept[each] = _generator_of(each).get_state()
        _n_borrowers += 1  # last, as a device can fail
    try:
        yield
    finally:
        with _lock:
            _n_borrowers -= 1
            if not _n_borrowers:
                for each, state in _kept.items():
                    _generator_of(each).set_state(state)
                _kept.clear()


@contextmanager
def drawn_from(seed: int, device: torch.device) -> Iterator[None]:
    """Let everything in here draw from global generators with this seed.

    One thread at a time; torch's initialisers know no other generator.
    """
    with _lock, global_generator_kept(device):
        seed_global_generator(seed, device)
        yield


@contextmanager
def one_thread_draws(owns_randomness: bool) -> Iterator[None]:
    """Keep other threads from global generators while a module may draw from them."""
    if owns_randomness:
        yield
        return
    with _lock:
        yield


def seed_global_generator(seed: int, device: torch.device) -> None:
    """Seed torch's global generators of the CPU and of `device`, and no others."""
    for each in {torch.device("cpu"), device}:
        _generator_of(each).manual_seed(seed)


def _generator_of(device: torch.device) -> torch.Generator:
    if device.type == "cpu":
        return torch.default_generator
    layer = getattr(torch, device.type)
    if device.type == "mps":
        return layer._get_default_mps_generator()
    layer.init()
    return layer.default_generators[device.index or 0]
