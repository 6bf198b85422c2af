"""What is tried on every table: estimators and wide ranges of their parameters.

The ranges are wider than anybody would search, so that where good values end is seen.
Some values are drawn relative to the data: `gamma` times the number of features, for
example. Candidate 17 then is the same relative candidate on all tables.
"""

from dataclasses import dataclass, field

from scipy.stats import loguniform, randint, uniform
from sklearn import ensemble, linear_model, neighbors, neural_network, svm, tree

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


@dataclass(frozen=True)
class Experiment:
    """An estimator, its task kind, its ranges, and how many candidates are drawn.

    `learnt`: whether experience comes from it, or it only serves a comparison.
    `only_if`: for a parameter, the values of others with which it has a meaning.
    `products`: parameters whose product counts more than each by itself.
    `none_means`: what the estimator takes for None, where that is a number.
    `suggested`: what a practitioner would search, of the parameters in `space`.
    """

    estimator: object
    kind: str
    space: dict = field(repr=False)
    n_candidates: int = 200
    learnt: bool = True
    only_if: dict = field(default_factory=dict, repr=False)
    products: list = field(default_factory=list, repr=False)
    none_means: dict = field(default_factory=dict, repr=False)
    suggested: list = field(default_factory=list, repr=False)

    def distributions(self, quantities):
        """Return `param_distributions` for a table with these quantities."""
        return {
            f"model__{name}": values.distribution(
                quantities.get(values.relative_to, 1.0)
            )
            if isinstance(values, Range)
            else values
            for name, values in self.space.items()
        }


_WEIGHTS = {"class_weight": [None, "balanced"]}
_SVM = {
    "gamma": Range(1e-4, 1e2, relative_to="1/n_features"),
    "kernel": ["rbf", "poly", "sigmoid", "linear"],
    "degree": Range(2, 5, log=False, integer=True),
    "coef0": Range(0, 1, log=False),
}
_SVC = {"C": Range(1e-3, 1e4), **_SVM, **_WEIGHTS}
_SVR = {
    "C": Range(1e-3, 1e3, relative_to="y_std"),
    "epsilon": Range(1e-3, 1e0, relative_to="y_std"),
    **_SVM,
}
_ABSOLUTE_GAMMA = {"gamma": Range(1e-5, 1e1)}
_SGD = {
    "alpha": Range(1e-7, 1e0),
    "penalty": ["l2", "l1", "elasticnet"],
    "l1_ratio": Range(0, 1, log=False),
    "learning_rate": ["optimal", "invscaling", "adaptive", "constant"],
    "eta0": Range(1e-4, 1e0),
    "average": [False, True],
}
_TREE = {
    "max_depth": Range(1, 30, integer=True),
    "min_samples_leaf": Range(1, 100, integer=True),
    "min_samples_split": Range(2, 100, integer=True),
    "max_features": Range(0.1, 1, log=False),
}
# scikit-learn takes a fraction of the rows
_RELATIVE_LEAVES = {
    "min_samples_leaf": Range(1e-3, 0.25),
    "min_samples_split": Range(2e-3, 0.25),
}
_PRUNING = Range(1e-6, 1e-1)
_PRUNING_BY_Y = Range(1e-6, 1e-1, relative_to="y_var")
_GINI = {"criterion": ["gini", "entropy"]}
_FOREST = {
    "max_features": Range(0.05, 1, log=False),
    "min_samples_leaf": Range(1, 50, integer=True),
    "max_depth": Range(2, 30, integer=True),
    "bootstrap": [True, False],
}
_BOOSTING = {
    "n_estimators": Range(20, 100, integer=True),
    "learning_rate": Range(5e-3, 1),
    "max_depth": Range(1, 8, log=False, integer=True),
    "min_samples_leaf": Range(1, 60, integer=True),
    "subsample": Range(0.4, 1, log=False),
    "max_features": Range(0.1, 1, log=False),
}
_HISTOGRAMS = {
    "max_iter": Range(20, 200, integer=True),
    "learning_rate": Range(5e-3, 1),
    "max_leaf_nodes": Range(3, 63, integer=True),
    "min_samples_leaf": Range(2, 100, integer=True),
    "l2_regularization": Range(1e-6, 1e2),
    "max_features": Range(0.1, 1, log=False),
}
_NEIGHBORS = {
    "n_neighbors": Range(1, 100, integer=True),
    "weights": ["uniform", "distance"],
    "p": Range(1, 2, log=False),
}
_MLP = {
    "hidden_layer_sizes": [
        *[(8,), (16,), (32,), (64,), (128,)],
        *[(16, 16), (32, 32), (64, 64), (64, 32)],
    ],
    "activation": ["relu", "tanh", "logistic"],
    "alpha": Range(1e-7, 1e1),
    "learning_rate_init": Range(1e-4, 1e-1),
    "batch_size": Range(16, 256, integer=True),
}
_TORCH_MLP = {
    "n_layers": Range(1, 3, log=False, integer=True),
    "width": Range(16, 256, integer=True),
    "dropout": Range(0, 0.5, log=False),
    "learning_rate_init": Range(1e-4, 3e-2),
    "weight_decay": Range(1e-4, 1e0),
    "batch_size": Range(32, 256, integer=True),
}
_LIGHTGBM = {
    "n_estimators": Range(20, 200, integer=True),
    "learning_rate": Range(5e-3, 1),
    "num_leaves": Range(3, 63, integer=True),
    "min_child_samples": Range(2, 100, integer=True),
    "reg_lambda": Range(1e-6, 1e2),
    "colsample_bytree": Range(0.1, 1, log=False),
}
_XGBOOST = {
    "n_estimators": Range(20, 200, integer=True),
    "learning_rate": Range(5e-3, 1),
    "max_depth": Range(1, 12, log=False, integer=True),
    "min_child_weight": Range(0.1, 50),
    "reg_lambda": Range(1e-3, 1e2),
    "subsample": Range(0.4, 1, log=False),
    "colsample_bytree": Range(0.1, 1, log=False),
}
_LINEAR_LOSS = {"loss": ["hinge", "squared_hinge"]}
_EPSILON_LOSS = {"loss": ["epsilon_insensitive", "squared_epsilon_insensitive"]}


