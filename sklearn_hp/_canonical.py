"""A text for any value: the same in another process, and for nothing else.

By it, what is in a file is compared with what a script has now: parameters, functions,
data. Values are told apart by what they are, never by where they lie in memory: equal
arrays of another memory layout have one text.
"""

from __future__ import annotations

import decimal
import fractions
import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import partial
from pathlib import PurePath
from types import (
    BuiltinFunctionType,
    FunctionType,
    MethodType,
    ModuleType,
)
from typing import Any

import joblib
import numpy as np
from scipy import sparse
from scipy.stats import rv_continuous, rv_discrete
from scipy.stats.distributions import rv_frozen
from sklearn.base import BaseEstimator

from sklearn_hp._code import code_texts, constants_of, functions_of, is_installed

# Written as Python writes them. `repr` of a float is exact.
_AS_WRITTEN = (type(None), bool, int, float, complex, str, bytes)
# Written with their type, as their text alone could be a string's or a number's.
_WITH_TYPE = (PurePath, decimal.Decimal, fractions.Fraction)

# So many bytes of an array are hashed at once, and copied if they are not contiguous.
_N_BYTES = 1 << 20

# Of numpy's scalars, those that are no number or text of Python's: what `item` returns
# of a date may be a bare number.
_NO_PYTHON = (np.void, np.datetime64, np.timedelta64)

# Whose content hashlib reads in place.
_WITH_BUFFER = "biufcSU"

_MAX_WRITTEN = 120

Special = Callable[[Any], str | None]


class NoTextError(TypeError):
    """A value cannot be told from others, in another process."""


def canonical(value: Any, special: Special | None = None) -> str:
    """Return a text that is the same in another process, and for nothing else.

    Parameters
    ----------
    value : object
        Numbers, strings, containers, functions, estimators, distributions, arrays, data
        frames. Anything else by what :mod:`pickle` would write of it; none of it is
        pickled, and nothing is executed but its ``__reduce_ex__``. NumPy's numbers are
        the same as Python's.
    special : callable, default=None
        ``special(value)`` returns the text of a value that is to be written in another
        way, None for all others; also of those inside of others.

    Returns
    -------
    text : str
        Readable where it is short; content that is longer is a digest.

    Raises
    ------
    NoTextError
        If it holds something that cannot be pickled, such as a lock or a socket.

    Examples
    --------
    >>> from sklearn_hp._canonical import canonical
    >>> canonical({"kernel": "rbf", "C": 1.0})
    "{'C': 1.0, 'kernel': 'rbf'}"
    """
    kind = type(value)
    if special is None and kind in _AS_WRITTEN:
        return repr(value)
    try:
        return _Writer(special).text(value)
    except RecursionError as exc:
        raise NoTextError(f"a {_name(kind)} is nested too deeply") from exc


def described(value: Any) -> str:
    """Return `canonical`, cut to what a person reads, with a digest of the rest."""
    text = canonical(value)
    if len(text) <= _MAX_WRITTEN:
        return text
    return f"{text[:_MAX_WRITTEN]}... ({digest([text.encode()])})"


def digest(parts: Iterable[Any]) -> str:
    """Return a hash of bytes, 128 bits as text."""
    # of what hashlib has for certain, the fastest where processors have instructions
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest()[:32]


def _digest_of_texts(texts: Iterable[str]) -> str:
    # with their lengths: "1", "23" are not "12", "3"
    return digest(f"{len(text)} {text}".encode() for text in texts)


