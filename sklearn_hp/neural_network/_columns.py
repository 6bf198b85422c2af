"""Category columns of a data set: which they are, and the numbers of their levels.

A network is given an array of float32. In it, a category column has the codes of its
levels: whole numbers, which float32 holds exactly up to 2**24.
"""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Number
from types import NoneType
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.preprocessing import OrdinalEncoder
from sklearn.utils.validation import check_array, validate_data

from sklearn_hp._missing_labels import are_missing
from sklearn_hp._sklearn_compat import (
    check_categorical_features,
    num_samples,
    safe_indexing,
)
from sklearn_hp.neural_network._inputs import to_float32, warn_of_offsets

# The code of a level that no row of the fit has.
UNKNOWN = 0

_MOST_LEVELS = 2**24 - 1

# Of a missing value, what the encoder returns.
_MISSING = -2

_NEITHER = (
    "Column {name!r} of X has {what}, which is neither a number nor a category. Leave "
    "the column out, or convert it: a date to numbers such as its year and day of the "
    "week, objects by X.convert_dtypes()."
)


def category_columns(X: Any, categorical_features: Any) -> np.ndarray | None:
    """Return which columns have categories.

    Parameters
    ----------
    X : {array-like, dataframe, sparse matrix} of shape (n_samples, n_features)
    categorical_features : array-like of {bool, int, str}, "from_dtype" or None
        "from_dtype" are columns of a data frame, of type category, string or bool, or
        of objects that are not all numbers.

    Returns
    -------
    is_categorical : ndarray of bool, shape (n_features,), or None
        None if there are none.

    Raises
    ------
    ValueError
        If `categorical_features` names a column that there is not.
    TypeError
        If a sparse matrix is to have categories, or if a column of a data frame holds
        neither numbers nor categories, such as dates.
    """
    if categorical_features is None:
        return None
    if isinstance(categorical_features, str):
        found = np.array(_of_type_category(X), dtype=bool)
        return found if found.any() else None
    if issparse(X):
        raise TypeError(
            f"categorical_features={categorical_features!r} needs an array or a "
            f"DataFrame, and X is a sparse matrix. Pass X.toarray(), or encode its "
            f"columns before and leave categorical_features=None."
        )
    return check_categorical_features(_with_columns(X), categorical_features)


def _of_type_category(X: Any) -> list[bool]:
    """Return for each column whether it is of a type of categories."""
    import narwhals as nw  # scikit-learn needs it

    if not nw.dependencies.is_into_dataframe(X):
        return []
    if not nw.dependencies.is_pandas_dataframe(X):
        frame = nw.from_native(X)
        return [_is_category(frame[name]) for name in frame.columns]
    return [
        # numpy's numbers, for speed: a data set may have thousands of columns
        getattr(dtype, "kind", "O") not in "iufc"
        and _is_category(nw.from_native(X.iloc[:, i], series_only=True))
        for i, dtype in enumerate(X.dtypes)
    ]


def _is_category(column: Any) -> bool:
    import narwhals as nw

    if column.dtype in (nw.Categorical, nw.Enum, nw.String, nw.Boolean):
        return True
    if column.dtype.is_temporal():
        raise TypeError(_NEITHER.format(name=column.name, what=column.dtype))
    if column.dtype != nw.Object:
        return False
    # pandas keeps strings as objects, and booleans where one is missing
    values = column.to_numpy()
    if any(isinstance(value, (str, bytes, bool, np.bool_)) for value in values):
        return True
    for value in values:
        if not isinstance(value, (Number, NoneType)):
            raise TypeError(_NEITHER.format(name=column.name, what=repr(value)))
    return False


def _with_columns(X: Any) -> Any:
    """Return a data frame as it is, and an array of anything else."""
    if hasattr(X, "columns"):
        return X
    # numpy would make numbers beside strings into strings
    dtype = None if hasattr(X, "dtype") else object
    return check_array(X, dtype=dtype, ensure_all_finite=False, input_name="X")


def _kinds(values: Iterable[Any]) -> set[str]:
    return {"text" if isinstance(value, str) else "numbers" for value in values}


