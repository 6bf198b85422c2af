"""What an exception says of its cause; errors as the libraries word them."""

import traceback

import numpy as np
import pytest

from sklearn_hp._evaluation._failures import failure_of


class BoosterError(Exception):
    """Of a library in C++, as XGBoost's and LightGBM's."""


# Its qualified name is all that tells of the device.
CuPyError = type("OutOfMemoryError", (MemoryError,), {"__module__": "cupy.cuda.memory"})


def raised(exc, cause=None):
    try:
        raise exc from (cause or exc.__cause__)
    except type(exc) as caught:
        return caught


def of_device():
    torch = pytest.importorskip("torch")
    pytest.importorskip("skorch")
    from sklearn_hp.neural_network._device import memory_error_on

    try:
        with memory_error_on(torch.device("cuda:1"), "Lower batch_size."):
            raise torch.OutOfMemoryError("it is full")
    except MemoryError as exc:
        return exc


def of_cpu():
    torch = pytest.importorskip("torch")
    pytest.importorskip("skorch")
    from sklearn_hp.neural_network._device import memory_error_on

    try:
        with memory_error_on(torch.device("cpu"), "Or pass device='cuda:1'."):
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
    except MemoryError as exc:
        return exc


MEMORY = {
    "Python": lambda: MemoryError(),
    "numpy": lambda: np.empty(2**50),
    "cause": lambda: raised(RuntimeError("no"), MemoryError()),
    "C++": lambda: BoosterError("std::bad_alloc"),
    "torch on the CPU": lambda: RuntimeError(
        "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't "
        "allocate memory: you tried to allocate 4000000000000 bytes."
    ),
    "ours on the CPU": of_cpu,
}
DEVICE_MEMORY = {
    "CUDA": lambda: RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    "HIP": lambda: RuntimeError("HIP out of memory. Tried to allocate 2.00 GiB."),
    "MPS": lambda: RuntimeError("MPS backend out of memory (MPS allocated: 5 GB)."),
    "driver": lambda: RuntimeError("CUDA error: out of memory\nCUDA kernel errors ..."),
    "CatBoost": lambda: BoosterError("catboost/cuda: CUDA error 2: out of memory"),
    "XGBoost": lambda: BoosterError(
        "[10:00:00] src/common.cuh:70: Memory allocation error on worker 0:\n"
        "bad_alloc: cudaErrorMemoryAllocation: out of memory\n- Free memory: 1MB"
    ),
    "RAPIDS": lambda: MemoryError("std::bad_alloc: out_of_memory: CUDA error at: x"),
    "JAX": lambda: RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying"),
    "CuPy": lambda: CuPyError("Out of memory allocating 8,000,000,000 bytes."),
    "cause": lambda: raised(ValueError("no"), RuntimeError("CUDA out of memory.")),
    "ours": of_device,
}
EXCEPTION = {
    "plain": lambda: ValueError("no"),
    "name": lambda: ValueError("'MemoryError' is not a number"),
    "other device error": lambda: RuntimeError("CUDA error: invalid device ordinal"),
    "memory of a device": lambda: ValueError("device 'cuda:0' has 8 GB of memory"),
    "no text": lambda: ValueError(3, None),
}


def kinds(make):
    """Return the kind of an error, and that of a metric known by its traceback."""
    try:
        exc = raised(make())
    except MemoryError as raised_by_library:
        exc = raised_by_library
    trace = "".join(traceback.format_exception(exc))
    as_text = failure_of(ValueError(trace), False, trace)
    assert as_text.reason == trace
    return failure_of(exc, False).kind, as_text.kind


@pytest.mark.parametrize("error", MEMORY)
def test_out_of_memory(error):
    assert kinds(MEMORY[error]) == ("memory", "memory")


@pytest.mark.parametrize("error", DEVICE_MEMORY)
def test_out_of_memory_on_a_device(error):
    assert kinds(DEVICE_MEMORY[error]) == ("device memory", "device memory")


@pytest.mark.parametrize("error", EXCEPTION)
def test_other_exceptions(error):
    assert kinds(EXCEPTION[error]) == ("exception", "exception")


def test_source_code_that_speaks_of_memory_does_not_count():
    def predict():
        raise ValueError("no")  # CUDA out of memory: std::bad_alloc, MemoryError

    with pytest.raises(ValueError, match="no") as caught:
        predict()
    trace = "".join(traceback.format_exception(caught.value))
    assert "std::bad_alloc" in trace
    assert failure_of(ValueError(trace), False, trace).kind == "exception"


def test_a_kind_that_is_known_is_not_looked_for():
    assert failure_of(MemoryError(), False, kind="died").kind == "died"
