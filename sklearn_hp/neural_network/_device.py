"""Which device a fit runs on, how much room it has, and what its lack looks like."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import torch

# A training set and its shuffled copy stay on the device up to this share of its free
# memory each; the rest is for weights, gradients and activations.
_SHARE_OF_DATA = 1 / 3

# What several workers of one device may take of it together.
_SHARE_OF_WORKERS = 0.9

# Devices of which this process may take a share only.
_limited: set[torch.device] = set()


def accelerators() -> tuple[str, int]:
    """Return the kind of accelerator that torch sees here, and how many there are.

    AMD devices, in a ROCm build, are of kind "cuda" as well. Without an accelerator it
    is ("cpu", 0). Only counts: no device is initialised.
    """
    for kind in ("cuda", "xpu", "mps"):
        count = _count(kind)
        if count:
            return kind, count
    return "cpu", 0


def _count(kind: str) -> int:
    if kind == "mps":
        return int(torch.backends.mps.is_available())
    if kind == "cpu":
        return 0
    layer = getattr(torch, kind)
    return layer.device_count() if layer.is_available() else 0


def resolve_device(device: str, slot: int) -> torch.device:
    """Return the device that a fit in a slot uses.

    Parameters
    ----------
    device : str
        "auto", a kind of device ("cuda"), or one device ("cuda:1").
    slot : int
        Number of the worker; devices of one kind are dealt out by it in turn.

    Returns
    -------
    device : torch.device
        With its index, unless it is the CPU.

    Raises
    ------
    ValueError
        If torch knows no such device, or sees none here.
    """
    if device == "auto":
        kind, count = accelerators()
        return torch.device(kind, slot % count) if count else torch.device("cpu")
    if device in ("rocm", "hip"):
        raise ValueError(
            f"device={device!r} is not a name that torch knows: AMD devices are called "
            f"'cuda' too, in a build of torch for ROCm. Pass 'cuda' or 'auto'."
        )
    try:
        wanted = torch.device(device)
    except RuntimeError as exc:
        raise ValueError(
            f"device must be 'auto', 'cpu', or an accelerator that torch knows, such "
            f"as 'cuda' or 'cuda:1', got {device!r}."
        ) from exc
    if wanted.type == "cpu":
        return wanted
    if wanted.type in ("cuda", "xpu", "mps"):
        count = _count(wanted.type)
    else:  # torch has no generator for "meta" and the like
        count = int(hasattr(torch, wanted.type))
    if count <= (wanted.index or 0):
        raise ValueError(
            f"device={device!r} is not here: torch {torch.__version__} sees {count} "
            f"devices of kind {wanted.type!r}. Pass 'auto' to take what there is."
        )
    if wanted.index is None and wanted.type != "mps":
        return torch.device(wanted.type, slot % count)
    return wanted


def count_slots(device: str, workers_per_device: int) -> int | None:
    """Return how many fits the devices of this machine take at a time.

    None on the CPU, where nothing but the number of cores limits them.
    """
    resolved = resolve_device(device, slot=0)
    if resolved.type == "cpu":
        return None
    kind = resolved.type
    one = device != "auto" and torch.device(device).index is not None
    n_devices = 1 if one else max(1, _count(kind))
    return n_devices * workers_per_device


def fits_on(device: torch.device, n_bytes: int) -> bool:
    """Whether data of so many bytes may stay on the device during training."""
    if device.type == "cpu":
        return True
    free = free_memory(device)
    return free is None or n_bytes <= _SHARE_OF_DATA * free


def free_memory(device: torch.device) -> int | None:
    """Return the free memory of an accelerator in bytes, None if it is not known."""
    if device.type in ("cuda", "xpu"):
        return getattr(torch, device.type).mem_get_info(device)[0]
    return None


def limit_memory(device: torch.device, workers_per_device: int) -> None:
    """Keep this process to its share of a device that others use as well."""
    if device.type != "cuda" or (workers_per_device == 1 and device not in _limited):
        return
    # a worker that is kept for the next search may have been one of several
    share = 1.0 if workers_per_device == 1 else _SHARE_OF_WORKERS / workers_per_device
    torch.cuda.set_per_process_memory_fraction(share, device)
    _limited.add(device)


def empty_cache(device: torch.device) -> None:
    """Give memory that torch keeps for later back to the device."""
    if device.type != "cpu":
        getattr(torch, device.type).empty_cache()


def is_out_of_memory(exc: Exception) -> bool:
    """Whether an error of torch's means a lack of memory.

    Its allocators on accelerators have an error of their own for it. The driver, when a
    process first uses a device, and the allocator of the CPU have not.
    """
    text = str(exc).lower()
    return (
        isinstance(exc, torch.OutOfMemoryError)
        or "out of memory" in text
        or "can't allocate memory" in text
    )


@contextmanager
def memory_error_on(device: torch.device, advice: str) -> Iterator[None]:
    """Turn torch's own errors for a device without memory into a MemoryError.

    A search knows MemoryError: it lets such a fit run once more, alone.

    Raises
    ------
    MemoryError
        With `advice` in its message.
    """
    try:
        yield
    except RuntimeError as exc:
        if not is_out_of_memory(exc):
            raise
        # what the frames of the fit hold would stay on the device with the error
        traceback.clear_frames(exc.__traceback__)
        gc.collect()
        raise MemoryError(f"{device} ran out of memory. {advice} {exc}") from exc
    finally:
        # idle workers of a search would keep what others need
        empty_cache(device)
