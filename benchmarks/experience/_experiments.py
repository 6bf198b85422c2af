"""What is tried on every table: estimators, their spaces, and what is known of them."""

from dataclasses import dataclass, field

from _learning_tables import TABLES
from _spaces import (
    ABSOLUTE_GAMMA,
    BOOSTING,
    EPSILON_LOSS,
    FOREST,
    GINI,
    HISTOGRAMS,
    LIGHTGBM,
    LINEAR_LOSS,
    MLP,
    NEIGHBORS,
    PRUNING,
    PRUNING_BY_Y,
    RELATIVE_LEAVES,
    SGD,
    SGD_REGRESSOR,
    SVC,
    SVR,
    TORCH_MLP,
    TREE,
    WEIGHTS,
    XGBOOST,
    Range,
)
from sklearn import ensemble, linear_model, neighbors, neural_network, svm, tree


@dataclass(frozen=True)
class Experiment:
    """An estimator, its task kind, its ranges, and how many candidates are drawn.

    `n_tables`: how many of the learning tables it runs on, the first; None for all.
    `learnt`: whether experience comes from it, or it only serves a comparison.
    `only_if`: for a parameter, the values of others with which it has a meaning.
    `products`: a rate and a number of steps whose product counts more than each by
    itself, and the power of the latter in it; `steps.py` measures it.
    `none_means`: what the estimator takes for None, where that is a number.
    `neutral`: for a parameter that fails where it has no meaning, the value that does
    not. `when`: values of other parameters for which this is known, if not for all.
    `suggested`: what a practitioner would search, of the parameters in `space`.
    """

    estimator: object
    kind: str
    space: dict = field(repr=False)
    n_candidates: int = 200
    n_tables: int | None = None
    learnt: bool = True
    only_if: dict = field(default_factory=dict, repr=False)
    products: list = field(default_factory=list, repr=False)
    none_means: dict = field(default_factory=dict, repr=False)
    neutral: dict = field(default_factory=dict, repr=False)
    when: dict = field(default_factory=dict, repr=False)
    suggested: list = field(default_factory=list, repr=False)

    @property
    def tables(self):
        """Names of the tables that it runs on."""
        return [*TABLES[self.kind]][: self.n_tables]

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
    "products": [["learning_rate_init", "max_iter", 0.5]],
    "suggested": [*MLP],
}
_LAYERS_BY_NUMBER = {"hidden_layer_sizes": [None]}
_TORCH_FACTS = {
    "only_if": {"n_layers": _LAYERS_BY_NUMBER, "width": _LAYERS_BY_NUMBER},
    "products": [["learning_rate_init", "max_epochs", 0.5]],
    "suggested": [*TORCH_MLP],
}
# of 5,000 rows, at the other defaults; that of fewer is above the range
_TORCH_CLASSIFIER_FACTS = {**_TORCH_FACTS, "none_means": {"weight_decay": 0.4}}
_BOOSTING_FACTS = {
    "products": [["learning_rate", "n_estimators", 1]],
    "suggested": [name for name in BOOSTING if name != "n_estimators"],
}
_HISTOGRAMS_FACTS = {
    "products": [["learning_rate", "max_iter", 1]],
    "suggested": [name for name in HISTOGRAMS if name != "max_iter"],
}
_NEIGHBORS_FACTS = {
    "only_if": {"p": {"metric": ["minkowski"]}},
    "suggested": [*NEIGHBORS],
}
_BOOSTERS = {"booster": [None, "gbtree", "dart"]}
_LIGHTGBM_FACTS = {
    "only_if": {"learning_rate": {"boosting_type": ["gbdt", "dart", "goss"]}},
    "products": [["learning_rate", "n_estimators", 1]],
    "suggested": [name for name in LIGHTGBM if name != "n_estimators"],
}
# https://xgboost.readthedocs.io/en/stable/parameter.html has what None stands for
_XGBOOST_FACTS = {
    "only_if": dict.fromkeys(
        ("max_depth", "min_child_weight", "subsample", "colsample_bytree"), _BOOSTERS
    ),
    "products": [["learning_rate", "n_estimators", 1]],
    "none_means": {
        **{"n_estimators": 100, "learning_rate": 0.3, "max_depth": 6},
        **{"min_child_weight": 1.0, "reg_lambda": 1.0},
        **{"subsample": 1.0, "colsample_bytree": 1.0},
    },
    "suggested": [name for name in XGBOOST if name != "n_estimators"],
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
        "only_if": {
            "l1_ratio": {"solver": ["saga"]},
            "C": {"penalty": ["deprecated", "l1", "l2", "elasticnet"]},
        },
        "neutral": {"l1_ratio": 0.0},
        "suggested": ["C", "l1_ratio", "class_weight"],
    },
    "Ridge": {"suggested": ["alpha"]},
    "Lasso": {"suggested": ["alpha"]},
    "ElasticNet": {"suggested": ["alpha", "l1_ratio"]},
    "DecisionTreeClassifier": {
        "suggested": [*_TREE_SUGGESTED, "criterion", "class_weight"]
    },
    "DecisionTreeRegressor": {"suggested": _TREE_SUGGESTED},
    "KNeighborsClassifier": _NEIGHBORS_FACTS,
    "KNeighborsRegressor": _NEIGHBORS_FACTS,
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
    "SGDClassifier": {"only_if": _SGD_ONLY_IF, "suggested": [*SGD, "class_weight"]},
    "SGDRegressor": {"only_if": _SGD_ONLY_IF, "suggested": [*SGD]},
    "LinearSVC": {"suggested": ["C", "class_weight"]},
    "LinearSVR": {"suggested": ["C", "epsilon"]},
    "GradientBoostingClassifier": _BOOSTING_FACTS,
    "GradientBoostingRegressor": _BOOSTING_FACTS,
    "TorchMLPClassifier": _TORCH_CLASSIFIER_FACTS,
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


