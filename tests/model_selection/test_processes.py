"""Searches as their users run them: scripts, notebooks, Ctrl-C, kill -9.

Each test starts a real interpreter, so none of pytest's own settings help.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time

import nbformat
import numpy as np
import psutil
import pytest
from nbclient import NotebookClient
from sklearn.datasets import load_iris

from sklearn_hp import GridSearchCV
from tests.faults import Faulty
from tests.searches import BUILDERS

# Neither the guard of __main__ nor an importable estimator, as in many a script.
SCRIPT = """
import signal
import time
import numpy as np
from scipy.stats import uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn_hp import RandomSearchCV

class Sleeper(ClassifierMixin, BaseEstimator):
    def __init__(self, seconds=0.0, quality=0.0):
        self.seconds = seconds
        self.quality = quality

    def fit(self, X, y):
        time.sleep(self.seconds)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X))

# a child of a background job inherits that Ctrl-C is ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
X, y = np.zeros((300, 1000)), np.arange(300) % 2
score = lambda estimator, X, y: estimator.quality
"""


def run_script(body, **kwargs):
    source = SCRIPT + textwrap.dedent(body)
    return subprocess.Popen(
        [sys.executable, "-c", source],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # Ctrl-C goes to a process group, not to pytest's
        **kwargs,
    )


INTERRUPTED = """
from sklearn_hp import GridSearchCV
import psutil
search = GridSearchCV(
    Sleeper(), {"quality": [0.5, 0.6], "seconds": [0.0, 600.0]},
    cv=2, n_jobs=2, scoring=score, verbose=2)
try:
    search.fit(X, y)
except KeyboardInterrupt:
    results = search.cv_results_
    print("candidates", [params["seconds"] for params in results["params"]])
    print("scores", results["mean_test_score"].tolist())
    print("why", search.stop_reason_)
    try:
        search.predict(X)
    except Exception as exc:
        print("predict", type(exc).__name__)
    print("workers left", len([
        child for child in psutil.Process().children(recursive=True)
        if "resource_tracker" not in " ".join(child.cmdline())
    ]))
"""


def wait_for_line(process, text):
    """Read the output until a line has `text`; return what was read."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return lines
    raise AssertionError(f"{text!r} never came:\n{''.join(lines)}")


BAYES = INTERRUPTED.replace(
    "from sklearn_hp import GridSearchCV",
    "from sklearn_hp import BayesSearchCV",
).replace(
    """GridSearchCV(
    Sleeper(), {"quality": [0.5, 0.6], "seconds": [0.0, 600.0]},
""",
    """BayesSearchCV(
    Sleeper(), {"quality": [0.5, 0.6], "seconds": [0.0, 600.0]}, n_iter=4,
    n_initial_points=2, n_pending=0, initial_points=[
        {"quality": 0.5, "seconds": 0.0}, {"quality": 0.5, "seconds": 600.0}],
""",
)


@pytest.mark.parametrize("script", [INTERRUPTED, BAYES], ids=["grid", "bayes"])
def test_ctrl_c_leaves_results_and_no_worker(script):
    process = run_script(script)
    # both splits of the quick candidate are in; the slow one runs for ten minutes
    wait_for_line(process, "END")
    wait_for_line(process, "END")
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=120)
    assert "candidates [0.0]" in output, output
    assert "scores [0.5]" in output
    assert "why KeyboardInterrupt after 2 fits" in output
    assert "predict NotFittedError" in output
    assert "workers left 0" in output
    assert process.returncode == 0
    assert "Traceback" not in output


def test_a_second_ctrl_c_leaves_no_worker_either():
    process = run_script(INTERRUPTED.replace("n_jobs=2", "n_jobs=4"))
    wait_for_line(process, "END")
    wait_for_line(process, "END")
    workers = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=120)
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert alive == []


def test_workers_exit_when_the_parent_is_killed():
    process = run_script(INTERRUPTED)
    wait_for_line(process, "END")
    wait_for_line(process, "END")
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 2
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []


