"""What a fit changes in its process is put back for the next."""

import decimal
import gc
import locale
import logging
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import warnings

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.datasets import make_classification
from threadpoolctl import threadpool_limits

from sklearn_hp import GridSearchCV
from sklearn_hp._evaluation._surroundings import surroundings_kept, worker_kept
from sklearn_hp._sklearn_compat import get_threadpool_controller
from tests.evaluation.workers import Reports

X, y = make_classification(n_samples=60, random_state=0)


def leave_for_a_folder_that_goes():
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    os.rmdir(folder)


def empty_the_environment():
    os.environ.clear()
    os.environ["LEFT"] = "behind"


def lower_limit(name, value):
    resource = pytest.importorskip("resource")
    which = getattr(resource, name)
    resource.setrlimit(which, (value, resource.getrlimit(which)[1]))


def limit_of(name):
    resource = pytest.importorskip("resource")
    return resource.getrlimit(getattr(resource, name))


def change_decimal_context():
    decimal.getcontext().prec = 3


def ignore_children():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def n_native_threads():
    # As scikit-learn does, we know the libraries that were loaded when it first looked.
    # Other tests may have loaded more since then.
    controllers = get_threadpool_controller().lib_controllers
    return [library.num_threads for library in controllers]


def filters():
    return list(warnings.filters)


