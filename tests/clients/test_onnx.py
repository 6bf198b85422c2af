"""``skl2onnx.to_onnx`` of a search is that of its best estimator."""

import pickle

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV

skl2onnx = pytest.importorskip("skl2onnx")
onnxruntime = pytest.importorskip("onnxruntime")

X, y = load_iris(return_X_y=True)
X = X.astype(np.float32)
EVERY = [GridSearchCV, RandomSearchCV, BayesSearchCV]


@pytest.fixture(params=["first", "known"], autouse=True)
def acquaintance(request, monkeypatch):
    """Convert the first search of a class, and one of a class that is known."""
    from skl2onnx._parse import sklearn_parsers_map
    from skl2onnx._supported_operators import sklearn_operator_name_map

    for cls in EVERY:
        for known in (sklearn_parsers_map, sklearn_operator_name_map):
            monkeypatch.setitem(known, cls, None)  # so that it is undone
            del known[cls]
        if request.param == "known":
            cls(LinearRegression(), {}).onnx_parser()


def search(cls, estimator, space, **kwargs):
    n_iter = {} if cls is GridSearchCV else {"n_iter": 2, "random_state": 0}
    return cls(estimator, space, cv=2, **n_iter, **kwargs)


def run(model, **kwargs):
    """Return what the converted model makes of X."""
    converted = skl2onnx.to_onnx(model, X[:1], **kwargs)
    session = onnxruntime.InferenceSession(converted.SerializeToString())
    return session.run(None, {"X": X})


@pytest.mark.parametrize("cls", EVERY)
def test_a_search_predicts_as_its_best_estimator(cls):
    ours = search(cls, LogisticRegression(max_iter=200), {"C": [0.1, 1.0]}).fit(X, y)
    labels, probabilities = run(ours)
    assert (labels == ours.predict(X)).all()
    # by label, as for every classifier of scikit-learn
    assert probabilities[0].keys() == {0, 1, 2}
    assert run(ours.best_estimator_)[1][0] == probabilities[0]


@pytest.mark.parametrize("cls", EVERY)
def test_pipelines_inside_and_around_a_search(cls):
    steps = make_pipeline(StandardScaler(), LogisticRegression())
    ours = search(cls, steps, {"logisticregression__C": [0.1, 1.0]})
    around = make_pipeline(StandardScaler(), ours).fit(X, y)
    assert (run(around)[0] == around.predict(X)).all()
    assert (run(around[-1])[0] == around[-1].predict(X)).all()


@pytest.mark.parametrize("which", ["search", "class", "all"])
def test_options_reach_the_best_estimator(which):
    ours = search(GridSearchCV, LogisticRegression(), {"C": [0.1, 1.0]}).fit(X, y)
    named = {"search": id(ours), "class": GridSearchCV}
    options = {"zipmap": False}
    options = {named[which]: options} if which in named else options
    _, probabilities = run(ours, options=options)
    np.testing.assert_allclose(probabilities, ours.predict_proba(X), atol=1e-5)


def test_other_kinds_of_estimators():
    ridge = search(BayesSearchCV, Ridge(), {"alpha": [0.1, 1.0]}).fit(X, X[:, 0])
    np.testing.assert_allclose(run(ridge)[0].ravel(), ridge.predict(X), rtol=1e-4)
    pca = search(RandomSearchCV, PCA(), {"n_components": [1, 2]}).fit(X)
    np.testing.assert_allclose(run(pca)[0], pca.transform(X), atol=1e-4)
    kmeans = KMeans(random_state=0, n_init=1)
    kmeans = search(GridSearchCV, kmeans, {"n_clusters": [2, 3]}).fit(X)
    assert (run(kmeans)[0] == kmeans.predict(X)).all()


def test_a_search_around_a_search():
    inner = search(RandomSearchCV, LogisticRegression(), {"C": [0.1, 1.0]})
    ours = search(GridSearchCV, inner, {"n_iter": [1, 2]}).fit(X, y)
    assert (run(ours)[0] == ours.predict(X)).all()


def test_a_search_that_was_loaded_and_one_of_a_subclass():
    ours = search(GridSearchCV, LogisticRegression(), {"C": [0.1, 1.0]}).fit(X, y)
    loaded = pickle.loads(pickle.dumps(ours))
    assert (run(loaded)[0] == ours.predict(X)).all()

    class Own(GridSearchCV):
        pass

    own = Own(LogisticRegression(), {"C": [0.1]}, cv=2).fit(X, y)
    assert (run(own)[0] == own.predict(X)).all()


def test_without_a_refit_there_is_nothing_to_convert():
    ours = search(GridSearchCV, LogisticRegression(), {"C": [1.0]}, refit=False)
    with pytest.raises(AttributeError, match="best_estimator_"):
        run(ours.fit(X, y))