class _Writer:
    """Writes one value; knows what it is inside of, as a value may contain itself."""

    def __init__(self, special: Special | None) -> None:
        self._special = special
        self._inside: dict[int, int] = {}
        self._fitted = False  # whether what estimators have learnt counts

    def text(self, value: Any) -> str:
        if self._special is not None:
            own = self._special(value)
            if own is not None:
                return own
        if isinstance(value, np.generic) and not isinstance(value, _NO_PYTHON):
            plain = value.item()
            if not isinstance(plain, np.generic):
                value = plain
        if type(value) in _AS_WRITTEN:
            return repr(value)
        if id(value) in self._inside:
            return f"<what is {len(self._inside) - self._inside[id(value)]} outside>"
        self._inside[id(value)] = len(self._inside)
        try:
            return self._of_object(value)
        finally:
            del self._inside[id(value)]

    def _of_object(self, value: Any) -> str:
        kind = type(value)
        if kind is list:
            return f"[{self._joined(value)}]"
        if kind is tuple:
            return f"({self._joined(value)},)"
        if kind is dict:
            return self._of_dict(value)
        if kind in (set, frozenset):
            return f"{kind.__name__}({', '.join(sorted(map(self.text, value)))})"
        if isinstance(value, Enum):
            return f"{_name(kind)}.{value.name}"
        if isinstance(value, _WITH_TYPE):
            return f"{kind.__name__}({str(value)!r})"
        for write in (self._of_function, self._of_data, self._of_distribution):
            text = write(value)
            if text is not None:
                return text
        # of the type, as an object may have any attribute that it is asked for
        if hasattr(kind, "get_params") and not self._fitted:
            return self._of_estimator(value)
        return self._of_parts(value)

    def _joined(self, values: Iterable[Any]) -> str:
        return ", ".join(map(self.text, values))

    def _of_dict(self, value: dict[Any, Any]) -> str:
        pairs = sorted((self.text(key), self.text(of)) for key, of in value.items())
        return f"{{{', '.join(f'{key}: {of}' for key, of in pairs)}}}"

    # ---- code -------------------------------------------------------------------

    def _of_function(self, value: Any) -> str | None:
        if isinstance(value, partial):
            parts = [value.func, value.args, value.keywords]
            return f"partial({self._joined(parts)})"
        if isinstance(value, MethodType):
            return f"{self.text(value.__self__)}.{value.__func__.__name__}"
        if isinstance(value, FunctionType):
            return self._of_python_function(value)
        if isinstance(value, type):
            return self._of_class(value)
        if isinstance(value, ModuleType):
            return f"module {value.__name__}"
        if isinstance(value, BuiltinFunctionType) and value.__module__ is None:
            owner = value.__self__  # of a method such as [].append
            return f"{self.text(owner)}.{value.__name__}"
        if isinstance(value, BuiltinFunctionType | np.ufunc):
            if value.__name__.endswith(" (vectorized)"):  # by numpy.frompyfunc
                raise NoTextError(f"nobody can say what {value!r} does")
            return _name(value)
        return None

    def _of_python_function(self, function: FunctionType) -> str:
        if is_installed(function) and "<" not in function.__qualname__:
            return _name(function)
        return f"{_name(function)} ({self._of_code([function])})"

    def _of_class(self, kind: type) -> str:
        functions = functions_of(kind)
        if not functions:
            return _name(kind)
        return f"{_name(kind)} ({self._of_code(functions, constants_of(kind))})"

    def _of_code(self, functions: list[FunctionType], constants: Any = ()) -> str:
        texts = code_texts(functions, self.text)
        return _digest_of_texts([*texts, *map(self.text, constants)])

    # ---- data -------------------------------------------------------------------

    def _of_data(self, value: Any) -> str | None:
        if isinstance(value, np.ndarray):
            return self._of_array(value)
        if sparse.issparse(value):
            return self._of_sparse(value)
        pandas = sys.modules.get("pandas")
        if pandas is not None:
            if isinstance(value, pandas.DataFrame):
                return self._of_frame(value, pandas)
            if isinstance(value, pandas.Series | pandas.Index):
                return self._of_series(value, pandas)
        polars = sys.modules.get("polars")
        if polars is not None and isinstance(value, polars.DataFrame):
            columns = [(c.name, str(c.dtype), c.to_numpy()) for c in value]
            return f"polars {value.shape} {digest([self.text(columns).encode()])}"
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(value, torch.Tensor):
            content = value.detach().cpu()
            if value.dtype is torch.bfloat16:  # which NumPy lacks
                content = content.view(torch.int16)
            return f"tensor {value.dtype} {self._of_array(content.numpy())}"
        return None

    def _of_array(self, array: np.ndarray) -> str:
        if isinstance(array, np.ma.MaskedArray):
            return f"masked {self._joined([array.data, np.ma.getmaskarray(array)])}"
        if array.dtype.hasobject:
            content = _digest_of_texts(map(self.text, array.ravel().tolist()))
        else:
            content = digest(_blocks(np.asarray(array)))
        return f"array {array.shape} {array.dtype!s} {content}"

    def _of_sparse(self, matrix: Any) -> str:
        rows = matrix.tocsr(copy=True)
        rows.sum_duplicates()  # sorts indices too
        parts = [rows.data, rows.indices.astype(np.int64), rows.indptr.astype(np.int64)]
        content = digest(block for part in parts for block in _blocks(part))
        return f"sparse {rows.shape} {rows.dtype.str} {content}"

    def _of_frame(self, frame: Any, pandas: Any) -> str:
        columns = [
            self._of_series(frame.iloc[:, i], pandas) for i in range(frame.shape[1])
        ]
        parts = [self.text(list(frame.columns)), *columns, self.text(frame.index)]
        return f"frame {frame.shape} {_digest_of_texts(parts)}"

    def _of_series(self, series: Any, pandas: Any) -> str:
        if isinstance(series, pandas.RangeIndex):
            return repr(series)
        dtype = series.dtype
        if isinstance(dtype, np.dtype) and not dtype.hasobject:
            content = self._of_array(series.to_numpy())
        else:
            content = self._of_column(series, dtype, pandas)
        return f"column {series.name!r} {dtype} {content}"

    def _of_column(self, series: Any, dtype: Any, pandas: Any) -> str:
        if isinstance(dtype, pandas.CategoricalDtype):
            values = pandas.Categorical(series)
            parts = [values.codes, list(dtype.categories), bool(dtype.ordered)]
            return digest([self.text(parts).encode()])
        inferred = pandas.api.types.infer_dtype(series, skipna=False)
        if inferred != "string" and isinstance(dtype, np.dtype):  # of mixed types
            return self._of_array(series.to_numpy(dtype=object))
        hashed = pandas.util.hash_pandas_object(series, index=False)
        missing = series.isna() if hasattr(series, "isna") else ()
        return self.text([hashed.to_numpy(), np.asarray(missing)])

    # ---- objects ----------------------------------------------------------------

    def _of_distribution(self, value: Any) -> str | None:
        # they hold a random generator, whose state says nothing of them
        if isinstance(value, rv_frozen):
            keywords = self._of_dict(value.kwds)
            return f"{self.text(value.dist)}({self._joined(value.args)}, {keywords})"
        if isinstance(value, rv_continuous | rv_discrete):
            values = [getattr(value, name, None) for name in ("a", "b", "xk", "pk")]
            return f"{_name(type(value))} {value.name} ({self._joined(values)})"
        return None

    def _of_estimator(self, value: Any) -> str:
        """Write what a clone is made of: parameters, or all where it keeps more."""
        kind = type(value)
        cloned_by = getattr(kind, "__sklearn_clone__", None)
        if cloned_by not in (None, getattr(BaseEstimator, "__sklearn_clone__", None)):
            self._fitted = True
            try:
                return self._of_parts(value)
            finally:
                self._fitted = False
        params = self._of_dict(dict(value.get_params(deep=False)))
        return f"{self._of_class(kind)}({params})"

    def _of_parts(self, value: Any) -> str:
        if isinstance(value, joblib.Memory):
            return "joblib.Memory"  # where a cache is says nothing of what it holds
        try:
            reduced = value.__reduce_ex__(4)
        except Exception as exc:  # user code
            raise NoTextError(
                f"a {_name(type(value))} cannot be told from others, as it cannot be "
                f"pickled: {exc}"
            ) from exc
        if isinstance(reduced, str):
            module = getattr(type(value), "__module__", "")
            name = f"{getattr(value, '__module__', module)}.{reduced}"
            # as functools.lru_cache makes of a function
            inner = getattr(value, "__wrapped__", None)
            around = "" if inner is None else f" around {self.text(inner)}"
            return f"{_name(type(value))} {name}{around}"
        made_by, args, *rest = reduced
        parts = [part if part is None else _listed(part) for part in rest[:3]]
        return f"{self.text(made_by)}({self._joined(args)}, {self._joined(parts)})"


def _name(value: Any) -> str:
    module = getattr(value, "__module__", None)
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if module == "__mp_main__":  # what is __main__ in a process that was spawned
        module = "__main__"
    return f"{module}.{name}"


def _listed(part: Any) -> Any:
    """Return state as it is, and iterators over elements as lists."""
    return list(part) if isinstance(part, Iterator) else part


def _blocks(array: np.ndarray) -> Iterator[Any]:
    """Yield the content of an array in C order, in blocks of bounded size."""
    if array.ndim == 0 or array.size == 0:
        yield array.tobytes()
        return
    n_rows = max(1, _N_BYTES // max(1, array[:1].nbytes))
    for start in range(0, len(array), n_rows):
        block = np.ascontiguousarray(array[start : start + n_rows])
        yield block if block.dtype.kind in _WITH_BUFFER else block.tobytes()
