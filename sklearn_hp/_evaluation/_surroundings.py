"""What a fit finds in its process, and leaves there for the next.

A fit can change the working directory, close the standard output, or turn warnings into
errors. The fits after it are other candidates, which would fail for it. So what many
fits depend on is saved before each fit and put back after it.

Random generators are not put back: unseeded fits would all draw the same numbers. Nor
is a longer `sys.path` or a higher recursion limit: a module that needs them sets them
when it is imported first, in one fit, and not again in the next.
"""

from __future__ import annotations

import decimal
import gc
import locale
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, NamedTuple

import joblib
import numpy as np
from sklearn import get_config, set_config

from sklearn_hp._sklearn_compat import get_threadpool_controller

try:
    import resource
except ImportError:  # on Windows
    resource = None  # type: ignore[assignment]


class _Part(NamedTuple):
    save: Callable[[], Any]
    restore: Callable[[Any], object]


def surroundings_kept() -> AbstractContextManager[None]:
    """Put back what is changed inside, of what is quickly looked at.

    What belongs to the whole process is put back in its main thread only: others could
    be at work in it beside any other thread.
    """
    return _kept(_OF_PROCESS + _OF_THREAD if _in_main_thread() else _OF_THREAD)


def worker_kept() -> AbstractContextManager[None]:
    """Put back what else is changed inside, in a process that only runs fits.

    It takes longer, and what a fit does to the user's own process, such as its signals,
    might be wanted.
    """
    return _kept(_OF_WORKER if _in_main_thread() else [])


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def _kept(parts: list[_Part]) -> Iterator[None]:
    before = [save() for save, _ in parts]
    try:
        yield
    finally:
        for (_, restore), value in zip(parts, before, strict=True):
            try:
                restore(value)
            except Exception:  # such as a working directory that was deleted
                continue


def warning_filters() -> list[Any]:
    """Return the filters that are active here, as a list that can be changed."""
    # under free threading they are not the module's list any more
    filters: Any = getattr(warnings, "_get_filters", lambda: warnings.filters)()
    return filters


# ---- of the process -----------------------------------------------------------------


def _limits() -> dict[int, tuple[int, int]]:
    return {which: resource.getrlimit(which) for which in _LIMITS}


def _restore_limits(before: dict[int, tuple[int, int]]) -> None:
    for which, (soft, hard) in before.items():
        now = resource.getrlimit(which)
        if now != (soft, hard):
            resource.setrlimit(which, (soft, now[1]))  # a hard limit stays lowered


def _working_directory() -> str | None:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return None


def _restore_working_directory(before: str | None) -> None:
    if before is not None and before != _working_directory():
        os.chdir(before)


def _environment() -> tuple[dict[Any, Any], int]:
    # the public copy decodes every variable, which takes longer than all else here
    return os.environ._data.copy(), len(sys.modules)  # type: ignore[attr-defined]


def _restore_environment(before: tuple[dict[Any, Any], int]) -> None:
    variables, n_modules = before
    if variables == os.environ._data:  # type: ignore[attr-defined]
        return
    decode_name, decode = os.environ.decodekey, os.environ.decodevalue
    decoded = {decode_name(name): decode(value) for name, value in variables.items()}
    if len(sys.modules) == n_modules:
        for name in os.environ.keys() - decoded.keys():
            del os.environ[name]
    # else what is new may be of a module that was imported: it is set once, on import
    os.environ.update(decoded)


def _restore_path(before: list[str]) -> None:
    if sys.path != before:
        sys.path[:] = before + [place for place in sys.path if place not in before]


def _restore_recursion_limit(before: int) -> None:
    if sys.getrecursionlimit() < before:
        sys.setrecursionlimit(before)


def _restore_filters(before: list[Any]) -> None:
    # only if they changed, or Python would forget which warnings it has shown already
    if warning_filters() != before:
        warnings.resetwarnings()
        warning_filters().extend(before)


def _descriptors() -> list[tuple[int, int, Any]]:
    copies = []
    for number in range(3):
        with suppress(OSError):  # closed, as in a daemon
            copies.append((number, os.dup(number), _file_of(number)))
    return copies


def _restore_descriptors(before: list[tuple[int, int, Any]]) -> None:
    for number, copy, file in before:
        if _file_of(number) != file:
            os.dup2(copy, number)
        os.close(copy)


def _file_of(descriptor: int) -> tuple[int, int] | None:
    try:
        found = os.fstat(descriptor)
    except OSError:  # it is closed
        return None
    return found.st_dev, found.st_ino


def _streams() -> tuple[Any, Any]:
    return sys.stdout, sys.stderr


