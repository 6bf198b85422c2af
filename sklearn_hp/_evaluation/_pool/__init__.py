"""Workers for every joblib backend, behind one interface.

A pool takes tasks while it `has_idle` workers and gives back results one at a time, in
the order they arrive. The active joblib backend decides which pool that is:

- one job: `SerialPool`, in the calling thread;
- loky, the default: `SlotPool`, one process per slot, data memory-mapped once;
- threading: `ThreadPool`, threads fed as they become free;
- dask: `DaskPool`, the futures of the cluster's client;
- any other registered backend (multiprocessing, ray, spark): `BatchPool`.

Around each that has several workers is a `RetryPool`, which runs again, alone, what ran
out of memory. Around `SlotPool` is a `FreshRetryPool`, which runs again, in a fresh
process, what may have failed of what other fits left behind.

Where workers keep predictions and models, those that run on other machines cannot
write files here: an `UnloadingPool` around all writes what came with their results.

Where results of an earlier run are known, a `ReplayPool` answers with them, and opens
the pool when a task needs it.

`_evaluation/_joblib_compat.py` has the only code of the package that uses joblib's
internals.
"""

from sklearn_hp._evaluation._pool._base import Pool
from sklearn_hp._evaluation._pool._open import open_pool
from sklearn_hp._evaluation._pool._replay import Known, ReplayPool

__all__ = ["Known", "Pool", "ReplayPool", "open_pool"]
