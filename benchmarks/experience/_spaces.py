"""The wide ranges that candidates are drawn from.

They are wider than anybody would search, so that where good values end is seen. Some
values are drawn relative to the data: `gamma` in units of what "scale" is, for
example. Candidate 17 then is the same relative candidate on all tables.
"""

from dataclasses import dataclass

from scipy.stats import loguniform, randint, uniform

from sklearn_hp.space import log_randint


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included.

    `relative_to` names a quantity of the data (`collect.quantities`); the range is
    that of the value divided by it.
    """

    low: float
    high: float
    log: bool = True
    integer: bool = False
    relative_to: str | None = None

    def distribution(self, scale):
        """Return the distribution of the values themselves."""
        if self.integer:
            make = log_randint if self.log else randint
            return make(self.low, self.high + 1)
        if self.log:
            return loguniform(self.low * scale, self.high * scale)
        return uniform(self.low * scale, (self.high - self.low) * scale)


WEIGHTS = {"class_weight": [None, "balanced"]}
SVM = {
    "gamma": Range(1e-4, 1e2, relative_to="1/(n_features*x_var)"),
    "kernel": ["rbf", "poly", "sigmoid", "linear"],
    "degree": Range(2, 5, log=False, integer=True),
    "coef0": Range(0, 1, log=False),
}
SVC = {"C": Range(1e-3, 1e4), **SVM, **WEIGHTS}
SVR = {
    "C": Range(1e-3, 1e3, relative_to="y_std"),
    "epsilon": Range(1e-3, 1e0, relative_to="y_std"),
    **SVM,
}
ABSOLUTE_GAMMA = {"gamma": Range(1e-5, 1e1)}
SGD = {
    "alpha": Range(1e-7, 1e0),
    "penalty": ["l2", "l1", "elasticnet"],
    "l1_ratio": Range(0, 1, log=False),
    "learning_rate": ["optimal", "invscaling", "adaptive", "constant"],
    "eta0": Range(1e-4, 1e0),
    "average": [False, True],
}
TREE = {
    "max_depth": Range(1, 30, integer=True),
    "min_samples_leaf": Range(1, 100, integer=True),
    "min_samples_split": Range(2, 100, integer=True),
    "max_features": Range(0.1, 1, log=False),
}
# scikit-learn takes a fraction of the rows
RELATIVE_LEAVES = {
    "min_samples_leaf": Range(1e-3, 0.25),
    "min_samples_split": Range(2e-3, 0.25),
}
PRUNING = Range(1e-6, 1e-1)
PRUNING_BY_Y = Range(1e-6, 1e-1, relative_to="y_var")
GINI = {"criterion": ["gini", "entropy"]}
FOREST = {
    "max_features": Range(0.05, 1, log=False),
    "min_samples_leaf": Range(1, 50, integer=True),
    "max_depth": Range(2, 30, integer=True),
    "bootstrap": [True, False],
}
BOOSTING = {
    "n_estimators": Range(20, 100, integer=True),
    "learning_rate": Range(5e-3, 1),
    "max_depth": Range(1, 8, log=False, integer=True),
    "min_samples_leaf": Range(1, 60, integer=True),
    "subsample": Range(0.4, 1, log=False),
    "max_features": Range(0.1, 1, log=False),
}
HISTOGRAMS = {
    "max_iter": Range(20, 200, integer=True),
    "learning_rate": Range(5e-3, 1),
    "max_leaf_nodes": Range(3, 63, integer=True),
    "min_samples_leaf": Range(2, 100, integer=True),
    "l2_regularization": Range(1e-6, 1e2),
    "max_features": Range(0.1, 1, log=False),
}
NEIGHBORS = {
    "n_neighbors": Range(1, 100, integer=True),
    "weights": ["uniform", "distance"],
    "p": Range(1, 2, log=False),
}
MLP = {
    "hidden_layer_sizes": [
        *[(8,), (16,), (32,), (64,), (128,)],
        *[(16, 16), (32, 32), (64, 64), (64, 32)],
    ],
    "activation": ["relu", "tanh", "logistic"],
    "alpha": Range(1e-7, 1e1),
    "learning_rate_init": Range(1e-4, 1e-1),
    "batch_size": Range(16, 256, integer=True),
}
TORCH_MLP = {
    "n_layers": Range(1, 3, log=False, integer=True),
    "width": Range(16, 256, integer=True),
    "dropout": Range(0, 0.5, log=False),
    "learning_rate_init": Range(1e-4, 3e-2),
    "weight_decay": Range(1e-4, 1e0),
    "batch_size": Range(32, 256, integer=True),
}
# A batch normalises by its own rows, so it has 16 of them at least. Cost grows with
# the square of the channels, and small images are read by few.
CNN = {
    "n_blocks": Range(1, 3, log=False, integer=True),
    "channels": Range(8, 64, integer=True),
    "kernel_size": [3, 5],
    "dropout": Range(0, 0.5, log=False),
    "learning_rate_init": Range(3e-4, 3e-2),
    "weight_decay": Range(1e-4, 1e0),
    "batch_size": Range(16, 128, integer=True),
    "max_epochs": Range(10, 60, integer=True),
}
LIGHTGBM = {
    "n_estimators": Range(20, 200, integer=True),
    "learning_rate": Range(5e-3, 1),
    "num_leaves": Range(3, 63, integer=True),
    "min_child_samples": Range(2, 100, integer=True),
    "reg_lambda": Range(1e-6, 1e2),
    "colsample_bytree": Range(0.1, 1, log=False),
}
XGBOOST = {
    "n_estimators": Range(20, 200, integer=True),
    "learning_rate": Range(5e-3, 1),
    "max_depth": Range(1, 12, log=False, integer=True),
    "min_child_weight": Range(0.1, 50),
    "reg_lambda": Range(1e-3, 1e2),
    "subsample": Range(0.4, 1, log=False),
    "colsample_bytree": Range(0.1, 1, log=False),
}
LINEAR_LOSS = {"loss": ["hinge", "squared_hinge"]}
EPSILON_LOSS = {"loss": ["epsilon_insensitive", "squared_epsilon_insensitive"]}
SGD_REGRESSOR = {
    **SGD,
    "learning_rate": ["invscaling", "adaptive", "constant"],
    "eta0": Range(1e-4, 1e-1),
}