# What is known of the estimators' parameters, by the name of the class.
_KERNELS = {
    "degree": {"kernel": ["poly"]},
    "gamma": {"kernel": ["rbf", "poly", "sigmoid"]},
    "coef0": {"kernel": ["poly", "sigmoid"]},
}
_SGD_ONLY_IF = {
    "l1_ratio": {"penalty": ["elasticnet"]},
    "eta0": {"learning_rate": ["invscaling", "adaptive", "constant"]},
}
_STOCHASTIC = {"solver": ["sgd", "adam"]}
_MLP_FACTS = {
    "only_if": {"learning_rate_init": _STOCHASTIC, "batch_size": _STOCHASTIC},
    "products": [["learning_rate_init", "max_iter"]],
    "suggested": [*_MLP],
}
_LAYERS_BY_NUMBER = {"hidden_layer_sizes": [None]}
_TORCH_FACTS = {
    "only_if": {"n_layers": _LAYERS_BY_NUMBER, "width": _LAYERS_BY_NUMBER},
    "products": [["learning_rate_init", "max_epochs"]],
    "suggested": [*_TORCH_MLP],
}
_BOOSTING_FACTS = {
    "products": [["learning_rate", "n_estimators"]],
    "suggested": [name for name in _BOOSTING if name != "n_estimators"],
}
_HISTOGRAMS_FACTS = {
    "products": [["learning_rate", "max_iter"]],
    "suggested": [name for name in _HISTOGRAMS if name != "max_iter"],
}
_LIGHTGBM_FACTS = {
    "products": [["learning_rate", "n_estimators"]],
    "suggested": [name for name in _LIGHTGBM if name != "n_estimators"],
}
# https://xgboost.readthedocs.io/en/stable/parameter.html has what None stands for
_XGBOOST_FACTS = {
    "products": [["learning_rate", "n_estimators"]],
    "none_means": {
        **{"n_estimators": 100, "learning_rate": 0.3, "max_depth": 6},
        **{"min_child_weight": 1.0, "reg_lambda": 1.0},
        **{"subsample": 1.0, "colsample_bytree": 1.0},
    },
    "suggested": [name for name in _XGBOOST if name != "n_estimators"],
}
_TREE_SUGGESTED = ["max_depth", "min_samples_leaf", "ccp_alpha", "max_features"]
_FOREST_SUGGESTED = ["max_features", "min_samples_leaf", "max_depth"]
# More trees are as good or better and only cost time, at the right learning rate. The
# kernel of a support vector machine is the user's choice, and so is the loss of a
# linear model; neither is suggested.
_FACTS = {
    "SVC": {
        "only_if": _KERNELS,
        "suggested": ["C", "gamma", "degree", "coef0", "class_weight"],
    },
    "SVR": {
        "only_if": _KERNELS,
        "suggested": ["C", "gamma", "epsilon", "degree", "coef0"],
    },
    "LogisticRegression": {
        "only_if": {"l1_ratio": {"solver": ["saga"]}},
        "suggested": ["C", "l1_ratio", "class_weight"],
    },
    "Ridge": {"suggested": ["alpha"]},
    "Lasso": {"suggested": ["alpha"]},
    "ElasticNet": {"suggested": ["alpha", "l1_ratio"]},
    "DecisionTreeClassifier": {
        "suggested": [*_TREE_SUGGESTED, "criterion", "class_weight"]
    },
    "DecisionTreeRegressor": {"suggested": _TREE_SUGGESTED},
    "KNeighborsClassifier": {"suggested": [*_NEIGHBORS]},
    "KNeighborsRegressor": {"suggested": [*_NEIGHBORS]},
    "HistGradientBoostingClassifier": _HISTOGRAMS_FACTS,
    "HistGradientBoostingRegressor": _HISTOGRAMS_FACTS,
    "RandomForestClassifier": {
        "suggested": [*_FOREST_SUGGESTED, "criterion", "class_weight"]
    },
    "RandomForestRegressor": {"suggested": _FOREST_SUGGESTED},
    "ExtraTreesClassifier": {
        "suggested": [*_FOREST_SUGGESTED, "criterion", "class_weight"]
    },
    "ExtraTreesRegressor": {"suggested": _FOREST_SUGGESTED},
    "MLPClassifier": _MLP_FACTS,
    "MLPRegressor": _MLP_FACTS,
    "SGDClassifier": {"only_if": _SGD_ONLY_IF, "suggested": [*_SGD, "class_weight"]},
    "SGDRegressor": {"only_if": _SGD_ONLY_IF, "suggested": [*_SGD]},
    "LinearSVC": {"suggested": ["C", "class_weight"]},
    "LinearSVR": {"suggested": ["C", "epsilon"]},
    "GradientBoostingClassifier": _BOOSTING_FACTS,
    "GradientBoostingRegressor": _BOOSTING_FACTS,
    "TorchMLPClassifier": _TORCH_FACTS,
    "TorchMLPRegressor": _TORCH_FACTS,
    "LGBMClassifier": _LIGHTGBM_FACTS,
    "LGBMRegressor": _LIGHTGBM_FACTS,
    "XGBClassifier": _XGBOOST_FACTS,
    "XGBRegressor": _XGBOOST_FACTS,
}


