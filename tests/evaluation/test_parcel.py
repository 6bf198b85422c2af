"""One fit never changes another: data is shared, all else is each fit's own."""

import pickle
import subprocess
import sys
import textwrap
from decimal import Decimal

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, fbeta_score, make_scorer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_hp import GridSearchCV
from sklearn_hp._evaluation import Evaluation
from sklearn_hp._evaluation._pool._parcel import PackedTask, Parcel, packed
from sklearn_hp._records import Task, Trial
from tests.evaluation.workers import PooledLoky

X, y = make_classification(n_samples=60, random_state=0)
PROCESSES = ["loky", "multiprocessing", PooledLoky.name]


class Counts(ClassifierMixin, BaseEstimator):
    """Scores how often what it was given has been used."""

    def __init__(self, number=0, counter=None):
        self.number = number
        self.counter = counter

    def fit(self, X, y, **counters):
        if self.counter is not None:
            counters["own"] = self.counter
        self.used_ = max(map(used, counters.values()), default=0)
        self.classes_ = np.unique(y)
        return self

    def score(self, X, y):
        return self.used_


class Counter:
    def __init__(self):
        self.n = 0

    def __call__(self, *args):
        self.n += 1
        return self.n

    def __deepcopy__(self, memo):
        return self


def closure():
    n = 0

    def count(*args):
        nonlocal n
        n += 1
        return n

    return count


def used(counter):
    """Use a counter once more, and return how often it was used."""
    if callable(counter):
        return counter()
    if isinstance(counter, np.ndarray):
        counter[0] += 1
        return counter[0]
    if isinstance(counter, dict):
        return used(counter["log"])
    counter.append(1)
    return len(counter)


COUNTERS = {
    "list": list,
    "dict": lambda: {"log": []},
    "object": Counter,
    "method": lambda: Counter().__call__,
    "closure": closure,
    "array": lambda: np.zeros(3),
}


def uses(estimator, grid, fit_params=None, **kwargs):
    kwargs = {"cv": 2, "n_jobs": 2, "refit": False, **kwargs}
    search = GridSearchCV(estimator, grid, error_score="raise", **kwargs)
    results = search.fit(X, y, **(fit_params or {})).cv_results_
    splits = [results[f"split{i}_test_score"] for i in range(2)]
    return np.concatenate(splits).tolist()


NUMBERS = {"number": [1, 2, 3, 4]}


@pytest.mark.parametrize("kind", COUNTERS)
def test_what_is_passed_to_fit_is_as_new_for_each_fit(kind):
    assert uses(Counts(), NUMBERS, {"log": COUNTERS[kind]()}) == [1] * 8


@pytest.mark.parametrize("backend", PROCESSES)
def test_it_is_so_in_every_worker_process(backend):
    with joblib.parallel_config(backend=backend):
        assert uses(Counts(), NUMBERS, {"log": []}) == [1] * 8


@pytest.mark.filterwarnings("default")
def test_it_is_so_on_a_cluster(cluster):
    with joblib.parallel_config(backend="dask"):
        assert uses(Counts(), NUMBERS, {"log": []}) == [1] * 8


@pytest.mark.parametrize("backend, n_jobs", [("loky", 1), ("threading", 2)])
def test_in_this_process_it_is_the_callers_object_as_in_scikit_learn(backend, n_jobs):
    log = []
    with joblib.parallel_config(backend=backend):
        found = uses(Counts(), NUMBERS, {"log": log}, n_jobs=n_jobs)
    assert sorted(found) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert len(log) == 8


@pytest.mark.parametrize("kind", COUNTERS)
def test_parameters_of_the_estimator_are_as_new_for_each_fit(kind):
    assert uses(Counts(counter=COUNTERS[kind]()), NUMBERS) == [1] * 8


@pytest.mark.parametrize("kind", COUNTERS)
def test_values_of_a_parameter_are_as_new_for_each_fit(kind):
    # enough of them that several fits travel together
    grid = {"counter": [COUNTERS[kind]()], "number": range(40)}
    assert uses(Counts(), grid) == [1] * 80


class Remembers(Counts):
    """Clones by reference, as FrozenEstimator does."""

    def __sklearn_clone__(self):
        return self

    def fit(self, X, y):
        self.n_ = getattr(self, "n_", 0) + 1
        self.used_ = self.n_
        return self

    def transform(self, X):
        self.n_ = getattr(self, "n_", 0) + 1
        return np.full((len(X), 1), self.n_)


