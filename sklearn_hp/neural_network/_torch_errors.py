"""What errors of torch that users meet in their modules mean, and what helps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_CODES = (
    "A code in X is beyond the nn.Embedding that it is looked up in. Codes are from 0 "
    "to num_embeddings - 1: raise num_embeddings above the largest code there will be, "
    "in prediction too."
)

_IN_PLACE = (
    "The module changes a tensor in place that the gradient needs. Write x = x + 1 "
    "instead of x += 1, and nn.ReLU() instead of nn.ReLU(inplace=True)."
)
_DTYPE = (
    "The weights of the module and its inputs have different types. Inputs are "
    "float32, or int64 if the module takes integers: convert the module by "
    "module.float(), and numbers inside of it by X.float() or X.long()."
)

# Part of torch's message -> ours.
_MEANINGS = {
    "index out of range in self": _CODES,
    "device-side assert triggered": _CODES,
    "Expected more than 1 value per channel when training": (
        "BatchNorm needs more than one value to compute a variance, and a batch has "
        "one row. Raise batch_size, or use nn.LayerNorm."
    ),
    "element 0 of tensors does not require grad": (
        "The loss does not depend on what the module learns, so there is no gradient. "
        "Do not use .detach(), .item(), .numpy(), torch.no_grad() or a conversion to "
        "whole numbers in the forward of the module or in the criterion."
    ),
    "modified by an inplace operation": _IN_PLACE,
    "is being used in an in-place operation": _IN_PLACE,
    "cannot assign module before Module.__init__() call": (
        "The module makes layers before it calls super().__init__(). Call that first "
        "in its __init__."
    ),
    "must have the same dtype": _DTYPE,
    "expected scalar type": _DTYPE,
    "expected m1 and m2 to have the same dtype": _DTYPE,
    "'indices' to have one of the following scalar types": (
        "The module looks up codes in an nn.Embedding, and got numbers that are not "
        "integers. Pass X with an integer type, as by X.astype(int), and leave "
        "scaler='auto', which does not scale codes."
    ),
    # "Target 2 is out of bounds."; after that of an index, its axis is named
    "is out of bounds.": (
        "The output of the module has fewer columns than there are classes. It must "
        "have the same shape in training and in prediction."
    ),
}


@contextmanager
def torch_errors_explained() -> Iterator[None]:
    """Raise a ValueError that says what to do, where torch's error is known."""
    try:
        yield
    except (AttributeError, IndexError, RuntimeError, TypeError, ValueError) as exc:
        text = str(exc)
        for part, meaning in _MEANINGS.items():
            if part in text and meaning not in text:
                raise ValueError(f"{meaning} torch raised: {text}") from exc
        raise
