"""Workers end, and their end is seen, whatever a fit has left in them."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time

import joblib
import psutil
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning
from sklearn.utils.fixes import parse_version

from sklearn_hp import GridSearchCV
from tests.faults import Faulty

X, y = make_classification(n_samples=40, random_state=0)

SCRIPT = """
import atexit, concurrent.futures, multiprocessing, os, subprocess, threading, time
import joblib
import numpy as np
from sklearn_hp import GridSearchCV
from tests.faults import Faulty

LEFT = []

def leave_thread():
    threading.Thread(target=time.sleep, args=(3600,)).start()

def leave_exit_hook():
    atexit.register(time.sleep, 3600)

def leave_process():
    LEFT.append(subprocess.Popen(["sleep", "3600"]))

def leave_executor():
    context = multiprocessing.get_context("fork")
    executor = concurrent.futures.ProcessPoolExecutor(1, context)
    executor.submit(time.sleep, 3600)
    LEFT.append(executor)

class Leaves(Faulty):
    def fit(self, X, y):
        for leave in (leave_thread, leave_exit_hook, leave_process, leave_executor):
            leave()
        return super().fit(X, y)

def search(estimator=Leaves(), **config):
    with joblib.parallel_config(backend="loky", n_jobs=2, **config):
        grid = {"quality": [0.1, 0.2]}
        found = GridSearchCV(estimator, grid, cv=2, refit=False).fit(X, y)
    assert found.best_params_ == {"quality": 0.2}, found.failures_

X, y = np.zeros((20, 2)), np.arange(20) % 2
"""

# From this version of joblib on, what a backend is configured with is taken by name.
NAMED = parse_version("1.5")

ENDS = {
    "at the end of the script": "search()",
    "when it idles": """
        search(idle_worker_timeout=0.5)
        time.sleep(3)
        search(Faulty())
        """,
    "when other workers are kept": """
        search(inner_max_num_threads=1)
        search(Faulty(), inner_max_num_threads=2)
        """,
    "when it is discarded": """
        class Fails(Leaves):
            def fit(self, X, y):
                super().fit(X, y)
                raise ZeroDivisionError
        try:
            grid = {"quality": [0.1, 0.2]}
            GridSearchCV(Fails(), grid, n_jobs=2, error_score="raise").fit(X, y)
        except ZeroDivisionError:
            search(Faulty())
        """,
    "when the executor is dropped": """
        from sklearn_hp._evaluation._pool import _process
        search()
        _process._kept.clear()
        """,
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(body, id=when, marks=pytest.mark.slow if number > 1 else ())
        for number, (when, body) in enumerate(ENDS.items())
    ],
)
def test_a_worker_is_ended_whatever_was_left_in_it(body):
    if "idle_worker_timeout" in body and parse_version(joblib.__version__) < NAMED:
        pytest.skip("parallel_config does not take idle_worker_timeout")
    script = SCRIPT + textwrap.dedent(body) + "\nprint('end of script', flush=True)"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout.readline() == "end of script\n"
            process.wait(timeout=30)
        finally:
            for pid in processes_of_session(process.pid):
                os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_a_script_whose_last_act_is_a_search_ends_in_silence():
    # the interpreter exits before another thread has its turn
    body = "import sys\nsys.setswitchinterval(60)\nsearch(Faulty())\n"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT + body],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


def processes_of_session(number):
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == number:
                yield process.pid
        except ProcessLookupError:
            continue


class ForksAndDies(Faulty):
    """Dies, and leaves a child that has all its files open."""

    def fit(self, X, y):
        if self.fault is not None:
            pid = os.fork()
            if pid == 0:
                time.sleep(3600)
                os._exit(0)
            with open(self.fault, "a") as file:
                file.write(f"{pid}\n")
            os._exit(1)
        return super().fit(X, y)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="sees the end by a pidfd")
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_the_death_of_a_worker_is_seen_though_its_child_lives(tmp_path):
    children = tmp_path / "children"
    grid = {"quality": [0.1, 0.2], "fault": [None, str(children)]}
    search = GridSearchCV(ForksAndDies(), grid, cv=2, n_jobs=2)
    try:
        with pytest.warns(FitFailedWarning, match="The worker process died"):
            search.fit(X, y)
    finally:
        for pid in children.read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
    assert {failure["params"]["fault"] for failure in search.failures_} == {
        str(children)
    }


FULL = """
import numpy as np
from sklearn_hp import GridSearchCV
from tests.faults import Faulty
search = GridSearchCV(Faulty(), {"quality": [0.1, 0.2]}, cv=2, n_jobs=2)
try:  # full only now: joblib, at its import, would turn to one job
    with open("/dev/shm/full", "wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
except OSError:
    pass
try:
    search.fit(np.zeros((20, 2)), np.arange(20) % 2)
except OSError as exc:
    print(exc)
"""


@pytest.mark.skipif(shutil.which("unshare") is None, reason="mounts a file system")
def test_a_worker_that_cannot_start_says_what_it_lacks(tmp_path):
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        pytest.skip("no permission for a file system of its own")
    mount = 'mount -t tmpfs -o size=64k none /dev/shm && exec "$0" -c "$1"'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", mount, sys.executable, FULL],
        env={**os.environ, "JOBLIB_TEMP_FOLDER": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == (
        "[Errno 28] A worker process cannot be started: No space left on device. It "
        "needs a few open files (see `ulimit -n`) and semaphores, which lie in "
        "'/dev/shm', where 0.0 MB are free. Make room, or search in threads (with "
        "joblib.parallel_config(backend='threading')) or with n_jobs=1.\n"
    ), done.stderr
