"""Signals to a script that searches: what is kept, what is left, how it ends.

Each test starts a real interpreter.
"""

import os
import re
import signal
import subprocess
import sys
import textwrap

import psutil
import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")

SCRIPT = """
import os
import signal
import sys
import threading
import time
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV

class Sleeper(ClassifierMixin, BaseEstimator):
    def __init__(self, quality=0.0, swallows=False):
        self.quality = quality
        self.swallows = swallows

    def fit(self, X, y):
        try:
            if self.quality == SLOW or len(X) == LONG:
                print("SLOW", flush=True)
                time.sleep(600)
        except BaseException:
            if not self.swallows:
                raise
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X))

SLOW, LONG = 0.4, None
# a child of a background job inherits that these are ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
X, y = np.zeros((40, 2)), np.arange(40) % 2
score = lambda estimator, X, y: estimator.quality
grid = {"quality": [0.5, 0.6, 0.4, 0.3]}
kwargs = dict(cv=2, scoring=score)
def grid_search(**more):
    return GridSearchCV(Sleeper(), grid, **kwargs, **more)
def random_search(**more):
    return RandomSearchCV(Sleeper(), grid, n_iter=4, random_state=1, **kwargs, **more)
def bayes_search(**more):
    points = [{"quality": quality} for quality in grid["quality"]]
    return BayesSearchCV(
        Sleeper(), grid, n_iter=4, initial_points=points, **kwargs, **more
    )
def kept(search):
    results = getattr(search, "cv_results_", {"params": [], "mean_test_score": []})
    pairs = zip(results["params"], results["mean_test_score"])
    right = [p["quality"] == s for p, s in pairs if not np.isnan(s)]
    print("KEPT", len(right), all(right), search.stop_reason_, flush=True)
"""


def start(body):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT + textwrap.dedent(body)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for_slow(process):
    """Wait until the process is in a fit of ten minutes; return its workers."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "SLOW" in line:
            return psutil.Process(process.pid).children(recursive=True)
    raise AssertionError(f"no fit was slow:\n{''.join(lines)}")


def finish(process, workers):
    """Return what a process still printed; neither it nor a worker may stay."""
    output, _ = process.communicate(timeout=60)
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert alive == [], output
    return output


FIT = """
    search = {make}
    try:
        search.fit(X, y)
    finally:
        kept(search)
