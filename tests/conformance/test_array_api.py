"""The array API tests, in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif("SCIPY_ARRAY_API" in os.environ, reason="they run where they are")
def test_array_api_tests_pass(pytestconfig):
    """SciPy reads SCIPY_ARRAY_API once, when it is imported."""
    pytest.importorskip("array_api_strict")
    here = Path(__file__).parent
    files = [str(here / "test_search.py"), str(here / "test_common.py")]
    options = ["-k", "array_api", "-rs", "-p", "no:cacheprovider"]
    if pytestconfig.inipath is not None:
        options += ["-c", str(pytestconfig.inipath)]
    options += ["--rootdir", str(pytestconfig.rootpath)]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *files, *options],
        env=os.environ | {"SCIPY_ARRAY_API": "1"},
        cwd=pytestconfig.rootpath,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert " passed" in run.stdout
