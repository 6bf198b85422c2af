"""One text for equal values, in every process, and another for all others."""

import os
import subprocess
import sys
import threading
from collections import OrderedDict
from decimal import Decimal
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.stats import loguniform, randint, uniform
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from sklearn_hp._canonical import NoTextError, canonical, described
from tests.lazy import LazyChoice

DATA = np.arange(12.0).reshape(4, 3)


def frame(**columns):
    return pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None], **columns})


def adding(n):
    def add(x):
        return x + n

    return add


def fitted(n_rows):
    rows = np.arange(2.0 * n_rows).reshape(n_rows, 2)
    return FrozenEstimator(LogisticRegression().fit(rows, np.arange(n_rows) % 2))


def recursive(value):
    values = [value]
    values.append(values)
    return values


def defined(code, name="f", **names):
    """Return what a script has, as if it were edited between two runs."""
    names = {"__name__": "__main__", **names}
    exec(compile(code, "script.py", "exec"), names)
    return names[name]


CLASS = "class f:\n  margin = {}\n  def fit(self): return {}\n  a = property({})\n"
HELPER = "def g(): return {}\ndef f(): return g()\n"
INNER = "def g(): return {}\ndef f(): return [g() for _ in 'ab']\n"
TRY = "def f():\n  {}\n  try:\n    {}\n  except ValueError: pass\n"
CACHED = "import functools\n@functools.lru_cache\ndef f(x): return x + {}\n"
WRAPPED = (
    "from sklearn.utils._param_validation import validate_params\n"
    "@validate_params({{}}, prefer_skip_nested_validation=True)\n"
    "def f(x): return x + {}\n"
)
SAME = {
    "numpy's numbers": (np.int64(3), 3),
    "numpy's floats": (np.float64(0.1), 0.1),
    "numpy's text": (np.str_("a"), "a"),
    "order of a dict": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "order of a set": ({"a", "b", "c"}, {"c", "b", "a"}),
    "memory layout": (DATA, np.asfortranarray(DATA)),
    "a view": (DATA, np.repeat(DATA, 2, axis=0)[::2]),
    "estimators": (SVC(C=2), SVC(C=2)),
    "pipelines": (make_pipeline(SVC()), make_pipeline(SVC())),
    "lambdas": (lambda x: x + 1, lambda x: x + 1),
    "closures": (adding(1), adding(1)),
    "partials": (partial(max, 1), partial(max, 1)),
    "distributions": (loguniform(1, 10), loguniform(1, 10)),
    "scorers": (make_scorer(f1_score), make_scorer(f1_score)),
    "splitters": (KFold(3), KFold(3)),
    "generators of one state": (np.random.RandomState(0), np.random.RandomState(0)),
    "frames": (frame(), frame()),
    "sparse": (sparse.csr_matrix(DATA), sparse.coo_matrix(DATA)),
    "equal parts": (["a" * 9] * 2, ["a" * 9, "".join(["a"] * 9)]),
    "fitted and frozen": (fitted(4), fitted(4)),
    "of itself": (recursive(1), recursive(1)),
    "lazy": (LazyChoice(1), LazyChoice(1)),
    "lines above": (defined("def f(): pass"), defined("\n\ndef f(): pass")),
    "what it sets": (
        defined("def f():\n global n\n n += 1", n=0),
        defined("def f():\n global n\n n += 1", n=9),
    ),
}
DIFFERENT = {
    "types of numbers": (1, 1.0, True, "1", Decimal(1), 1 + 0j, b"1", None, "None"),
    "floats": (0.1, np.nextafter(0.1, 1), np.float32(0.1)),
    "containers": (
        [1, 2],
        (1, 2),
        {1, 2},
        {1: 2},
        [[1, 2]],
        ["1, 2"],
        np.array([1, 2]),
    ),
    "order": (OrderedDict(a=1, b=2), OrderedDict(b=2, a=1)),
    "dtypes": tuple(DATA.astype(t) for t in ("f8", "f4", "i8", "u1", object, "f2")),
    "shapes": (DATA, DATA.T, DATA.ravel(), DATA[:3], DATA[None]),
    "content": (DATA, DATA + 1e-15, -DATA),
    "dates": (DATA.astype("M8[s]"), DATA.astype("M8[D]"), DATA.astype("m8[s]")),
    "masks": (np.ma.array([1, 2]), np.ma.array([1, 2], mask=[0, 1]), np.array([1, 2])),
    "estimators": (SVC(), SVC(C=2), SVC, make_pipeline(SVC())),
    "lambdas": (lambda x: x + 1, lambda x: x + 2, lambda x: x - 1, lambda x, y=1: x),
    "closures": (adding(1), adding(2)),
    "functions": (np.mean, np.median, max, min, np.exp, f1_score, np.linalg.norm),
    "partials": (partial(max, 1), partial(max, 2), partial(min, 1), max),
    "distributions": (uniform(0, 1), uniform(0, 2), uniform(scale=1), randint(0, 1)),
    "scorers": (make_scorer(f1_score), make_scorer(f1_score, average="macro")),
    "generators": (np.random.RandomState(0), np.random.RandomState(1)),
    "frames": (
        frame(),
        frame(b=["x", "y", "z"]),
        frame(a=[1.0, 2, 3]),
        frame().rename(columns={"a": "c"}),
        frame()[["b", "a"]],
        frame().set_index(pd.Index([3, 4, 5])),
        frame(b=pd.Categorical(["x", "y", None])),
        frame(b=pd.Categorical(["x", "y", None], categories=["y", "x"])),
        frame(b=[1, "1", None]),
        frame(b=["1", 1, None]),
        frame(b=[[1], [2], None]),
        frame(a=pd.array([1, 2, None], dtype="Int64")),
        frame(a=pd.array([1, 2, 1], dtype="Int64")),
    ),
    "sparse": (sparse.csr_matrix(DATA), sparse.csr_matrix(DATA[:3]), DATA),
    "fitted and frozen": (fitted(4), fitted(6)),
    "lazy": (LazyChoice(1), LazyChoice(2)),
    "where elements end": tuple(
        np.array(values, dtype=object) for values in ([1, 23], [12, 3])
    ),
    "where constants end": (lambda x: x * 10 + 230, lambda x: x * 102 + 30),
    "arguments": (
        lambda a, b: (a, b),
        lambda a, *b: (a, b),
        lambda a, *, b: (a, b),
        lambda a, /, b: (a, b),
        lambda a, **b: (a, b),
    ),
    "single dates": (5, np.datetime64(5, "ns"), np.timedelta64(5, "ns")),
    "classes": (
        defined(CLASS.format(1, 2, "lambda self: 3")),
        defined(CLASS.format(0, 2, "lambda self: 3")),
        defined(CLASS.format(1, 0, "lambda self: 3")),
        defined(CLASS.format(1, 2, "lambda self: 0")),
    ),
    "objects of classes": (
        defined(CLASS.format(1, 2, 3))(),
        defined(CLASS.format(1, 0, 3))(),
    ),
    "what they call": tuple(defined(HELPER.format(i)) for i in range(2)),
    "what they call inside": tuple(defined(INNER.format(i)) for i in range(2)),
    "what they read": tuple(defined("def f(): return n", n=i) for i in range(2)),
    "what is tried": (
        defined(TRY.format("a()", "b()")),
        defined(TRY.format("", "a(); b()")),
    ),
    "with a cache": tuple(defined(CACHED.format(i)) for i in range(2)),
    "wrapped by others": tuple(defined(WRAPPED.format(i)) for i in range(2)),
}


