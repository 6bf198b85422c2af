"""Where known estimators are found, in what users build."""

import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingRegressor,
    VotingClassifier,
)
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from sklearn_hp import BayesSearchCV
from sklearn_hp._experience._places import places


class Holder(ClassifierMixin, BaseEstimator):
    """Holds anything."""

    def __init__(self, held=None):
        self.held = held


class Bare:
    """Has parameters, and no tags."""

    def get_params(self, deep=True):
        return {}

    def predict(self, X):
        return X


class Untagged(ClassifierMixin):
    """Has half of the tags."""

    def get_params(self, deep=True):
        return {}


def prefixes(estimator):
    return {place.prefix: type(place.estimator) for place in places(estimator)}


COLUMNS = ColumnTransformer([("numbers", StandardScaler(), [0])])
SELECTOR = SelectFromModel(LogisticRegression())


@pytest.mark.parametrize(
    "estimator, expected",
    [
        (SVC(), {"": SVC}),
        (make_pipeline(COLUMNS, SVC()), {"svc__": SVC}),
        (Pipeline([("my_model", SVC())]), {"my_model__": SVC}),
        (make_pipeline(make_pipeline(SVC())), {"pipeline__svc__": SVC}),
        (make_pipeline(SELECTOR, SVC()), {"svc__": SVC}),
        (
            TransformedTargetRegressor(make_pipeline(StandardScaler(), Lasso())),
            {"regressor__lasso__": Lasso},
        ),
        (
            VotingClassifier([("a", SVC()), ("b", make_pipeline(SVC()))]),
            {"a__": SVC, "b__svc__": SVC},
        ),
        (
            StackingRegressor([("a", SVR()), ("b", "drop")], Ridge()),
            {"a__": SVR, "final_estimator__": Ridge},
        ),
        (OneVsRestClassifier(SVC()), {"estimator__": SVC}),
        (MultiOutputRegressor(SVR()), {"estimator__": SVR}),
        (CalibratedClassifierCV(SVC()), {"estimator__": SVC}),
        (Holder(Holder(SVC())), {"held__held__": SVC}),
    ],
)
def test_known_estimators(estimator, expected):
    found = list(places(estimator))
    assert {place.prefix: type(place.estimator) for place in found} == expected
    for place in found:
        assert place.experience.name == type(place.estimator).__name__
        steps = estimator.get_params()
        assert not place.prefix or steps[place.prefix[:-2]] is place.estimator


@pytest.mark.parametrize(
    "estimator, expected",
    [
        (GaussianNB(), {"": GaussianNB}),
        (make_pipeline(StandardScaler()), {"standardscaler__": StandardScaler}),
        (make_pipeline(SVC(), KMeans()), {"kmeans__": KMeans}),
        (make_pipeline(StandardScaler(), "passthrough"), {"": Pipeline}),
        (make_pipeline(SELECTOR), {"selectfrommodel__": type(SELECTOR)}),
        # what it tunes, it sets itself
        (GridSearchCV(SVC(), {"C": [1, 2]}), {"": GridSearchCV}),
        (BayesSearchCV(SVC(), {"C": [1, 2]}), {"": BayesSearchCV}),
        (make_pipeline(SVC(), GaussianNB()), {"gaussiannb__": GaussianNB}),
        (BaggingClassifier(SVC()), {"": BaggingClassifier}),
        (AdaBoostClassifier(SVC()), {"": AdaBoostClassifier}),
        (RFE(SVC()), {"": RFE}),
        (GaussianProcessRegressor(kernel=RBF()), {"": GaussianProcessRegressor}),
        (TransformedTargetRegressor(), {"": TransformedTargetRegressor}),
        (
            TransformedTargetRegressor(LinearRegression()),
            {"regressor__": LinearRegression},
        ),
        (Pipeline([]), {"": Pipeline}),
        (FrozenEstimator(SVC()), {"": FrozenEstimator}),
        (
            CalibratedClassifierCV(FrozenEstimator(SVC())),
            {"estimator__": FrozenEstimator},
        ),
        (Holder(SVC), {"": Holder}),
        (Holder(Bare()), {"": Holder}),
        (Holder(Untagged()), {"": Holder}),
        (Bare(), {"": Bare}),
        (object(), {"": object}),
    ],
)
def test_unknown_estimators(estimator, expected):
    assert prefixes(estimator) == expected
    assert all(place.experience is None for place in places(estimator))


def test_what_comes_before():
    first, second = StandardScaler(), StandardScaler()
    for estimator, steps in [
        (make_pipeline(COLUMNS, SVC()), [COLUMNS]),
        (make_pipeline(first, "passthrough", SVC()), [first]),
        (make_pipeline(first, make_pipeline(second, SVC())), [first, second]),
        (make_pipeline(first, OneVsRestClassifier(SVC())), [first]),
        (SVC(), []),
        (make_pipeline("passthrough", None, SVC()), []),
        (OneVsRestClassifier(SVC()), []),
    ]:
        (place,) = places(estimator)
        assert len(place.steps) == len(steps)
        assert all(a is b for a, b in zip(place.steps, steps, strict=True))


def test_what_gets_predictions():
    stack = StackingRegressor([("a", SVR())], make_pipeline(StandardScaler(), Ridge()))
    fed = {place.prefix: place.is_fed_features for place in places(stack)}
    assert fed == {"a__": True, "final_estimator__ridge__": False}
    (place,) = places(make_pipeline(StandardScaler(), SVC()))
    assert place.is_fed_features


def test_what_transforms_the_target():
    inner = make_pipeline(StandardScaler(), MultiOutputRegressor(SVR()))
    wrapper = TransformedTargetRegressor(inner)
    (place,) = places(wrapper)
    assert place.wrapper is wrapper
    (place,) = places(inner)
    assert place.wrapper is None
