"""What functions and classes of a user do, told by their code."""

from __future__ import annotations

import dis
import inspect
import os
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

# Functions of Python and of installed packages are told by their names: their code
# changes with the version. So are ours, wherever they are.
_INSTALLED = ("site-packages", "dist-packages")
_PYTHON = ("<frozen ", sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))
_OURS = os.path.dirname(__file__) + os.sep

_CONSTANTS = (type(None), bool, int, float, complex, str, bytes)

Write = Callable[[Any], str]


def is_installed(function: FunctionType) -> bool:
    """Whether the version of a package says what a function does."""
    return _is_of_package(inspect.unwrap(function).__code__.co_filename)


def _is_of_package(file: str) -> bool:
    return file.startswith((*_PYTHON, _OURS)) or any(n in file for n in _INSTALLED)


def functions_of(kind: type) -> list[FunctionType]:
    """Return the functions that a user wrote for a class and those it inherits from."""
    members = [
        member
        for one in kind.__mro__
        if not _is_of_package(_file_of(one))
        for _, value in sorted(vars(one).items())
        for member in _unwrapped(value)
    ]
    return [m for m in members if isinstance(m, FunctionType) and not is_installed(m)]


def constants_of(kind: type) -> list[tuple[str, Any]]:
    """Return the class attributes that are constants, by their names.

    What methods set, such as a counter of fits, is none.
    """
    codes = [function.__code__ for function in functions_of(kind)]
    written = {name for code in codes for name in _names_in(code)[1]}
    return sorted(
        (name, value)
        for one in kind.__mro__
        if not _is_of_package(_file_of(one))
        for name, value in vars(one).items()
        if type(value) in _CONSTANTS
        and not name.startswith("__")
        and name not in written
    )


def _file_of(kind: type) -> str:
    """Return the file of the module of a class; "" for a script."""
    if kind.__module__ in ("__main__", "__mp_main__"):
        return ""
    module = sys.modules.get(kind.__module__)
    if module is None:  # it was made by hand: nobody knows
        return ""
    return getattr(module, "__file__", None) or _PYTHON[0]


def code_texts(functions: Iterable[FunctionType], write: Write) -> Iterator[str]:
    """Yield what functions do, and those of the same user that they call.

    Parameters
    ----------
    functions : iterable of function
        The functions.
    write : callable
        ``write(value)`` returns the text of constants, defaults and closures.

    Yields
    ------
    text : str
        Without the place of the code and the names of files.
    """
    queue = list(functions)
    seen = set(map(id, queue))
    for function in queue:  # which grows
        cells = [_content(cell) for cell in function.__closure__ or ()]
        yield from _of_code(function.__code__, write)
        yield write([function.__defaults__, function.__kwdefaults__, cells])
        for name, value in _globals_of(function):
            if type(value) in _CONSTANTS:
                yield f"{name} = {write(value)}"
            found = functions_of(value) if isinstance(value, type) else [value]
            new = [f for f in found if _is_users(f) and id(f) not in seen]
            seen.update(map(id, new))
            queue.extend(new)


def _of_code(code: CodeType, write: Write) -> Iterator[str]:
    yield (code.co_code + b"|" + code.co_exceptiontable).hex()
    yield repr((code.co_names, code.co_varnames, code.co_freevars))
    n_arguments = (
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
    )
    yield repr((*n_arguments, code.co_flags))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _of_code(constant, write)
        else:
            yield write(constant)


def _globals_of(function: FunctionType) -> Iterator[tuple[str, Any]]:
    read, written = _names_in(function.__code__)
    for name in read:
        if name in function.__globals__ and name not in written:
            yield name, function.__globals__[name]


@lru_cache(maxsize=1000)
def _names_in(code: CodeType) -> tuple[list[str], set[str]]:
    """Return which globals code reads, and which globals and attributes it sets."""
    read, written = {}, set()
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            inner_read, inner_written = _names_in(constant)
            read.update(dict.fromkeys(inner_read))
            written |= inner_written
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            read[instruction.argval] = None
        elif instruction.opname in ("STORE_GLOBAL", "STORE_ATTR"):
            written.add(instruction.argval)
    return list(read), written


def _is_users(value: Any) -> bool:
    return isinstance(value, FunctionType) and not is_installed(value)


def _unwrapped(member: Any) -> tuple[Any, ...]:
    """Return the functions that a member of a class is made of."""
    if isinstance(member, property):
        return member.fget, member.fset, member.fdel
    if isinstance(member, staticmethod | classmethod):
        return (member.__func__,)
    return (member,)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # of a name that has no value yet
        return None
