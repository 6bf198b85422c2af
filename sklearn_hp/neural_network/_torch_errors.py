"""What errors of torch that users meet in their modules mean, and what helps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_CODES = (
    "A code in X is beyond the nn.Embedding that it is looked up in. Codes are from 0 "
    "to num_embeddings - 1: raise num_embeddings above the largest code there will be, "
    "in prediction too."
)

# Part of torch's message -> ours.
_MEANINGS = {
    "index out of range in self": _CODES,
    "device-side assert triggered": _CODES,
    "Expected more than 1 value per channel when training": (
        "BatchNorm needs more than one value to compute a variance, and a batch has "
        "one row. Raise batch_size, or use nn.LayerNorm."
    ),
}


@contextmanager
def torch_errors_explained() -> Iterator[None]:
    """Raise a ValueError that says what to do, where torch's error is known."""
    try:
        yield
    except (IndexError, RuntimeError, ValueError) as exc:
        for part, meaning in _MEANINGS.items():
            if part in str(exc):
                raise ValueError(f"{meaning} torch raised: {exc}") from exc
        raise