class ScoresInput(Counts):
    def fit(self, X, y):
        self.used_ = X[0, 0]
        return self


@pytest.mark.parametrize(
    "make", [Remembers, lambda: FrozenEstimator(Remembers().fit(X, y))]
)
def test_an_estimator_that_clones_to_itself_is_as_new_for_each_fit(make):
    # fitted and used once each
    steps = [("remembers", make()), ("scores", ScoresInput())]
    grid = {"scores__number": [1, 2, 3, 4]}
    assert uses(Pipeline(steps), grid) == [2] * 8
    grid = {"remembers": [make()], "scores__number": range(20)}
    assert uses(Pipeline(steps), grid) == [2] * 40


class CountingScorer:
    def __init__(self):
        self.n = 0

    def __call__(self, estimator, X, y, **params):
        self.n += 1
        return self.n


def count_in(y_true, y_pred, log):
    log.append(1)
    return len(log)


@pytest.mark.parametrize(
    "scoring",
    [
        CountingScorer(),
        closure(),
        make_scorer(count_in, log=[], response_method="predict"),
        CountingScorer().__call__,
    ],
)
def test_scorers_are_as_new_for_each_fit(scoring):
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    grid = {"logisticregression__C": [1, 2, 3, 4]}
    assert uses(pipeline, grid, scoring=scoring) == [1] * 8


def test_scorers_of_several_metrics_are_as_new_for_each_fit():
    search = GridSearchCV(
        Counts(), NUMBERS, scoring={"a": CountingScorer()}, n_jobs=2, refit=False
    )
    results = search.fit(X, y).cv_results_
    assert {*results["mean_test_a"]} == {1.0}


def test_what_a_scorer_is_given_is_as_new_for_each_fit():
    with config_context(enable_metadata_routing=True):
        scorer = make_scorer(count_in).set_score_request(log=True)
        estimator = LogisticRegression()
        found = uses(estimator, {"C": [1, 2, 3, 4]}, {"log": []}, scoring=scorer)
    assert found == [1] * 8


class Notes(Counts):
    def fit(self, X, y, log):
        log.append("fit")
        return self

    def score(self, X, y, log):
        log.append("score")
        return log == ["fit", "score"]


def test_fit_and_scorer_are_given_one_object_where_the_caller_gave_one():
    with config_context(enable_metadata_routing=True):
        notes = Notes().set_fit_request(log=True).set_score_request(log=True)
        assert uses(notes, NUMBERS, {"log": []}) == [1] * 8


class MutatesRows(Counts):
    def fit(self, X, y, logs=()):
        rows = X["logs"] if isinstance(X, pd.DataFrame) else X
        if len(logs):
            rows = logs
        self.used_ = max(used(row) for row in rows)
        return self


def cells(rows):
    """Return rows as an array of objects."""
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array


@pytest.mark.parametrize("row", [list, lambda: {"log": []}])
@pytest.mark.parametrize(
    "make_data",
    [
        lambda rows: {"X": rows},
        lambda rows: {"X": cells(rows)},
        lambda rows: {"X": pd.DataFrame({"logs": rows, "x": 1.0})},
        lambda rows: {"X": X, "logs": cells(rows)},
        lambda rows: {"X": X, "logs": pd.Series(rows)},
    ],
)
def test_rows_that_are_objects_are_as_new_for_each_fit(row, make_data):
    rows = [row() for _ in range(60)]
    search = GridSearchCV(MutatesRows(), NUMBERS, cv=2, n_jobs=2, refit=False)
    search.fit(y=y, **make_data(rows))
    assert set(search.cv_results_["mean_test_score"]) == {1.0}
    assert rows == [row() for _ in range(60)]


# ---- what is shared, at no cost -----------------------------------------------------


def parcel(estimator=None, X=X, y=y, scorer=accuracy_score, **kwargs):
    """Return a parcel as a worker has it."""
    estimator = LogisticRegression() if estimator is None else estimator
    evaluation = Evaluation(estimator, X, y, [], scorer, **kwargs)
    return pickle.loads(pickle.dumps(Parcel(evaluation)))


