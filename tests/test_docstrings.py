"""Everything public is documented in numpydoc, completely."""

import importlib
import inspect
import pkgutil
from importlib.util import find_spec

import pytest
from numpydoc.validate import validate

import sklearn_hp
from sklearn_hp import ensemble

# What numpydoc would have and we leave out, each with its reason.
NOT_CHECKED = {
    "GL01": "the summary stands on the line of the quotes, as in scikit-learn",
    "ES01": "a summary that says it all needs no extended one",
    "SA01": "See Also where there is something to see",
    "SA04": "a See Also entry may be clear by its name",
    "EX01": "the classes have examples, their methods need none",
    "YD01": "a generator documents what it yields in its summary",
    "RT02": "scikit-learn names what is returned",
}
PARTS = [
    "model_selection",
    "samplers",
    "_schedulers",
    "_evaluation",
    "callback",
    "ensemble",
    "inspection",
    "space",
    "_early_stopping",
    "_experience",
    "_gaussian_process",
    "_held_out",
]
HAS_TORCH = bool(find_spec("torch") and find_spec("skorch"))
if HAS_TORCH:
    PARTS.append("neural_network")

SEARCHES = [
    sklearn_hp.GridSearchCV,
    sklearn_hp.RandomSearchCV,
    sklearn_hp.BayesSearchCV,
]


def public_objects():
    for part in PARTS:
        module = importlib.import_module(f"sklearn_hp.{part}")
        for name in module.__all__:
            yield f"sklearn_hp.{part}.{name}", getattr(module, name)


def documented():
    for path, obj in public_objects():
        if getattr(obj, "_is_protocol", False):
            continue
        yield path
        if inspect.isclass(obj):
            for name, member in vars(obj).items():
                if not name.startswith("_") and callable(member):
                    yield f"{path}.{name}"


@pytest.mark.parametrize("path", list(documented()))
def test_docstring_is_complete(path):
    errors = validate(path)["errors"]
    short = path.split(".")[-1].islower() and path.count(".") == 3
    ignored = set(NOT_CHECKED)
    if short:
        # a method of an internal class says in one line what its protocol documents
        ignored |= {"PR01", "RT01"}
    assert [f"{code}: {text}" for code, text in errors if code not in ignored] == []


@pytest.mark.parametrize("cls", SEARCHES)
def test_every_fitted_attribute_is_documented(cls):
    from sklearn.datasets import load_iris
    from sklearn.tree import DecisionTreeClassifier

    X, y = load_iris(return_X_y=True, as_frame=True)
    search = cls(DecisionTreeClassifier(), {"max_depth": [1]})
    if "n_iter" in search.get_params():
        search.set_params(n_iter=1)
    search.fit(X, y)
    fitted = {name for name in vars(search) if name.endswith("_") and name[0] != "_"}
    section = inspect.getdoc(cls).split("Attributes\n")[1].split("See Also\n")[0]
    missing = {
        name for name in fitted | {"cv_results_"} if f"\n{name} : " not in section
    }
    assert missing == set()


@pytest.mark.parametrize("name", ["EnsembleClassifier", "EnsembleRegressor"])
def test_every_fitted_attribute_of_an_ensemble_is_documented(name):
    import pandas as pd
    from sklearn.linear_model import LinearRegression, LogisticRegression

    cls = getattr(ensemble, name)
    member = LogisticRegression() if "Class" in name else LinearRegression()
    fitted = cls([("linear", member)]).fit(pd.DataFrame({"x": [1, 2]}), [0, 1])
    section = inspect.getdoc(cls).split("Attributes\n")[1].split("See Also\n")[0]
    found = {name for name in vars(fitted) if name.endswith("_") and name[0] != "_"}
    assert {name for name in found if f"\n{name} : " not in section} == set()


def networks():
    if not HAS_TORCH:
        return []
    module = importlib.import_module("sklearn_hp.neural_network")
    classes = [getattr(module, name) for name in module.__all__]
    return [cls for cls in classes if hasattr(cls, "fit")]


@pytest.mark.parametrize("cls", networks())
def test_every_fitted_attribute_of_a_network_is_documented(cls):
    import pandas as pd
    from torch import nn

    own = [nn.Linear] if "module" in inspect.signature(cls).parameters else []
    net = cls(*own, max_epochs=1, device="cpu")
    X = [[0.0], [1.0], [0.5], [0.2]]
    if "image_shape" in net.get_params():
        net.set_params(image_shape=(1, 1))
    net.fit(pd.DataFrame(X, columns=["x"]), [0, 1, 1, 0])
    fitted = {name for name in vars(net) if name.endswith("_") and name[0] != "_"}
    section = inspect.getdoc(cls).split("Attributes\n")[1].split("See Also\n")[0]
    assert {name for name in fitted if f"\n{name} : " not in section} == set()


ENSEMBLES = [getattr(ensemble, name) for name in ensemble.__all__]


@pytest.mark.parametrize("cls", [*SEARCHES, *ENSEMBLES, *networks()])
def test_parameters_are_documented_in_the_order_of_the_signature(cls):
    section = inspect.getdoc(cls).split("Parameters\n")[1].split("Attributes\n")[0]
    parameters = inspect.signature(cls).parameters.values()
    names = [f"**{p.name}" if p.kind is p.VAR_KEYWORD else p.name for p in parameters]
    positions = [section.index(f"\n{name} : ") for name in names]
    assert positions == sorted(positions)


def test_every_module_says_what_it_is_for():
    for info in pkgutil.walk_packages(sklearn_hp.__path__, "sklearn_hp."):
        if ".neural_network" in info.name and not HAS_TORCH:
            continue
        assert importlib.import_module(info.name).__doc__, info.name