# name -> what changes it, what shows it
CHANGES = {
    "working directory": (lambda: os.chdir("/"), os.getcwd),
    "deleted directory": (leave_for_a_folder_that_goes, os.getcwd),
    "environment": (empty_the_environment, os.environ.copy),
    "warning filters": (lambda: warnings.simplefilter("once"), filters),
    "numpy errors": (lambda: np.seterr(all="raise"), np.geterr),
    "numpy callback": (lambda: np.seterrcall(print), np.geterrcall),
    "recursion": (lambda: sys.setrecursionlimit(400), sys.getrecursionlimit),
    "stdout": (lambda: setattr(sys, "stdout", None), lambda: sys.stdout),
    "stderr": (lambda: setattr(sys, "stderr", None), lambda: sys.stderr),
    "sys.path": (sys.path.clear, lambda: list(sys.path)),
    "collector": (gc.disable, gc.isenabled),
    "decimal": (change_decimal_context, lambda: decimal.getcontext().prec),
    "scikit-learn": (
        lambda: sklearn.set_config(transform_output="pandas"),
        sklearn.get_config,
    ),
    "joblib": (
        lambda: joblib.parallel_config("threading", n_jobs=7),
        lambda: joblib.effective_n_jobs(None),
    ),
    "logging": (
        lambda: logging.disable(logging.CRITICAL),
        lambda: logging.root.manager.disable,
    ),
    "log level": (lambda: logging.root.setLevel(1), lambda: logging.root.level),
    "locale": (
        lambda: locale.setlocale(locale.LC_ALL, "C.UTF-8"),
        lambda: locale.setlocale(locale.LC_ALL),
    ),
    "open files": (
        lambda: lower_limit("RLIMIT_NOFILE", 20),
        lambda: limit_of("RLIMIT_NOFILE"),
    ),
    "memory": (
        lambda: lower_limit("RLIMIT_AS", 1 << 20),
        lambda: limit_of("RLIMIT_AS"),
    ),
    "children": (ignore_children, lambda: signal.getsignal(signal.SIGCHLD)),
    "alarm": (
        lambda: signal.setitimer(signal.ITIMER_REAL, 3600.0),
        lambda: signal.getitimer(signal.ITIMER_REAL),
    ),
    "native threads": (lambda: threadpool_limits(limits=1), n_native_threads),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_is_put_back(name):
    if sys.platform != "linux" and name in ("locale", "children", "alarm"):
        pytest.skip("these are other things there")
    change, show = CHANGES[name]
    with threadpool_limits(limits=2), worker_kept(), surroundings_kept():
        before = show()
        with worker_kept(), surroundings_kept():
            change()
            try:
                changed = show()
            except FileNotFoundError:
                changed = None
        assert show() == before
        if name != "locale":  # there is hardly a second one everywhere
            assert changed != before


def test_it_is_put_back_after_an_exception():
    with pytest.raises(ZeroDivisionError), surroundings_kept():
        np.seterr(all="raise")
        raise ZeroDivisionError
    assert np.geterr()["divide"] != "raise"


def test_variables_stay_if_a_module_was_imported(monkeypatch):
    # which sets them once, on its import
    monkeypatch.setenv("CHANGED", "before")
    monkeypatch.delenv("ADDED", raising=False)
    with surroundings_kept():
        monkeypatch.setitem(sys.modules, "imported_in_a_fit", sys)
        monkeypatch.setenv("CHANGED", "after")
        monkeypatch.setenv("ADDED", "by an import")
    assert os.environ["CHANGED"] == "before"
    assert os.environ["ADDED"] == "by an import"


def test_what_an_import_set_up_once_stays(monkeypatch):
    limit = sys.getrecursionlimit()
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = list(sys.path)
    try:
        with surroundings_kept():
            sys.setrecursionlimit(limit + 1)
            sys.path.insert(0, "folder of a package")
        assert sys.getrecursionlimit() == limit + 1
        # but it hides nothing that was found before
        assert sys.path == [*before, "folder of a package"]
    finally:
        sys.setrecursionlimit(limit)


def test_the_decimal_context_is_the_one_that_the_caller_holds():
    with decimal.localcontext() as context:
        with surroundings_kept():
            decimal.getcontext().traps[decimal.Inexact] = True
            decimal.setcontext(decimal.Context(prec=3))
        assert decimal.getcontext() is context
        assert not context.traps[decimal.Inexact]


def test_an_alarm_of_the_caller_goes_on():
    before = signal.setitimer(signal.ITIMER_REAL, 3600.0)
    assert before == (0.0, 0.0)
    try:
        with worker_kept():
            signal.setitimer(signal.ITIMER_REAL, 1800.0)
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def test_python_remembers_which_warnings_it_has_shown():
    def warn():
        warnings.warn("only once", UserWarning, stacklevel=1)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            with surroundings_kept():
                warn()
    assert len(caught) == 1


def test_random_generators_move_on():
    random = np.random.mtrand._rand  # the one that unseeded estimators use
    random.seed(0)
    expected = random.uniform(size=2)
    random.seed(0)
    with surroundings_kept():
        first = random.uniform()
    assert [first, random.uniform()] == expected.tolist()


def test_another_thread_puts_back_what_is_its_own():
    def change():
        with surroundings_kept():
            np.seterr(all="raise")
            os.environ["LEFT"] = "behind"
        found.append(np.geterr()["divide"])

    found = []
    thread = threading.Thread(target=change)
    thread.start()
    thread.join()
    assert found != ["raise"]
    assert os.environ.pop("LEFT") == "behind"


def test_closed_outputs_are_opened_again():
    code = """
        import os, sys
        from sklearn_hp._evaluation._surroundings import surroundings_kept, worker_kept
        with worker_kept():
            os.closerange(0, 3)
        print("first")
        with surroundings_kept():
            sys.stdout.close()
            sys.stderr.close()
        print("second", flush=True)
        print("third", file=sys.stderr)
        with worker_kept():
            file = open(os.devnull, "w")
            os.dup2(file.fileno(), 1)
            print("lost", flush=True)
        print("fourth")
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True
    )
    assert done.stdout == "first\nsecond\nfourth\n", done.stderr
    assert done.stderr == "third\n"


# ---- in a search --------------------------------------------------------------------


def pollute(X):
    """Score whether all is as it should be, then change what can be changed."""
    as_it_should_be = (
        os.path.isdir(os.getcwd())
        and "PATH" in os.environ
        and "LEFT" not in os.environ
        and np.geterr()["divide"] != "raise"
        and sys.getrecursionlimit() > 400
        and not sys.stdout.closed
        and bool(sys.path)
    )
    leave_for_a_folder_that_goes()
    empty_the_environment()
    warnings.simplefilter("error")
    np.seterr(all="raise")
    sys.setrecursionlimit(400)
    sys.path.clear()
    if threading.current_thread().name == "MainThread" and os.getppid() > 1:
        sys.stdout.close()
    return as_it_should_be


@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_fits_in_workers_find_what_the_first_found(backend):
    search = GridSearchCV(
        Reports(pollute), {"number": range(6)}, cv=2, n_jobs=2, refit=False
    )
    with joblib.parallel_config(backend=backend):
        search.fit(X, y)
    assert search.failures_ == []
    assert search.cv_results_["mean_test_score"].tolist() == [1.0] * 6


def change_errors(X):
    as_it_should_be = np.geterr()["divide"] != "raise" and "LEFT" not in os.environ
    np.seterr(all="raise")
    os.environ["LEFT"] = "behind"
    return as_it_should_be


def test_fits_in_this_process_find_what_the_caller_had():
    search = GridSearchCV(
        Reports(change_errors), {"number": range(3)}, cv=2, refit=False
    ).fit(X, y)
    assert search.cv_results_["mean_test_score"].tolist() == [1.0] * 3
    assert "LEFT" not in os.environ