ONE_SEED = {"random_state": 0}
MANY = {"n_candidates": 400}
# a quarter of them have a kernel that is usually not changed
OF_FOUR_KERNELS = {"n_candidates": 800}
FEWER = {"n_tables": 16}  # of what takes long, or is only compared


def make_experiments():
    """Return the experiments by name, in the order in which they are run."""
    return {
        **_support_vectors(),
        **_linear_models(),
        **_trees(),
        **_neighbors(),
        **_forests(),
        **_boosted_trees(),
        **_networks(),
        **_other_libraries(),
    }


def _support_vectors():
    svc, svr = svm.SVC(max_iter=5000), svm.SVR(max_iter=5000)
    linear_svc = {"C": Range(1e-5, 1e3), **LINEAR_LOSS, **WEIGHTS}
    linear_svr = {
        "C": Range(1e-4, 1e3, relative_to="y_std"),
        "epsilon": Range(1e-3, 1e0, relative_to="y_std"),
        **EPSILON_LOSS,
    }
    compared = {"learnt": False, **OF_FOUR_KERNELS, **FEWER}
    return {
        "SVC": _classifier(svc, SVC, **OF_FOUR_KERNELS),
        "SVR": _regressor(svr, SVR, **OF_FOUR_KERNELS),
        "LinearSVC": _classifier(svm.LinearSVC(**ONE_SEED), linear_svc, **MANY),
        "LinearSVR": _regressor(svm.LinearSVR(**ONE_SEED), linear_svr, **MANY),
        "SVC, absolute gamma": _classifier(svc, {**SVC, **ABSOLUTE_GAMMA}, **compared),
        "SVR, absolute gamma": _regressor(svr, {**SVR, **ABSOLUTE_GAMMA}, **compared),
    }


def _linear_models():
    l2 = linear_model.LogisticRegression(max_iter=200)
    elastic = linear_model.LogisticRegression(solver="saga", max_iter=200, **ONE_SEED)
    C = {"C": Range(1e-4, 1e4)}
    alpha = {"alpha": Range(1e-6, 1e1, relative_to="y_std")}
    l1_ratio = Range(0.01, 1, log=False)
    others = ["lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag"]
    return {
        "LogisticRegression": _classifier(
            elastic,
            {**C, "l1_ratio": Range(0, 1, log=False), **WEIGHTS},
            when={"solver": ["saga"]},
            **MANY,
        ),
        "LogisticRegression, l2": _classifier(
            l2, {**C, **WEIGHTS}, when={"solver": others}
        ),
        "Ridge": _regressor(linear_model.Ridge(), {"alpha": Range(1e-4, 1e5)}),
        "Lasso": _regressor(linear_model.Lasso(), alpha),
        "ElasticNet": _regressor(
            linear_model.ElasticNet(), {**alpha, "l1_ratio": l1_ratio}, **MANY
        ),
        "SGDClassifier": _classifier(
            linear_model.SGDClassifier(loss="log_loss", **ONE_SEED),
            {**SGD, **WEIGHTS},
            **MANY,
        ),
        "SGDRegressor": _regressor(
            linear_model.SGDRegressor(**ONE_SEED), SGD_REGRESSOR, **MANY
        ),
    }