"""
SEARCHES = ["grid_search", "random_search", "bayes_search"]


@pytest.mark.parametrize(
    "name, make, of_group",
    [
        ("SIGTERM", "grid_search(n_jobs=2)", False),
        ("SIGHUP", "grid_search()", False),
        *[
            pytest.param(name, f"{search}({jobs})", of_group, marks=pytest.mark.slow)
            for name in ["SIGTERM", "SIGHUP"]
            for search in SEARCHES
            for jobs in ["", "n_jobs=2"]
            for of_group in [False, True]
        ],
    ],
)
def test_a_signal_ends_the_script_and_results_are_kept(name, make, of_group):
    number = getattr(signal, name)
    process = start(FIT.format(make=make))
    workers = wait_for_slow(process)
    (os.killpg if of_group else os.kill)(process.pid, number)
    output = finish(process, workers)
    assert process.returncode == 128 + number, output
    _, n_kept, right, *reason = output.splitlines()[-1].split()
    assert int(n_kept) >= 1, output
    assert right == "True"
    assert " ".join(reason).startswith("SystemExit after")
    assert "Traceback" not in output


@pytest.mark.parametrize(
    "setup, make, reason",
    [
        ("LONG = 40", "grid_search()", "SystemExit in the refit"),
        # the fit makes an error of it, or nothing
        ("Sleeper.__init__.__defaults__ = (0.0, True)", "grid_search()", None),
        (
            "LONG, Sleeper.__init__.__defaults__ = 40, (0.0, True)",
            "grid_search()",
            None,
        ),
    ],
)
def test_a_signal_ends_whatever_a_fit_makes_of_it(setup, make, reason):
    body = textwrap.dedent("SLOW = None if 'LONG' in {0!r} else 0.4\n{0}").format(setup)
    process = start(body + textwrap.dedent(FIT.format(make=make)))
    workers = wait_for_slow(process)
    os.kill(process.pid, signal.SIGTERM)
    output = finish(process, workers)
    assert process.returncode == 143, output
    assert "KEPT" in output
    assert reason is None or reason in output


def test_a_second_signal_ends_the_process_at_once():
    process = start("""
        search = grid_search()
        try:
            search.fit(X, y)
        finally:
            print("SLOW", flush=True)
            time.sleep(600)
    """)
    wait_for_slow(process)
    os.kill(process.pid, signal.SIGTERM)
    wait_for_slow(process)
    os.kill(process.pid, signal.SIGTERM)
    finish(process, [])
    assert process.returncode == -signal.SIGTERM


def test_a_child_that_a_fit_forks_does_not_inherit_it():
    process = start("""
        class Forks(Sleeper):
            def fit(self, X, y):
                if self.quality == 0.6:
                    child = os.fork()
                    if child == 0:
                        signal.pause()
                        os._exit(3)
                    time.sleep(0.2)
                    os.kill(child, signal.SIGTERM)
                    _, status = os.waitpid(child, 0)
                    print("CHILD", os.waitstatus_to_exitcode(status), flush=True)
                return super().fit(X, y)

        SLOW = None
        GridSearchCV(Forks(), grid, **kwargs).fit(X, y)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    """)
    output = finish(process, [])
    assert process.returncode == 0, output
    assert output == "CHILD -15\n" * 3  # two splits and the refit


def test_handlers_of_the_user_and_ignored_signals_are_left_alone():
    process = start("""
        class Looks(Sleeper):
            def fit(self, X, y):
                assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
                os.kill(os.getpid(), signal.SIGHUP)
                os.kill(os.getpid(), signal.SIGTERM)
                return super().fit(X, y)

        received, SLOW = [], None
        mine = lambda number, frame: received.append(number)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, mine)
        GridSearchCV(Looks(), {"quality": [0.1]}, **kwargs).fit(X, y)
        assert received == [15] * 3, received
        assert signal.getsignal(signal.SIGTERM) is mine
    """)
    output = finish(process, [])
    assert process.returncode == 0, output


def test_a_search_in_a_thread_leaves_signals_alone():
    process = start("""
        SLOW = None
        search = grid_search()
        thread = threading.Thread(target=search.fit, args=(X, y))
        thread.start()
        thread.join()
        kept(search)
    """)
    output = finish(process, [])
    assert output.startswith("KEPT 4 True None")


@pytest.mark.slow
def test_a_nested_search_in_a_worker_leaves_signals_to_it():
    """The worker that gets SIGTERM dies of it, and its fit is run again."""
    process = start("""
        class Kills(Sleeper):
            def fit(self, X, y):
                if self.quality == 0.6 and not os.path.exists(path):
                    open(path, "w").close()
                    os.kill(os.getpid(), signal.SIGTERM)
                    time.sleep(5)
                return super().fit(X, y)

        import tempfile
        SLOW, path = None, os.path.join(tempfile.mkdtemp(), "killed")
        inner = GridSearchCV(Kills(), grid, **kwargs)
        outer = GridSearchCV(inner, {"error_score": [0.0, 1.0]}, cv=2, n_jobs=2)
        outer.fit(X, y)
        print(os.path.exists(path), outer.failures_, flush=True)
    """)
    output = finish(process, [])
    assert output.splitlines()[-1] == "True []", output


def test_ctrl_c_ends_the_search_though_a_fit_swallows_it():
    process = start(
        "Sleeper.__init__.__defaults__ = (0.0, True)"
        + textwrap.dedent(FIT.format(make="grid_search()"))
    )
    wait_for_slow(process)
    os.kill(process.pid, signal.SIGINT)
    output = finish(process, [])
    assert "KeyboardInterrupt after 4 fits" in output
    assert process.returncode == -signal.SIGINT


def test_a_signal_while_results_are_put_together_waits():
    process = start("""
        from sklearn_hp.model_selection._results import CVResults

        as_dict = CVResults.as_dict
        def terminated(self):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.1)
            return as_dict(self)
        CVResults.as_dict = terminated
        SLOW = None
        search = grid_search()
        try:
            search.fit(X, y)
        finally:
            kept(search)
    """)
    output = finish(process, [])
    assert "KEPT 4 True" in output
    assert process.returncode == 143


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_second_ctrl_c_loses_no_result(n_jobs):
    """It comes while results are put together, which is the worst moment."""
    process = start(f"""
        from sklearn_hp.model_selection._results import CVResults

        as_dict = CVResults.as_dict
        def interrupted(self):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)
            return as_dict(self)
        CVResults.as_dict = interrupted
        search = grid_search(n_jobs={n_jobs})
        try:
            search.fit(X, y)
        except KeyboardInterrupt:
            CVResults.as_dict = as_dict
            SLOW = None
            kept(search)
            print(search.refit_best(X, y).best_params_)
    """)
    workers = wait_for_slow(process)
    os.kill(process.pid, signal.SIGINT)
    output = finish(process, workers)
    # how much a second worker does beside the slow fit depends on the machine
    assert re.search(r"KEPT \d True KeyboardInterrupt after [2-9] fits", output), output
    assert re.search(r"{'quality': 0\.\d}", output)
    assert process.returncode == 0
