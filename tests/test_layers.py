"""Imports point down (docs: how it works); an import that does not is a defect."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_hp

PACKAGE = Path(sklearn_hp.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# What each part may import of ours, besides itself.
RECORDS = {
    "_records",
    "_history",
    "_tracebacks",
    "_sklearn_compat",
    "_canonical",
    "_checkpoint_path",
    "_current_slot",
    "_unexpected_argument",
    "_doc_link",
    "_responses",
    "_response_methods",
    "_stopping_rows",
    "_missing_labels",
}
ALLOWED = {
    "__init__": {
        "model_selection",
        "_experience",
        "_checkpoint_path",
        "_current_slot",
        "_early_stopping",
        "_journal",
    },
    "_records": set(),
    "_history": {"_records"},
    "_canonical": {"_code"},
    "_checkpoint_path": {"_canonical"},
    "_code": set(),
    "_tracebacks": set(),
    "_sklearn_compat": set(),
    "_current_slot": set(),
    "_unexpected_argument": set(),
    "_doc_link": set(),
    "_stopping_rows": set(),
    "_missing_labels": set(),
    "_responses": set(),
    "_response_methods": {"_responses", "_sklearn_compat"},
    "_held_out": RECORDS,
    "space": set(),
    "_gaussian_process": set(),
    "samplers": RECORDS | {"space", "_gaussian_process"},
    "_schedulers": RECORDS | {"samplers"},
    "_early_stopping": RECORDS,
    "_experience": RECORDS | {"samplers", "space", "_early_stopping"},
    "_evaluation": RECORDS,
    "callback": RECORDS | {"inspection"},
    "_clients": set(),
    "_journal": RECORDS,
    "neural_network": RECORDS,
    "ensemble": RECORDS,
    "inspection": RECORDS | {"space", "samplers", "_gaussian_process", "_journal"},
    "model_selection": RECORDS
    | {
        "samplers",
        "_schedulers",
        "_evaluation",
        "callback",
        "space",
        "_experience",
        "_clients",
        "_journal",
        "ensemble",
        "_held_out",
        "inspection",
    },
}


def part_of(path):
    """Return the sub-package or root module that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path):
    """Yield (module, names) of each import statement of a file, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, []
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "absolute imports, as in scikit-learn"
            yield node.module, [alias.name for alias in node.names]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path):
    part = part_of(path)
    for module, _ in imports_of(path):
        if module.split(".")[0] != "sklearn_hp":
            continue
        assert module != "sklearn_hp", "no import of the package root from inside"
        target = module.split(".")[1]
        assert target in ALLOWED[part] | {part}, f"{part} must not import {target}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_private_names_of_others_are_confined(path):
    for module, names in imports_of(path):
        private = [part for part in (*module.split("."), *names) if part[0] == "_"]
        private = [part for part in private if not part.startswith("__")]
        if module.startswith("sklearn.") and private:
            assert path.name == "_sklearn_compat.py", f"{module}: {private}"
        if module.startswith("joblib") and (private or "externals" in module):
            assert path.name == "_joblib_compat.py", f"{module}: {private}"


# Private attributes of others that are read elsewhere, each in one file.
PRIVATE = {
    "_sklearn_compat.py": None,  # of scikit-learn
    "_evaluation/_joblib_compat.py": None,  # of joblib and loky
    "_evaluation/_surroundings.py": {"_data"},  # of os.environ
    "_clients/_mlflow.py": {"_get_meta_estimators_for_autologging"},
    "neural_network/_randomness.py": {"_get_default_mps_generator"},  # of torch
    "space/_entries.py": {"_ppf"},  # of scipy's distributions
}
DOCUMENTED = {"_exit", "_getframe"}  # of os and sys


def private_attributes_of_others(path):
    """Yield the names of private attributes that are not of self, cls or a base."""
    tree = ast.parse(path.read_text())
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    for module, names in imports_of(path):
        own.update(names if module.startswith("sklearn_hp") else [])
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not node.attr.startswith("_"):
            continue
        owner = ast.unparse(node.value)
        is_own = owner in {"self", "cls", "super()", *own}
        if not is_own and not node.attr.startswith("__"):
            yield node.attr


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_private_attributes_of_others_are_confined(path):
    allowed = PRIVATE.get(path.relative_to(PACKAGE).as_posix(), set())
    if allowed is not None:
        assert {*private_attributes_of_others(path)} <= allowed | DOCUMENTED


def test_importing_the_package_loads_no_optional_dependency():
    optional = ["torch", "skorch", "matplotlib", "dask", "distributed"]
    optional += ["xgboost", "lightgbm", "catboost"]
    optional += ["mlflow", "skl2onnx", "skops", "skrub"]
    code = (
        "import sys, sklearn_hp\n"
        f"print([name for name in {optional!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