def _trees():
    classifier = tree.DecisionTreeClassifier(**ONE_SEED)
    regressor = tree.DecisionTreeRegressor(**ONE_SEED)
    space = {**TREE, "ccp_alpha": PRUNING, **GINI, **WEIGHTS}
    space_by_y = {**TREE, "ccp_alpha": PRUNING_BY_Y}
    compared = {"learnt": False, **MANY, **FEWER}
    return {
        "DecisionTreeClassifier": _classifier(classifier, space, **MANY),
        "DecisionTreeRegressor": _regressor(regressor, space_by_y, **MANY),
        "DecisionTreeClassifier, relative leaves": _classifier(
            classifier, {**space, **RELATIVE_LEAVES}, **compared
        ),
        "DecisionTreeRegressor, relative leaves": _regressor(
            regressor, {**space_by_y, **RELATIVE_LEAVES}, **compared
        ),
    }


def _neighbors():
    classifier = neighbors.KNeighborsClassifier()
    regressor = neighbors.KNeighborsRegressor()
    return {
        "KNeighborsClassifier": _classifier(classifier, NEIGHBORS, **MANY),
        "KNeighborsRegressor": _regressor(regressor, NEIGHBORS, **MANY),
    }


def _forests():
    few = {"n_estimators": 30, **ONE_SEED}
    space = {**FOREST, **GINI, **WEIGHTS}
    return {
        "RandomForestClassifier": _classifier(
            ensemble.RandomForestClassifier(**few), space
        ),
        "RandomForestRegressor": _regressor(
            ensemble.RandomForestRegressor(**few), FOREST
        ),
        "ExtraTreesClassifier": _classifier(
            ensemble.ExtraTreesClassifier(**few), space, **FEWER
        ),
        "ExtraTreesRegressor": _regressor(
            ensemble.ExtraTreesRegressor(**few), FOREST, **FEWER
        ),
    }


def _boosted_trees():
    whole = {"early_stopping": False, **ONE_SEED}
    return {
        "HistGradientBoostingClassifier": _classifier(
            ensemble.HistGradientBoostingClassifier(**whole), HISTOGRAMS
        ),
        "HistGradientBoostingRegressor": _regressor(
            ensemble.HistGradientBoostingRegressor(**whole), HISTOGRAMS
        ),
        "GradientBoostingClassifier": _classifier(
            ensemble.GradientBoostingClassifier(**ONE_SEED), BOOSTING
        ),
        "GradientBoostingRegressor": _regressor(
            ensemble.GradientBoostingRegressor(**ONE_SEED), BOOSTING, **FEWER
        ),
    }


def _networks():
    from sklearn_hp.neural_network import TorchMLPClassifier, TorchMLPRegressor

    networks = {"max_iter": 20, **ONE_SEED}
    short = {"device": "cpu", "max_epochs": 20, **ONE_SEED}
    return {
        "MLPClassifier": _classifier(neural_network.MLPClassifier(**networks), MLP),
        "MLPRegressor": _regressor(neural_network.MLPRegressor(**networks), MLP),
        "TorchMLPClassifier": _classifier(
            TorchMLPClassifier(**short), TORCH_MLP, **FEWER
        ),
        "TorchMLPRegressor": _regressor(TorchMLPRegressor(**short), TORCH_MLP, **FEWER),
    }


def _other_libraries():
    from lightgbm import LGBMClassifier, LGBMRegressor
    from xgboost import XGBClassifier, XGBRegressor

    one_thread = {"n_jobs": 1, **ONE_SEED}
    quiet = {"verbose": -1, **one_thread}
    return {
        "LGBMClassifier": _classifier(LGBMClassifier(**quiet), LIGHTGBM),
        "LGBMRegressor": _regressor(LGBMRegressor(**quiet), LIGHTGBM, **FEWER),
        "XGBClassifier": _classifier(XGBClassifier(**one_thread), XGBOOST),
        "XGBRegressor": _regressor(XGBRegressor(**one_thread), XGBOOST, **FEWER),
    }
