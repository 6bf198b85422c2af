"""What is tried on every table: estimators, their spaces, and what is known of them."""

from dataclasses import dataclass, field

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
    "suggested": [*MLP],
}
_LAYERS_BY_NUMBER = {"hidden_layer_sizes": [None]}
_TORCH_FACTS = {
    "only_if": {"n_layers": _LAYERS_BY_NUMBER, "width": _LAYERS_BY_NUMBER},
    "products": [["learning_rate_init", "max_epochs"]],
    "suggested": [*TORCH_MLP],
}
_BOOSTING_FACTS = {
    "products": [["learning_rate", "n_estimators"]],
    "suggested": [name for name in BOOSTING if name != "n_estimators"],
}
_HISTOGRAMS_FACTS = {
    "products": [["learning_rate", "max_iter"]],
    "suggested": [name for name in HISTOGRAMS if name != "max_iter"],
}
_LIGHTGBM_FACTS = {
    "products": [["learning_rate", "n_estimators"]],
    "suggested": [name for name in LIGHTGBM if name != "n_estimators"],
}
# https://xgboost.readthedocs.io/en/stable/parameter.html has what None stands for
_XGBOOST_FACTS = {
    "products": [["learning_rate", "n_estimators"]],
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
    "KNeighborsClassifier": {"suggested": [*NEIGHBORS]},
    "KNeighborsRegressor": {"suggested": [*NEIGHBORS]},
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
        {**TREE, "ccp_alpha": PRUNING, **GINI, **WEIGHTS},
        {**TREE, "ccp_alpha": PRUNING_BY_Y},
    )
    few = {"n_estimators": 30, **one_seed}
    networks = {"max_iter": 20, **one_seed}
    return {
        "SVC": _classifier(svc, SVC, **many),
        "SVR": _regressor(svr, SVR, **many),
        "LogisticRegression": _classifier(
            linear_model.LogisticRegression(solver="saga", max_iter=200, **one_seed),
            {"C": Range(1e-4, 1e4), "l1_ratio": Range(0, 1, log=False), **WEIGHTS},
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
            neighbors.KNeighborsClassifier(), NEIGHBORS, **many
        ),
        "KNeighborsRegressor": _regressor(
            neighbors.KNeighborsRegressor(), NEIGHBORS, **many
        ),
        "HistGradientBoostingClassifier": _classifier(
            ensemble.HistGradientBoostingClassifier(early_stopping=False, **one_seed),
            HISTOGRAMS,
        ),
        "HistGradientBoostingRegressor": _regressor(
            ensemble.HistGradientBoostingRegressor(early_stopping=False, **one_seed),
            HISTOGRAMS,
        ),
        "RandomForestClassifier": _classifier(
            ensemble.RandomForestClassifier(**few), {**FOREST, **GINI, **WEIGHTS}
        ),
        "RandomForestRegressor": _regressor(
            ensemble.RandomForestRegressor(**few), FOREST
        ),
        "MLPClassifier": _classifier(neural_network.MLPClassifier(**networks), MLP),
        "MLPRegressor": _regressor(neural_network.MLPRegressor(**networks), MLP),
        "SGDClassifier": _classifier(
            linear_model.SGDClassifier(loss="log_loss", **one_seed),
            {**SGD, **WEIGHTS},
            **many,
        ),
        "SGDRegressor": _regressor(
            linear_model.SGDRegressor(**one_seed), SGD_REGRESSOR, **many
        ),
        "LinearSVC": _classifier(
            svm.LinearSVC(**one_seed),
            {"C": Range(1e-5, 1e3), **LINEAR_LOSS, **WEIGHTS},
            **many,
        ),
        "LinearSVR": _regressor(
            svm.LinearSVR(**one_seed),
            {
                "C": Range(1e-4, 1e3, relative_to="y_std"),
                "epsilon": Range(1e-3, 1e0, relative_to="y_std"),
                **EPSILON_LOSS,
            },
            **many,
        ),
        "ExtraTreesClassifier": _classifier(
            ensemble.ExtraTreesClassifier(**few), {**FOREST, **GINI, **WEIGHTS}
        ),
        "ExtraTreesRegressor": _regressor(ensemble.ExtraTreesRegressor(**few), FOREST),
        "GradientBoostingClassifier": _classifier(
            ensemble.GradientBoostingClassifier(**one_seed), BOOSTING
        ),
        "GradientBoostingRegressor": _regressor(
            ensemble.GradientBoostingRegressor(**one_seed), BOOSTING
        ),
        "SVC, absolute gamma": _classifier(
            svc, {**SVC, **ABSOLUTE_GAMMA}, learnt=False, **many
        ),
        "SVR, absolute gamma": _regressor(
            svr, {**SVR, **ABSOLUTE_GAMMA}, learnt=False, **many
        ),
        "DecisionTreeClassifier, relative leaves": _classifier(
            trees[0], {**tree_spaces[0], **RELATIVE_LEAVES}, learnt=False, **many
        ),
        "DecisionTreeRegressor, relative leaves": _regressor(
            trees[1], {**tree_spaces[1], **RELATIVE_LEAVES}, learnt=False, **many
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
        "LGBMClassifier": _classifier(LGBMClassifier(**quiet), LIGHTGBM),
        "LGBMRegressor": _regressor(LGBMRegressor(**quiet), LIGHTGBM),
        "XGBClassifier": _classifier(XGBClassifier(**one_thread), XGBOOST),
        "XGBRegressor": _regressor(XGBRegressor(**one_thread), XGBOOST),
    }


def _torch_experiments(one_seed):
    from sklearn_hp.neural_network import TorchMLPClassifier, TorchMLPRegressor

    short = {"device": "cpu", "max_epochs": 20, **one_seed}
    return {
        "TorchMLPClassifier": _classifier(TorchMLPClassifier(**short), TORCH_MLP),
        "TorchMLPRegressor": _regressor(TorchMLPRegressor(**short), TORCH_MLP),
    }
