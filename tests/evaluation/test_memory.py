"""What systems tell of the memory of processes, by each way that works here."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from sklearn_hp._evaluation._pool import _memory
from sklearn_hp._evaluation._pool._limits import LimitKeeper
from sklearn_hp._evaluation._pool._memory import (
    MemoryMeter,
    ProcProcesses,
    PsProcesses,
    PsutilProcesses,
    processes_here,
)
from sklearn_hp._records import Limits

READERS = [
    pytest.param(
        ProcProcesses,
        marks=pytest.mark.skipif(
            not os.path.exists("/proc/self/statm"), reason="/proc"
        ),
    ),
    PsutilProcesses,
    pytest.param(
        PsProcesses, marks=pytest.mark.skipif(not shutil.which("ps"), reason="ps")
    ),
]
MIB = 2**20
# takes memory, starts a child that does, and says when both have
PARENT = """
import subprocess, sys
taken = bytearray(b"x") * {mib} * 2**20
rest = {rest!r}
if rest:
    child = subprocess.Popen([sys.executable, "-c", rest], stdin=subprocess.PIPE)
else:
    print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def family():
    """Return the number of a process with 60 MiB, that has a child with 40 MiB."""
    child = PARENT.format(mib=40, rest="")
    script = PARENT.format(mib=60, rest=child)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        yield process.pid
        process.communicate()


@pytest.mark.parametrize("reader", READERS)
def test_the_memory_of_a_process_and_of_its_children(reader, family):
    processes = reader()
    assert processes.parents()[family] == os.getpid()
    assert 60 * MIB < processes.private_bytes(family) < 95 * MIB
    meter = MemoryMeter(processes)
    assert 100 * MIB < meter.bytes_of(family, np.inf) < 160 * MIB
    assert 100 * MIB < meter.bytes_of(family, 0) < 160 * MIB


@pytest.mark.parametrize("reader", READERS)
def test_a_process_that_has_ended_takes_nothing(reader):
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert reader().private_bytes(process.pid) == 0
    assert MemoryMeter(reader()).bytes_of(process.pid, np.inf) == 0


def test_which_reader_is_used(monkeypatch):
    exists = os.path.exists
    if exists("/proc/self/statm"):
        assert type(processes_here()) is ProcProcesses
    monkeypatch.setattr(
        os.path, "exists", lambda p: not p.startswith("/proc") and exists(p)
    )
    assert type(processes_here()) is PsutilProcesses
    monkeypatch.setitem(sys.modules, "psutil", None)
    if shutil.which("ps"):
        assert type(processes_here()) is PsProcesses
    monkeypatch.setattr(_memory.shutil, "which", lambda name: None)
    assert processes_here() is None
    with pytest.raises(ValueError, match=r"neither /proc nor the command ps.*psutil"):
        LimitKeeper(Limits(n_bytes=1e9))