@pytest.mark.parametrize("values", SAME.values(), ids=SAME)
def test_equal_values_have_one_text(values):
    first, second = map(canonical, values)
    assert first == second


@pytest.mark.parametrize("values", DIFFERENT.values(), ids=DIFFERENT)
def test_different_values_have_different_texts(values):
    assert len({canonical(value) for value in values}) == len(values)


def test_it_is_readable():
    values = {"C": 1.0, "kernel": "rbf", "layers": (8, 4)}
    assert canonical(values) == "{'C': 1.0, 'kernel': 'rbf', 'layers': (8, 4,)}"
    assert len(described(["a"] * 1000)) < 200


def test_the_text_is_the_same_in_another_process():
    code = (
        "from sklearn_hp._canonical import canonical\n"
        "from tests import test_canonical as t\n"
        "print([canonical(v) for values in t.SAME.values() for v in values])\n"
        "print([canonical(v) for values in t.DIFFERENT.values() for v in values])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_what_cannot_be_pickled_has_no_text():
    with pytest.raises(NoTextError, match=r"_thread\.lock cannot be told from"):
        canonical({"a": [threading.Lock()]})
    with pytest.raises(NoTextError, match="nobody can say what"):
        canonical(np.frompyfunc(lambda x: x, 1, 1))


def test_a_value_that_is_nested_too_deeply_has_no_text():
    value = []
    for _ in range(10_000):
        value = [value]
    with pytest.raises(NoTextError, match="nested too deeply"):
        canonical(value)


def test_some_values_can_be_written_in_another_way():
    def special(value):
        return "any" if isinstance(value, np.random.RandomState) else None

    assert canonical({"a": [np.random.RandomState(0)]}, special) == "{'a': [any]}"


def test_random_forests_that_are_frozen_are_told_by_their_trees():
    y = np.arange(4) % 2
    texts = {
        canonical(
            FrozenEstimator(RandomForestClassifier(2, random_state=s).fit(DATA, y))
        )
        for s in (0, 0, 1)
    }
    assert len(texts) == 2