def is_empty_soon(folder):
    deadline = time.monotonic() + 60
    while list(folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return list(folder.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(
    "name, of_group",
    [
        ("SIGKILL", False),
        ("SIGHUP", True),  # of a terminal that is closed, to all its processes
        pytest.param("SIGTERM", True, marks=pytest.mark.slow),
        pytest.param("SIGQUIT", True, marks=pytest.mark.slow),
    ],
)
def test_data_on_disk_goes_when_a_signal_ends_the_process(name, of_group, tmp_path):
    environment = {**os.environ, "JOBLIB_TEMP_FOLDER": str(tmp_path)}
    process = run_script(INTERRUPTED, env=environment)
    wait_for_line(process, "END")
    wait_for_line(process, "END")
    assert list(tmp_path.glob("sklearn_hp_*/*.npy")), "X is memory-mapped"
    children = psutil.Process(process.pid).children(recursive=True)
    kill = os.killpg if of_group else os.kill
    kill(process.pid, getattr(signal, name))
    process.communicate()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
    assert is_empty_soon(tmp_path)


def test_a_script_without_a_main_guard(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        SCRIPT
        + textwrap.dedent(
            """
            search = RandomSearchCV(
                Sleeper(), {"quality": uniform()}, n_iter=6, cv=3, n_jobs=2,
                scoring=score, random_state=0).fit(X, y)
            print("best", search.best_index_, search.best_score_)
            """
        )
    )
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-W",
            "ignore::DeprecationWarning",
            str(script),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("best 1 0.715")


def test_a_notebook_with_functions_defined_in_cells():
    cells = [
        SCRIPT,
        "search = RandomSearchCV(Sleeper(), {'quality': uniform()}, n_iter=6, cv=3,"
        " n_jobs=2, scoring=score, random_state=0, verbose=2).fit(X, y)",
        "print('best', search.best_index_)",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(c) for c in cells]
    )
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    printed = ["".join(out.text for out in cell.outputs) for cell in notebook.cells]
    assert printed[1].count("[CV] END") == 18
    assert printed[2] == "best 1\n"


class InterruptsOnThirdFit(Faulty):
    n_fits = 0

    def fit(self, X, y):
        InterruptsOnThirdFit.n_fits += 1
        if InterruptsOnThirdFit.n_fits == 4:
            raise KeyboardInterrupt
        return super().fit(X, y)


@pytest.mark.parametrize("build", BUILDERS)
def test_an_interrupt_in_process_keeps_what_was_finished(build):
    X, y = load_iris(return_X_y=True)
    InterruptsOnThirdFit.n_fits = 0
    search = build(InterruptsOnThirdFit(), {"quality": [0.1, 0.2, 0.3]}, cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    results = search.cv_results_
    assert [params["quality"] for params in results["params"]] == [0.1, 0.2]
    np.testing.assert_array_equal(results["split0_test_score"], [0.1, 0.2])
    np.testing.assert_array_equal(results["split1_test_score"], [0.1, np.nan])
    np.testing.assert_array_equal(results["mean_test_score"], [0.1, np.nan])
    assert results["rank_test_score"].tolist() == [1, 2]
    assert not hasattr(search, "best_estimator_")


@pytest.mark.parametrize("build", BUILDERS)
def test_nothing_of_an_earlier_fit_survives_an_interrupt(build):
    X, y = load_iris(return_X_y=True)
    InterruptsOnThirdFit.n_fits = 100
    search = build(InterruptsOnThirdFit(), {"quality": [0.1, 0.2]}, cv=2)
    search.fit(X, y)
    InterruptsOnThirdFit.n_fits = 3
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    with pytest.raises(AttributeError, match="cv_results_"):
        search.cv_results_  # noqa: B018
    assert not [name for name in vars(search) if name.startswith("best_")]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_process_searches_and_exits():
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(Faulty(), {"quality": [0.1, 0.2]}, cv=2, n_jobs=2)
    search.fit(X, y)  # the parent has warm workers, which are not the child's

    def in_child():
        sys.exit(0 if search.fit(X, y).best_params_ == {"quality": 0.2} else 1)

    child = multiprocessing.get_context("fork").Process(target=in_child)
    child.start()
    child.join(timeout=120)
    assert child.exitcode == 0
