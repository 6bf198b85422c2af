"""Boosters of all libraries that are installed, with the rounds they may take."""

from importlib.util import find_spec

from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)

HAS_TORCH = bool(find_spec("torch") and find_spec("skorch"))


def classifiers(rounds=200):
    """Yield the name and a classifier of each library, quick to learn by heart."""
    yield (
        "histogram",
        HistGradientBoostingClassifier(
            max_iter=rounds, learning_rate=0.3, min_samples_leaf=5, random_state=0
        ),
    )
    yield (
        "gradient",
        GradientBoostingClassifier(
            n_estimators=rounds, learning_rate=0.3, random_state=0
        ),
    )
    if find_spec("xgboost"):
        from xgboost import XGBClassifier

        yield "xgboost", XGBClassifier(n_estimators=rounds, n_jobs=1, random_state=0)
    if find_spec("lightgbm"):
        from lightgbm import LGBMClassifier

        yield (
            "lightgbm",
            LGBMClassifier(
                n_estimators=rounds, n_jobs=1, min_child_samples=5, verbose=-1
            ),
        )
    if find_spec("catboost"):
        from catboost import CatBoostClassifier

        yield (
            "catboost",
            CatBoostClassifier(n_estimators=rounds, **_QUIET, learning_rate=0.3),
        )
    if HAS_TORCH:
        from sklearn_hp.neural_network import TorchMLPClassifier

        yield "network", TorchMLPClassifier(max_epochs=rounds, **_NETWORK)


def regressors(rounds=200):
    """Yield the name and a regressor of each library, quick to learn by heart."""
    yield (
        "histogram",
        HistGradientBoostingRegressor(
            max_iter=rounds, learning_rate=0.3, min_samples_leaf=5, random_state=0
        ),
    )
    yield (
        "gradient",
        GradientBoostingRegressor(
            n_estimators=rounds, learning_rate=0.3, random_state=0
        ),
    )
    if find_spec("xgboost"):
        from xgboost import XGBRegressor

        yield "xgboost", XGBRegressor(n_estimators=rounds, n_jobs=1, random_state=0)
    if find_spec("lightgbm"):
        from lightgbm import LGBMRegressor

        yield (
            "lightgbm",
            LGBMRegressor(
                n_estimators=rounds, n_jobs=1, min_child_samples=5, verbose=-1
            ),
        )
    if find_spec("catboost"):
        from catboost import CatBoostRegressor

        yield (
            "catboost",
            CatBoostRegressor(n_estimators=rounds, **_QUIET, learning_rate=0.3),
        )
    if HAS_TORCH:
        from sklearn_hp.neural_network import TorchMLPRegressor

        yield "network", TorchMLPRegressor(max_epochs=rounds, **_NETWORK)


_QUIET = {
    "silent": True,
    "allow_writing_files": False,
    "thread_count": 1,
    # these would depend on the most rounds there may be
    "random_strength": 0,
    "leaf_estimation_iterations": 1,
}
_NETWORK = {
    "width": 16,
    "learning_rate_init": 0.03,
    "learning_rate": "constant",
    "device": "cpu",
    "random_state": 0,
}
