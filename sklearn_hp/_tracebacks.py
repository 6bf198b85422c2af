"""Read a traceback as text, which is all that travels of an exception."""

from __future__ import annotations

import re

_FRAME = '  File "'
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+\b")
# Where scikit-learn looks at the data.
_VALIDATION = re.compile(r"sklearn[\\/]utils[\\/](validation|multiclass)\.py")
# A mistake in the code.
_BUGS = re.compile(r"(AttributeError|NameError|UnboundLocalError|\w*ImportError)\b")


def error_line(reason: str) -> str:
    """Return the line that says what went wrong.

    Parameters
    ----------
    reason : str
        The traceback of an exception, or a sentence.

    Returns
    -------
    line : str
        Of a traceback, the type of the exception and the first line of its message;
        otherwise the first line.
    """
    lines = reason.strip().splitlines() or ["There is no reason."]
    _, after = _split(lines)
    if after:
        return after[0]
    # lines of a group of exceptions stand behind a bar, and its frames are indented
    of_group = (line for line in lines if re.match(r"  \| \S", line))
    return next(of_group, lines[0]).removeprefix("  | ")


def same_error(reason: str) -> tuple[str, str] | None:
    """Return what two tracebacks have in common if the same thing went wrong.

    Parameters
    ----------
    reason : str
        The traceback of an exception, or a sentence.

    Returns
    -------
    where_and_what : (str, str) or None
        The line of code that raised it, and the exception with its whole message,
        without addresses in memory. None if it is no traceback: a sentence such as that
        a worker died has many causes.
    """
    frame, after = _split(reason.strip().splitlines())
    if frame is None or not after:
        return None
    return frame, _ADDRESS.sub("0x", "\n".join(after))


def is_of_data_or_code(reason: str) -> bool:
    """Whether an error is hardly ever one of the parameters.

    Parameters
    ----------
    reason : str
        The traceback of an exception.

    Returns
    -------
    is_of_data_or_code : bool
        Whether scikit-learn refused the data, or something is missing from the code.
    """
    lines = reason.strip().splitlines()
    if any(line.startswith(_FRAME) and _VALIDATION.search(line) for line in lines):
        return True
    return _BUGS.match(error_line(reason)) is not None


def _split(lines: list[str]) -> tuple[str | None, list[str]]:
    """Return the last frame of a traceback and the lines behind its source code."""
    frames = [i for i, line in enumerate(lines) if line.startswith(_FRAME)]
    if not frames:
        return None, []
    last = frames[-1]
    for i in range(last + 1, len(lines)):
        if not lines[i].startswith(" "):
            return lines[last].strip(), lines[i:]
    return lines[last].strip(), []