@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {
            "estimator": make_pipeline(
                FunctionTransformer(np.log1p), LogisticRegression()
            )
        },
        {"scorer": make_scorer(fbeta_score, beta=2, average="macro")},
        {"fit_params": {"sample_weight": np.ones(60), "verbose": False}},
        {"fit_params": {"sample_weight": pd.Series(np.ones(60))}},
        {"score_params": {"sample_weight": scipy.sparse.csr_array(np.ones((60, 1)))}},
        {"X": ["a text"] * 60, "y": list(range(60))},
        {"X": np.array([["a text", None, 1.5]] * 60, dtype=object)},
        {
            "X": pd.DataFrame(
                {
                    "text": pd.Series(["a", None, pd.NA] * 20, dtype=object),
                    "date": pd.Series([pd.Timestamp(0), pd.NaT] * 30, dtype=object),
                    "price": [Decimal(1)] * 60,
                }
            )
        },
    ],
)
def test_usual_searches_have_nothing_to_copy(kwargs):
    arrived = parcel(**kwargs)
    assert arrived.evaluation() is arrived.evaluation()


class Holds:
    def __init__(self, data):
        self.data = data


@pytest.mark.parametrize(
    "data",
    [
        np.zeros((400, 400)),
        pd.DataFrame(np.zeros((400, 400))),
        pd.DataFrame({"text": ["some"] * 200_000}),
        scipy.sparse.csr_array(np.ones((400, 400))),
    ],
)
def test_large_data_inside_an_object_is_shared(data):
    arrived = parcel(fit_params={"eval_set": [(Holds(data), "valid")]})
    first, second = (arrived.evaluation().fit_params["eval_set"] for _ in range(2))
    assert first is not second
    assert first[0][0] is not second[0][0]
    one, other = (found[0][0].data for found in (first, second))
    if scipy.sparse.issparse(data):
        one, other = one.data, other.data
    assert one is other


def test_fits_share_the_data_and_the_parts_that_no_fit_changes():
    arrived = parcel(fit_params={"log": [], "sample_weight": np.ones(60)})
    first, second = arrived.evaluation(), arrived.evaluation()
    assert first.X is second.X
    assert first.y is second.y
    assert first.estimator is second.estimator
    assert first.fit_params["sample_weight"] is second.fit_params["sample_weight"]
    assert first.fit_params["log"] is not second.fit_params["log"]


@pytest.mark.parametrize("value", [1.0, "l2", [(1, 2)], {"a": np.ones(2)}, np.log1p])
def test_most_tasks_travel_together(value):
    task = Task(Trial(0, {"a": value}), 0)
    assert packed(task) is task


@pytest.mark.parametrize("value", [LogisticRegression(), [Counter()], closure()])
def test_tasks_with_objects_travel_apart(value):
    task = packed(Task(Trial(7, {"a": value}), 3))
    assert isinstance(task, PackedTask)
    assert task.open().key == (7, 3, None)
    assert task.open().trial.params["a"] is not task.open().trial.params["a"]


# ---- what is defined in the script --------------------------------------------------


SCRIPT = """
import sys
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn_hp import GridSearchCV

print("the script runs")

class Shift(TransformerMixin, BaseEstimator):
    def __init__(self, by=1):
        self.by = by
    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self
    def transform(self, X):
        return add(X, self.by)

def add(X, number):
    return X + number

def shift(X):
    return add(X, 1)

X = np.random.default_rng(0).normal(size=(60, 3))
y = np.arange(60) % 2
for step, grid in [
    (Shift(), {"step__by": [1, 2]}),
    (FunctionTransformer(shift), {"model__C": [1, 2]}),
    ("passthrough", {"step": [Shift(), FunctionTransformer(shift)]}),
]:
    pipeline = Pipeline(
        [("step", step), ("model", LogisticRegression())], memory=sys.argv[1]
    )
    GridSearchCV(pipeline, grid, cv=2, n_jobs=2, error_score="raise").fit(X, y)
print("it is done")
"""


@pytest.mark.parametrize("how", ["script", "python -c"])
def test_pipelines_with_a_memory_cache_what_the_script_defines(how, tmp_path):
    if how == "script":
        (tmp_path / "script.py").write_text(SCRIPT)
        program = [str(tmp_path / "script.py")]
    else:
        program = ["-c", textwrap.dedent(SCRIPT)]
    done = subprocess.run(
        [sys.executable, *program, str(tmp_path / "cache")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "the script runs\nit is done\n"
    cached = list((tmp_path / "cache").rglob("output.pkl"))
    # two values and one function on 2 splits, and each best on all rows; what the third
    # search tries is there already, whatever process cached it
    assert len(cached) == 5 + 3
