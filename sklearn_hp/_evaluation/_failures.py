"""What an exception of a fit or a score says of its cause."""

from __future__ import annotations

import gc
import re
import traceback
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor

from sklearn_hp._records import Failure, FailureKind, SplitResult, Task

# Not in lines of source code, which are indented in a traceback.
# MemoryError, numpy's _ArrayMemoryError, what libraries in C++ say, torch on the CPU.
_MEMORY = re.compile(
    r"^([\w.<>]+\.)?\w*MemoryError\b|^\S.*(std::bad_alloc|DefaultCPUAllocator: )",
    re.MULTILINE,
)
# "CUDA out of memory", "cudaErrorMemoryAllocation: out of memory", "MPS backend out of
# memory", "cuda:0 ran out of memory" (ours), "out_of_memory: CUDA error" (RAPIDS),
# "cupy.cuda.memory.OutOfMemoryError", "RESOURCE_EXHAUSTED: Out of memory" (JAX).
_DEVICE = r"\b(cuda|hip|xpu|mps|gpu|resource_exhausted)\w*"
_FULL = r"out.?of.?memory"
_DEVICE_MEMORY = re.compile(
    rf"^\S.*?({_DEVICE}[\w.:\] ]{{0,30}}{_FULL}|{_FULL}: {_DEVICE})",
    re.MULTILINE | re.IGNORECASE,
)

# Files, modules, depth, numpy's error handling, warnings as errors, executors, ...
_ERRORS_OF_PROCESS = (
    OSError,
    ImportError,
    RecursionError,
    FloatingPointError,
    Warning,
    BrokenExecutor,
)
# ... and what is raised as ValueError and RuntimeError.
_OF_PROCESS = re.compile("closed file|can't start new thread|after shutdown")


def failure_of(
    exc: BaseException,
    keep_exception: bool,
    reason: str | None = None,
    kind: FailureKind | None = None,
) -> Failure:
    """Return the record of an exception.

    ``reason`` is the traceback unless it is given, ``kind`` is found out unless it is.
    """
    if kind is None:
        kind = _kind(exc, reason)
    if reason is None:
        reason = "".join(traceback.format_exception(exc))
    exception = exc if keep_exception else None
    return Failure(reason, exception, kind, _of_process(exc))


def not_returned(
    task: Task, reason: str, exc: Exception, keep_exception: bool, died: bool
) -> SplitResult:
    """Return the result of a task for which the pool got an exception instead.

    ``died`` says that its worker did; else it, or its result, could not be sent.
    """
    kind: FailureKind = "died" if died else _kind(exc, None)
    # too little memory to unpickle it leaves it a second chance, alone
    kind = "lost" if kind == "exception" else kind
    failure = Failure(reason, exc if keep_exception else None, kind)
    return _failed(task, failure)


def ended(task: Task, kind: FailureKind, exc: Exception, keep: bool) -> SplitResult:
    """Return the result of a task whose worker was ended for a limit.

    The exception says why; ``keep`` says whether the failure carries it.
    """
    failure = Failure(str(exc), exc if keep else None, kind)
    return _failed(task, failure)


def _failed(task: Task, failure: Failure) -> SplitResult:
    """Return the result of a task that returned none."""
    return SplitResult(
        *task.key, fit_time=0.0, score_time=0.0, fit_failure=failure, slot=task.slot
    )


def _kind(exc: BaseException, reason: str | None) -> FailureKind:
    # of several metrics, one that raised is known by its traceback only
    text = reason
    if text is None:
        text = "\n".join(_line(cause) for cause in _causes(exc))
    if _DEVICE_MEMORY.search(text):
        return "device memory"
    is_memory_error = any(isinstance(cause, MemoryError) for cause in _causes(exc))
    if is_memory_error or _MEMORY.search(text):
        return "memory"
    return "exception"


def _line(exc: BaseException) -> str:
    """Return the exception as the last line of its traceback has it."""
    name = f"{type(exc).__module__}.{type(exc).__qualname__}"
    return f"{name}: {' '.join(_texts(exc))}"


def _texts(exc: BaseException) -> list[str]:
    # not str(exc), which may raise
    return [text for text in exc.args if isinstance(text, str)]


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """Yield the exception, what it was raised from, and so on."""
    cause: BaseException | None = exc
    seen = set()
    while cause is not None and id(cause) not in seen:
        yield cause
        seen.add(id(cause))
        cause = cause.__cause__


def _of_process(exc: BaseException) -> str:
    """Return the name of an error that what other fits left may have caused."""
    for cause in _causes(exc):
        if isinstance(cause, _ERRORS_OF_PROCESS) or any(
            map(_OF_PROCESS.search, _texts(cause))
        ):
            return type(cause).__name__
    return ""


def free_memory(result: SplitResult) -> None:
    """Drop what is left of a fit that ran out of memory, which others may need.

    The variables of its functions live on in the traceback of an exception that is
    kept, and networks are full of reference cycles.
    """
    exceptions = [failure.exception for failure in result.failures]
    seen = set()
    while exceptions:
        exc = exceptions.pop()
        if exc is not None and id(exc) not in seen:
            traceback.clear_frames(exc.__traceback__)
            seen.add(id(exc))
            exceptions += [exc.__cause__, exc.__context__]
    gc.collect()
