"""The same candidates for the same seed."""

import copy
import warnings

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import clone

from tests.model_selection.bayes import BUMPY, Bumpy, X, results_of, search_for, y


@pytest.mark.parametrize("n_pending", [0, 1, 3])
def test_one_seed_gives_one_result_whatever_the_workers_do(n_pending):
    kwargs = {"n_iter": 12, "n_pending": n_pending}
    expected = results_of(search_for(**kwargs).fit(X, y))
    slow = Bumpy(sleep=0.02)
    for backend, n_jobs in [("threading", 3), ("loky", 2)]:
        with parallel_config(backend=backend):
            search = search_for(slow, n_jobs=n_jobs, **kwargs).fit(X, y)
        assert results_of(search) == expected


def test_by_default_only_the_latest_fits_of_other_workers_are_pending():
    for n_jobs in (1, 2):
        search = search_for(n_iter=9, n_jobs=n_jobs).fit(X, y)
        same = search_for(n_iter=9, n_pending=2 * (n_jobs - 1)).fit(X, y)
        assert results_of(search) == results_of(same)


def test_fewer_pending_is_another_search():
    searches = [search_for(n_iter=9, n_pending=n).fit(X, y) for n in (0, 3)]
    one, other = (search.cv_results_["params"] for search in searches)
    assert one[:4] == other[:4]
    assert one[4:] != other[4:]


@pytest.mark.parametrize("backend", ["multiprocessing", "sequential"])
def test_other_backends(backend):
    kwargs = {"n_iter": 6, "n_pending": 1}
    expected = results_of(search_for(**kwargs).fit(X, y))
    with parallel_config(backend=backend):
        assert results_of(search_for(n_jobs=2, **kwargs).fit(X, y)) == expected


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_dask_cluster():
    distributed = pytest.importorskip("distributed")
    kwargs = {"n_iter": 8, "n_pending": 1}
    expected = results_of(search_for(**kwargs).fit(X, y))
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster),
        parallel_config(backend="dask", n_jobs=2),
    ):
        assert results_of(search_for(**kwargs).fit(X, y)) == expected


def test_fit_again_gives_the_same_and_leaves_the_parameters_alone():
    space = copy.deepcopy(BUMPY)
    search = search_for(
        space=space, n_iter=7, initial_points=[{"a": 0, "b": 0, "kind": "x"}]
    )
    before = dict(vars(search))
    first = results_of(search.fit(X, y))
    assert results_of(search.fit(X, y)) == first
    assert results_of(clone(search).fit(X, y)) == first
    for name, value in before.items():
        assert vars(search)[name] is value
    assert list(space) == list(BUMPY)


def test_seeds_of_other_kinds():
    def candidates(random_state):
        search = search_for(n_iter=6, random_state=random_state)
        return search.fit(X, y).cv_results_["params"]

    rng = np.random.RandomState(0)
    first = candidates(rng)
    assert candidates(rng) != first, "the generator moved on"
    assert candidates(np.random.RandomState(0)) == first
    np.random.seed(3)  # noqa: NPY002
    first = candidates(None)
    assert candidates(None) != first
    np.random.seed(3)  # noqa: NPY002
    assert candidates(None) == first