def _restore_streams(before: tuple[Any, Any]) -> None:
    sys.stdout, sys.stderr = before
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(getattr(sys, name), "closed", False):
            again = open(number, "w", errors="backslashreplace", closefd=False)
            setattr(sys, name, again)
            if getattr(sys, f"__{name}__").closed:
                setattr(sys, f"__{name}__", again)


def _handlers() -> list[tuple[Any, Any]]:
    return [(which, signal.getsignal(which)) for which in _SIGNALS]


def _restore_handlers(before: list[tuple[Any, Any]]) -> None:
    for which, handler in before:
        # None is a handler that was not set by Python, nor can be
        if handler is not None and signal.getsignal(which) is not handler:
            signal.signal(which, handler)


def _alarm_is_set() -> bool:
    return signal.getitimer(signal.ITIMER_REAL) != (0.0, 0.0)


def _restore_alarm(was_set: bool) -> None:
    if not was_set:  # the caller's own goes on
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def _logging() -> tuple[int, int]:
    return logging.root.manager.disable, logging.root.level


def _restore_logging(before: tuple[int, int]) -> None:
    if _logging() != before:
        logging.disable(before[0])
        logging.root.setLevel(before[1])


def _native_threads() -> list[tuple[Any, int]]:
    controllers = get_threadpool_controller().lib_controllers
    return [(library, library.num_threads) for library in controllers]


def _restore_native_threads(before: list[tuple[Any, int]]) -> None:
    for library, n_threads in before:
        if library.num_threads != n_threads:
            library.set_num_threads(n_threads)


def _restore_errors(before: dict[str, Any]) -> None:
    if np.geterr() != before:
        np.seterr(**before)


def _restore_error_callback(before: Any) -> None:
    if np.geterrcall() is not before:
        np.seterrcall(before)


def _decimal_context() -> tuple[decimal.Context, decimal.Context]:
    context = decimal.getcontext()
    return context, context.copy()


def _restore_decimal_context(before: tuple[decimal.Context, decimal.Context]) -> None:
    context, values = before
    decimal.setcontext(context)  # not the copy: the caller may hold this one
    for name in ("prec", "rounding", "Emin", "Emax", "capitals", "clamp"):
        setattr(context, name, getattr(values, name))
    context.traps = values.traps


def _restore_config(before: dict[str, Any]) -> None:
    if get_config() != before:
        set_config(**before)


_LIMITS = [
    getattr(resource, name)
    for name in ("RLIMIT_AS", "RLIMIT_DATA", "RLIMIT_NOFILE", "RLIMIT_FSIZE")
    if hasattr(resource, name)
]
_SIGNALS = [
    getattr(signal, name)
    for name in ("SIGALRM", "SIGCHLD", "SIGPIPE", "SIGTERM")
    if hasattr(signal, name)
]

_OF_PROCESS = [
    # first what this code needs itself
    _Part(sys.getrecursionlimit, _restore_recursion_limit),
    # without it, cycles fill the memory
    _Part(gc.isenabled, lambda before: gc.enable() if before else gc.disable()),
    # relative paths, PATH, HOME and imports, also of what is imported in a fit
    _Part(_working_directory, _restore_working_directory),
    _Part(_environment, _restore_environment),
    _Part(lambda: list(sys.path), _restore_path),
    # "error" makes every warning fail a fit
    _Part(lambda: list(warning_filters()), _restore_filters),
    # to print raises where they are closed
    _Part(_streams, _restore_streams),
    _Part(_logging, _restore_logging),
]

_OF_THREAD = [
    # "raise" makes a division by zero fail a fit
    _Part(np.geterr, _restore_errors),
    _Part(np.geterrcall, _restore_error_callback),
    _Part(_decimal_context, _restore_decimal_context),
    # output as data frames, checks that are skipped
    _Part(get_config, _restore_config),
    # the backend of parallelism inside a fit
    _Part(joblib.parallel_config, joblib.parallel_config.unregister),
]

_OF_WORKER = [
    _Part(_limits, _restore_limits),
    *([_Part(_alarm_is_set, _restore_alarm)] if hasattr(signal, "setitimer") else []),
    # subprocesses and pipes fail if they are told otherwise
    _Part(_handlers, _restore_handlers),
    _Part(_descriptors, _restore_descriptors),
    # decimal commas in what is parsed and printed
    _Part(
        lambda: locale.setlocale(locale.LC_ALL),
        lambda before: locale.setlocale(locale.LC_ALL, before),
    ),
    # one thread, or too many, for all that follow
    _Part(_native_threads, _restore_native_threads),
]
