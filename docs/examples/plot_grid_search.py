"""
Grid search with one import changed
===================================

A script written for scikit-learn's :class:`~sklearn.model_selection.GridSearchCV` runs
with ours. You change only the import. Here we run both and compare them.
"""

# %%
# The search
# ----------

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_hp import GridSearchCV  # the one line

X, y = load_breast_cancer(return_X_y=True)
pipeline = make_pipeline(StandardScaler(), SVC())
param_grid = {"svc__C": np.logspace(-1, 3, 9), "svc__gamma": np.logspace(-4, 0, 9)}

search = GridSearchCV(pipeline, param_grid, n_jobs=2).fit(X, y)
print(f"Best mean accuracy: {search.best_score_:.4f}")
search.best_params_

# %%
# The same as scikit-learn's
# --------------------------
# All scores are equal, and so is the best candidate.

from sklearn import model_selection

theirs = model_selection.GridSearchCV(pipeline, param_grid, n_jobs=2).fit(X, y)

assert search.best_params_ == theirs.best_params_
np.testing.assert_array_equal(
    search.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
)

# %%
# What the grid looks like
# ------------------------
# `cv_results_` has the candidates in the order of
# :class:`~sklearn.model_selection.ParameterGrid`: the last parameter varies fastest.

import matplotlib.pyplot as plt

C, gamma = param_grid["svc__C"], param_grid["svc__gamma"]
scores = search.cv_results_["mean_test_score"].reshape(len(C), len(gamma))

fig, ax = plt.subplots(figsize=(7.5, 4.8), layout="constrained")
mesh = ax.pcolormesh(np.log10(gamma), np.log10(C), scores, vmin=0.9)
ax.plot(
    np.log10(search.best_params_["svc__gamma"]),
    np.log10(search.best_params_["svc__C"]),
    "*",
    color="tab:red",
    markersize=18,
    label="best candidate",
)
ax.set(
    xlabel="gamma of the kernel, log10",
    ylabel="C of the classifier, log10",
    title="Grid search for a support vector classifier",
)
fig.legend(loc="outside lower center", frameon=False)
fig.colorbar(mesh, label="Mean accuracy of 5 splits", extend="min")
plt.show()
