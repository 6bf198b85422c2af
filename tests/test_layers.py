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
    "_current_slot",
    "_unexpected_argument",
    "_doc_link",
}
ALLOWED = {
    "__init__": {"model_selection", "_experience", "_current_slot"},
    "_records": set(),
    "_history": {"_records"},
    "_tracebacks": set(),
    "_sklearn_compat": set(),
    "_current_slot": set(),
    "_unexpected_argument": set(),
    "_doc_link": set(),
    "space": set(),
    "_gaussian_process": set(),
    "samplers": RECORDS | {"space", "_gaussian_process"},
    "_schedulers": RECORDS | {"samplers"},
    "_experience": RECORDS | {"samplers", "space"},
    "_evaluation": RECORDS,
    "callback": RECORDS,
    "_clients": set(),
    "neural_network": RECORDS,
    "model_selection": RECORDS
    | {
        "samplers",
        "_schedulers",
        "_evaluation",
        "callback",
        "space",
        "_experience",
        "_clients",
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


def test_importing_the_package_loads_no_optional_dependency():
    optional = ["torch", "skorch", "matplotlib", "dask", "distributed"]
    optional += ["mlflow", "skl2onnx", "skops", "skrub"]
    code = (
        "import sys, sklearn_hp\n"
        f"print([name for name in {optional!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