def _classifier(estimator, space, **options):
    facts = _FACTS[type(estimator).__name__]
    return Experiment(estimator, "classification", space, **facts, **options)


def _regressor(estimator, space, **options):
    facts = _FACTS[type(estimator).__name__]
    return Experiment(estimator, "regression", space, **facts, **options)


def _sgd_regressor_space():
    rates = ["invscaling", "adaptive", "constant"]
    return {**_SGD, "learning_rate": rates, "eta0": Range(1e-4, 1e-1)}


def make_experiments():
    """Return the experiments by name, in the order in which they are run."""
    one_seed = {"random_state": 0}
    many = {"n_candidates": 400}
    svc = svm.SVC(max_iter=5000)
    svr = svm.SVR(max_iter=5000)
    trees = (
        tree.DecisionTreeClassifier(**one_seed),
        tree.DecisionTreeRegressor(**one_seed),
    )
    tree_spaces = (
        {**_TREE, "ccp_alpha": _PRUNING, **_GINI, **_WEIGHTS},
        {**_TREE, "ccp_alpha": _PRUNING_BY_Y},
    )
    few = {"n_estimators": 30, **one_seed}
    networks = {"max_iter": 20, **one_seed}
    return {
        "SVC": _classifier(svc, _SVC, **many),
        "SVR": _regressor(svr, _SVR, **many),
        "LogisticRegression": _classifier(
            linear_model.LogisticRegression(solver="saga", max_iter=200, **one_seed),
            {"C": Range(1e-4, 1e4), "l1_ratio": Range(0, 1, log=False), **_WEIGHTS},
            **many,
        ),
        "Ridge": _regressor(linear_model.Ridge(), {"alpha": Range(1e-4, 1e5)}),
        "Lasso": _regressor(
            linear_model.Lasso(),
            {"alpha": Range(1e-6, 1e1, relative_to="y_std")},
        ),
        "ElasticNet": _regressor(
            linear_model.ElasticNet(),
            {
                "alpha": Range(1e-6, 1e1, relative_to="y_std"),
                "l1_ratio": Range(0.01, 1, log=False),
            },
            **many,
        ),
        "DecisionTreeClassifier": _classifier(trees[0], tree_spaces[0], **many),
        "DecisionTreeRegressor": _regressor(trees[1], tree_spaces[1], **many),
        "KNeighborsClassifier": _classifier(
            neighbors.KNeighborsClassifier(), _NEIGHBORS, **many
        ),
        "KNeighborsRegressor": _regressor(
            neighbors.KNeighborsRegressor(), _NEIGHBORS, **many
        ),
        "HistGradientBoostingClassifier": _classifier(
            ensemble.HistGradientBoostingClassifier(early_stopping=False, **one_seed),
            _HISTOGRAMS,
        ),
        "HistGradientBoostingRegressor": _regressor(
            ensemble.HistGradientBoostingRegressor(early_stopping=False, **one_seed),
            _HISTOGRAMS,
        ),
        "RandomForestClassifier": _classifier(
            ensemble.RandomForestClassifier(**few), {**_FOREST, **_GINI, **_WEIGHTS}
        ),
        "RandomForestRegressor": _regressor(
            ensemble.RandomForestRegressor(**few), _FOREST
        ),
        "MLPClassifier": _classifier(neural_network.MLPClassifier(**networks), _MLP),
        "MLPRegressor": _regressor(neural_network.MLPRegressor(**networks), _MLP),
        "SGDClassifier": _classifier(
            linear_model.SGDClassifier(loss="log_loss", **one_seed),
            {**_SGD, **_WEIGHTS},
            **many,
        ),
        "SGDRegressor": _regressor(
            linear_model.SGDRegressor(**one_seed), _sgd_regressor_space(), **many
        ),
        "LinearSVC": _classifier(
            svm.LinearSVC(**one_seed),
            {"C": Range(1e-5, 1e3), **_LINEAR_LOSS, **_WEIGHTS},
            **many,
        ),
        "LinearSVR": _regressor(
            svm.LinearSVR(**one_seed),
            {
                "C": Range(1e-4, 1e3, relative_to="y_std"),
                "epsilon": Range(1e-3, 1e0, relative_to="y_std"),
                **_EPSILON_LOSS,
            },
            **many,
        ),
        "ExtraTreesClassifier": _classifier(
            ensemble.ExtraTreesClassifier(**few), {**_FOREST, **_GINI, **_WEIGHTS}
        ),
        "ExtraTreesRegressor": _regressor(ensemble.ExtraTreesRegressor(**few), _FOREST),
        "GradientBoostingClassifier": _classifier(
            ensemble.GradientBoostingClassifier(**one_seed), _BOOSTING
        ),
        "GradientBoostingRegressor": _regressor(
            ensemble.GradientBoostingRegressor(**one_seed), _BOOSTING
        ),
        "SVC, absolute gamma": _classifier(
            svc, {**_SVC, **_ABSOLUTE_GAMMA}, learnt=False, **many
        ),
        "SVR, absolute gamma": _regressor(
            svr, {**_SVR, **_ABSOLUTE_GAMMA}, learnt=False, **many
        ),
        "DecisionTreeClassifier, relative leaves": _classifier(
            trees[0], {**tree_spaces[0], **_RELATIVE_LEAVES}, learnt=False, **many
        ),
        "DecisionTreeRegressor, relative leaves": _regressor(
            trees[1], {**tree_spaces[1], **_RELATIVE_LEAVES}, learnt=False, **many
        ),
        **_torch_experiments(one_seed),
        **_boosting_experiments(one_seed),
    }


def _boosting_experiments(one_seed):
    from lightgbm import LGBMClassifier, LGBMRegressor
    from xgboost import XGBClassifier, XGBRegressor

    one_thread = {"n_jobs": 1, **one_seed}
    quiet = {"verbose": -1, **one_thread}
    return {
        "LGBMClassifier": _classifier(LGBMClassifier(**quiet), _LIGHTGBM),
        "LGBMRegressor": _regressor(LGBMRegressor(**quiet), _LIGHTGBM),
        "XGBClassifier": _classifier(XGBClassifier(**one_thread), _XGBOOST),
        "XGBRegressor": _regressor(XGBRegressor(**one_thread), _XGBOOST),
    }


def _torch_experiments(one_seed):
    from sklearn_hp.neural_network import TorchMLPClassifier, TorchMLPRegressor

    short = {"device": "cpu", "max_epochs": 20, **one_seed}
    return {
        "TorchMLPClassifier": _classifier(TorchMLPClassifier(**short), _TORCH_MLP),
        "TorchMLPRegressor": _regressor(TorchMLPRegressor(**short), _TORCH_MLP),
    }
