"""What is imported is declared, and what is declared has its reason in the docs."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

import sklearn_hp

PACKAGE = Path(sklearn_hp.__file__).parent
ROOT = PACKAGE.parent
MODULES = sorted(PACKAGE.rglob("*.py"))
DISTRIBUTIONS = {"sklearn": "scikit-learn"}


def names(requirements):
    return {re.match(r"[\w-]+", requirement)[0] for requirement in requirements}


@pytest.fixture
def project():
    path = ROOT / "pyproject.toml"
    if not path.exists():
        pytest.skip("the package is tested without its source")
    return tomllib.loads(path.read_text())["project"]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_what_is_imported_is_declared(path, project):
    declared = names(project["dependencies"])
    if "neural_network" in path.parts:
        declared |= names(project["optional-dependencies"]["torch"])
    imported = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    imported -= {*sys.stdlib_module_names, "sklearn_hp"}
    assert {DISTRIBUTIONS.get(name, name) for name in imported} <= declared


def test_every_dependency_has_its_reason(project):
    page = (ROOT / "docs" / "dependencies.rst").read_text()
    core = page.split("Core\n----")[1].split("`plot`\n------")[0]
    for name in names(project["dependencies"]):
        assert re.search(rf"\* - .*\b{name}\b", core), name