class Levels:
    """The levels of category columns, and their codes.

    Codes count from 1 in the order of the levels; a missing value comes last, if rows
    of the fit have any. `UNKNOWN` is all else.

    Parameters
    ----------
    X : {array-like, dataframe} of shape (n_samples, n_features)
        Rows of the fit.
    is_categorical : ndarray of bool, shape (n_features,)

    Attributes
    ----------
    is_categorical : ndarray of bool, shape (n_features,)
    n_levels : list of int, length n_categorical
        By column; a missing value counts as a level.
    """

    def __init__(self, X: Any, is_categorical: np.ndarray) -> None:
        self.is_categorical = is_categorical
        self._encoder = OrdinalEncoder(
            handle_unknown="use_encoded_value",
            unknown_value=-1,
            encoded_missing_value=_MISSING,
        )
        try:
            self._encoder.fit(self._values(X))
        except TypeError as exc:
            raise TypeError(
                f"A category column of X has values that cannot be sorted, such as "
                f"text beside numbers. Convert it, as with X[name].astype(str). "
                f"scikit-learn raised: {exc}"
            ) from exc
        self.n_levels = [len(levels) for levels in self.categories]
        if max(self.n_levels) > _MOST_LEVELS:
            raise ValueError(
                f"A category column has {max(self.n_levels)} levels, more than "
                f"{_MOST_LEVELS}. Leave it out, or join its rare levels."
            )

    @property
    def categories(self) -> list[np.ndarray]:
        """The levels of each column, sorted; None for a missing value comes last."""
        return self._encoder.categories_

    def codes(self, X: Any) -> np.ndarray:
        """Return the codes of the levels, of shape (n_samples, n_categorical)."""
        values = self._values(X)
        codes = self._encoder.transform(values)
        self._check_kinds(X, values, codes)
        return np.where(codes == _MISSING, self.n_levels, codes + 1)

    def _check_kinds(self, X: Any, values: np.ndarray, codes: np.ndarray) -> None:
        """Refuse numbers where fit saw text, and the like: no level would be known."""
        names = list(getattr(X, "columns", range(len(self.is_categorical))))
        where = np.flatnonzero(self.is_categorical)
        for column, known in enumerate(self.categories):
            there = [value for value in values[:, column] if value is not None]
            if not there or not (codes[:, column] < 0).any():
                continue
            now, before = _kinds(there), _kinds(v for v in known if v is not None)
            if before and now.isdisjoint(before):
                raise ValueError(
                    f"Column {names[where[column]]!r} of X has {now.pop()} such as "
                    f"{there[0]!r}, and had {before.pop()} such as {known[0]!r} in "
                    f"fit, so that none of its values is known. Convert it to what it "
                    f"was."
                )

    def _values(self, X: Any) -> np.ndarray:
        """Return the category columns as objects, with None for a missing value."""
        columns = [
            np.asarray(safe_indexing(X, int(i), axis=1), dtype=object)
            for i in np.flatnonzero(self.is_categorical)
        ]
        values = np.column_stack(columns)
        values[are_missing(values)] = None
        return values


def check_columns(
    estimator: Any, X: Any, levels: Levels | np.ndarray, *, reset: bool
) -> tuple[np.ndarray, Levels]:
    """Validate a data set that has category columns.

    Parameters
    ----------
    estimator : estimator
        Keeps, or is checked for, number and names of columns.
    X : {array-like, dataframe} of shape (n_samples, n_features)
    levels : Levels, or ndarray of bool of shape (n_features,)
        Of the fit; which columns have categories, if this is the fit.
    reset : bool
        Whether this is the first fit.

    Returns
    -------
    table : ndarray of shape (n_samples, n_features), dtype float32
        Numbers, NaN where one is missing; codes in the category columns.
    levels : Levels

    Raises
    ------
    ValueError
        If a number is infinite, or beyond the range of float32; if a category column
        has numbers where it had text in the fit, or the other way round.
    TypeError
        If the values of a category column cannot be sorted.
    """
    X = _with_columns(X)
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    is_categorical = levels if isinstance(levels, np.ndarray) else levels.is_categorical
    numbers = _numbers_of(X, np.flatnonzero(~is_categorical))
    if reset:
        warn_of_offsets(numbers)
    if isinstance(levels, np.ndarray):
        levels = Levels(X, is_categorical)
    table = np.empty((len(numbers), len(is_categorical)), dtype=np.float32)
    table[:, ~is_categorical] = to_float32(numbers)
    table[:, is_categorical] = levels.codes(X)
    return table, levels


def _numbers_of(X: Any, columns: np.ndarray) -> np.ndarray:
    """Return the columns of numbers, of any type, validated."""
    if not len(columns):
        return np.empty((num_samples(X), 0))
    numbers = check_array(
        safe_indexing(X, columns, axis=1),
        accept_sparse=True,  # pandas has columns that are
        dtype="numeric",
        ensure_all_finite="allow-nan",
        input_name="X",
    )
    return numbers.toarray() if issparse(numbers) else numbers
