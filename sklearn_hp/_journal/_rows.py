"""Rows of the file <-> results. All of it is text and numbers; nothing is executed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sklearn_hp._canonical import canonical
from sklearn_hp._records import Failure, Kept, Limits, SplitResult

# Of a result, what is written as it is.
_PLAIN = (
    "fit_time",
    "score_time",
    "test_scores",
    "train_scores",
    "multimetric",
    "n_iter",
    "in_used_process",
    "started",
    "slot",
)


class DamagedError(ValueError):
    """A row is not what was written."""


@dataclass(frozen=True, slots=True)
class Row:
    """A result, the texts of the parameters it is of, and the limits on its fit."""

    texts: dict[str, str]
    result: SplitResult
    limits: Limits = field(default_factory=Limits)

    def may_end_otherwise(self, limits: Limits) -> bool:
        """Whether it failed by a limit, and these are larger."""
        kinds = {failure.kind for failure in self.result.failures}
        return ("timeout" in kinds and limits.seconds > self.limits.seconds) or (
            "memory limit" in kinds and limits.n_bytes > self.limits.n_bytes
        )

    @property
    def text(self) -> str:
        """The parameters, as `canonical` writes them."""
        pairs = sorted((repr(name), text) for name, text in self.texts.items())
        return f"{{{', '.join(f'{name}: {text}' for name, text in pairs)}}}"


def texts_of(params: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of parameters by their names."""
    return {name: canonical(value) for name, value in params.items()}


def encode(number: int, row: Row) -> tuple[Any, ...]:
    """Return the columns of the row with this number in the file."""
    result = row.result
    content = {name: getattr(result, name) for name in _PLAIN}
    if result.fit_failure is not None:
        content["fit_failure"] = _of_failure(result.fit_failure)
    if result.score_failures:
        content["score_failures"] = [
            [*where, _of_failure(failure)]
            for where, failure in result.score_failures.items()
        ]
    if result.kept is not None:
        kept = result.kept
        content["kept"] = [kept.method, kept.predictions, kept.reason]
    if row.limits:
        content["limits"] = [row.limits.seconds, row.limits.n_bytes]
    columns = (
        number,
        *result.key,
        _written(row.texts),
        _written(content),
    )
    return *columns, _checksum(columns)


def decode(columns: tuple[Any, ...]) -> Row:
    """Return the row that `encode` made columns of.

    Raises
    ------
    DamagedError
        If it made other ones.
    """
    *content, checksum = columns
    if checksum != _checksum(tuple(content)):
        raise DamagedError
    _, trial, split, resource, texts, result = content
    fields = json.loads(result)
    fit_failure = fields.pop("fit_failure", None)
    score_failures = fields.pop("score_failures", ())
    kept = fields.pop("kept", None)
    limits = Limits(*fields.pop("limits", ()))
    return Row(
        json.loads(texts),
        SplitResult(
            trial,
            split,
            resource,
            **fields,
            fit_failure=None if fit_failure is None else Failure(**fit_failure),
            score_failures={
                (which, metric): Failure(**failure)
                for which, metric, failure in score_failures
            },
            kept=None if kept is None else Kept(kept[0], kept[1], reason=kept[2]),
        ),
        limits,
    )


def checked_text(name: str, text: str) -> str:
    """Return a text with a checksum, as `text_of_checked` reads it."""
    return f"{_checksum((name, text))} {text}"


def text_of_checked(name: str, stored: Any) -> str:
    """Return a text that has the checksum it begins with.

    Raises
    ------
    DamagedError
        If it has another one.
    """
    checksum, _, text = str(stored).partition(" ")
    if checksum != _checksum((name, text)):
        raise DamagedError
    return text


def _of_failure(failure: Failure) -> dict[str, str]:
    return {
        "reason": failure.reason,
        "kind": failure.kind,
        "of_process": failure.of_process,
    }


def _as_python(value: Any) -> Any:
    """Return a number of numpy's as one of Python's."""
    return value.item()


_written = json.JSONEncoder(default=_as_python).encode


def _checksum(columns: tuple[Any, ...]) -> str:
    content = repr(columns).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=8).hexdigest()
